"""Batches the work of concurrent callers: the first one does all that waits, then passes the turn on."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LINGER_PER_JOB, LINGER_WINDOW = 0.0004, 0.02


@dataclass
class Job(Generic[T]):
    """One caller's part: `what` is to be done, `answer` or `error` is its result."""

    what: T
    answer: Any = None
    error: BaseException | None = None
    done: bool = False
    turn: threading.Event = field(default_factory=threading.Event)  # done by another, or this one's turn to do all


class Batcher(Generic[T]):
    """One per kind of work and process. `work` gets the jobs that wait, in the order they came, and sets answer or error of each.

    Nobody waits to fill a batch; but where `linger` (seconds, at most) is given and the batch before was of several and ended just
    now, the next waits for those who were released, the longer the more they were (`LINGER_PER_JOB`): else the first of them to come back would
    do a whole batch for itself alone.

    Whoever is done returns at once: a lock for the one who works would let it wait until the next batch is done too.
    """

    def __init__(self, work: Callable[[list[Job[T]]], None], linger: float = 0.0) -> None:
        self._work, self._linger = work, linger
        self._last, self._ended = 0, 0.0
        self._lock = threading.Lock()
        self._waiting: list[Job[T]] = []
        self._working = False

    def do(self, what: T) -> Any:
        """Returns the answer when its batch is done; raises what its own part raised, or the whole batch."""
        job = Job(what)
        with self._lock:
            self._waiting.append(job)
            works, self._working = not self._working, True
        if not works:
            job.turn.wait()
        if not job.done:
            self._do_waiting()
        if job.error:
            raise job.error
        return job.answer

    def _do_waiting(self) -> None:
        if self._linger and self._last > 1 and time.monotonic() < self._ended + LINGER_WINDOW:
            time.sleep(min(self._last * LINGER_PER_JOB, self._linger))
        with self._lock:
            jobs, self._waiting = self._waiting, []
        try:
            self._do(jobs)
        finally:
            self._last, self._ended = len(jobs), time.monotonic()
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._working = following is not None
            if following:
                following.turn.set()

    def _do(self, jobs: list[Job[T]]) -> None:
        try:
            self._work(jobs)
        except BaseException as error:  # whatever it was: nobody is told that his part is done
            for job in jobs:
                job.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for job in jobs:
                job.done = True
                job.turn.set()
