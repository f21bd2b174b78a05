"""The status of one service, from its own database: its workers, unpublished events, deferred events and their causes.

For both the `imc` command and the operators' page. Not here: operators' actions (shared/inbox/dead_letters.py), the queues
(shared/broker/queue_depths.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared.inbox import deferred_events as deferred
from shared.inbox.dead_letters import NoSuchEvent
from shared.mongo import Document

FRESH_SECONDS = 10.0
WITHOUT_CONTENT = {"body": 0, "headers": 0}
STATES = (deferred.DEAD_LETTERED, deferred.WAITING, deferred.BEHIND, deferred.GAP, deferred.DISCARDED)
WAITING_STATES = (deferred.WAITING, deferred.BEHIND, deferred.GAP)


def workers(database: Database[Document], now: datetime) -> list[Document]:
    """The heartbeats of living workers."""
    fresh = now - timedelta(seconds=FRESH_SECONDS)
    return list(database.meta.find({"kind": "worker", "at": {"$gte": fresh}}).sort("_id", 1))


def is_healthy(heartbeat: Document) -> bool:
    """Whether the worker consumes and publishes."""
    return bool(heartbeat.get("consuming") and heartbeat.get("publishing"))


def unpublished(database: Database[Document], records: Sequence[str], now: datetime) -> Document:
    """How many records have unpublished events, and since when the oldest waits."""
    due = {"outbox_due": {"$exists": True}}
    count = sum(database[name].count_documents(due) for name in records)
    firsts = [database[name].find_one(due, {"outbox_due": 1}, sort=[("outbox_due", 1)]) for name in records]
    oldest = min((first["outbox_due"] for first in firsts if first), default=None)
    return {"unpublished": count, "oldest_due_seconds": max(0.0, (now - oldest).total_seconds()) if oldest else None}


def groups(database: Database[Document]) -> list[Document]:
    """Deferred events by state, cause and type: `[{state, cause, type, count, oldest}]`, the largest group first; from an index alone."""
    alike = {name: f"${name}" for name in ("state", "cause", "type")}
    found = database.deferred_events.aggregate(
        [
            {"$match": {"state": {"$in": list(STATES)}}},
            {"$group": {"_id": alike, "count": {"$sum": 1}, "oldest": {"$min": "$deferred_at"}}},
            {"$sort": {"count": -1, "oldest": 1}},
        ]
    )
    return [{**group["_id"], "count": group["count"], "oldest": group["oldest"]} for group in found]


def deferred_counts(database: Database[Document]) -> dict[str, int]:
    """The number of deferred events by state (`waiting` counts those awaiting a retry, behind another event, or after a gap)."""
    return counts_of(groups(database))


def counts_of(found: Sequence[Document]) -> dict[str, int]:
    """The number of deferred events by state, from groups that were already read."""

    def count(*states: str) -> int:
        return sum(group["count"] for group in found if group["state"] in states)

    return {
        "waiting": count(*WAITING_STATES),
        "dead_lettered": count(deferred.DEAD_LETTERED),
        "discarded": count(deferred.DISCARDED),
    }


def list_deferred(
    database: Database[Document], state: str = deferred.DEAD_LETTERED, limit: int = 200
) -> list[Document]:
    """Deferred events of one state, oldest first, without their bodies."""
    in_order = [("deferred_at", 1), ("_id", 1)]
    return list(database.deferred_events.find({"state": state}, WITHOUT_CONTENT).sort(in_order).limit(limit))


def deferred_event(database: Database[Document], event_id: str) -> Document:
    """One deferred event with its body and history; raises NoSuchEvent."""
    document: dict[str, Any] | None = database.deferred_events.find_one({"_id": event_id})
    if document is None:
        raise NoSuchEvent(f"no failed event {event_id}")
    return document
