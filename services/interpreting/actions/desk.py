"""What people do with bookings: look, have the match explained, assign by hand, release, cancel."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from services.interpreting.actions import filling
from services.interpreting.actions.draft import Draft
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, states
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.matching import Fit
from services.interpreting.rules.roster import NoSuchInterpreter
from services.interpreting.store.store import Store, booking_filter
from shared.command_context import CommandContext
from shared.errors import InvalidInput
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
    deps: Dependencies, wanted: BookingFilter, window: Window, own_account: str | None = None
) -> list[Document]:
    """Bookings by start; with `own_account` only those of the interpreter who signed in."""
    mine = None if own_account is None else deps.store.ids_of_account(own_account)
    return deps.store.bookings_page(booking_filter(wanted.equal, wanted.since, wanted.until, mine), window)


def find_booking(deps: Dependencies, booking_id: str, own_account: str | None = None) -> Document:
    """One booking; raises NoSuchBooking, also where it is not this interpreter's own."""
    booking = deps.store.bookings.get(booking_id)
    if booking is None:
        raise NoSuchBooking()
    if own_account is not None and booking["interpreter_id"] not in deps.store.ids_of_account(own_account):
        raise NoSuchBooking()
    return booking


def explain(deps: Dependencies, booking: Document) -> list[Fit]:
    """Everybody who could be asked now, the best first, then who cannot and why; 100 at most. None once it is over."""
    if booking["status"] not in states.BEFORE_START:
        return []
    ask = bookings.ask_of(booking, deps.store.served_case(booking["case_id"]))
    fits = list(islice(deps.store.search.speakers(ask, SHOWN), SHOWN))
    if len(fits) < SHOWN:
        fits += deps.store.search.others(ask, SHOWN - len(fits))
    return matching.ranked(fits)


def explain_called(deps: Dependencies, booking: Document, text: str) -> list[Fit]:
    """Those called so, looked at as in `explain`: why not this one?"""
    if booking["status"] not in states.BEFORE_START:
        return []
    ask = bookings.ask_of(booking, deps.store.served_case(booking["case_id"]))
    return matching.ranked(deps.store.search.called(text, ask, SHOWN))


def why_not(deps: Dependencies, booking: Document, interpreter_id: str) -> Fit:
    """One interpreter looked at for one booking, as it now is: why not, or how well. Raises NoSuchInterpreter."""
    fit = deps.store.search.one(interpreter_id, bookings.ask_of(booking, deps.store.served_case(booking["case_id"])))
    if fit is None:
        raise NoSuchInterpreter()
    return fit


def _loaded(store: Store, booking_id: str, command: str, context: CommandContext) -> Draft:
    booking = store.bookings.load(booking_id, context)
    if booking is None:
        raise NoSuchBooking()
    states.require(command, booking["status"])
    return Draft(store, booking, context)


def assign(
    deps: Dependencies, booking_id: str, interpreter_id: str, override: str | None, context: CommandContext
) -> Document:
    """Gives it to this interpreter. Raises NoSuchBooking, BookingCannot, OverrideNeeded, InterpreterAlreadyBooked …"""

    def work(store: Store) -> Document:
        draft = _loaded(store, booking_id, "assign", context)
        if draft.status in states.OPEN:
            draft.booking["start"] = bookings.starting_now(draft.booking, context.now)
        fit = store.search.one(interpreter_id, draft.ask())
        if fit is None:
            raise InvalidInput([("#/interpreter_id", "expected the id of an interpreter on the roster")])
        against = matching.require_assignable(fit, override)
        kept = (
            {"reason": override, "by": context.actor, "at": context.now, "against": list(against)} if against else None
        )
        if draft.status != states.CONFIRMED:
            filling.give(draft, fit, "by_hand", kept)
        elif draft.booking["interpreter_id"] != interpreter_id:
            filling.reassign(draft, fit, kept)
        return draft.save()

    return deps.store.transaction(work)


def release(deps: Dependencies, booking_id: str, reason: str, context: CommandContext) -> Document:
    """Takes it from its interpreter, who is passed over while it is matched anew."""

    def work(store: Store) -> Document:
        draft = _loaded(store, booking_id, "release", context)
        draft.booking["refused_by"] = [*draft.booking["refused_by"], draft.booking["interpreter_id"]]
        filling.release(draft, reason)
        filling.fill(draft)
        return draft.save()

    return deps.store.transaction(work)


def start(deps: Dependencies, booking_id: str, own_account: str | None, context: CommandContext) -> Document:
    """The interpreter is there, by their own word (`own_account`) or the desk's. Raises NoSuchBooking, BookingCannot, TooEarly."""

    def work(store: Store) -> Document:
        draft = _own(store, deps, booking_id, "start", own_account, context)
        bookings.require_near(draft.booking, context.now, deps.settings.time_zone)
        filling.start(draft)
        return draft.save()

    return deps.store.transaction(work)


def complete(deps: Dependencies, booking_id: str, own_account: str | None, context: CommandContext) -> Document:
    """Interpreting is over, whatever becomes of the visit."""

    def work(store: Store) -> Document:
        draft = _own(store, deps, booking_id, "complete", own_account, context)
        filling.complete(draft, states.DONE)
        return draft.save()

    return deps.store.transaction(work)


def take_back_start(deps: Dependencies, booking_id: str, own_account: str | None, context: CommandContext) -> Document:
    """The interpreter is not there after all."""

    def work(store: Store) -> Document:
        draft = _own(store, deps, booking_id, "correct", own_account, context)
        filling.take_back_start(draft)
        return draft.save()

    return deps.store.transaction(work)


AT_WORK = {"start": start, "complete": complete, "correct": take_back_start}
"""What an interpreter and the desk may say of a booking's day, by the last part of its address."""


def _own(
    store: Store, deps: Dependencies, booking_id: str, command: str, own_account: str | None, context: CommandContext
) -> Draft:
    """Whose booking it is comes before If-Match and before its state."""
    if own_account is not None:
        find_booking(deps, booking_id, own_account)
    return _loaded(store, booking_id, command, context)


def cancel(deps: Dependencies, booking_id: str, reason: str, context: CommandContext) -> Document:
    """No interpreter is needed; the visit stands."""

    def work(store: Store) -> Document:
        draft = _loaded(store, booking_id, "cancel", context)
        filling.cancel(draft, reason, bookings.BY_HAND)
        return draft.save()

    return deps.store.transaction(work)
