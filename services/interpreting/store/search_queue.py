"""Bookings without an interpreter, queued for another search; and changes of availability, which bring a search forward.

A change is a document of its own, inserted in the transaction that makes an interpreter available: no two writers conflict, and none is
lost. Because a booking may find nobody at the very moment an interpreter becomes available, each is also searched for at intervals
without any change.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict, cast

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules.languages import served_languages
from services.interpreting.rules.records import Booking
from shared.ids import new_id
from shared.mongo import Document, Index

MARGIN = timedelta(days=1)
MAX_CHANGES = 500

INDEXES = [
    Index("search_queue", [("due_at", 1)]),
    Index("search_queue", [("language", 1), ("start", 1)]),
]


class QueuedSearch(TypedDict):
    """A booking (by id) to search for at `due_at`; `attempts` counts the searches so far."""

    _id: str
    language: str
    start: datetime
    end: datetime
    due_at: datetime
    attempts: int


class AvailabilityChange(TypedDict):
    """An interpreter became free in a period; without a period, their roster entry changed."""

    _id: str
    interpreter_id: str
    languages: list[str]
    start: datetime | None
    end: datetime | None


class SearchQueue:
    """Collections `search_queue` (by booking id) and `availability_changes`."""

    def __init__(self, database: Database[Document], session: ClientSession | None) -> None:
        self._queue, self._changes, self._session = database.search_queue, database.availability_changes, session

    def put(self, booking: Booking, language: str, due_at: datetime, attempts: int) -> None:
        """Schedules a search at `due_at`, or when an interpreter for `language` becomes free around the booking's time."""
        fields = {
            "language": language,
            "start": booking["start"],
            "end": booking["end"],
            "due_at": due_at,
            "attempts": attempts,
        }
        self._queue.update_one({"_id": booking["_id"]}, {"$set": fields}, upsert=True, session=self._session)

    def remove(self, booking_id: str) -> None:
        """Ends the searches for a booking."""
        self._queue.delete_one({"_id": booking_id}, session=self._session)

    def due(self, now: datetime, limit: int = 200) -> list[QueuedSearch]:
        """Returns the searches due now, the longest due first."""
        found = self._queue.find({"due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=limit)
        return cast("list[QueuedSearch]", list(found))

    def note_free(self, interpreter_id: str, languages: Sequence[str], start: datetime, end: datetime) -> None:
        """Records that an interpreter became free in this period."""
        self._note({"interpreter_id": interpreter_id, "languages": list(languages), "start": start, "end": end})

    def note_entry_changed(self, interpreter_id: str, languages: Sequence[str]) -> None:
        """Records that a roster entry changed: the interpreter's bookings are checked, and bookings for the languages searched for."""
        self._note({"interpreter_id": interpreter_id, "languages": list(languages), "start": None, "end": None})

    def _note(self, change: Document) -> None:
        self._changes.insert_one({"_id": new_id(), **change}, session=self._session)

    def changes(self) -> list[AvailabilityChange]:
        """Returns the changes not acted on yet, the oldest first."""
        return cast("list[AvailabilityChange]", list(self._changes.find(sort=[("_id", 1)], limit=MAX_CHANGES)))

    def apply(self, change: AvailabilityChange, now: datetime) -> None:
        """Makes searches due that might find the interpreter, a day around the period included, and removes the change."""
        query: Document = {"language": {"$in": list(served_languages(change["languages"]))}}
        if change["start"] is not None and change["end"] is not None:
            query |= {"start": {"$lt": change["end"] + MARGIN}, "end": {"$gt": change["start"] - MARGIN}}
        self._queue.update_many(query, {"$min": {"due_at": now}})
        self._changes.delete_one({"_id": change["_id"]})
