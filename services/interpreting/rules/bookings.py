"""Facts of one booking: what a visit requires, the claim the booking makes, until when it is worthwhile to search for an interpreter."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.interpreting.rules.languages import key_or_unknown
from services.interpreting.rules.matching import Requirements
from services.interpreting.rules.periods import Claim
from services.interpreting.rules.records import Assignment, Booking
from shared.clock import in_words, parse_rfc3339
from shared.errors import Conflict, NotFound

CANCELLED_BY_VISIT, CANCELLED_BY_NEED, CANCELLED_BY_HAND, CANCELLED_BY_NO_SHOW = "visit", "need", "hand", "no_show"
FILLED_BY = ("automatic", "by_hand", "offer")
RELEASE_REASONS = ("given_back", "ill", "did_not_come")
CANCEL_REASONS = ("not_needed", "provided_otherwise", "duplicate", "other")
MAX_EARLY_START = timedelta(hours=2)
MIN_RETRY_DELAY, MAX_RETRY_DELAY = timedelta(seconds=30), timedelta(minutes=10)
UNASSIGNED: Assignment = {
    "interpreter_id": None,
    "interpreter_name": None,
    "filled_by": None,
    "override": None,
    "match": None,
}


class NoSuchBooking(NotFound):
    """No booking has this id, or the caller may not know of it."""


class TooEarly(Conflict):
    """Interpreting cannot be recorded so long before its start."""

    slug, title = "too-early", "It is too early for this"


def require_near(booking: Booking, now: datetime, zone: ZoneInfo) -> None:
    """Raises TooEarly where the booking starts in more than two hours: somebody pressed the button of another day's booking by mistake."""
    if not is_near(booking, now):
        raise TooEarly(
            f"The booking starts at {in_words(booking['start'], zone)}; this can be recorded from two hours before."
        )


def is_near(booking: Booking, now: datetime) -> bool:
    """Returns whether it starts within two hours, or has started."""
    return booking["start"] - now <= MAX_EARLY_START


def needs_booking(required: bool, provided_by: str) -> bool:
    """Returns whether a visit needs a booking: only a required interpreter whom the hospital provides makes one."""
    return required and provided_by == "hospital"


def claim_of(booking: Booking) -> Claim:
    """Returns what the booking occupies of an interpreter's day."""
    return Claim(booking["_id"], booking["start"], booking["end"], booking["modality"], booking["place"])


def requirements_of(booking: Booking, case_interpreters: Iterable[str] = ()) -> Requirements:
    """Returns what the booking requires of an interpreter. `case_interpreters`: who interpreted for the case before."""
    return Requirements(
        claim=claim_of(booking),
        language=key_or_unknown(booking["language"]),
        tag=booking["language"],
        gender_wish=booking["gender_wish"],
        case_interpreters=frozenset(case_interpreters),
        excluded=frozenset(booking["excluded_interpreters"]),
    )


def period(start: str, end: str) -> tuple[datetime, datetime]:
    """Returns a visit's period as its event carries it."""
    return parse_rfc3339(start), parse_rfc3339(end)


def search_deadline(booking: Booking) -> datetime:
    """Returns until when a search is worthwhile: the booking's start; its end, where the patient is waiting."""
    return booking["end"] if _is_patient_waiting(booking) else booking["start"]


def effective_start(booking: Booking, now: datetime) -> datetime:
    """Returns when an open booking would begin if an interpreter accepted it now: where the patient is waiting, not before now."""
    start = booking["start"]
    return max(start, now) if _is_patient_waiting(booking) and now < booking["end"] else start


def _is_patient_waiting(booking: Booking) -> bool:
    return booking["on_demand"] or booking["arrived"]


def overridden_reasons(booking: Booking) -> list[str]:
    """Returns the reasons against its interpreter that a coordinator overrode."""
    return booking["override"]["against"] if booking["override"] else []


def tolerated_reasons(booking: Booking) -> set[str]:
    """Returns the reasons that never cost an interpreter a confirmed booking: a full day, and what a coordinator overrode."""
    return {"daily_maximum", *overridden_reasons(booking)}


def next_search(attempts: int, now: datetime) -> datetime:
    """Returns when to search again although nothing is known to have become free: at growing intervals."""
    return now + min(MIN_RETRY_DELAY * 2 ** min(attempts, 10), MAX_RETRY_DELAY)
