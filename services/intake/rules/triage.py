"""Triage: in which group a case stands, until when an answer is promised, what comes next. Codes; words are the page's."""

from datetime import datetime, timedelta
from typing import Any

from services.intake.rules.promises import Standing, answer_stands, due
from services.intake.rules.tables import UNDECIDED
from shared.clock import parse_rfc3339

Case = dict[str, Any]

GROUPS = ("new", "us", "them", "answered")
ANSWERED_FOR = timedelta(days=7)
"""So long what was answered is shown. Source: a referrer who disagrees calls within days."""
GROUP_OF = {"received": "new", "in_review": "us", "awaiting_information": "them"}
NEXT = {"received": "review", "in_review": "accept", "awaiting_information": "record", "accepted": "book"}
"""The one action that shows, by state; `book` is on the case's page."""
MENU = {
    "received": ("accept", "ask", "decline", "message"),
    "in_review": ("ask", "decline", "message"),
    "awaiting_information": ("message", "decline"),
}


def group_of(case: Case) -> str:
    """What is owed an answer waits for us, whatever else became of it; but what is new is new first."""
    owed = case.get("unanswered") or case.get("cancellation")
    if case["status"] == "received":
        return "new"
    return "us" if owed else GROUP_OF.get(case["status"], "answered")


def promised(case: Case) -> datetime | None:
    """Until when an answer is promised; None where nobody waits for one."""
    waits = [due(case["unanswered"])] if case.get("unanswered") else []
    if case["status"] in ("received", "in_review") or case.get("cancellation"):
        by = case["next"].get("by")
        waits.append(parse_rfc3339(by) if by else due(since(case)))
    return min(waits, default=None)


def stands(case: Case, now: datetime) -> Standing | None:
    """How the clock stands for a case that waits for us."""
    by = promised(case)
    return answer_stands(by, now) if by else None


def since(case: Case) -> datetime:
    """Since when it is whoever's turn it is."""
    moment: datetime = case.get("turned_at") or case["created_at"]
    return moment


def next_action(case: Case) -> str:
    """The one action that shows. A wish to cancel comes before all else, a question before what can wait."""
    if case.get("cancellation"):
        return "cancellation"
    if case.get("unanswered") and case["status"] not in UNDECIDED:
        return "message"
    return NEXT.get(case["status"], "open")


def menu(case: Case) -> tuple[str, ...]:
    """What else triage can do with it."""
    first = next_action(case)
    return tuple(move for move in MENU.get(case["status"], ("message",)) if move != first)


def in_order(cases: list[Case]) -> list[Case]:
    """Emergencies, then what is due first; where nothing is due, what waits longest."""
    return sorted(
        cases,
        key=lambda case: (case["request"]["urgency"] != "emergency", promised(case) or since(case), case["_id"]),
    )
