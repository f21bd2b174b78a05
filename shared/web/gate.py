"""Keeps one thread of a web process free: while MongoDB hangs, requests must not use up all threads, or health would hang too.

It also says how long a request may wait for the database: once it was found away, not for long.
"""

import threading
import time
from types import TracebackType

from shared.errors import Unavailable

STUCK_SECONDS = 0.25
REQUEST_SECONDS = 5.0
UPLOAD_SECONDS = 60.0
"""To store a file: many chunks, each of them durable."""
AWAY_SECONDS = 0.5
REMEMBERED_SECONDS = 5.0


class Gate:
    """At most `places` requests use the database at once. Others wait their turn, unless nobody has moved for a while."""

    def __init__(self, places: int) -> None:
        self._free = threading.Semaphore(places)
        self._moved = time.monotonic()
        self._away_until = float("-inf")

    @property
    def seconds(self) -> float:
        """How long a request that comes now may take."""
        return AWAY_SECONDS if time.monotonic() < self._away_until else REQUEST_SECONDS

    @property
    def upload_seconds(self) -> float:
        """How long one may take that stores a file."""
        return AWAY_SECONDS if time.monotonic() < self._away_until else UPLOAD_SECONDS

    def found_away(self) -> None:
        """The database did not answer: requests of the next seconds only knock, until one is let in."""
        self._away_until = time.monotonic() + REMEMBERED_SECONDS

    def __enter__(self) -> None:
        now = time.monotonic()
        if self._free.acquire(blocking=False):
            self._moved = now  # a burst after quiet finds the gate full, but not stuck
            return
        while now - self._moved <= STUCK_SECONDS and now >= self._away_until:
            if self._free.acquire(timeout=STUCK_SECONDS):
                self._moved = time.monotonic()
                return
            now = time.monotonic()  # somebody moved meanwhile: busy, not stuck
        raise Unavailable("The database does not answer in time.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._moved = time.monotonic()
        if kind is None:
            self._away_until = float("-inf")
        self._free.release()
