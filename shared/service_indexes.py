"""The indexes that every service's database has, independent of its records."""

from shared import audit
from shared.inbox import dead_letters, deferred_events
from shared.mongo import Index
from shared.outbox import cleanup
from shared.replay import messages

INDEXES: list[Index] = [
    *cleanup.INDEXES,
    *deferred_events.INDEXES,
    *messages.INDEXES,
    *audit.INDEXES,
    *dead_letters.INDEXES,
]
