"""What operators do with events that could not be handled: see them by cause, redrive, discard with a reason, restore.

Redriving hands an event to the hearer that failed, never to everyone, under the same id. Every act is audited.
"""

from collections.abc import Mapping
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.ids import new_id
from shared.messaging import held
from shared.messaging.envelope import Unreadable, decode
from shared.messaging.hearing import nudge
from shared.mongo import Document, in_transaction
from shared.origin import Origin

SHOWN = {"body": 0, "headers": 0}


class NothingSuch(LookupError):
    """No parked event fits what was asked for."""


def causes(database: Database[Document]) -> list[Document]:
    """Parked events grouped: `[{cause, type, count, oldest}]`, most first."""
    groups = database.held.aggregate(
        [
            {"$match": {"state": held.PARKED}},
            {
                "$group": {
                    "_id": {"cause": "$cause", "type": "$type"},
                    "count": {"$sum": 1},
                    "oldest": {"$min": "$held_at"},
                }
            },
            {"$sort": {"count": -1}},
        ]
    )
    return [{**group["_id"], "count": group["count"], "oldest": group["oldest"]} for group in groups]


def list_held(database: Database[Document], state: str = held.PARKED, limit: int = 200) -> list[Document]:
    """Kept events of one state, oldest first, without their bodies."""
    return list(database.held.find({"state": state}, SHOWN).sort("held_at", 1).limit(limit))


def show(database: Database[Document], event_id: str) -> Document:
    """One kept event with its body and history; raises NothingSuch."""
    document = database.held.find_one({"_id": event_id})
    if document is None:
        raise NothingSuch(f"no kept event {event_id}")
    return document


def waiting(database: Database[Document]) -> dict[str, int]:
    """How many events are kept in which state (`waiting` counts retries, followers and gaps)."""
    groups = {
        row["_id"]: row["n"] for row in database.held.aggregate([{"$group": {"_id": "$state", "n": {"$sum": 1}}}])
    }
    return {
        "waiting": sum(groups.get(state, 0) for state in (held.WAITING, held.BEHIND, held.GAP)),
        "parked": groups.get(held.PARKED, 0),
        "discarded": groups.get(held.DISCARDED, 0),
    }


def redrive(database: Database[Document], which: Mapping[str, Any], origin: Origin, why: str = "") -> int:
    """Makes parked events due now; `which` is `{"_id": …}`, `{"cause": …}` or `{}` for all. Returns how many.

    One that was parked for a gap is handled in spite of it; the missing ones are still taken if they ever come. What an
    older version could not read is read anew; what still is no event, or was not its sayer's, stays.
    """
    _read_anew(database, which)
    query = {**which, "state": held.PARKED, "origin": {"$nin": ["unreadable", "foreign"]}}
    change = {"state": held.WAITING, "due": origin.now, "attempts": 0, "leased_until": None, "forced": True}
    line = held.line(origin.now, "redriven", origin.actor, why)
    _audit(database, origin, "redrive", which, why)
    return database.held.update_many(query, {"$set": change, "$push": {"history": line}}).modified_count


def _read_anew(database: Database[Document], which: Mapping[str, Any]) -> None:
    for document in database.held.find({**which, "state": held.PARKED, "origin": "unreadable"}):
        try:
            heard = decode(bytes(document["body"]), document["content_type"])
        except Unreadable:
            continue
        known = {"origin": "event", "mark": heard.mark, "sequence": heard.sequence, "type": heard.type}
        database.marks.update_one({"_id": heard.mark}, {"$setOnInsert": {"last": 0}}, upsert=True)
        database.held.update_one({"_id": document["_id"]}, {"$set": known})


def discard(database: Database[Document], event_id: str, origin: Origin, why: str) -> None:
    """Gives an event up with a reason; those behind it go on. Restorable.

    Raises NothingSuch; ValueError without a reason, or while an earlier event of its subject is kept.
    """
    if not why.strip():
        raise ValueError("why: expected a reason")
    _audit(database, origin, "discard", {"_id": event_id}, why)
    in_transaction(database, lambda session: _discard(database, event_id, origin, why, session))


def restore(database: Database[Document], event_id: str, origin: Origin, why: str = "") -> None:
    """Parks a discarded event again; redriving it then handles it, late but once. Raises NothingSuch."""
    _audit(database, origin, "restore", {"_id": event_id}, why)
    change = {"state": held.PARKED, "restored": True}
    line = held.line(origin.now, "restored", origin.actor, why)
    found = database.held.update_one(
        {"_id": event_id, "state": held.DISCARDED}, {"$set": change, "$push": {"history": line}}
    )
    if not found.matched_count:
        raise NothingSuch(f"no discarded event {event_id}")


def _discard(database: Database[Document], event_id: str, origin: Origin, why: str, session: ClientSession) -> None:
    document = database.held.find_one_and_update(
        {"_id": event_id, "state": held.PARKED},
        {
            "$set": {"state": held.DISCARDED, "due": None},
            "$push": {"history": held.line(origin.now, "discarded", origin.actor, why)},
        },
        session=session,
    )
    if document is None:
        raise NothingSuch(f"no parked event {event_id}")
    if not document["mark"]:
        return
    mark = database.marks.find_one({"_id": document["mark"]}, session=session) or {"last": 0}
    before = {"mark": document["mark"], "sequence": {"$gt": mark["last"], "$lt": document["sequence"]}}
    if database.held.find_one({**before, "state": {"$ne": held.DISCARDED}}, session=session):
        raise ValueError(
            f"{event_id}: expected no earlier event of its subject kept; redrive or discard that one first"
        )
    skipped = held.skipped(mark["last"], document["sequence"])
    change: Document = {"$pull": {"held": {"id": event_id}}, "$max": {"last": document["sequence"]}}
    if skipped:
        change["$push"] = {"missing": {"$each": skipped}}
    database.marks.update_one({"_id": document["mark"]}, change, session=session)
    nudge(database, document["mark"], max(mark["last"], document["sequence"]), origin.now, session)


def _audit(database: Database[Document], origin: Origin, act: str, which: Mapping[str, Any], why: str) -> None:
    """Written before the act; an act whose entry cannot be written does not happen."""
    entry = {"_id": new_id(), "time": origin.now, "actor": origin.actor, "from": origin.cause, "act": f"dead.{act}"}
    database.audit.insert_one(entry | {"which": {str(key): str(value) for key, value in which.items()}, "why": why})
