"""Batches the work of concurrent callers: the first one does all waiting jobs, then passes the turn on."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LINGER_PER_JOB, LINGER_WINDOW = 0.0004, 0.02


@dataclass
class Job(Generic[T]):
    """One caller's job: `what` is the input, `answer` or `error` the result."""

    what: T
    answer: Any = None
    error: BaseException | None = None
    done: bool = False
    turn: threading.Event = field(
        default_factory=threading.Event
    )  # set when the job is done by another caller, or when it is this caller's turn


class Batcher(Generic[T]):
    """A batcher; one per kind of work and process. `work` gets the waiting jobs in order of arrival and sets answer or error of each.

    No caller waits to fill a batch; but where `linger` (at most, in seconds) is given and the last batch had several jobs and ended just
    now, the next one waits for the callers released then, the longer the more they were (`LINGER_PER_JOB`): otherwise the first of them
    to return would run a batch of its own job only.

    A caller whose job is done returns at once: with a lock around the work it would have to wait until the next batch is done too.
    """

    def __init__(self, work: Callable[[list[Job[T]]], None], linger: float = 0.0) -> None:
        self._work, self._linger = work, linger
        self._last, self._ended = 0, 0.0
        self._lock = threading.Lock()
        self._waiting: list[Job[T]] = []
        self._working = False

    def do(self, what: T) -> Any:
        """Returns the job's answer when its batch is done; raises the job's error, or that of the whole batch."""
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
        except BaseException as error:  # whatever it was: no caller may take its job for done
            for job in jobs:
                job.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for job in jobs:
                job.done = True
                job.turn.set()
