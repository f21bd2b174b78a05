"""The history of a record, from the events it published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

EventData = Mapping[str, Any]
"""The fields of any of interpreting's events (shared/events/interpreting.py)."""


class PublishedEvent(TypedDict):
    """An event as the event log and the outbox have it."""

    type: str
    time: datetime
    data: EventData
    actor: str
    causationid: str


@dataclass(frozen=True)
class HistoryEntry:
    """One event of a record; `type` as `booking.confirmed`, `by` the actor as events carry it."""

    time: datetime
    type: str
    data: EventData
    by: str


def entry_of(event: PublishedEvent) -> HistoryEntry:
    """Returns an event as a history shows it."""
    return HistoryEntry(event["time"], ".".join(event["type"].split(".")[1:3]), event["data"], event["actor"])
