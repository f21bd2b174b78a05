"""`next`: whose turn it is, for what, by when. The words are codes; what people read is made of them."""

from typing import Any

from shared.clock import rfc3339
from shared.events import Next

Case = dict[str, Any]

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


def turn(case: Case) -> dict[str, Any]:
    """`by` is the next booked visit's start, where the patient is awaited; nothing else promises a time yet."""
    if case.get("cancellation"):
        return {"who": "hospital", "what": "answer_cancellation", "by": None}
    who, what = TURNS[case["status"]]
    if case["status"] == "awaiting_information" and not case.get("organization_id"):
        who = "patient"
    starts = [visit["start"] for visit in case["visits"] if visit["status"] == "booked"]
    by = rfc3339(min(starts)) if starts and who == "patient" else None
    return {"who": who, "what": what, "by": by}


def next_of(case: Case) -> Next:
    """The same as events carry it."""
    return Next(**case["next"])
