"""Rate limit of requests a minute per caller, shared approximately by all processes: counted here, summed in MongoDB about once a second.

A sliding window over two fixed ones. No request waits for the database; without the database each process counts alone.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import Any, NamedTuple

import pymongo
from pymongo import UpdateOne, WriteConcern
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.clock import Clock

Document = dict[str, Any]
WINDOW = 60
SYNC_SECONDS = 1.0
MAX_COUNTED = 50_000


class Verdict(NamedTuple):
    """The result: `remaining` requests in the next `reset` seconds; `retry_after` is 0 where this request may pass."""

    limit: int
    remaining: int
    reset: int
    retry_after: int


@dataclass(slots=True)
class _Count:
    window: int
    previous: int = 0
    elsewhere: int = 0
    here: int = 0
    unsaid: int = 0


@dataclass
class RateLimit:
    """The rate limit of a web process; with `limit` 0 every request passes and nothing is counted."""

    database: Database[Document]
    limit: int
    clock: Clock
    _counts: dict[str, _Count] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def take(self, name: str, now: datetime, most: int | None = None) -> Verdict | None:
        """Counts one request of `name`; None where there is no limit. `most`: a lower limit for this name only."""
        if not self.limit:
            return None
        limit = min(most or self.limit, self.limit)
        seconds = now.timestamp()
        window, passed = int(seconds // WINDOW), seconds % WINDOW
        with self._lock:
            count = self._current(name, window)
            ahead = count.previous * (1 - passed / WINDOW) + count.elsewhere + count.here
            if ahead >= limit:
                return Verdict(limit, 0, ceil(WINDOW - passed), self._wait(count, passed, limit))
            count.here += 1
            count.unsaid += 1
        if self._thread is None:
            self._start()
        return Verdict(limit, int(limit - ahead - 1), ceil(WINDOW - passed), 0)

    def _current(self, name: str, window: int) -> _Count:
        count = self._counts.get(name)
        if count is None:
            if len(self._counts) >= MAX_COUNTED:
                self._counts.clear()
            count = self._counts[name] = _Count(window)
        elif count.window != window:
            last = count.elsewhere + count.here if count.window == window - 1 else 0
            count.window, count.previous, count.elsewhere, count.here, count.unsaid = window, last, 0, 0, 0
        return count

    def _wait(self, count: _Count, passed: float, limit: int) -> int:
        """Seconds until the previous window has faded enough, or this window has become the previous one."""
        this = count.elsewhere + count.here
        if this < limit and count.previous:
            return max(1, floor(WINDOW * (1 - (limit - this) / count.previous) - passed + 1e-6) + 1)
        return max(1, ceil(WINDOW - passed))

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_in_step, name="rate-limit", daemon=True)
                self._thread.start()

    def _keep_in_step(self) -> None:
        """Synchronises while there are counts to write; the next request starts it again."""
        quiet = 0
        while quiet < 3:
            time.sleep(SYNC_SECONDS)
            try:
                with pymongo.timeout(SYNC_SECONDS):
                    quiet = 0 if self.synchronise() else quiet + 1
            except PyMongoError:
                quiet = 0
        self._thread = None

    def synchronise(self) -> int:
        """Writes the counts of this process and reads those of the others; returns the number of counts."""
        window = int(self.clock().timestamp() // WINDOW)
        with self._lock:
            for name in [name for name, count in self._counts.items() if count.window < window - 1]:
                del self._counts[name]
            unsaid = {
                name: count.unsaid for name, count in self._counts.items() if count.unsaid and count.window == window
            }
            for name in unsaid:
                self._counts[name].unsaid = 0
        if not unsaid:
            return 0
        rates = self.database["rates"].with_options(write_concern=WriteConcern(w=1))
        until = datetime.fromtimestamp((window + 2) * WINDOW, UTC) + timedelta(seconds=WINDOW)
        rates.bulk_write(
            [
                UpdateOne({"_id": f"{window}/{name}"}, {"$inc": {"n": n}, "$set": {"until": until}}, upsert=True)
                for name, n in unsaid.items()
            ],
            ordered=False,
        )
        names = [f"{at}/{name}" for name in unsaid for at in (window, window - 1)]
        self._hear({row["_id"]: row["n"] for row in rates.find({"_id": {"$in": names}})}, list(unsaid), window)
        return len(unsaid)

    def _hear(self, totals: dict[str, int], names: list[str], window: int) -> None:
        with self._lock:
            for name in names:
                count = self._counts.get(name)
                if count and count.window == window:
                    published = count.here - count.unsaid
                    count.elsewhere = max(count.elsewhere, totals.get(f"{window}/{name}", 0) - published)
                    count.previous = max(count.previous, totals.get(f"{window - 1}/{name}", 0))


def rate_headers(verdict: Verdict) -> tuple[tuple[str, str], tuple[str, str]]:
    """The headers of draft-ietf-httpapi-ratelimit-headers-10."""
    return (
        ("RateLimit-Policy", f'"default";q={verdict.limit};w={WINDOW}'),
        ("RateLimit", f'"default";r={verdict.remaining};t={verdict.reset}'),
    )
