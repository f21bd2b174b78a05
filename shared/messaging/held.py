"""Events kept in MongoDB instead of on the broker: waiting for a retry, behind another, after a gap, parked, discarded.

Not here: deciding which (hearing.py) and what operators do with them (parking.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from shared.clock import rfc3339
from shared.idempotency import requests_index
from shared.ids import new_id
from shared.messaging.envelope import Heard
from shared.mongo import Index
from shared.records import Document

RETRY_SECONDS = (5.0, 30.0, 120.0, 600.0)
GAP_SECONDS = (5.0, 30.0, 120.0, 600.0)
"""As long as a retry: an owner that is slow, or away for minutes, closes the gap by itself, and needs nobody at the hearer."""
MOST_KEPT_BYTES = 8 * 1024 * 1024
MOST_MISSING = 10_000

AGAIN_HEADER = "rebuild"
AGAIN_CONTENT_TYPE = "application/vnd.imc.again+json"

WAITING, BEHIND, GAP, PARKED, DISCARDED = ("waiting", "behind", "gap", "parked", "discarded")

INDEXES = [
    Index("held", [("state", 1), ("due", 1)]),
    Index("held", [("mark", 1), ("sequence", 1)]),
    Index("held", [("state", 1), ("cause", 1), ("type", 1), ("held_at", 1)]),
    Index("held", [("state", 1), ("held_at", 1), ("_id", 1)]),
    Index("said", [("subject", 1), ("sequence", 1)]),
    Index("said", [("kind", 1), ("_id", 1)]),
    Index("said", [("correlationid", 1), ("time", 1)]),
    Index("audit", [("time", 1)]),
    Index("audit", [("time", -1), ("_id", -1)], partial={"act": {"$exists": True}}),
    requests_index("acts"),
    Index("acts", [("time", 1)], expire_after=2 * 24 * 3600),
    Index("again_events", [("rebuild", 1), ("mark", 1), ("sequence", 1)]),
]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came: from which queue kind (`event`, `dead`, `unrouted`), with what the broker says of it."""

    body: bytes
    content_type: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    routing_key: str = ""
    user_id: str | None = None
    origin: str = "event"


def kept(
    delivery: Delivery,
    now: datetime,
    state: str,
    reason: str,
    *,
    id_: str | None = None,
    mark: str | None = None,
    sequence: int | None = None,
    type_: str | None = None,
    cause: str | None = None,
    attempts: int = 0,
    due: datetime | None = None,
) -> Document:
    """The document of a message that is not settled. `cause` groups alike ones; without an id it is unreadable."""
    body = bytes(delivery.body)
    return {
        "_id": id_ or new_id(),
        "state": state,
        "origin": delivery.origin if mark or delivery.origin in ("unrouted", "foreign") else "unreadable",
        "mark": mark,
        "sequence": sequence,
        "type": type_,
        "reason": reason[:1000],
        "cause": cause or reason.partition(":")[0][:120],
        "attempts": attempts,
        "due": due,
        "held_at": now,
        "body": body[:MOST_KEPT_BYTES],
        "size": len(body),
        "content_type": _plain(delivery.content_type),
        "headers": _plain(delivery.headers),
        "routing_key": _plain(delivery.routing_key),
        "user_id": _plain(delivery.user_id),
        "history": [line(now, state, reason=reason)],
    }


def line(now: datetime, what: str, who: str = "worker", reason: str | None = None) -> Document:
    """One line of a held event's history."""
    return {"at": now, "what": what, "who": who, **({"reason": reason[:1000]} if reason else {})}


def next_retry(attempts: int, now: datetime) -> datetime | None:
    """When a failed event is tried again after `attempts` tries (the second came at once); None: park it."""
    place = max(attempts - 2, 0)
    return now + timedelta(seconds=RETRY_SECONDS[place]) if place < len(RETRY_SECONDS) else None


def skipped(last: int, sequence: int) -> list[int]:
    """What is jumped over between a mark and an event handled in spite of a gap: still taken if it ever comes."""
    return list(range(max(last + 1, sequence - MOST_MISSING), sequence))


def delivery_of(document: Mapping[str, Any]) -> Delivery:
    """The message again, as it came."""
    return Delivery(
        body=bytes(document["body"]),
        content_type=document["content_type"],
        headers=document["headers"],
        routing_key=document["routing_key"],
        user_id=document.get("user_id"),
        origin=document["origin"],
    )


def _plain(value: Any) -> Any:
    """A header value as MongoDB can keep it, whatever its sayer made up."""
    if isinstance(value, Mapping):
        return {_plain(str(name)).replace("\0", ""): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value) if value.tzinfo else value.isoformat()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, int | float | bool | bytes | type(None)):
        return value
    return str(value).encode("utf-8", "replace").decode()


def gathered(rebuild: str, heard: Heard[Any], body: bytes, live: bool) -> UpdateOne:
    """An entry as it is kept until the copies are built; from both ways at once it is counted as the owner's."""
    id_ = f"{rebuild}:{heard.id}"
    fields = {"rebuild": rebuild, "mark": heard.mark, "sequence": heard.sequence, "body": body}
    if live:
        return UpdateOne({"_id": id_}, {"$setOnInsert": fields | {"live": True}}, upsert=True)
    return UpdateOne({"_id": id_}, {"$set": fields | {"live": False}}, upsert=True)
