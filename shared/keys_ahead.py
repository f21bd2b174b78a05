"""Data keys stored before anybody needs them: who takes one waits for no write but his record's own.

A record must never be stored before its key is (7-trust: item 10), so the two cannot leave together; but a key may be there first.
Each is bound to the id that its record will have. What is never taken stays behind as a key to nothing.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo.errors import PyMongoError

from shared.ids import new_id
from shared.sealing import DataKey, Keyring

log = logging.getLogger("imc.web")
Document = dict[str, Any]
MANY, FEW = 64, 32
OLD_SECONDS = 600.0
"""An id tells when it was made, and what looks for records by that (shared/idempotency.py) counts in days."""
LATER_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class _Ready:
    record_id: str
    key: DataKey
    made_at: float


class KeysAhead:
    """One per process; nothing is made ahead before the first is taken. `seconds` is a clock that only goes forward."""

    def __init__(self, keyring: Keyring, seconds: Callable[[], float] = time.monotonic) -> None:
        self._keyring, self._seconds = keyring, seconds
        self._ready: deque[_Ready] = deque()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self) -> tuple[str, DataKey, Document | None]:
        """A record's id, its key and, where none was ready, the wrapped key to be stored before the record."""
        if len(self._ready) <= FEW:
            self._want()
        while True:
            try:
                ready = self._ready.popleft()
            except IndexError:
                record_id = new_id()
                return record_id, *self._keyring.new(record_id)
            if self._seconds() < ready.made_at + OLD_SECONDS:
                return ready.record_id, ready.key, None

    def _want(self) -> None:
        self._wanted.set()
        if self._thread is None:  # made by the first who needs it, not before a fork
            self._thread = threading.Thread(target=self._work, name="keys ahead", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        """A moment later, when the request that asked for it is mostly done."""
        while True:
            self._wanted.wait()
            time.sleep(LATER_SECONDS)
            self._wanted.clear()
            try:
                self.fill()
            except PyMongoError as error:
                log.info("no keys are made ahead: %s", type(error).__name__)
            except Exception:  # this thread must not end: nothing would be made ahead any more
                log.warning("no keys are made ahead", exc_info=True)

    def fill(self) -> None:
        """Makes and stores as many as are missing; they can be taken when a majority has them."""
        now = self._seconds()
        made = [
            (record_id, *self._keyring.new(record_id))
            for record_id in (new_id() for _ in range(MANY - len(self._ready)))
        ]
        if made:
            self._keyring.collection.insert_many([wrapped for _, _, wrapped in made])
            self._ready.extend(_Ready(record_id, key, now) for record_id, key, _ in made)
