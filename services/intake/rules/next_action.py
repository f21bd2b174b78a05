"""`next`: whose turn it is, for what, and by when. All are codes, from which the pages build their texts."""

from datetime import datetime

from services.intake.rules.records import Case, NextAction
from services.intake.rules.response_times import due
from shared.clock import rfc3339
from shared.events import Next

TURNS = {
    "received": ("hospital", "review"),
    "in_review": ("hospital", "decide"),
    "awaiting_information": ("agency", "give_information"),
    "accepted": ("hospital", "book_visit"),
    "scheduled": ("patient", "visit"),
    "in_care": ("department", "care"),
    "completed": ("hospital", "nothing"),
    "declined": ("agency", "nothing"),
    "cancelled": ("hospital", "nothing"),
}
FIRST: NextAction = {"who": "hospital", "what": "review", "by": None}
"""The value of a new case until its first command sets it."""
WHO = ("hospital", "agency", "patient", "department")
WHAT = ("review", "decide", "give_information", "book_visit", "visit", "care", "answer_cancellation", "nothing")
FIRST_ANSWER = ("review", "decide")
PROMISED = (*FIRST_ANSWER, "answer_cancellation")


def next_action(case: Case) -> NextAction:
    """Returns `next`. `by` is the time of a promised answer, or the start of the next booked visit if the patient is expected, else None."""
    who, what = _whose(case)
    return {"who": who, "what": what, "by": _by(case, who, what)}


def _whose(case: Case) -> tuple[str, str]:
    who, what = ("hospital", "answer_cancellation") if case.get("cancellation") else TURNS[case["status"]]
    if case["status"] == "awaiting_information" and not case.get("organization_id"):
        who = "patient"
    return who, what


def with_next(case: Case, now: datetime) -> Case:
    """Returns the case with `next` and `turned_at`, the start of the turn, updated. Starting the review does not postpone the promised answer."""
    before, (_, what) = case.get("next"), _whose(case)
    previous = before["what"] if before else None
    goes_on = what == previous or (what in FIRST_ANSWER and previous in FIRST_ANSWER)
    since = case.get("turned_at") or case.get("created_at") if goes_on else None
    after = case | {"turned_at": since or now}
    return after | {"next": next_action(after)}


def _by(case: Case, who: str, what: str) -> str | None:
    since = case.get("turned_at") or case.get("created_at")
    if what in PROMISED and since:
        return rfc3339(due(since))
    starts = [visit["start"] for visit in case["visits"] if visit["status"] == "booked"]
    return rfc3339(min(starts)) if starts and who == "patient" else None


def event_next(case: Case) -> Next:
    """Returns `next` in the form events carry."""
    return Next(**case["next"])
