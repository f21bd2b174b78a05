"""What each person has read and archived, stored beside the notifications, which a whole role shares: consuming an event writes none of it.

What was created before a person's `read_before` is read without a receipt. Every query here scans one index, which ends at that time, at a
limit, or at the end of a page.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from services.notify.rules.inbox import Inbox, ReadReceipt
from services.notify.rules.notifications import INBOX, Notification
from shared.command_context import CommandContext
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import Records
from shared.paging import Window, onward

Filter = dict[str, Any]
ReceiptChange = Mapping[str, Mapping[str, datetime | str]]
"""An update of receipts, as MongoDB takes it."""
IS_ARCHIVED = {"$type": "date"}
LATEST_FIRST = [("created_at", -1), ("_id", -1)]
LATEST_ARCHIVED_FIRST = [("archived_at", -1), ("_id", -1)]

INBOX_INDEXES = [
    Index("read_receipts", [("account_id", 1), ("recipient", 1), ("created_at", 1)]),
    Index("read_receipts", [("account_id", 1), ("archived_at", -1), ("_id", -1)], partial={"archived_at": IS_ARCHIVED}),
    requests_index("inboxes"),
]


class Inboxes:
    """`records` holds one small record per person; `recipients` are the names that entries for a person are addressed to."""

    def __init__(self, notifications: Records[Notification], records: Records[Inbox]) -> None:
        self.records, self._notifications, self._session = records, notifications, records.session
        database: Database[Any] = notifications.collection.database
        self._receipts: Collection[ReadReceipt] = database["read_receipts"]

    def entry(self, notification_id: str, recipients: Sequence[str]) -> Notification | None:
        """Returns one entry, where it is theirs."""
        own = {"_id": notification_id, "channel": INBOX, "recipient": {"$in": list(recipients)}}
        return next(iter(self._notifications.find(own, limit=1)), None)

    def entries(
        self, recipients: Sequence[str], window: Window, created_since: datetime | None = None
    ) -> list[Notification]:
        """Returns entries, the latest first."""
        query = _entries_of(recipients, {"$type": "date"} if created_since is None else {"$gte": created_since})
        return self._notifications.find(onward(query, LATEST_FIRST, window), LATEST_FIRST, window.rows)

    def by_ids(self, ids: Sequence[str], recipients: Sequence[str]) -> dict[str, Notification]:
        """Returns those of these entries that are theirs, by id."""
        query = {"_id": {"$in": list(ids)}, "channel": INBOX, "recipient": {"$in": list(recipients)}}
        return {entry["_id"]: entry for entry in self._notifications.find(query)}

    def creation_times(
        self, recipients: Sequence[str], since: datetime, until: datetime, limit: int
    ) -> list[tuple[str, datetime]]:
        """Returns id and `created_at` of the oldest entries of this period."""
        query = _entries_of(recipients, {"$gte": since, "$lt": until})
        found = self._notifications.collection.find(query, {"_id": 1, "created_at": 1}, session=self._session)
        return [(row["_id"], row["created_at"]) for row in found.sort([("created_at", 1), ("_id", 1)]).limit(limit)]

    def unread(self, account_id: str, recipients: Sequence[str], read_before: datetime, limit: int) -> int:
        """Returns how many entries created since `read_before` have no receipt of this person; no more than `limit` are counted."""
        own = {"recipient": {"$in": list(recipients)}, "created_at": {"$gte": read_before}}
        read = self._receipts.count_documents({"account_id": account_id, **own}, session=self._session)
        created = self._notifications.collection.count_documents(
            {**own, "channel": INBOX}, limit=read + limit, session=self._session
        )
        return max(0, created - read)

    def receipts(self, account_id: str, notification_ids: Iterable[str]) -> dict[str, ReadReceipt]:
        """Returns this person's receipts of these entries, by the entries' ids."""
        ids = [_receipt_id(account_id, notification_id) for notification_id in notification_ids]
        found = self._receipts.find({"_id": {"$in": ids}}, session=self._session)
        return {receipt["notification_id"]: receipt for receipt in found}

    def archived(self, account_id: str, window: Window) -> list[ReadReceipt]:
        """Returns this person's receipts of archived entries, the one archived last first."""
        query = onward({"account_id": account_id, "archived_at": IS_ARCHIVED}, LATEST_ARCHIVED_FIRST, window)
        return list(self._receipts.find(query).sort(LATEST_ARCHIVED_FIRST).limit(window.rows))

    def mark_read(
        self,
        account_id: str,
        entries: Iterable[Notification],
        now: datetime,
        change: ReceiptChange | None = None,
    ) -> None:
        """Creates receipts where there are none yet, and applies `change` to all of them."""
        writes = [_receipt_write(account_id, entry, now, change or {}) for entry in entries]
        if writes:
            self._receipts.bulk_write(writes, ordered=False, session=self._session)

    def advance_read_before(self, account_id: str, read_before: datetime) -> None:
        """Moves it forward, outside the record's versions; creates the person's record where there is none yet."""
        change = {"$max": {"read_before": read_before}, "$setOnInsert": {"version": 1, "last_sequence": 0}}
        self.records.collection.update_one({"_id": account_id}, change, upsert=True, session=self._session)

    def load(self, account_id: str, context: CommandContext) -> Inbox:
        """Returns the person's record, for a change; there must be one."""
        inbox = self.records.load(account_id, context)
        if inbox is None:
            raise LookupError(f"no inbox of {account_id}")
        return inbox


def _entries_of(recipients: Sequence[str], created_at: Filter) -> Filter:
    return {"recipient": {"$in": list(recipients)}, "channel": INBOX, "created_at": created_at}


def _receipt_id(account_id: str, notification_id: str) -> str:
    return f"{account_id}/{notification_id}"


def _receipt_write(account_id: str, entry: Notification, now: datetime, change: ReceiptChange) -> UpdateOne:
    new = {
        "account_id": account_id,
        "notification_id": entry["_id"],
        "recipient": entry["recipient"],
        "created_at": entry["created_at"],
        "read_at": now,
    }
    return UpdateOne({"_id": _receipt_id(account_id, entry["_id"])}, {"$setOnInsert": new, **change}, upsert=True)
