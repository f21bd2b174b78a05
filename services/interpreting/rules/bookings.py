"""Facts of one booking: what a visit requires, the claim the booking makes, until when trying to fill it is worthwhile."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.interpreting.rules.languages import key_or_unknown
from services.interpreting.rules.matching import Ask
from services.interpreting.rules.periods import Claim
from shared.clock import in_words, parse_rfc3339, rfc3339
from shared.errors import Conflict, NotFound

BY_VISIT, BY_NEED, BY_HAND, BY_NO_SHOW = "visit", "need", "hand", "no_show"
FILLED_BY = ("automatic", "by_hand", "offer")
RELEASE_REASONS = ("given_back", "ill", "did_not_come")
CANCEL_REASONS = ("not_needed", "provided_otherwise", "duplicate", "other")
NEAR = timedelta(hours=2)
FIRST_LOOK, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)


class NoSuchBooking(NotFound):
    """No booking has this id, or it is not the asker's to know of."""


class TooEarly(Conflict):
    """Nobody is there to interpret so long before."""

    slug, title = "too-early", "It is too early for this"


def require_near(booking: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> None:
    """Raises TooEarly where the booking starts in more than two hours: somebody pressed the button of another day's booking by mistake."""
    if not is_near(booking, now):
        raise TooEarly(
            f"The booking starts at {in_words(booking['start'], zone)}; this can be recorded from two hours before."
        )


def is_near(booking: Mapping[str, Any], now: datetime) -> bool:
    """Returns whether it starts within two hours, or has started."""
    return bool(booking["start"] - now <= NEAR)


def wants_booking(required: bool, provided_by: str) -> bool:
    """Returns whether a visit needs a booking: only a required interpreter whom the hospital provides makes one."""
    return required and provided_by == "hospital"


def claim_of(booking: Mapping[str, Any]) -> Claim:
    """Returns what the booking occupies of an interpreter's day."""
    return Claim(booking["_id"], booking["start"], booking["end"], booking["modality"], booking["place"])


def ask_of(booking: Mapping[str, Any], served_by: Iterable[str] = ()) -> Ask:
    """Returns what the booking requires of an interpreter."""
    return Ask(
        claim=claim_of(booking),
        language=key_or_unknown(booking["language"]),
        tag=booking["language"],
        gender_wish=booking["gender_wish"],
        served_by=frozenset(served_by),
        refused=frozenset(booking["refused_by"]),
    )


def period(start: str, end: str) -> tuple[datetime, datetime]:
    """Returns a visit's period as its event carries it."""
    return parse_rfc3339(start), parse_rfc3339(end)


def worth_trying_until(booking: Mapping[str, Any]) -> datetime:
    """Returns the booking's start; its end, where somebody has arrived and is waiting."""
    start, end = _period(booking)
    return end if booking["on_demand"] or booking["arrived"] else start


def starting_now(booking: Mapping[str, Any], now: datetime) -> datetime:
    """Returns when an open booking would begin if somebody accepted it now: where somebody is waiting already, not before now."""
    start, end = _period(booking)
    waited_for = booking["on_demand"] or booking["arrived"]
    return max(start, now) if waited_for and now < end else start


def _period(booking: Mapping[str, Any]) -> tuple[datetime, datetime]:
    return booking["start"], booking["end"]


def excused(booking: Mapping[str, Any]) -> set[str]:
    """Returns the reasons that never cost an interpreter a confirmed booking: a full day, and what a coordinator overrode."""
    return {"daily_maximum", *(booking["override"] or {}).get("against", ())}


def next_look(tries: int, now: datetime) -> datetime:
    """Returns when to search again although nothing is known to have become free: at growing intervals."""
    return now + min(FIRST_LOOK * 2 ** min(tries, 10), LONGEST_WAIT)


def told(booking: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields that every event about a booking carries."""
    names = ("visit_id", "case_id", "status", "language", "reference", "organization_id", "agency_reference")
    more = ("department", "place", "modality", "interpreter_id", "interpreter_name")
    return {
        "booking_id": booking["_id"],
        "start": rfc3339(booking["start"]),
        "end": rfc3339(booking["end"]),
        **{name: booking[name] for name in names + more},
    }
