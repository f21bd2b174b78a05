"""Agreements: their records, lists, those due today, and the pair that changes together when one follows another."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.partners.rules.agreements import ACTIVE
from services.partners.rules.records import Agreement, AgreementFilters, Person
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import SealingKey, requests_index
from shared.mongo import Index, in_transaction
from shared.outbox.records import Records, outbox_index
from shared.paging import Window, onward
from shared.reference_numbers import Numbers
from shared.stored_files import FILE_INDEXES, Files

ORDER = [("_id", 1)]
IS_SUCCESSOR: dict[str, Any] = {"abandoned": False, "renews": {"$type": "string"}}

INDEXES = [
    *FILE_INDEXES,
    outbox_index("agreements"),
    requests_index("agreements"),
    Index("agreements", [("reference", 1)], unique=True),
    Index("agreements", [("status", 1), ("_id", 1)]),
    Index("agreements", [("organization_ids", 1), ("_id", 1)]),
    Index("agreements", [("scopes", 1), ("_id", 1)]),
    Index("agreements", [("renews", 1)], unique=True, partial=IS_SUCCESSOR),
    Index("agreements", [("status", 1), ("due_on", 1)], partial={"due_on": {"$type": "string"}}),
    Index("people", [("username", 1)]),
]


class Agreements:
    """`records` are the agreements; `numbers` and `files` are shared by the process."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        session: ClientSession | None,
        answers: Callable[[str], SealingKey] | None,
    ) -> None:
        self._database = database
        self._people = cast("Collection[Person]", database["people"])
        self.records = Records(cast("Collection[Agreement]", database["agreements"]), session, answers=answers)
        self.numbers = Numbers(database["counters"], "A")
        self.files = Files(database)

    def save(self, agreement: Agreement, events: Sequence[Event], context: CommandContext) -> Agreement:
        """Saves over the version that was loaded; raises StaleRecord and RecordExists."""
        return self.records.save(agreement, events, context)

    def save_with_predecessor(
        self,
        agreement: Agreement,
        events: Sequence[Event],
        before: Agreement,
        before_events: Sequence[Event],
        context: CommandContext,
    ) -> Agreement:
        """Saves both or neither; raises StaleRecord if another writer saved one of them."""

        def both(session: ClientSession) -> Agreement:
            records = self.records.within(session)
            records.save(before, before_events, context.aside(), correlation_id=before["_id"])
            return records.save(agreement, events, context)

        return in_transaction(self._database, both)

    def page(self, filters: AgreementFilters, today: str, ends_until: str | None, window: Window) -> list[Agreement]:
        """Returns a page in the order of creation; `ends_until`: active ones that end or are terminated by then."""
        fields = {"organization_id": "organization_ids", "status": "status", "scope": "scopes"}
        query: dict[str, Any] = {fields[name]: value for name, value in filters.items() if name in fields}
        if ends_until:
            soon = {"$gte": today, "$lte": ends_until}
            query = {"status": ACTIVE, "$or": [{"ends": soon}, {"terminates_on": soon}]} | query
        return self.records.find(onward(query, ORDER, window), ORDER, window.rows)

    def due(self, status: str, today: str, limit: int = 500) -> list[str]:
        """Returns the ids of those that are due by date, the longest due first."""
        query = {"status": status, "due_on": {"$lte": today, "$type": "string"}}
        found = self.records.collection.find(query, {"_id": 1}, sort=[("due_on", 1)], limit=limit)
        return [row["_id"] for row in found]

    def person(self, named: str) -> Person | None:
        """Returns the person with this account id or username, from the copy of accounts' events."""
        return self._people.find_one({"_id": named}) or self._people.find_one({"username": named.casefold()})
