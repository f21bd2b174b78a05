"""Agreements as records: their lists, what the calendar has to do today, and the pair that changes together when one follows another."""

from collections.abc import Callable, Sequence
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.partners.rules.agreements import ACTIVE
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import SealingKey, requests_index
from shared.mongo import Index, in_transaction
from shared.outbox.records import Records, outbox_index
from shared.paging import Window, onward
from shared.reference_numbers import Numbers
from shared.stored_files import FILE_INDEXES, Files

Document = dict[str, Any]
ORDER = [("_id", 1)]
FOLLOWING: Document = {"abandoned": False, "renews": {"$type": "string"}}

INDEXES = [
    *FILE_INDEXES,
    outbox_index("agreements"),
    requests_index("agreements"),
    Index("agreements", [("reference", 1)], unique=True),
    Index("agreements", [("status", 1), ("_id", 1)]),
    Index("agreements", [("organization_ids", 1), ("_id", 1)]),
    Index("agreements", [("scopes", 1), ("_id", 1)]),
    Index("agreements", [("renews", 1)], unique=True, partial=FOLLOWING),
    Index("agreements", [("status", 1), ("due_on", 1)], partial={"due_on": {"$type": "string"}}),
    Index("people", [("username", 1)]),
]


class Agreements:
    """`records` holds them; `numbers` and `files` are one per process."""

    def __init__(
        self,
        database: Database[Document],
        session: ClientSession | None,
        answers: Callable[[str], SealingKey] | None,
    ) -> None:
        self._database = database
        self.records = Records(database["agreements"], session, answers=answers)
        self.numbers = Numbers(database["counters"], "A")
        self.files = Files(database)

    def save(self, agreement: Document, events: Sequence[Event], context: CommandContext) -> Document:
        """Over the version it was loaded at; raises StaleRecord and RecordExists."""
        return self.records.save(agreement, events, context)

    def save_with_predecessor(
        self,
        agreement: Document,
        events: Sequence[Event],
        before: Document,
        last_words: Sequence[Event],
        context: CommandContext,
    ) -> Document:
        """Both or neither; raises StaleRecord where somebody else saved one of them."""

        def both(session: ClientSession) -> Document:
            records = self.records.within(session)
            records.save(before, last_words, context.aside(), correlation_id=before["_id"])
            return records.save(agreement, events, context)

        return in_transaction(self._database, both)

    def page(self, filters: Document, today: str, ends_until: str | None, window: Window) -> list[Document]:
        """By status, organization_ids, scopes in order of entry; `ends_until`: active ones that end by then, of themselves or not."""
        query = dict(filters)
        if ends_until:
            soon = {"$gte": today, "$lte": ends_until}
            query = {"status": ACTIVE, "$or": [{"ends": soon}, {"terminates_on": soon}]} | query
        return self.records.find(onward(query, ORDER, window), ORDER, window.rows)

    def due(self, status: str, today: str, limit: int = 500) -> list[str]:
        """Ids of those the calendar has something to do with, the longest due first."""
        query = {"status": status, "due_on": {"$lte": today, "$type": "string"}}
        found = self.records.collection.find(query, {"_id": 1}, sort=[("due_on", 1)], limit=limit)
        return [row["_id"] for row in found]

    def person(self, given: str) -> Document | None:
        """Who has this account id, or signs in with this name, as accounts told of them."""
        people = self._database["people"]
        return people.find_one({"_id": given}) or people.find_one({"username": given.casefold()})
