"""Supervises the processes of one system: restarts and reports those that die, stops all in order. One thread, no clients.

Signals are received one at a time by `sigtimedwait`: no handler interrupts the code of this file.
"""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.cli.directory import LITTLE_ROOM, Directory
from deploy.local import children

STOPPING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
WATCHED = STOPPING | {signal.SIGCHLD}
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 30.0
WRITE_AGAIN_SECONDS, FULL_SECONDS = 2.0, 5.0
Say = Callable[[str], None]


class Stopped(Exception):
    """A stop was requested: Ctrl-C, SIGTERM, `imc down`."""


class ChildFailed(RuntimeError):
    """A one-time child failed; the text is its last output."""


@dataclass
class Piece:
    """One supervised process. `start` starts it and returns its pid; later `stage`s are stopped later."""

    name: str
    start: Callable[[], int]
    stage: int
    pid: int | None = None
    since: float = 0.0
    deaths: int = 0
    due: float | None = None


@dataclass
class Supervisor:
    """The supervisor. `note` records the running processes after every start; where the disk is full, it is called again until it succeeds.

    A full disk stops nothing: processes continue to run, and are recorded once there is space.
    """

    directory: Directory
    say: Say
    note: Callable[[], None] = lambda: None
    pieces: dict[str, Piece] = field(default_factory=dict)
    _unwritten: str = ""
    _starting: bool = True
    _calls: dict[int, str] = field(default_factory=dict)
    _ended: dict[int, int] = field(default_factory=dict)

    def watch(self) -> None:
        """Blocks the signals, which then wait until they are fetched."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)

    def fork(self, name: str, run: Callable[[], object]) -> int:
        """Forks a child from this preloaded process."""
        return children.fork(name, self.directory.logs / f"{name}.log", run, self.directory.release)

    def start(self, name: str, start: Callable[[], int], stage: int) -> None:
        piece = self.pieces[name] = Piece(name, start, stage)
        self._start(piece)

    def pids(self) -> dict[str, int | None]:
        return {name: piece.pid for name, piece in self.pieces.items()}

    def settled(self) -> None:
        """Ends the start phase: from now on a process that dies repeatedly does not stop the others."""
        self._starting = False

    def _start(self, piece: Piece) -> None:
        piece.pid, piece.since, piece.due = piece.start(), time.monotonic(), None
        if self._starting:
            self._remember()

    def _remember(self) -> None:
        children.remember(self.directory.pids_file, [p.pid for p in self.pieces.values() if p.pid])

    def write_down(self) -> None:
        """Records the running processes in DIR; reports once that this fails, and once that it succeeds again."""
        try:
            self._remember()
            self.note()
        except OSError as error:
            fault = f"{self.directory.root}: {error.strerror}"
            if fault != self._unwritten:
                self.say(f"{fault}. Everything is kept running; what runs is written down when there is room again")
            self._unwritten = fault
            return
        if self._unwritten:
            self.say(
                f"{self._unwritten}: over; what runs is written down again"
            )  # this message's log may be on the same disk
        self._unwritten = ""

    def turn(self, seconds: float) -> None:
        """Waits at most `seconds` for an event and handles it; raises Stopped."""
        due = [piece.due - time.monotonic() for piece in self.pieces.values() if piece.due]
        again = [WRITE_AGAIN_SECONDS] if self._unwritten else []
        got = signal.sigtimedwait(WATCHED, max(0.0, min([seconds, *due, *again])))
        if got is not None and got.si_signo in STOPPING:
            raise Stopped
        self._reap()
        started = [piece for piece in self.pieces.values() if piece.due and time.monotonic() >= piece.due]
        for piece in started:
            self._start_again(piece)
        if started or self._unwritten:
            self.write_down()

    def _start_again(self, piece: Piece) -> None:
        try:
            self._start(piece)
        except OSError as error:  # no space for its log, or no process available
            if self._starting:
                raise
            piece.deaths += 1
            self._later(piece, f"cannot be started: {error.strerror}")
            return
        self.say(f"{piece.name}: started again (process {piece.pid})")

    def _later(self, piece: Piece, why: str) -> None:
        full = self.directory.free_bytes() < LITTLE_ROOM
        pause = PAUSES[min(piece.deaths, len(PAUSES)) - 1]
        pause = min(pause, FULL_SECONDS) if full else pause  # retries soon after there is space
        piece.pid, piece.due = None, time.monotonic() + pause
        room = f"; {self.directory.root} is full" if full else ""
        self.say(f"{piece.name}: {why}{room}; starts again in {pause:g} s")

    def _reap(self) -> None:
        for pid, status in _dead_children():
            piece = next((piece for piece in self.pieces.values() if piece.pid == pid), None)
            if piece is None:
                self._ended[pid] = status
            else:
                self._died(piece, pid, status)

    def _died(self, piece: Piece, pid: int, status: int) -> None:
        children.signal_group(pid, signal.SIGKILL)  # such as the web processes of a killed gunicorn master
        if self._starting and piece.deaths:
            raise ChildFailed(f"{piece.name} does not start ({_ending(status)}): {self._last_words(piece.name)}")
        steady = time.monotonic() - piece.since > STEADY_SECONDS
        piece.deaths = 1 if steady else piece.deaths + 1
        self._later(piece, f"{_ending(status)} (process {pid})")

    def _last_words(self, name: str) -> str:
        log = self.directory.logs / f"{name}.log"
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        return f"{lines[-1] if lines else 'it said nothing'}; see {log}"

    def begin_call(self, name: str, run: Callable[[], Any]) -> int:
        """Starts `run` in a separate child and returns its pid."""
        result = self._result_of(name)
        result.unlink(missing_ok=True)
        pid = self.fork(name, lambda: _into(result, run))
        self._calls[pid] = name
        return pid

    def end_call(self, pid: int, seconds: float) -> Any:
        """What the child's `run` returned (JSON); raises ChildFailed, Stopped."""
        name, deadline = self._calls[pid], time.monotonic() + seconds
        while pid not in self._ended and time.monotonic() < deadline:
            self.turn(0.25)
        del self._calls[pid]
        if self._ended.pop(pid, None) is None:
            children.signal_group(pid, signal.SIGKILL)
            raise ChildFailed(f"{name}: not done within {seconds:.0f} s; see {self.directory.logs / name}.log")
        result = self._result_of(name)
        answer = json.loads(result.read_text()) if result.exists() else {"failed": f"{name}: ended without a word"}
        result.unlink(missing_ok=True)
        if "failed" in answer:
            raise ChildFailed(answer["failed"])
        return answer["value"]

    def _result_of(self, name: str) -> Path:
        return self.directory.root / f".{name}.result"

    def stop(self, stages: Sequence[float]) -> None:
        """Stops all processes, stage by stage, each within its number of seconds, then kills them."""
        for pid in self._calls:
            children.signal_group(pid, signal.SIGKILL)
        for stage, seconds in enumerate(stages):
            self._stop([piece for piece in self.pieces.values() if piece.stage == stage], seconds)
        self.directory.pids_file.unlink(missing_ok=True)

    def _stop(self, pieces: list[Piece], seconds: float) -> None:
        self._bury()
        for piece in pieces:
            if piece.pid:
                os.kill(piece.pid, signal.SIGTERM)
                children.signal_group(piece.pid, signal.SIGCONT)
        deadline = time.monotonic() + seconds
        while any(piece.pid for piece in pieces) and time.monotonic() < deadline:
            signal.sigtimedwait({signal.SIGCHLD}, 0.05)
            self._bury()
        for piece in pieces:
            if piece.pid:
                self.say(f"{piece.name}: did not stop within {seconds:g} s, killed")
                children.signal_group(piece.pid, signal.SIGKILL)
                os.waitpid(piece.pid, 0)
                piece.pid = None

    def _bury(self) -> None:
        """Reaps ended children, with the remaining processes of their sessions."""
        for pid, _ in _dead_children():
            children.signal_group(pid, signal.SIGKILL)
            for piece in self.pieces.values():
                piece.pid = None if piece.pid == pid else piece.pid


def _dead_children() -> list[tuple[int, int]]:
    dead: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return dead
        if not pid:
            return dead
        dead.append((pid, os.waitstatus_to_exitcode(status)))


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def _into(path: Path, run: Callable[[], Any]) -> None:
    """Writes the result of `run` into the file, or the one line of its error."""
    try:
        answer: dict[str, Any] = {"value": run()}
    except SystemExit as stop:
        answer = {"failed": str(stop.code)}
    except Exception as error:
        traceback.print_exc()
        answer = {"failed": f"{type(error).__name__}: {error}"[:400].splitlines()[0]}
    path.write_text(json.dumps(answer))
