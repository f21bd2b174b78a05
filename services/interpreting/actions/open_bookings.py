"""Bookings without an interpreter, each with who fits best now or why nobody does."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.matching import Fit
from services.interpreting.rules.records import Booking, Offer

MAX_OPEN = 60
MAX_NEAREST = 3


@dataclass(frozen=True)
class OpenBooking:
    """`best` fits now, where anybody does; otherwise `nearest` are the first speakers of the language, with the reasons against them.

    `counts`: how many fail for which reason, besides those in `nearest`. `offers`: those open or declined.
    """

    booking: Booking
    best: Fit | None
    nearest: list[Fit]
    counts: dict[str, int]
    offers: list[Offer]


def list_open_bookings(deps: Dependencies, now: datetime) -> list[OpenBooking]:
    """Returns those that are not over, by start."""
    return [_open_booking(deps, booking, now) for booking in deps.store.open_bookings(now, MAX_OPEN)]


def _open_booking(deps: Dependencies, booking: Booking, now: datetime) -> OpenBooking:
    as_of_now: Booking = {**booking, "start": bookings.effective_start(booking, now)}
    required = bookings.requirements_of(as_of_now, deps.store.interpreters_of_case(booking["case_id"]))
    sent = [offer for offer in offers.offers_of(booking) if offer["status"] in (offers.OPEN, offers.DECLINED)]
    best = matching.best_match(deps.store.candidates(required), required)
    counts = (booking["match"]["why_nobody"] if booking["match"] else None) or {}
    nearest: list[Fit] = []
    if best is None and booking["status"] == states.UNFILLED and counts.keys() - {"language"}:
        nearest = matching.rank(islice(deps.store.search.speakers(required, MAX_NEAREST), MAX_NEAREST))
    if 0 < len(nearest) < MAX_NEAREST:
        counts = {code: n for code, n in counts.items() if code == "language"}
    return OpenBooking(booking, best, nearest, counts, sent)
