"""Offers of a booking: whom a coordinator asked until when, how each offer ended, who may still accept.

Offers are stored in their booking, so when many accept at once the first write wins. Not here: who is notified (the events).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.interpreting.rules import bookings, matching, states
from services.interpreting.rules.matching import Fit, InterpreterAlreadyBooked, InterpreterInactive
from shared.errors import Conflict, NotFound

Document = dict[str, Any]

OPEN, ACCEPTED, DECLINED, EXPIRED, WITHDRAWN = "open", "accepted", "declined", "expired", "withdrawn"
STATUSES = (OPEN, ACCEPTED, DECLINED, EXPIRED, WITHDRAWN)
TAKEN, YOURS, CHANGED, NOT_NEEDED, VISIT_OVER, BY_COORDINATOR = REASONS = (
    "taken",
    "yours",
    "visit_changed",
    "not_needed",
    "visit_over",
    "withdrawn",
)
SHOWN_BEFORE = ("language", "start", "end", "place", "modality", "department")
"""All that an interpreter sees before accepting: language, time, place, setting."""

HELD = states.HOLDING | {states.COMPLETED}
SHORTEST, LONGEST, USUAL = 1, 7 * 24 * 60, 60
"""Minutes an offer stays open."""

WORDS = {
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
    """No offer has this id, or it is not the asker's to know of."""


class OfferOver(Conflict):
    """The offer is no longer open; `outcome` says what became of it."""

    slug, title = "offer-over", "This offer is no longer open"

    def __init__(self, outcome: str) -> None:
        super().__init__(WORDS[outcome])
        self.outcome = outcome


class OfferNoLongerFits(Conflict):
    """Hours, languages or the daily maximum of who was asked have changed since."""


class AlreadyOffered(Conflict):
    """All of these interpreters already have an open offer of this booking."""

    slug = "already-offered"


class TooLateToOffer(Conflict):
    """The visit has started: it is too late to send an offer."""

    slug = "too-late-to-offer"


def of(booking: Mapping[str, Any]) -> list[Document]:
    """Returns all offers of a booking, in the order they were made."""
    return list(booking.get("offers", ()))


def still_open(booking: Mapping[str, Any]) -> list[Document]:
    """Returns the offers that were neither answered nor withdrawn."""
    return [offer for offer in of(booking) if offer["status"] == OPEN]


def due(booking: Mapping[str, Any]) -> datetime | None:
    """Returns when the first of the open offers ends."""
    return min((offer["expires_at"] for offer in still_open(booking)), default=None)


def find(booking: Mapping[str, Any] | None, offer_id: str) -> Document:
    """Returns one offer; raises NoSuchOffer."""
    found = next((offer for offer in of(booking or {}) if offer["id"] == offer_id), None)
    if found is None:
        raise NoSuchOffer()
    return found


def latest_to(booking: Mapping[str, Any], interpreters: Sequence[str]) -> Document | None:
    """Returns the last offer made to one of these interpreters."""
    return next((offer for offer in reversed(of(booking)) if offer["interpreter_id"] in interpreters), None)


def ends(booking: Mapping[str, Any], minutes: int, now: datetime) -> datetime:
    """Returns until when an offer made now is open: no longer than trying to fill the booking is worthwhile. Raises TooLateToOffer."""
    until: datetime = min(now + timedelta(minutes=minutes), bookings.worth_trying_until(booking))
    if until <= now:
        raise TooLateToOffer("The visit has started: it is too late to send an offer.")
    return until


def made(id_: str, fit: Fit, booking: Mapping[str, Any], until: datetime, by: str, now: datetime) -> Document:
    """Returns a new offer, with what it shows and what a coordinator's override excuses."""
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
        "override": None,
        "shown": {name: booking[name] for name in SHOWN_BEFORE},
    }


def close(offer: Document, status: str, now: datetime, reason: str | None = None) -> None:
    """Ends an open offer."""
    offer |= {"status": status, "answered_at": now, "reason": reason}


def outcome(offer: Mapping[str, Any], now: datetime) -> str:
    """Returns `open`, `accepted`, `declined`, `expired`, or why it was withdrawn; an offer past its end is expired at once."""
    if offer["status"] == OPEN and offer["expires_at"] <= now:
        return EXPIRED
    return str(offer["reason"] if offer["status"] == WITHDRAWN else offer["status"])


def require_open(offer: Mapping[str, Any], now: datetime) -> None:
    """Raises OfferOver with the offer's outcome."""
    became = outcome(offer, now)
    if became != OPEN:
        raise OfferOver(became)


def require_able(offer: Mapping[str, Any], fit: Fit | None) -> list[str]:
    """Returns the reasons the coordinator excused, where the interpreter can still do it. Raises the error for any other reason against it."""
    if fit is None or "inactive" in fit.why_not:
        raise InterpreterInactive("You are not taking bookings.")
    if set(fit.why_not) & set(matching.NEVER):
        raise InterpreterAlreadyBooked("You are already booked at that time, or have too little travel time.")
    if fresh := set(fit.why_not) - set(offer["against"]):
        raise OfferNoLongerFits(f"The offer no longer fits ({', '.join(sorted(fresh))}). Contact the coordinator.")
    return list(fit.why_not)


def seen_by_asked(
    booking: Mapping[str, Any], offer: Mapping[str, Any], now: datetime, against: Sequence[str]
) -> Document:
    """Returns an offer as the interpreter sees it: what it showed; once the booking is theirs, the booking as it is."""
    yours = booking["interpreter_id"] == offer["interpreter_id"] and booking["status"] in HELD
    known = {name: booking[name] for name in SHOWN_BEFORE} if yours else offer["shown"]
    return {
        "id": offer["id"],
        "booking_id": booking["_id"],
        "outcome": outcome(offer, now),
        "yours": yours,
        "why_not": list(against),
        "sent_at": offer["at"],
        "expires_at": offer["expires_at"],
        "answered_at": offer["answered_at"],
        **known,
        "reference": booking["reference"] if yours else None,
    }
