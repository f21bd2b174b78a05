"""Bookings nobody could take, kept to be looked at again; and notes that somebody became free, which wake them.

A note is a document of its own, inserted in the transaction that frees: no two writers meet, and none is lost. Because a
booking may find nobody in the very moment somebody is freed, each is also looked at again by and by without any note.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules.languages import serves
from shared.ids import new_id
from shared.mongo import Index

Document = dict[str, Any]
AROUND = timedelta(days=1)

INDEXES = [
    Index("waiting", [("due_at", 1)]),
    Index("waiting", [("language", 1), ("start", 1)]),
]


class Waiting:
    """Collections `waiting` (by booking id) and `freed` (notes)."""

    def __init__(self, database: Database[Document], session: ClientSession | None) -> None:
        self._waiting, self._freed, self._session = database.waiting, database.freed, session

    def keep(self, booking: Document, language: str, due_at: datetime, tries: int) -> None:
        """Looks at the booking again at `due_at`, or when somebody who speaks `language` becomes free around its time."""
        fields = {
            "language": language,
            "start": booking["start"],
            "end": booking["end"],
            "due_at": due_at,
            "tries": tries,
        }
        self._waiting.update_one({"_id": booking["_id"]}, {"$set": fields}, upsert=True, session=self._session)

    def drop(self, booking_id: str) -> None:
        """Nothing more to look for."""
        self._waiting.delete_one({"_id": booking_id}, session=self._session)

    def due(self, now: datetime, limit: int = 200) -> list[Document]:
        """Who is to be looked at again now, the longest due first."""
        return list(self._waiting.find({"due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=limit))

    def free(self, interpreter_id: str, languages: Sequence[str], start: datetime, end: datetime) -> None:
        """Notes that an interpreter became free in this period."""
        self._note({"interpreter_id": interpreter_id, "languages": list(languages), "start": start, "end": end})

    def changed(self, interpreter_id: str, languages: Sequence[str]) -> None:
        """Notes that a roster entry changed: their own bookings are to be looked at, and whoever waits for the languages."""
        self._note({"interpreter_id": interpreter_id, "languages": list(languages), "start": None, "end": None})

    def _note(self, note: Document) -> None:
        self._freed.insert_one({"_id": new_id(), **note}, session=self._session)

    def notes(self) -> list[Document]:
        """Notes not acted on yet, the oldest first; `start` None: a roster entry changed."""
        return list(self._freed.find(sort=[("_id", 1)], limit=500))

    def wake(self, note: Document, now: datetime) -> None:
        """Makes due whoever might profit from a note, a day around it included, and drops the note."""
        query: Document = {"language": {"$in": list(serves(note["languages"]))}}
        if note["start"] is not None:
            query |= {"start": {"$lt": note["end"] + AROUND}, "end": {"$gt": note["start"] - AROUND}}
        self._waiting.update_many(query, {"$min": {"due_at": now}})
        self._freed.delete_one({"_id": note["_id"]})
