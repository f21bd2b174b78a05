"""What each person has read and archived, kept beside the notices, which a whole role shares: nothing is written when told.

A reading is one person's mark on one entry. What was told before a person's `floor` is read without one. Every question
here is a walk over one index that ends at the floor, at a limit, or at the end of a page.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection

from services.notify.rules.notices import INBOX
from shared.command_context import CommandContext
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import Records
from shared.paging import Window, onward

Document = dict[str, Any]
ARCHIVED = {"$type": "date"}
LATEST_FIRST = [("told_at", -1), ("_id", -1)]
LATEST_ARCHIVED = [("archived_at", -1), ("_id", -1)]

INBOX_INDEXES = [
    Index("readings", [("account_id", 1), ("recipient", 1), ("told_at", 1)]),
    Index("readings", [("account_id", 1), ("archived_at", -1), ("_id", -1)], partial={"archived_at": ARCHIVED}),
    requests_index("inboxes"),
]


class Inboxes:
    """`records` holds one small record per person, with the `floor`; `recipients` are the names entries come to them under."""

    def __init__(self, notices: Records, records: Records) -> None:
        self.records, self._notices, self._session = records, notices, records.session
        self._readings: Collection[Document] = records.collection.database["readings"]

    def entry(self, notice_id: str, recipients: Sequence[str]) -> Document | None:
        """One entry, where it is theirs."""
        own = {"_id": notice_id, "channel": INBOX, "recipient": {"$in": list(recipients)}}
        return next(iter(self._notices.find(own, limit=1)), None)

    def entries(self, recipients: Sequence[str], window: Window, floor: datetime | None = None) -> list[Document]:
        """The latest first; none told before `floor`."""
        query = _told_to(recipients, floor)
        return self._notices.find(onward(query, LATEST_FIRST, window), LATEST_FIRST, window.rows)

    def by_ids(self, ids: Sequence[str], recipients: Sequence[str]) -> dict[str, Document]:
        """Those of these entries that are theirs, by id."""
        query = {"_id": {"$in": list(ids)}, "channel": INBOX, "recipient": {"$in": list(recipients)}}
        return {entry["_id"]: entry for entry in self._notices.find(query)}

    def first_told(self, recipients: Sequence[str], since: datetime, until: datetime, limit: int) -> list[Document]:
        """The oldest entries of this time, with nothing but when they were told."""
        query = _told_to(recipients, since)
        query["told_at"] |= {"$lt": until}
        shown = {"_id": 1, "told_at": 1}
        found = self._notices.collection.find(query, shown, session=self._session)
        return list(found.sort([("told_at", 1), ("_id", 1)]).limit(limit))

    def unread(self, account_id: str, recipients: Sequence[str], floor: datetime, most: int) -> int:
        """How many entries told since `floor` have no reading of this person; no more than `most` are counted."""
        own = {"recipient": {"$in": list(recipients)}, "told_at": {"$gte": floor}}
        read = self._readings.count_documents({"account_id": account_id, **own}, session=self._session)
        told = self._notices.collection.count_documents(
            {**own, "channel": INBOX}, limit=read + most, session=self._session
        )
        return max(0, told - read)

    def readings(self, account_id: str, notice_ids: Iterable[str]) -> dict[str, Document]:
        """This person's readings of these entries, by the entries' ids."""
        ids = [_reading_id(account_id, notice_id) for notice_id in notice_ids]
        found = self._readings.find({"_id": {"$in": ids}}, session=self._session)
        return {reading["notice_id"]: reading for reading in found}

    def archived(self, account_id: str, window: Window) -> list[Document]:
        """This person's readings of archived entries, the one archived last first."""
        query = onward({"account_id": account_id, "archived_at": ARCHIVED}, LATEST_ARCHIVED, window)
        return list(self._readings.find(query).sort(LATEST_ARCHIVED).limit(window.rows))

    def mark(self, account_id: str, entries: Iterable[Document], now: datetime, change: Document | None = None) -> None:
        """Makes readings where there are none yet, and changes all of them as `change` says."""
        writes = [_mark(account_id, entry, now, change or {}) for entry in entries]
        if writes:
            self._readings.bulk_write(writes, ordered=False, session=self._session)

    def raise_floor(self, account_id: str, floor: datetime) -> None:
        """Bookkeeping, not a version; makes the person's record where there is none yet."""
        made = {"version": 1, "last_sequence": 0}
        change = {"$max": {"floor": floor}, "$setOnInsert": made}
        self.records.collection.update_one({"_id": account_id}, change, upsert=True, session=self._session)

    def own(self, account_id: str, context: CommandContext) -> Document:
        """The person's record, for a change; there must be one."""
        inbox = self.records.load(account_id, context)
        if inbox is None:
            raise LookupError(f"no inbox of {account_id}")
        return inbox


def _told_to(recipients: Sequence[str], since: datetime | None) -> Document:
    told: Document = {"$type": "date"} if since is None else {"$gte": since}
    return {"recipient": {"$in": list(recipients)}, "channel": INBOX, "told_at": told}


def _reading_id(account_id: str, notice_id: str) -> str:
    return f"{account_id}/{notice_id}"


def _mark(account_id: str, entry: Document, now: datetime, change: Document) -> UpdateOne:
    made = {
        "account_id": account_id,
        "notice_id": entry["_id"],
        "recipient": entry["recipient"],
        "told_at": entry["told_at"],
        "read_at": now,
    }
    return UpdateOne({"_id": _reading_id(account_id, entry["_id"])}, {"$setOnInsert": made, **change}, upsert=True)
