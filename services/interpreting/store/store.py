"""Bookings and the roster as records, and the transactions that span a booking and the days it claims."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.interpreting.rules import states
from services.interpreting.rules.history import PublishedEvent
from services.interpreting.rules.languages import matching_languages
from services.interpreting.rules.matching import Fit, Requirements
from services.interpreting.rules.records import Booking, Interpreter
from services.interpreting.store.claims import Claims
from services.interpreting.store.read_copies import ReadCopies
from services.interpreting.store.search import Search
from services.interpreting.store.search_queue import SearchQueue
from shared.idempotency import KEPT, SealingKey
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import Document, in_transaction
from shared.outbox.records import Records, events_of
from shared.paging import Window, onward

T = TypeVar("T")
MAX_ATTEMPTS = 12
MAX_EVENTS = 500
MAX_DURATION = timedelta(days=2)

BOOKING_ORDER = [("start", 1), ("_id", 1)]
ROSTER_ORDER = [("_id", 1)]
SERVED = ["confirmed", "in_progress", "completed"]


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
        bookings = cast("Collection[Booking]", database.bookings)
        interpreters = cast("Collection[Interpreter]", database.interpreters)
        self.bookings = Records(bookings, session, answers=lambda _: key)
        self.interpreters = Records(interpreters, session, answers=lambda _: key)
        self.claims = Claims(database, zone, session)
        self.search = Search(database, zone, self.claims, session)
        self.search_queue = SearchQueue(database, session)
        self.copies = ReadCopies(database)

    def within(self, unit: UnitOfWork) -> "Store":
        return self._over(unit.session)

    def _over(self, session: ClientSession | None) -> "Store":
        return Store(self.database, self.zone, self._key, session)

    def transaction(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` with a store over one transaction, once more after a write conflict; joins the transaction it is in."""
        if self.session is not None:
            return work(self)
        return in_transaction(self.database, lambda session: work(self._over(session)), MAX_ATTEMPTS)

    def candidates(self, required: Requirements, limit: int = 20) -> list[Fit]:
        """Returns the first interpreters found who are free and fit, in order of rank; `search` has the other queries."""
        return self.search.fitting(required, limit)

    def delete_old_responses(self, now: datetime) -> None:
        """Deletes responses to commands that can no longer be repeated; a booking's id tells nothing of its age."""
        old = {"requests": {"at": {"$lte": now - KEPT}}}
        for collection in (self.database.bookings, self.database.interpreters):
            with_old = {"requests.key": {"$exists": True}, "requests.at": {"$lte": now - KEPT}}
            collection.update_many(with_old, {"$pull": old})

    def list_bookings(self, query: Document, window: Window) -> list[Booking]:
        """Returns a page of bookings by start; `query` is made by `booking_filter`."""
        return self.bookings.find(onward(query, BOOKING_ORDER, window), BOOKING_ORDER, window.rows)

    def list_interpreters(self, query: Document, window: Window) -> list[Interpreter]:
        """Returns a page of the roster in order of registration; `query` is made by `roster_filter`."""
        return self.interpreters.find(onward(query, ROSTER_ORDER, window), ROSTER_ORDER, window.rows)

    def interpreter_ids_of(self, account_id: str) -> list[str]:
        """Returns the ids of the roster entries that are linked to an account."""
        return [row["_id"] for row in self.interpreters.find({"account_id": _equal_text(account_id)})]

    def interpreter_of(self, account_id: str) -> Interpreter | None:
        """Returns the roster entry linked to an account; of several, one that is active."""
        sort = [("active", -1), ("_id", 1)]
        return next(iter(self.interpreters.find({"account_id": _equal_text(account_id)}, sort, 1)), None)

    def interpreter_of_calendar(self, hashed: str) -> Interpreter | None:
        """Returns the roster entry with this calendar link."""
        return next(iter(self.interpreters.find({"calendar.hash": _equal_text(hashed)}, limit=1)), None)

    def offered_to(self, interpreters: Sequence[str], since: datetime, window: Window) -> list[Booking]:
        """Returns bookings that were offered to one of these and end after `since`, by start."""
        query = {"offers.interpreter_id": {"$in": list(interpreters)}, "end": {"$gt": since}}
        return self.bookings.find(onward(query, BOOKING_ORDER, window), BOOKING_ORDER, window.rows)

    def open_bookings(self, now: datetime, limit: int) -> list[Booking]:
        """Returns bookings without an interpreter that are not over, nor their visits before their time, by start."""
        since = {"start": {"$gt": now - MAX_DURATION}, "end": {"$gt": now}, "ended_at": None}
        query = {"status": {"$in": sorted(states.OPEN)}, **since}
        return self.bookings.find(query, BOOKING_ORDER, limit)

    def booking_events(self, booking_id: str) -> list[PublishedEvent]:
        """Returns the events of a booking in order: those of the event log and those still in its outbox."""
        found = events_of(self.database, "bookings", "booking", booking_id, MAX_EVENTS)
        return cast("list[PublishedEvent]", found)

    def interpreter_events(self, interpreter_id: str) -> list[PublishedEvent]:
        """Returns the same of an entry of the roster."""
        found = events_of(self.database, "interpreters", "interpreter", interpreter_id, MAX_EVENTS)
        return cast("list[PublishedEvent]", found)

    def assigned_between(self, interpreters: Sequence[str], start: datetime, end: datetime) -> list[Booking]:
        """Returns bookings assigned to these interpreters, also completed ones, that overlap the period."""
        query = _overlapping(start, end) | {
            "interpreter_id": {"$in": list(interpreters)},
            "status": {"$in": SERVED},
        }
        return self.bookings.find(query, BOOKING_ORDER)

    def calendar_bookings(self, interpreter_id: str, start: datetime, end: datetime) -> list[Booking]:
        """Returns bookings that overlap the period and are assigned to this interpreter, or were before they were cancelled or reassigned."""
        period = _overlapping(start, end)
        now = self.bookings.find(period | {"interpreter_id": {"$eq": interpreter_id}}, BOOKING_ORDER)
        former = {"former_assignments.interpreter_id": {"$eq": interpreter_id}}
        before = self.bookings.find(period | former, BOOKING_ORDER)
        return list({row["_id"]: row for row in now + before}.values())

    def interpreters_of_case(self, case_id: str) -> list[str]:
        """Returns the interpreters who interpreted for this case, or are booked to."""
        query = {"case_id": case_id, "status": {"$in": SERVED}}
        found = self.database.bookings.find(query, {"interpreter_id": 1}, session=self.session)
        return [row["interpreter_id"] for row in found if row["interpreter_id"]]

    def with_expired_offers(self, now: datetime, limit: int = 200) -> list[str]:
        """Returns the ids of bookings with an open offer past its end, the longest first."""
        query = {"next_offer_expiry": {"$lte": now, "$type": "date"}}
        found = self.database.bookings.find(query, {"_id": 1}, sort=[("next_offer_expiry", 1)], limit=limit)
        return [row["_id"] for row in found]

    def upcoming(self, interpreter_id: str, now: datetime) -> list[str]:
        """Returns the ids of an interpreter's confirmed bookings that are not over, the last first."""
        query = {"interpreter_id": interpreter_id, "status": "confirmed", "end": {"$gt": now}}
        found = self.database.bookings.find(query, {"_id": 1}, sort=[("start", -1)], session=self.session)
        return [row["_id"] for row in found]


