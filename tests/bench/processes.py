"""Processes under measurement: started with their own log, CPU and memory read from /proc over their whole tree, stopped by pid."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
_started: list["Piece"] = []


class DidNotStart(RuntimeError):
    """A process ended, or did not become ready in time; the message holds the end of its log."""


@dataclass
class Piece:
    """One started process and its children."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def tree(self) -> list[psutil.Process]:
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def cpu(self) -> float:
        """Seconds of user and system time of the tree so far, children that ended included."""
        return sum(cpu_of(process.pid) for process in self.tree())

    def pss(self) -> int:
        """Bytes of proportional set size: shared pages are divided among those who share them."""
        return sum(process.memory_full_info().pss for process in self.tree())

    def stop(self, seconds: float = 15.0) -> None:
        """SIGTERM and patience; then SIGKILL for what is left of its tree."""
        tree = self.tree()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        for process in tree:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        self.process.wait()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])


def start(name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> Piece:
    """Starts a process in the repository's root; what it prints goes to `<directory>/<name>.log`."""
    log = directory / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    _started.append(piece := Piece(name, process, log))
    return piece


def stop_all() -> None:
    """Whatever a bench that failed left running."""
    while _started:
        if (piece := _started.pop()).process.poll() is None:
            piece.stop()


def wait_for_http(piece: Piece, url: str, seconds: float = 40.0) -> None:
    """Until the URL answers 200; raises DidNotStart with the end of the log."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if piece.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise DidNotStart(f"{piece.name}: no answer from {url}\n{piece.tail()}")


def cpu_of(pid: int) -> float:
    """User and system seconds of one process, with its ended and awaited children."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(value) for value in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def listening_on(port: int) -> int | None:
    """The process that listens on a port of this machine, where it may be seen: the broker, which the bench did not start."""
    found = psutil.net_connections("tcp")
    return next((each.pid for each in found if each.status == psutil.CONN_LISTEN and each.laddr.port == port), None)


def python_module(module: str, spec: Any) -> Any:
    """Runs a module of the benches as a process of its own, JSON in and out."""
    done = subprocess.run(
        [sys.executable, "-m", module], input=json.dumps(spec).encode(), cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module}: {done.stderr.decode()[-2000:]}")
    return json.loads(done.stdout)


def interrupt(process: "subprocess.Popen[bytes]") -> None:
    """As Ctrl-C would."""
    process.send_signal(signal.SIGINT)
