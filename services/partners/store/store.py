"""All of partners that knows MongoDB: organizations, each with its keys and webhook endpoints inside; agreements.py beside.

`organizations` and `agency_keys`, by which every service tells who calls, are kept here in the record's own transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.partners.store.agreements import Agreements
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import WITHOUT_BOOKKEEPING, Records
from shared.paging import Window, onward
from shared.sealing import DataKey

Document = dict[str, Any]


class Store:
    """`within(unit)` gives the same store inside a consumer's transaction; `answers` seals what commands answered."""

    def __init__(
        self,
        database: Database[Document],
        answers: DataKey | None = None,
        session: ClientSession | None = None,
    ) -> None:
        self.database, self.session, self._answers = database, session, answers
        sealed_by = (lambda _: answers) if answers else None
        self.organizations = Records(database["partners"], session, answers=sealed_by)
        self.agreements = Agreements(database, session, sealed_by)

    def within(self, unit: UnitOfWork) -> "Store":
        return Store(self.database, self._answers, unit.session)

    def insert(self, organization: Document, events: Sequence[Event], context: CommandContext) -> Document:
        """Stores a new organization with its events; raises RecordExists."""
        return self._together(lambda store: store.organizations.insert(organization, events, context), organization)

    def save(self, organization: Document, events: Sequence[Event], context: CommandContext) -> Document:
        """Writes it over the version it was loaded at, with its events; raises StaleRecord or RecordExists."""
        return self._together(lambda store: store.organizations.save(organization, events, context), organization)

    def _together(self, write: Callable[["Store"], Document], organization: Document) -> Document:
        """The record and what callers are told apart by, in one transaction: a revoked key is dead with the answer."""

        def both(store: "Store") -> Document:
            saved = write(store)
            store.keep_copies(organization)
            return saved

        if self.session is not None:
            return both(self)
        return in_transaction(self.database, lambda session: both(Store(self.database, self._answers, session)))

    def keep_copies(self, organization: Document) -> None:
        id_ = organization["_id"]
        copy = {"_id": id_, "name": organization["name"], "status": organization["status"]}
        self.database["organizations"].replace_one({"_id": id_}, copy, upsert=True, session=self.session)
        keys = [ReplaceOne({"_id": key["hash"]}, _as_looked_up(id_, key), upsert=True) for key in organization["keys"]]
        if keys:
            self.database["agency_keys"].bulk_write(keys, session=self.session)

    def find_organizations(self, filters: Document, window: Window) -> list[Document]:
        """By status, kinds or folded_name, in the order they were registered."""
        sort = [("_id", 1)]
        return self.organizations.find(onward(filters, sort, window), sort, window.rows)

    def open_organizations(self, ids: Sequence[str]) -> set[str]:
        """Those of these that are registered and not closed."""
        query = {"_id": {"$in": list(ids)}, "open": True}
        return {row["_id"] for row in self.organizations.collection.find(query, {"_id": 1}, session=self.session)}

    def by_name(self, folded_name: str) -> Document | None:
        """The organization of this name that is not closed."""
        query = {"folded_name": folded_name, "open": True}
        return self.organizations.collection.find_one(query, WITHOUT_BOOKKEEPING, session=self.session)

    def due_secrets(self, now: datetime, limit: int = 100) -> Iterable[Document]:
        """Organizations with a rotated secret whose time is over."""
        return self.organizations.find({"secrets_due": {"$lte": now}}, limit=limit)

    def stays_of(self, organization_id: str) -> list[Document]:
        """Stays of people that this organization sends us or takes in, as training told of them."""
        return list(self.database["stays"].find({"organization_id": {"$eq": organization_id}}, session=self.session))

    @property
    def own_key(self) -> DataKey:
        """The service's own key, under which stored answers are sealed too."""
        if self._answers is None:
            raise LookupError("nothing is sealed here: Store was made without `answers`")
        return self._answers

    def still_to_say(self, organization_id: str, up_to: int) -> bool:
        """Whether an event up to this sequence still lies in the outbox: the broker has not confirmed it."""
        query = {"_id": organization_id, "outbox.sequence": {"$lte": up_to}}
        return self.organizations.collection.find_one(query, {"_id": 1}) is not None

    def first_unsaid(self, organization_id: str) -> int | None:
        """The sequence of the first event the broker has not confirmed; None where all are said."""
        found = self.organizations.collection.find_one({"_id": organization_id}, {"outbox.sequence": 1})
        return min((entry["sequence"] for entry in (found or {}).get("outbox", [])), default=None)

    def forget_answers(self, now: datetime) -> None:
        """Answers to commands are kept for 24 hours."""
        for records in (self.organizations, self.agreements.records):
            forget_old(records.collection, now)


def _as_looked_up(organization_id: str, key: Document) -> Document:
    """A key as shared/auth.py looks it up."""
    return {
        "_id": key["hash"],
        "key_id": key["id"],
        "organization_id": organization_id,
        "scopes": key["scopes"],
        "expires_at": key["expires_at"],
        "revoked": key["revoked_at"] is not None,
    }
