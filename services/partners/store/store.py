"""The only part of partners that knows MongoDB: organizations with their keys and webhook endpoints. Agreements are in agreements.py.

The copies `organizations` and `agency_keys`, by which callers are authenticated, are written in the record's own transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.partners.rules.records import ApiKey, Organization, OrganizationStatus, Stay
from services.partners.store.agreements import Agreements
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import WITHOUT_BOOKKEEPING, Records
from shared.paging import Window, onward
from shared.sealing import DataKey


class Store:
    """`within(unit)` gives the same store inside a consumer's transaction; `answers` encrypts stored responses."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        answers: DataKey | None = None,
        session: ClientSession | None = None,
    ) -> None:
        self.database, self.session, self._answers = database, session, answers
        answer_key = (lambda _: answers) if answers else None
        self.organizations = Records(
            cast("Collection[Organization]", database["partners"]), session, answers=answer_key
        )
        self.agreements = Agreements(database, session, answer_key)

    def within(self, unit: UnitOfWork) -> "Store":
        return Store(self.database, self._answers, unit.session)

    def insert(self, organization: Organization, events: Sequence[Event], context: CommandContext) -> Organization:
        """Stores a new organization with its events; raises RecordExists."""
        return self._with_auth_copies(
            lambda store: store.organizations.insert(organization, events, context), organization
        )

    def save(self, organization: Organization, events: Sequence[Event], context: CommandContext) -> Organization:
        """Saves it over the version that was loaded, with its events; raises StaleRecord or RecordExists."""
        return self._with_auth_copies(
            lambda store: store.organizations.save(organization, events, context), organization
        )

    def _with_auth_copies(self, write: Callable[["Store"], Organization], organization: Organization) -> Organization:
        """Writes the record and the copies for authentication in one transaction: a revoked key is invalid with the response."""

        def both(store: "Store") -> Organization:
            saved = write(store)
            store.write_auth_copies(organization)
            return saved

        if self.session is not None:
            return both(self)
        return in_transaction(self.database, lambda session: both(Store(self.database, self._answers, session)))

    def write_auth_copies(self, organization: Organization) -> None:
        """Writes the organization and its keys as shared/auth.py looks them up."""
        id_ = organization["_id"]
        copy = {"_id": id_, "name": organization["name"], "status": organization["status"]}
        self.database["organizations"].replace_one({"_id": id_}, copy, upsert=True, session=self.session)
        keys = [ReplaceOne({"_id": key["hash"]}, _auth_copy(id_, key), upsert=True) for key in organization["keys"]]
        if keys:
            self.database["agency_keys"].bulk_write(keys, session=self.session)

    def find_organizations(
        self, status: OrganizationStatus | None, kind: str | None, folded_name: str | None, window: Window
    ) -> list[Organization]:
        """Returns a page of organizations in the order of registration."""
        wanted = (("status", status), ("kinds", kind), ("folded_name", folded_name))
        filters = {field: value for field, value in wanted if value is not None}
        sort = [("_id", 1)]
        return self.organizations.find(onward(filters, sort, window), sort, window.rows)

    def open_organizations(self, ids: Sequence[str]) -> set[str]:
        """Returns those of these organizations that are registered and not closed."""
        query = {"_id": {"$in": list(ids)}, "open": True}
        return {row["_id"] for row in self.organizations.collection.find(query, {"_id": 1}, session=self.session)}

    def by_name(self, folded_name: str) -> Organization | None:
        """Returns the organization of this name that is not closed."""
        query = {"folded_name": folded_name, "open": True}
        return self.organizations.collection.find_one(query, WITHOUT_BOOKKEEPING, session=self.session)

    def with_due_secrets(self, now: datetime, limit: int = 100) -> Iterable[Organization]:
        """Returns organizations with a replaced webhook secret whose overlap is over."""
        return self.organizations.find({"secrets_due": {"$lte": now}}, limit=limit)

    def stays_of(self, organization_id: str) -> list[Stay]:
        """Returns the stays of trainees that this organization sends or receives, from training's events."""
        stays = cast("Collection[Stay]", self.database["stays"])
        return list(stays.find({"organization_id": {"$eq": organization_id}}, session=self.session))

    @property
    def own_key(self) -> DataKey:
        """The service's own key, which encrypts stored responses and scans."""
        if self._answers is None:
            raise LookupError("nothing is encrypted here: Store was made without `answers`")
        return self._answers

    def is_unpublished(self, organization_id: str, sequence: int) -> bool:
        """Whether an event up to this sequence is still in the outbox, because the broker has not confirmed it."""
        query = {"_id": organization_id, "outbox.sequence": {"$lte": sequence}}
        return self.organizations.collection.find_one(query, {"_id": 1}) is not None

    def first_unpublished(self, organization_id: str) -> int | None:
        """Returns the sequence of the first event that the broker has not confirmed; None if all are published."""
        found = self.database["partners"].find_one({"_id": organization_id}, {"outbox.sequence": 1})
        return min((entry["sequence"] for entry in (found or {}).get("outbox", [])), default=None)

    def forget_answers(self, now: datetime) -> None:
        """Deletes stored responses older than 24 hours."""
        forget_old(self.organizations.collection, now)
        forget_old(self.agreements.records.collection, now)


def _auth_copy(organization_id: str, key: ApiKey) -> dict[str, Any]:
    """Returns the key as shared/auth.py looks it up."""
    return {
        "_id": key["hash"],
        "key_id": key["id"],
        "organization_id": organization_id,
        "scopes": key["scopes"],
        "expires_at": key["expires_at"],
        "revoked": key["revoked_at"] is not None,
    }
