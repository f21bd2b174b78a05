"""Offers of a booking: to which interpreters they were sent and until when, how each ended, who may still accept.

Offers are stored in their booking, so when many accept at once the first write wins. Not here: who is notified (the events).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypedDict

from services.interpreting.rules import bookings, matching, states
from services.interpreting.rules.matching import Fit, InterpreterAlreadyBooked, InterpreterInactive
from services.interpreting.rules.records import Booking, Offer, OfferDetails, OfferStatus
from shared.errors import Conflict, NotFound

OPEN: Final = "open"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
EXPIRED: Final = "expired"
WITHDRAWN: Final = "withdrawn"
STATUSES: tuple[OfferStatus, ...] = (OPEN, ACCEPTED, DECLINED, EXPIRED, WITHDRAWN)
TAKEN, YOURS, CHANGED, NOT_NEEDED, VISIT_OVER, BY_COORDINATOR = REASONS = (
    "taken",
    "yours",
    "visit_changed",
    "not_needed",
    "visit_over",
    "withdrawn",
)
DETAILS = ("language", "start", "end", "place", "modality", "department")
"""The fields of a booking that an interpreter sees before accepting: language, time, place, setting."""

EVER_ASSIGNED = states.ASSIGNED | frozenset({states.COMPLETED})
MIN_MINUTES, MAX_MINUTES, DEFAULT_MINUTES = 1, 7 * 24 * 60, 60
"""Minutes an offer stays open."""

OUTCOME_TEXTS = {
    TAKEN: "Another interpreter accepted first.",
    YOURS: "The coordinator assigned the booking to you.",
    CHANGED: "The visit's time, place or language has changed.",
    NOT_NEEDED: "An interpreter is no longer needed.",
    VISIT_OVER: "The visit is over.",
    BY_COORDINATOR: "The coordinator withdrew the offer.",
    ACCEPTED: "You accepted the offer. To withdraw, contact the coordinator.",
    DECLINED: "You declined the offer.",
    EXPIRED: "The offer was not answered in time.",
}


class NoSuchOffer(NotFound):
    """No offer has this id, or the caller may not know of it."""


class OfferOver(Conflict):
    """The offer is no longer open; `outcome` says what became of it."""

    slug, title = "offer-over", "This offer is no longer open"

    def __init__(self, outcome: str) -> None:
        super().__init__(OUTCOME_TEXTS[outcome])
        self.outcome = outcome


class OfferNoLongerFits(Conflict):
    """The interpreter's hours, languages or daily maximum have changed since the offer was sent."""


class AlreadyOffered(Conflict):
    """All of these interpreters already have an open offer of this booking."""

    slug = "already-offered"


class TooLateToOffer(Conflict):
    """The visit has started: it is too late to send an offer."""

    slug = "too-late-to-offer"


def offers_of(booking: Booking) -> list[Offer]:
    """Returns all offers of a booking, in the order they were sent."""
    return list(booking.get("offers", ()))


def open_offers(booking: Booking) -> list[Offer]:
    """Returns the offers that were neither answered nor withdrawn."""
    return [offer for offer in offers_of(booking) if offer["status"] == OPEN]


def next_expiry(booking: Booking) -> datetime | None:
    """Returns when the first of the open offers expires."""
    return min((offer["expires_at"] for offer in open_offers(booking)), default=None)


def find(booking: Booking | None, offer_id: str) -> Offer:
    """Returns one offer; raises NoSuchOffer."""
    found = next((offer for offer in (offers_of(booking) if booking else ()) if offer["id"] == offer_id), None)
    if found is None:
        raise NoSuchOffer()
    return found


def latest_to(booking: Booking, interpreters: Sequence[str]) -> Offer | None:
    """Returns the last offer sent to one of these interpreters."""
    return next((offer for offer in reversed(offers_of(booking)) if offer["interpreter_id"] in interpreters), None)


