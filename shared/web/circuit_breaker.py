"""A circuit breaker with a concurrency limit around the database, so that threads do not wait for it in vain.

One thread of a web process always stays free, or health checks would hang with MongoDB. Where the database answers too late, the limit
goes down until answers are in time again: each time-out costs a connection, and authenticating a new one costs the slow server more
than the call did. While the breaker is half-open, one request at a time passes as a probe and the others are refused at once. The
breaker also gives the time limit of a request.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from shared.errors import Refusal, Unavailable

STUCK_SECONDS = 0.25
REQUEST_SECONDS = 5.0
UPLOAD_SECONDS = 60.0
"""To store a file: many chunks, each of them durable."""
PROBE_SECONDS = 2.0
"""How long a probe may wait: long enough for a server that is slow, so that its connection is reused."""
OPEN_SECONDS = 5.0
FEWEST = 2
HALVED_AT_MOST_EVERY = 1.0


class CircuitBreaker:
    """At most `places` requests use the database at once. Others wait their turn, unless no request has entered or left for a while."""

    def __init__(self, places: int, clock: Callable[[], float] | None = None) -> None:
        self._places, self._clock = places, clock or _now
        self._limit, self._fewest = float(places), min(FEWEST, places)
        self._inside = 0
        self._free = threading.Condition()
        self._moved = self._clock()
        self._open_until = self._halved = float("-inf")
        self._probing: int | None = None

    def seconds_for(self, stores_file: bool = False) -> float:
        """The time limit of a request that arrives now."""
        if self._clock() < self._open_until:
            return PROBE_SECONDS
        return UPLOAD_SECONDS if stores_file else REQUEST_SECONDS

    @property
    def limit(self) -> int:
        """How many requests may use the database at once at this moment."""
        return max(self._fewest, int(self._limit))

    def record_timeout(self) -> None:
        """Records that the database did not answer in time: the limit goes down, and for the next seconds only one request at a time
        passes, until one is answered."""
        with self._free:
            now = self._clock()
            self._open_until = now + OPEN_SECONDS
            if (
                now - self._halved >= HALVED_AT_MOST_EVERY
            ):  # requests that entered together time out together: counted once
                self._limit, self._halved = max(float(self._fewest), self._limit / 2), now

    def __enter__(self) -> None:
        with self._free:
            if not self._try_enter():
                self._wait()

    def _try_enter(self) -> bool:
        """Whether there is a place now; raises Unavailable where another request is probing already."""
        now = self._clock()
        if now < self._open_until:
            if self._probing is not None:
                raise Unavailable("The database does not answer in time.")
            self._probing = threading.get_ident()
        elif self._inside >= self.limit:
            return False
        self._inside += 1
        self._moved = now  # a burst after a quiet time finds no free place, but is not stuck
        return True

    def _wait(self) -> None:
        while self._clock() - self._moved <= STUCK_SECONDS:  # a request has entered or left meanwhile: busy, not stuck
            self._free.wait(STUCK_SECONDS)
            if self._try_enter():
                return
        raise Unavailable("The database does not answer in time.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._free:
            self._moved = self._clock()
            self._inside -= 1
            if self._probing == threading.get_ident():
                self._probing = None
            if kind is None or (
                issubclass(kind, Refusal) and not issubclass(kind, Unavailable)
            ):  # only where the database answered
                self._open_until = float("-inf")
                self._limit = min(float(self._places), self._limit + 1 / 4)
            self._free.notify()


def _now() -> float:
    return time.monotonic()
