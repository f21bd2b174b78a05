"""Meanings of the API's codes for the OpenAPI document: a sentence for each, or the section of the words files that names them."""

from collections.abc import Mapping

from services.interpreting.rules import bookings, matching, offers, periods, states

_OUTCOMES = (offers.OPEN, offers.ACCEPTED, offers.DECLINED, offers.EXPIRED, *offers.REASONS)
MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    states.STATES: {
        "requested": "An interpreter is being searched for",
        "offered": "Offers were sent to interpreters",
        "confirmed": "An interpreter is booked",
        "unfilled": "No interpreter was found yet",
        "in_progress": "Interpreting is in progress",
        "completed": "Interpreting has ended",
        "cancelled": "An interpreter is no longer needed",
    },
    states.OUTCOMES: {
        "done": "Interpreting took place",
        "patient_no_show": "Patient no-show",
        "not_needed": "No interpreter was needed",
        "cut_short": "It ended early",
    },
    bookings.FILLED_BY: {
        "automatic": "Chosen by the system",
        "by_hand": "Assigned by a coordinator",
        "offer": "The interpreter accepted an offer",
    },
    bookings.CANCEL_REASONS: {
        "not_needed": "No interpreter is needed",
        "provided_otherwise": "Someone else provides the interpreter",
        "duplicate": "A duplicate booking",
        "other": "Another reason",
    },
    bookings.RELEASE_REASONS: {
        "given_back": "The interpreter withdrew after confirming",
        "ill": "The interpreter is ill",
        "did_not_come": "Interpreter no-show",
    },
    offers.STATUSES: {
        "open": "Not answered yet",
        "accepted": "Accepted",
        "declined": "Declined",
        "expired": "Not answered in time",
        "withdrawn": "No longer open; `reason` says why",
    },
    offers.REASONS: "code.outcome",
    _OUTCOMES: "code.outcome",
    matching.WHY_NOT: "code.why",
    matching.LEVELS: "code.level",
    matching.MODALITIES: "code.modality",
    matching.GENDERS: "code.gender",
    matching.URGENCIES: "code.urgency",
    periods.DAYS: "code.day",
}
