"""Starts processes that end with their parent, by fork from a preloaded one or by exec, and ends those that a killed run left.

Not here: supervising them (supervisor.py). Linux only: parent-death signals and /proc.
"""

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.cli.directory import write_private

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
MAX_LOG_BYTES = 20 * 1024 * 1024
_libc = ctypes.CDLL(None)


def fork(name: str, log: Path, run: Callable[[], object], before: Callable[[], None] = lambda: None) -> int:
    """Runs `run` in a forked child with its own session and its output in `log`; returns the child's pid.

    `before` is called first in the child, to release what belongs only to the parent.
    """
    _flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        before()
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        belong_to(parent)
        _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
        _quiet(log)
        status = _status(run())
    except SystemExit as stop:
        status = _status(stop.code)
    except BaseException:
        traceback.print_exc()
    finally:
        _flush()
        os._exit(status)


def _flush() -> None:
    """Flushes the output; what a full disk does not accept is dropped, since that must not prevent a fork or a child's end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()


def _status(code: object) -> int:
    if isinstance(code, str):
        print(code, file=sys.stderr)
        return 1
    return code & 0xFF if isinstance(code, int) else 0


def replace_with(command: Sequence[str]) -> None:
    """Replaces a child process with another program."""
    os.execv(command[0], list(command))  # noqa: S606  (without a shell on purpose)


def belong_to(parent: int) -> None:
    """Makes a child get SIGTERM when its parent dies, however it dies."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _quiet(log: Path) -> None:
    """Redirects standard output and error to the log, which is truncated where it has grown large."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    for fd in (out, nothing):
        if fd > 2:
            os.close(fd)


def started_at(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None where there is no such process (or only a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def signal_group(pid: int, number: int) -> bool:
    """Sends a signal to a child's whole session; False where no process of it is left."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def remember(path: Path, pids: Iterable[int]) -> None:
    """Records the running processes, so that a later run can distinguish its leftovers from other processes with the same pid."""
    write_private(path, json.dumps([[pid, started_at(pid)] for pid in pids]))


def reap_leftovers(path: Path, seconds: float = 12.0) -> int:
    """Ends the processes that a killed run left behind; returns how many."""
    if not path.exists():
        return 0
    known = [pid for pid, started in json.loads(path.read_text()) if started and started_at(pid) == started]
    for pid in known:
        signal_group(pid, signal.SIGTERM)
        signal_group(pid, signal.SIGCONT)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(started_at(pid) for pid in known):
        time.sleep(0.05)
    for pid in known:
        signal_group(pid, signal.SIGKILL)
    path.unlink()
    return len(known)
