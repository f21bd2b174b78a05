"""What the codes of the API mean, for its document: a sentence for each, or the section of the pages' words that names them."""

from collections.abc import Mapping

from services.interpreting.rules import bookings, matching, offers, periods, states

_OUTCOMES = (offers.OPEN, offers.ACCEPTED, offers.DECLINED, offers.EXPIRED, *offers.REASONS)
MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    states.STATES: {
        "requested": "Somebody is looked for",
        "offered": "Interpreters were asked",
        "confirmed": "Somebody is booked",
        "unfilled": "Nobody could be found yet",
        "in_progress": "Interpreting now",
        "completed": "Interpreting has ended",
        "cancelled": "Nobody is needed any more",
    },
    states.OUTCOMES: {
        "done": "It was interpreted",
        "patient_no_show": "The patient did not come",
        "not_needed": "Nobody was needed in the end",
        "cut_short": "It ended early",
    },
    bookings.FILLED_BY: {
        "automatic": "Chosen by the system",
        "by_hand": "Assigned by a coordinator",
        "offer": "Accepted an offer",
    },
    bookings.CANCEL_REASONS: {
        "not_needed": "No interpreter is needed",
        "provided_otherwise": "Somebody else brings one",
        "duplicate": "It was asked for twice",
        "other": "Another reason",
    },
    bookings.RELEASE_REASONS: {
        "given_back": "The interpreter gave it back",
        "ill": "The interpreter is ill",
        "did_not_come": "The interpreter did not come",
    },
    offers.STATUSES: {
        "open": "Not answered yet",
        "accepted": "Accepted",
        "declined": "Declined",
        "expired": "Not answered in time",
        "withdrawn": "Open no more; `reason` says why",
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