def _equal_text(value: str) -> Document:
    """Equal to this text; the type is named so that a partial index over texts is used."""
    return {"$eq": value, "$type": "string"}


def _overlapping(start: datetime, end: datetime) -> Document:
    """Overlaps the period; a scan of the index is enough, because no booking is longer than MAX_DURATION."""
    return {"start": {"$lt": end, "$gt": start - MAX_DURATION}, "end": {"$gt": start}}


def booking_filter(
    equal: dict[str, str], since: datetime | None, until: datetime | None, interpreters: Sequence[str] | None
) -> Document:
    """Returns a query for bookings with these values whose period overlaps [since, until); `interpreters`: of these alone."""
    query: Document = {name: {"$eq": value} for name, value in equal.items()}
    if until is not None:
        query["start"] = {"$lt": until}
    if since is not None:
        query["end"] = {"$gt": since}
    if interpreters is not None:
        query = {"$and": [query, {"interpreter_id": {"$in": list(interpreters)}}]}
    return query


def roster_filter(active: bool | None, language: str | None, modality: str | None) -> Document:
    """Returns a query for entries by state, language (a key, and those related) and modality."""
    query: Document = {}
    if active is not None:
        query["active"] = active
    if language is not None:
        query["language_keys"] = {"$in": list(matching_languages(language))}
    if modality is not None:
        query["modalities"] = {"$eq": modality}
    return query
