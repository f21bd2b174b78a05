"""Sequential reference numbers, reserved from `counters` in blocks: under load a process reserves a block once in 500 records."""

import threading

from pymongo import ReturnDocument
from pymongo.collection import Collection

from shared.ids import reference
from shared.mongo import Document

FIRST_BLOCK, LARGEST_BLOCK = 8, 512


class Numbers:
    """A sequence, one per process and `letter` (R: a case). Numbers are unique and increase; the rest of a stopped process's block is skipped."""

    def __init__(self, counters: Collection[Document], letter: str) -> None:
        self._counters, self._letter = counters, letter
        self._lock = threading.Lock()
        self._next, self._end, self._size, self._year = 0, 0, FIRST_BLOCK, 0

    def next(self, year: int) -> str:
        """A new reference number, such as R-26-00427-K."""
        with self._lock:
            if self._next >= self._end or year != self._year:
                self._take(year)
            number, self._next = self._next, self._next + 1
        return reference(self._letter, year, number)

    def _take(self, year: int) -> None:
        """Reserves a new block, twice the size of the last, so that idle processes waste few numbers."""
        found = self._counters.find_one_and_update(
            {"_id": f"{self._letter}-{year % 100:02d}"},
            {"$inc": {"last": self._size}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        self._end, self._year = (found or {})["last"] + 1, year
        self._next = self._end - self._size
        self._size = min(self._size * 2, LARGEST_BLOCK)
