"""Causes: events as the cause of notifications, and how those of agencies are stored for a day, so that none is missed."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

import msgspec

from shared.events import CATALOGUE, Event


@dataclass(frozen=True, slots=True)
class Cause:
    """An event as the cause of notifications."""

    id: str
    type: str
    time: datetime
    sequence: int
    data: Event
    traceparent: str | None = None


class StoredCause(TypedDict):
    """A cause as it is stored; `data` is the event's JSON."""

    id: str
    type: str
    time: datetime
    sequence: int
    organization_id: str
    data: bytes
    traceparent: str | None


class CauseBatch(TypedDict):
    """The causes of one unit of work, with their organizations; `latest` is the time of the last one, `until` when the record expires."""

    _id: str
    organizations: list[str]
    causes: list[StoredCause]
    latest: datetime
    until: datetime | None


class CatchUp(TypedDict):
    """An organization whose causes since then are to be looked through again at `due_at`; `last` if that is the last time."""

    _id: str
    since: datetime
    due_at: datetime
    last: bool


def stored_cause(cause: Cause, organization_id: str) -> StoredCause:
    """Returns the cause as it is stored."""
    return {
        "id": cause.id,
        "type": cause.type,
        "time": cause.time,
        "sequence": cause.sequence,
        "organization_id": organization_id,
        "data": msgspec.json.encode(cause.data),
        "traceparent": cause.traceparent,
    }


def cause_of(stored: StoredCause) -> Cause:
    """Returns a stored cause with its event."""
    data = msgspec.json.decode(bytes(stored["data"]), type=CATALOGUE[stored["type"]].struct)
    return Cause(stored["id"], stored["type"], stored["time"], stored["sequence"], data, stored["traceparent"])
