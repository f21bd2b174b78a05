"""Keeps one thread of a web process free: while MongoDB hangs, requests must not use up all threads, or health would hang too.

Not here: how long one request may take (shared/web/door.py bounds each by `pymongo.timeout`).
"""

import threading
import time
from types import TracebackType

from shared.errors import Unavailable

STUCK_SECONDS = 0.5


class Gate:
    """At most `places` requests use the database at once. Others wait their turn, unless nobody has left for a while."""

    def __init__(self, places: int) -> None:
        self._free = threading.Semaphore(places)
        self._left = time.monotonic()

    def __enter__(self) -> None:
        if self._free.acquire(blocking=False):
            return
        if time.monotonic() - self._left > STUCK_SECONDS or not self._free.acquire(timeout=STUCK_SECONDS):
            raise Unavailable("The database does not answer in time.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left = time.monotonic()
        self._free.release()
