"""What people do with bookings: look, have the match explained, assign by hand, release, cancel."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from services.interpreting.actions import filling
from services.interpreting.actions.draft import Draft
from services.interpreting.actions.parts import Parts
from services.interpreting.rules import bookings, matching, states
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.matching import Fit
from services.interpreting.rules.roster import NoSuchInterpreter
from services.interpreting.store import Store, booking_filter
from shared.errors import InvalidInput
from shared.origin import Origin
from shared.paging import Window

Document = dict[str, Any]
SHOWN = 100


@dataclass(frozen=True)
class BookingFilter:
    """What a list of bookings is narrowed to: equal values, and a period that the booking touches."""

    equal: dict[str, str]
    since: datetime | None = None
    until: datetime | None = None


def list_bookings(
    parts: Parts, wanted: BookingFilter, window: Window, own_account: str | None = None
) -> list[Document]:
    """Bookings by start; with `own_account` only those of the interpreter who signed in."""
    mine = None if own_account is None else parts.store.ids_of_account(own_account)
    return parts.store.bookings_page(booking_filter(wanted.equal, wanted.since, wanted.until, mine), window)


def find_booking(parts: Parts, booking_id: str, own_account: str | None = None) -> Document:
    """One booking; raises NoSuchBooking, also where it is not this interpreter's own."""
    booking = parts.store.bookings.get(booking_id)
    if booking is None:
        raise NoSuchBooking()
    if own_account is not None and booking["interpreter_id"] not in parts.store.ids_of_account(own_account):
        raise NoSuchBooking()
    return booking


def explain(parts: Parts, booking: Document) -> list[Fit]:
    """Everybody who could be asked now, the best first, then who cannot and why; 100 at most. None once it is over."""
    if booking["status"] not in states.BEFORE_START:
        return []
    ask = bookings.ask_of(booking, parts.store.served_case(booking["case_id"]))
    fits = list(islice(parts.store.search.speakers(ask, SHOWN), SHOWN))
    if len(fits) < SHOWN:
        fits += parts.store.search.others(ask, SHOWN - len(fits))
    return matching.ranked(fits)


def explain_called(parts: Parts, booking: Document, text: str) -> list[Fit]:
    """Those called so, looked at as in `explain`: why not this one?"""
    if booking["status"] not in states.BEFORE_START:
        return []
    ask = bookings.ask_of(booking, parts.store.served_case(booking["case_id"]))
    return matching.ranked(parts.store.search.called(text, ask, SHOWN))


def why_not(parts: Parts, booking: Document, interpreter_id: str) -> Fit:
    """One interpreter looked at for one booking, as it now is: why not, or how well. Raises NoSuchInterpreter."""
    fit = parts.store.search.one(interpreter_id, bookings.ask_of(booking, parts.store.served_case(booking["case_id"])))
    if fit is None:
        raise NoSuchInterpreter()
    return fit


def _loaded(store: Store, booking_id: str, command: str, origin: Origin) -> Draft:
    booking = store.bookings.load(booking_id, origin)
    if booking is None:
        raise NoSuchBooking()
    states.require(command, booking["status"])
    return Draft(store, booking, origin)


def assign(parts: Parts, booking_id: str, interpreter_id: str, override: str | None, origin: Origin) -> Document:
    """Gives it to this interpreter. Raises NoSuchBooking, BookingCannot, OverrideNeeded, InterpreterAlreadyBooked …"""

    def work(store: Store) -> Document:
        draft = _loaded(store, booking_id, "assign", origin)
        if draft.status in states.OPEN:
            draft.booking["start"] = bookings.starting_now(draft.booking, origin.now)
        fit = store.search.one(interpreter_id, draft.ask())
        if fit is None:
            raise InvalidInput([("#/interpreter_id", "expected the id of an interpreter on the roster")])
        against = matching.require_assignable(fit, override)
        kept = {"reason": override, "by": origin.actor, "at": origin.now, "against": list(against)} if against else None
        if draft.status != states.CONFIRMED:
            filling.give(draft, fit, "by_hand", kept)
        elif draft.booking["interpreter_id"] != interpreter_id:
            filling.reassign(draft, fit, kept)
        return draft.save()

    return parts.store.transaction(work)


def release(parts: Parts, booking_id: str, reason: str, origin: Origin) -> Document:
    """Takes it from its interpreter, who is passed over while it is matched anew."""

    def work(store: Store) -> Document:
        draft = _loaded(store, booking_id, "release", origin)
        draft.booking["refused_by"] = [*draft.booking["refused_by"], draft.booking["interpreter_id"]]
        filling.release(draft, reason)
        filling.fill(draft)
        return draft.save()

    return parts.store.transaction(work)


def start(parts: Parts, booking_id: str, own_account: str | None, origin: Origin) -> Document:
    """The interpreter is there, by their own word (`own_account`) or the desk's. Raises NoSuchBooking, BookingCannot, TooEarly."""

    def work(store: Store) -> Document:
        draft = _own(store, parts, booking_id, "start", own_account, origin)
        bookings.require_near(draft.booking, origin.now, parts.settings.time_zone)
        filling.start(draft)
        return draft.save()

    return parts.store.transaction(work)


def complete(parts: Parts, booking_id: str, own_account: str | None, origin: Origin) -> Document:
    """Interpreting is over, whatever becomes of the visit."""

    def work(store: Store) -> Document:
        draft = _own(store, parts, booking_id, "complete", own_account, origin)
        filling.complete(draft, states.DONE)
        return draft.save()

    return parts.store.transaction(work)


def take_back_start(parts: Parts, booking_id: str, own_account: str | None, origin: Origin) -> Document:
    """The interpreter is not there after all."""

    def work(store: Store) -> Document:
        draft = _own(store, parts, booking_id, "correct", own_account, origin)
        filling.take_back_start(draft)
        return draft.save()

    return parts.store.transaction(work)


AT_WORK = {"start": start, "complete": complete, "correct": take_back_start}
"""What an interpreter and the desk may say of a booking's day, by the last part of its address."""


def _own(store: Store, parts: Parts, booking_id: str, command: str, own_account: str | None, origin: Origin) -> Draft:
    """Whose booking it is comes before If-Match and before its state."""
    if own_account is not None:
        find_booking(parts, booking_id, own_account)
    return _loaded(store, booking_id, command, origin)


def cancel(parts: Parts, booking_id: str, reason: str, origin: Origin) -> Document:
    """No interpreter is needed; the visit stands."""

    def work(store: Store) -> Document:
        draft = _loaded(store, booking_id, "cancel", origin)
        filling.cancel(draft, reason, bookings.BY_HAND)
        return draft.save()

    return parts.store.transaction(work)
