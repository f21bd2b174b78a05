"""Bookings as people read them: listed, one by id, and the interpreters evaluated for one."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, states
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.matching import Fit, Requirements
from services.interpreting.rules.records import Booking
from services.interpreting.rules.roster import NoSuchInterpreter
from services.interpreting.store.store import booking_filter
from shared.paging import Window

MAX_CANDIDATES = 100


@dataclass(frozen=True)
class BookingFilter:
    """Filters of a list of bookings: equal values, and a period that the booking overlaps."""

    equal: dict[str, str]
    since: datetime | None = None
    until: datetime | None = None


def list_bookings(
    deps: Dependencies, wanted: BookingFilter, window: Window, own_account: str | None = None
) -> list[Booking]:
    """Returns bookings by start; with `own_account` only those of the interpreter who signed in."""
    own_ids = None if own_account is None else deps.store.interpreter_ids_of(own_account)
    return deps.store.list_bookings(booking_filter(wanted.equal, wanted.since, wanted.until, own_ids), window)


def find_booking(deps: Dependencies, booking_id: str, own_account: str | None = None) -> Booking:
    """Returns one booking; raises NoSuchBooking, also where it is not this interpreter's own."""
    booking = deps.store.bookings.get(booking_id)
    if booking is None:
        raise NoSuchBooking()
    if own_account is not None and booking["interpreter_id"] not in deps.store.interpreter_ids_of(own_account):
        raise NoSuchBooking()
    return booking


def list_candidates(deps: Dependencies, booking: Booking) -> list[Fit]:
    """Returns the interpreters who fit now, the best first, then the others with the reasons; MAX_CANDIDATES at most.

    Empty once the booking has started.
    """
    if booking["status"] not in states.BEFORE_START:
        return []
    required = _requirements(deps, booking)
    fits = list(islice(deps.store.search.speakers(required, MAX_CANDIDATES), MAX_CANDIDATES))
    if len(fits) < MAX_CANDIDATES:
        fits += deps.store.search.non_speakers(required, MAX_CANDIDATES - len(fits))
    return matching.rank(fits)


def search_candidates(deps: Dependencies, booking: Booking, text: str) -> list[Fit]:
    """Returns the interpreters whose name contains this text, evaluated as in `list_candidates`."""
    if booking["status"] not in states.BEFORE_START:
        return []
    return matching.rank(deps.store.search.by_name(text, _requirements(deps, booking), MAX_CANDIDATES))


def evaluate_candidate(deps: Dependencies, booking: Booking, interpreter_id: str) -> Fit:
    """Returns how well one interpreter fits the booking as it now is, or why not. Raises NoSuchInterpreter."""
    fit = deps.store.search.one(interpreter_id, _requirements(deps, booking))
    if fit is None:
        raise NoSuchInterpreter()
    return fit


def _requirements(deps: Dependencies, booking: Booking) -> Requirements:
    return bookings.requirements_of(booking, deps.store.interpreters_of_case(booking["case_id"]))
