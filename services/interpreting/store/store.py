"""Bookings and the roster as records, and the transactions that span a booking and the days it claims."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules import states
from services.interpreting.rules.languages import served_by
from services.interpreting.rules.matching import Ask, Fit
from services.interpreting.store import claims, read_copies, search, waiting
from shared.idempotency import KEPT, SealingKey
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import Records, events_of
from shared.paging import Window, onward

Document = dict[str, Any]
T = TypeVar("T")
CONFLICT_TRIES = 12
MOST_LINES = 500
LONGEST_BOOKING = timedelta(days=2)

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
        self.copies = read_copies.Copies(database)

    def within(self, unit: UnitOfWork) -> "Store":
        return self._over(unit.session)

    def _over(self, session: ClientSession | None) -> "Store":
        return Store(self.database, self.zone, self._key, session)

    def transaction(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` with a store over one transaction, again after a write conflict; joins the one it is in."""
        if self.session is not None:
            return work(self)
        return in_transaction(self.database, lambda session: work(self._over(session)), CONFLICT_TRIES)

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
        return [row["_id"] for row in self.interpreters.find({"account_id": _text(account_id)})]

    def entry_of_account(self, account_id: str) -> Document | None:
        """The roster's entry of a person who signs in; of several, one that is active."""
        sort = [("active", -1), ("_id", 1)]
        return next(iter(self.interpreters.find({"account_id": _text(account_id)}, sort, 1)), None)

    def entry_of_calendar(self, hashed: str) -> Document | None:
        """Whose calendar link this is."""
        return next(iter(self.interpreters.find({"calendar.hash": _text(hashed)}, limit=1)), None)

    def offered_page(self, interpreters: Sequence[str], since: datetime, window: Window) -> list[Document]:
        """Bookings that were offered to one of these and end after `since`, by start."""
        query = {"offers.interpreter_id": {"$in": list(interpreters)}, "end": {"$gt": since}}
        return self.bookings.find(onward(query, BOOKING_ORDER, window), BOOKING_ORDER, window.rows)

    def open_ones(self, now: datetime, limit: int) -> list[Document]:
        """Bookings that nobody holds and that are not over, nor their visits before their time, by start."""
        since = {"start": {"$gt": now - LONGEST_BOOKING}, "end": {"$gt": now}, "ended_at": None}
        query = {"status": {"$in": sorted(states.OPEN)}, **since}
        return self.bookings.find(query, BOOKING_ORDER, limit)

    def lines_of(self, booking_id: str) -> list[Document]:
        """What was said of a booking: the log, and what still waits in its outbox, in order."""
        return events_of(self.database, "bookings", "booking", booking_id, MOST_LINES)

    def lines_of_entry(self, interpreter_id: str) -> list[Document]:
        """The same of an entry of the roster."""
        return events_of(self.database, "interpreters", "interpreter", interpreter_id, MOST_LINES)

    def held_between(self, interpreters: Sequence[str], start: datetime, end: datetime) -> list[Document]:
        """Bookings that these hold or held to the end, and that touch the period."""
        query = _around(start, end) | {
            "interpreter_id": {"$in": list(interpreters)},
            "status": {"$in": ["confirmed", "in_progress", "completed"]},
        }
        return self.bookings.find(query, BOOKING_ORDER)

    def calendar_of(self, interpreter_id: str, start: datetime, end: datetime) -> list[Document]:
        """Bookings that this interpreter holds, or that were cancelled or taken from them, and that touch the period."""
        period = _around(start, end)
        now = self.bookings.find(period | {"interpreter_id": {"$eq": interpreter_id}}, BOOKING_ORDER)
        before = self.bookings.find(period | {"held_before.interpreter_id": {"$eq": interpreter_id}}, BOOKING_ORDER)
        return list({row["_id"]: row for row in now + before}.values())

    def served_case(self, case_id: str) -> list[str]:
        """Interpreters who interpreted for this case, or are booked to."""
        query = {"case_id": case_id, "status": {"$in": ["confirmed", "in_progress", "completed"]}}
        found = self.database.bookings.find(query, {"interpreter_id": 1}, session=self.session)
        return [row["interpreter_id"] for row in found if row["interpreter_id"]]

    def offers_due(self, now: datetime, limit: int = 200) -> list[str]:
        """Bookings with an open offer whose time is over, the longest first."""
        query = {"offers_due": {"$lte": now, "$type": "date"}}
        found = self.database.bookings.find(query, {"_id": 1}, sort=[("offers_due", 1)], limit=limit)
        return [row["_id"] for row in found]

    def ahead(self, interpreter_id: str, now: datetime) -> list[str]:
        """Confirmed bookings of an interpreter that are not over, the last first."""
        query = {"interpreter_id": interpreter_id, "status": "confirmed", "end": {"$gt": now}}
        found = self.database.bookings.find(query, {"_id": 1}, sort=[("start", -1)], session=self.session)
        return [row["_id"] for row in found]


def _text(value: str) -> Document:
    """Equal to this text, said so that a partial index over texts is used."""
    return {"$eq": value, "$type": "string"}


def _around(start: datetime, end: datetime) -> Document:
    """Touches the period; an index walk, because no booking is longer than LONGEST_BOOKING."""
    return {"start": {"$lt": end, "$gt": start - LONGEST_BOOKING}, "end": {"$gt": start}}


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
    """Entries by state, language (as a key, and those near it) and modality."""
    query: Document = {}
    if active is not None:
        query["active"] = active
    if language is not None:
        query["speaks"] = {"$in": list(served_by(language))}
    if modality is not None:
        query["modalities"] = {"$eq": modality}
    return query
