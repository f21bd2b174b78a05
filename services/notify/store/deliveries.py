"""Waiting deliveries, for operators: how many wait for whom, and since when the oldest has been due.

Endpoints are listed one by one, under their organization; e-mail is one line, since its recipients do not concern operators.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict, cast

from pymongo.database import Database

MAX_DELAY = timedelta(minutes=5)
"""A delivery due for longer is unhealthy: an endpoint that is down or slow, a mail server, or this worker."""
MAX_ROWS = 100


class _Group(TypedDict):
    """The waiting deliveries of one recipient as counted; e-mail is one."""

    _id: "_Recipient"
    organization_id: str | None
    waiting: int
    due: int
    oldest_due: datetime | None


class _Recipient(TypedDict):
    channel: str
    recipient: str


class WaitingDeliveries(_Recipient):
    """One line: `waiting` are all, `due` those that could be sent now."""

    organization_id: str | None
    organization: str | None
    waiting: int
    due: int
    oldest_due_seconds: float | None
    healthy: bool


def deliveries(database: Database[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Returns a `WaitingDeliveries` for each endpoint and for e-mail, the longest waiting first. It reads one index once."""
    groups = _groups(database, now)
    groups.sort(key=lambda group: (-_seconds_since(group["oldest_due"], now), group["_id"]["recipient"]))
    groups = groups[:MAX_ROWS]
    ids = [group["organization_id"] for group in groups if group["organization_id"]]
    found = database["organizations"].find({"_id": {"$in": list(set(ids))}}, {"name": 1})
    names: dict[str | None, str | None] = {row["_id"]: row.get("name") for row in found}
    return [dict(_to_line(group, names, now)) for group in groups]


def _groups(database: Database[dict[str, Any]], now: datetime) -> list[_Group]:
    waiting = {"channel": {"$in": ["webhook", "email"]}, "due_at": {"$type": "date"}}
    is_webhook, is_due = {"$eq": ["$channel", "webhook"]}, {"$lte": ["$due_at", now]}
    recipient = {"$cond": [is_webhook, "$recipient_queue", "email"]}
    group = {
        "_id": {"channel": "$channel", "recipient": recipient},
        "organization_id": {"$max": {"$cond": [is_webhook, "$organization_id", None]}},
        "waiting": {"$sum": 1},
        "due": {"$sum": {"$cond": [is_due, 1, 0]}},
        "oldest_due": {"$min": {"$cond": [is_due, "$due_at", None]}},
    }
    return cast(list[_Group], list(database["notifications"].aggregate([{"$match": waiting}, {"$group": group}])))


def _seconds_since(due: datetime | None, now: datetime) -> float:
    return (now - due).total_seconds() if due else 0.0


def _to_line(group: _Group, names: Mapping[str | None, str | None], now: datetime) -> WaitingDeliveries:
    oldest = group["oldest_due"]
    seconds = _seconds_since(oldest, now) if oldest else None
    return {
        **group["_id"],
        "organization_id": group["organization_id"],
        "organization": names.get(group["organization_id"]),
        "waiting": group["waiting"],
        "due": group["due"],
        "oldest_due_seconds": seconds,
        "healthy": seconds is None or seconds <= MAX_DELAY.total_seconds(),
    }