def expiry(booking: Booking, minutes: int, now: datetime) -> datetime:
    """Returns until when an offer sent now is open: no longer than the search for an interpreter. Raises TooLateToOffer."""
    until = min(now + timedelta(minutes=minutes), bookings.search_deadline(booking))
    if until <= now:
        raise TooLateToOffer("The visit has started: it is too late to send an offer.")
    return until


def new_offer(
    id_: str, fit: Fit, booking: Booking, until: datetime, override: str | None, by: str, now: datetime
) -> Offer:
    """Returns a new offer with the reasons against it; `override` is why the coordinator sends it all the same."""
    return {
        "id": id_,
        "interpreter_id": fit.candidate.id,
        "interpreter_name": fit.candidate.name,
        "status": OPEN,
        "by": by,
        "at": now,
        "expires_at": until,
        "answered_at": None,
        "reason": None,
        "against": list(fit.why_not),
        "override": override if fit.why_not else None,
        "details": details_of(booking),
    }


def details_of(booking: Booking) -> OfferDetails:
    """Returns what an interpreter sees of the booking before accepting it."""
    return {
        "language": booking["language"],
        "start": booking["start"],
        "end": booking["end"],
        "place": booking["place"],
        "modality": booking["modality"],
        "department": booking["department"],
    }


def close(offer: Offer, status: OfferStatus, now: datetime, reason: str | None = None) -> None:
    """Ends an open offer."""
    offer |= {"status": status, "answered_at": now, "reason": reason}


def outcome(offer: Offer, now: datetime) -> str:
    """Returns `open`, `accepted`, `declined`, `expired`, or why it was withdrawn; an offer past its end is expired at once."""
    if offer["status"] == OPEN and offer["expires_at"] <= now:
        return EXPIRED
    return offer["reason"] or "" if offer["status"] == WITHDRAWN else offer["status"]


def require_open(offer: Offer, now: datetime) -> None:
    """Raises OfferOver with the offer's outcome."""
    present = outcome(offer, now)
    if present != OPEN:
        raise OfferOver(present)


def require_acceptable(offer: Offer, fit: Fit | None) -> Fit:
    """Returns the fit of an interpreter who can still accept: only reasons that the coordinator overrode stand against it. Raises the error for any other."""
    if fit is None or "inactive" in fit.why_not:
        raise InterpreterInactive("You are not taking bookings.")
    if set(fit.why_not) & set(matching.NOT_OVERRIDABLE):
        raise InterpreterAlreadyBooked("You are already booked at that time, or have too little travel time.")
    if fresh := set(fit.why_not) - set(offer["against"]):
        raise OfferNoLongerFits(f"The offer no longer fits ({', '.join(sorted(fresh))}). Contact the coordinator.")
    return fit


class OwnOffer(OfferDetails):
    """An offer as its interpreter sees it. `yours`: the booking is assigned to them now; `why_not`: why they cannot accept it now."""

    id: str
    booking_id: str
    outcome: str
    yours: bool
    why_not: list[str]
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    reference: str | None


class OfferedBooking(TypedDict):
    """A booking with the last offer of it to an interpreter."""

    booking: Booking
    offer: OwnOffer


def own_offer(booking: Booking, offer: Offer, now: datetime, against: Sequence[str]) -> OwnOffer:
    """Returns an offer as the interpreter sees it: the booking as it was offered; once the booking is theirs, as it is."""
    yours = booking["interpreter_id"] == offer["interpreter_id"] and booking["status"] in EVER_ASSIGNED
    return {
        "id": offer["id"],
        "booking_id": booking["_id"],
        "outcome": outcome(offer, now),
        "yours": yours,
        "why_not": list(against),
        "sent_at": offer["at"],
        "expires_at": offer["expires_at"],
        "answered_at": offer["answered_at"],
        **(details_of(booking) if yours else offer["details"]),
        "reference": booking["reference"] if yours else None,
    }
