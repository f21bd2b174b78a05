"""Deferred events, stored in MongoDB until they can be handled: awaiting a retry, behind another, after a gap, dead-lettered, discarded.

Not here: which events are deferred (plan.py), retries (retries.py), operators' actions (dead_letters.py).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.broker.delivery import Delivery
from shared.clock import rfc3339
from shared.ids import new_id
from shared.mongo import Document, Index

COLLECTION = "deferred_events"
RETRY_SECONDS = (5.0, 30.0, 120.0, 600.0)
GAP_SECONDS = (5.0, 30.0, 120.0, 600.0)
"""As long as a retry: a publisher that is slow, or away for minutes, closes the gap without anybody's help."""
MAX_STORED_BYTES = 8 * 1024 * 1024
MAX_MISSING = 10_000

WAITING, BEHIND, GAP, DEAD_LETTERED, DISCARDED = ("waiting", "behind", "gap", "dead_lettered", "discarded")

INDEXES = [
    Index(COLLECTION, [("state", 1), ("due", 1)]),
    Index(COLLECTION, [("subject_key", 1), ("sequence", 1)]),
    Index(COLLECTION, [("state", 1), ("cause", 1), ("type", 1), ("deferred_at", 1)]),
    Index(COLLECTION, [("state", 1), ("deferred_at", 1), ("_id", 1)]),
]


def document(
    delivery: Delivery,
    now: datetime,
    state: str,
    reason: str,
    *,
    kind: str,
    id_: str | None = None,
    subject_key: str | None = None,
    sequence: int | None = None,
    type_: str | None = None,
    cause: str | None = None,
    attempts: int = 0,
    due: datetime | None = None,
) -> Document:
    """Returns the document of a message that cannot be handled yet. `cause` groups similar ones.

    `kind`: `event` (readable, of a subject), `unrouted` (no queue was bound), `foreign` (not from its publisher) or
    `unreadable` (not an event).
    """
    body = bytes(delivery.body)
    return {
        "_id": id_ or new_id(),
        "state": state,
        "kind": kind,
        "subject_key": subject_key,
        "sequence": sequence,
        "type": type_,
        "reason": reason[:1000],
        "cause": cause or reason.partition(":")[0][:120],
        "attempts": attempts,
        "due": due,
        "deferred_at": now,
        "body": body[:MAX_STORED_BYTES],
        "size": len(body),
        "content_type": _storable(delivery.content_type),
        "headers": _storable(delivery.headers),
        "routing_key": _storable(delivery.routing_key),
        "user_id": _storable(delivery.user_id),
        "history": [history_line(now, state, reason=reason)],
    }


def history_line(now: datetime, what: str, who: str = "worker", reason: str | None = None) -> Document:
    """One line of a deferred event's history."""
    return {"at": now, "what": what, "who": who, **({"reason": reason[:1000]} if reason else {})}


def next_retry(attempts: int, now: datetime) -> datetime | None:
    """When a failed event is retried after `attempts` attempts (the second is immediate); None: dead-letter it."""
    place = max(attempts - 2, 0)
    return now + timedelta(seconds=RETRY_SECONDS[place]) if place < len(RETRY_SECONDS) else None


def skipped_sequences(last_sequence: int, sequence: int) -> list[int]:
    """The sequences between a position and an event handled in spite of a gap: they are still accepted if they ever arrive."""
    return list(range(max(last_sequence + 1, sequence - MAX_MISSING), sequence))


def release_next(
    database: Database[Document],
    subject_key: str,
    last_sequence: int,
    now: datetime,
    session: ClientSession | None = None,
) -> None:
    """Makes the event that follows `last_sequence` due now; where the next stored event comes after a gap, it waits for the gap."""
    waiting = {"subject_key": subject_key, "sequence": {"$gt": last_sequence}, "state": {"$ne": DISCARDED}}
    fields = {"state": 1, "sequence": 1, "cause": 1}
    following = database[COLLECTION].find_one(waiting, fields, sort=[("sequence", 1)], session=session)
    if following is None:
        return
    given_up_for_gap = following["state"] == DEAD_LETTERED and following["cause"] == "gap"
    if following["state"] not in (BEHIND, GAP) and not given_up_for_gap:
        return
    if following["sequence"] == last_sequence + 1:
        change = {"state": WAITING, "due": now, "attempts": 0}
    elif following["state"] == BEHIND:
        change = {"state": GAP, "due": now + timedelta(seconds=GAP_SECONDS[0])}
    else:
        return
    query = {"_id": following["_id"], "state": following["state"]}
    database[COLLECTION].update_one(query, {"$set": change}, session=session)


def _storable(value: Any) -> Any:
    """A header's value in a form that MongoDB can store, whatever the publisher sent."""
    if isinstance(value, Mapping):
        return {_storable(str(name)).replace("\0", ""): _storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value) if value.tzinfo else value.isoformat()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, int | float | bool | bytes | type(None)):
        return value
    return str(value).encode("utf-8", "replace").decode()
