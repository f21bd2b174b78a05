"""The queue depths of this service: queries the broker with a short timeout, seldom, and never twice at once."""

import threading
import time
from dataclasses import dataclass, field

from pymongo.errors import PyMongoError

from shared.broker.connection import BROKER_ERRORS
from shared.broker.queue_depths import queue_depths
from shared.settings import Settings

ANSWER_SECONDS = 1.0
FRESH_SECONDS = 2.0
Depths = dict[str, int | None]


@dataclass
class Queues:
    """A cache of the queue depths, one per web process: calls meanwhile or soon after get the last result."""

    settings: Settings
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: Depths | None = None
    _at: float = float("-inf")

    def depths(self) -> Depths | None:
        """The messages ready to be consumed in `queue`, `dead`, `unrouted`; None where the broker does not answer."""
        if time.monotonic() - self._at > FRESH_SECONDS and self._lock.acquire(blocking=self._at == float("-inf")):
            try:
                self._found = self._ask_broker()
                self._at = time.monotonic()
            finally:
                self._lock.release()
        return self._found

    def _ask_broker(self) -> Depths | None:
        own, prefix = self.settings.service, self.settings.broker_prefix
        try:
            return queue_depths(self.settings.amqp_url, prefix, [own], ANSWER_SECONDS)[own]
        except (*BROKER_ERRORS, PyMongoError):
            return None
