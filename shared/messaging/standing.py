"""How one service stands, from its own database: its workers, what waits to be said, which events are kept and why.

For the command of operators and for their page alike. Not here: what is done about it (parking.py), the queues (depths.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared.messaging import held
from shared.messaging.parking import NothingSuch
from shared.mongo import Document, Index

FRESH_SECONDS = 10.0
SHOWN = {"body": 0, "headers": 0}
STATES = (held.PARKED, held.WAITING, held.BEHIND, held.GAP, held.DISCARDED)
IN_PATIENCE = (held.WAITING, held.BEHIND, held.GAP)


def workers(database: Database[Document], now: datetime) -> list[Document]:
    """The heartbeats of living workers."""
    fresh = now - timedelta(seconds=FRESH_SECONDS)
    return list(database.meta.find({"kind": "worker", "at": {"$gte": fresh}}).sort("_id", 1))


def is_well(beat: Document) -> bool:
    """Whether the worker hears and says."""
    return bool(beat.get("hearing") and beat.get("saying"))


def records_of(indexes: Sequence[Index]) -> list[str]:
    """The collections whose records hold an outbox."""
    return [index.collection for index in indexes if index.keys[0][0] == "outbox_due"]


def to_say(database: Database[Document], records: Sequence[str], now: datetime) -> Document:
    """How many records have events that are not said yet, and since when the oldest waits."""
    due = {"outbox_due": {"$exists": True}}
    count = sum(database[name].count_documents(due) for name in records)
    firsts = [database[name].find_one(due, {"outbox_due": 1}, sort=[("outbox_due", 1)]) for name in records]
    oldest = min((first["outbox_due"] for first in firsts if first), default=None)
    return {"to_say": count, "oldest_due_seconds": max(0.0, (now - oldest).total_seconds()) if oldest else None}


def groups(database: Database[Document]) -> list[Document]:
    """Kept events by state, cause and type: `[{state, cause, type, count, oldest}]`, most first; from an index alone."""
    alike = {name: f"${name}" for name in ("state", "cause", "type")}
    found = database.held.aggregate(
        [
            {"$match": {"state": {"$in": list(STATES)}}},
            {"$group": {"_id": alike, "count": {"$sum": 1}, "oldest": {"$min": "$held_at"}}},
            {"$sort": {"count": -1, "oldest": 1}},
        ]
    )
    return [{**group["_id"], "count": group["count"], "oldest": group["oldest"]} for group in found]


def waiting(database: Database[Document]) -> dict[str, int]:
    """How many events are kept in which state (`waiting` counts retries, followers and gaps)."""
    return summed(groups(database))


def summed(found: Sequence[Document]) -> dict[str, int]:
    """The same from groups that were looked up already."""

    def count(*states: str) -> int:
        return sum(group["count"] for group in found if group["state"] in states)

    return {"waiting": count(*IN_PATIENCE), "parked": count(held.PARKED), "discarded": count(held.DISCARDED)}


def list_held(database: Database[Document], state: str = held.PARKED, limit: int = 200) -> list[Document]:
    """Kept events of one state, oldest first, without their bodies."""
    in_order = [("held_at", 1), ("_id", 1)]
    return list(database.held.find({"state": state}, SHOWN).sort(in_order).limit(limit))


def show(database: Database[Document], event_id: str) -> Document:
    """One kept event with its body and history; raises NothingSuch."""
    document: dict[str, Any] | None = database.held.find_one({"_id": event_id})
    if document is None:
        raise NothingSuch(f"no kept event {event_id}")
    return document
