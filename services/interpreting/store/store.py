"""Bookings and the roster as records, and the transactions that span a booking and the days it claims."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.interpreting.rules.matching import Ask, Fit
from services.interpreting.store import claims, search, waiting
from shared.idempotency import KEPT, SealingKey, requests_index
from shared.messaging import Unit
from shared.mongo import Index, in_transaction
from shared.paging import Window, onward
from shared.records import Records, outbox_index

Document = dict[str, Any]
T = TypeVar("T")
CONFLICT_TRIES = 12

INDEXES = [
    outbox_index("bookings"),
    requests_index("bookings"),
    Index("bookings", [("start", 1), ("_id", 1)]),
    Index("bookings", [("case_id", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("visit_id", 1)]),
    Index("bookings", [("status", 1), ("start", 1), ("_id", 1)]),
    Index("bookings", [("interpreter_id", 1), ("start", 1), ("_id", 1)]),
    outbox_index("interpreters"),
    requests_index("interpreters"),
    Index("interpreters", [("account_id", 1)], partial={"account_id": {"$type": "string"}}),
    *search.INDEXES,
    *waiting.INDEXES,
]
BOOKING_ORDER = [("start", 1), ("_id", 1)]
ROSTER_ORDER = [("_id", 1)]


class Store:
    """`within(unit)` is the same over a consumer's transaction; `zone` is the hospital's, in which days begin."""

    def __init__(
        self,
        database: Database[Document],
        zone: ZoneInfo,
        key: SealingKey,
        session: ClientSession | None = None,
    ) -> None:
        self.database, self.zone, self.session, self._key = database, zone, session, key
        self.bookings = Records(database.bookings, session, answers=lambda _: key)
        self.interpreters = Records(database.interpreters, session, answers=lambda _: key)
        self.claims = claims.Claims(database, zone, session)
        self.search = search.Search(database, zone, self.claims, session)
        self.waiting = waiting.Waiting(database, session)

    def within(self, unit: Unit) -> "Store":
        return self._over(unit.session)

    def _over(self, session: ClientSession | None) -> "Store":
        return Store(self.database, self.zone, self._key, session)

    def transaction(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` with a store over one transaction, again after a write conflict; joins the one it is in."""
        if self.session is not None:
            return work(self)
        for attempt in range(1, CONFLICT_TRIES + 1):
            try:
                return in_transaction(self.database, lambda session: work(self._over(session)), attempts=1)
            except PyMongoError as error:
                if attempt == CONFLICT_TRIES or not error.has_error_label("TransientTransactionError"):
                    raise
                time.sleep(random.uniform(0, 0.005 * attempt))  # noqa: S311  (jitter)
        raise AssertionError("unreachable")

    def candidates(self, ask: Ask, limit: int = 20) -> list[Fit]:
        """The first interpreters found who are free and fit, in order of rank; `search` has the other questions."""
        return self.search.fitting(ask, limit)

    def forget_answers(self, now: datetime) -> None:
        """Drops answers to commands that nobody may ask for again; a booking's id tells nothing of its age."""
        old = {"requests": {"at": {"$lte": now - KEPT}}}
        for records in (self.bookings, self.interpreters):
            kept = {"requests.key": {"$exists": True}, "requests.at": {"$lte": now - KEPT}}
            records.collection.update_many(kept, {"$pull": old})

    def bookings_page(self, query: Document, window: Window) -> list[Document]:
        """Bookings by start; `query` is made by `booking_filter`."""
        return self.bookings.find(onward(query, BOOKING_ORDER, window), BOOKING_ORDER, window.rows)

    def roster_page(self, query: Document, window: Window) -> list[Document]:
        """The roster in order of entry; `query` is made by `roster_filter`."""
        return self.interpreters.find(onward(query, ROSTER_ORDER, window), ROSTER_ORDER, window.rows)

    def ids_of_account(self, account_id: str) -> list[str]:
        """The roster's entries of a person who signs in."""
        return [row["_id"] for row in self.interpreters.find({"account_id": {"$eq": account_id}})]

    def served_case(self, case_id: str) -> list[str]:
        """Interpreters who interpreted for this case, or are booked to."""
        query = {"case_id": case_id, "status": {"$in": ["confirmed", "in_progress", "completed"]}}
        found = self.database.bookings.find(query, {"interpreter_id": 1}, session=self.session)
        return [row["interpreter_id"] for row in found if row["interpreter_id"]]

    def ahead(self, interpreter_id: str, now: datetime) -> list[str]:
        """Confirmed bookings of an interpreter that are not over, the last first."""
        query = {"interpreter_id": interpreter_id, "status": "confirmed", "end": {"$gt": now}}
        found = self.database.bookings.find(query, {"_id": 1}, sort=[("start", -1)], session=self.session)
        return [row["_id"] for row in found]


def booking_filter(
    equal: dict[str, str], since: datetime | None, until: datetime | None, interpreters: Sequence[str] | None
) -> Document:
    """Bookings with these values whose period touches [since, until); `interpreters`: of these alone."""
    query: Document = {name: {"$eq": value} for name, value in equal.items()}
    if until is not None:
        query["start"] = {"$lt": until}
    if since is not None:
        query["end"] = {"$gt": since}
    if interpreters is not None:
        query = {"$and": [query, {"interpreter_id": {"$in": list(interpreters)}}]}
    return query


def roster_filter(active: bool | None, language: str | None, modality: str | None) -> Document:
    """Entries by state, language (as a key) and modality."""
    query: Document = {}
    if active is not None:
        query["active"] = active
    if language is not None:
        query["speaks"] = {"$eq": language}
    if modality is not None:
        query["modalities"] = {"$eq": modality}
    return query
