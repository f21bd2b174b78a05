"""Triage: the group of a case, the time its answer is due, the next action. All are codes; the pages hold the texts."""

from datetime import datetime, timedelta

from services.intake.rules.records import Case
from services.intake.rules.response_times import TimeStatus, answer_status, due
from services.intake.rules.tables import UNDECIDED
from shared.clock import parse_rfc3339

GROUPS = ("new", "us", "them", "answered")
ANSWERED_FOR = timedelta(days=7)
"""How long answered cases are shown. Source: a referrer who disagrees calls within days."""
GROUP_OF = {"received": "new", "in_review": "us", "awaiting_information": "them"}
NEXT = {"received": "review", "in_review": "accept", "awaiting_information": "record", "accepted": "book"}
"""The action that is shown, by state; `book` is on the case's page."""
MENU = {
    "received": ("accept", "ask", "decline", "message"),
    "in_review": ("ask", "decline", "message"),
    "awaiting_information": ("message", "decline"),
}


def group_of(case: Case) -> str:
    """Returns the group. A case that is owed an answer waits for the hospital in any state, except that a received one is new."""
    owed = case.get("unanswered") or case.get("cancellation")
    if case["status"] == "received":
        return "new"
    return "us" if owed else GROUP_OF.get(case["status"], "answered")


def promised(case: Case) -> datetime | None:
    """Returns the time by which an answer is promised, or None where nobody waits for one."""
    unanswered = case.get("unanswered")
    waits = [due(unanswered)] if unanswered else []
    if case["status"] in ("received", "in_review") or case.get("cancellation"):
        by = case["next"].get("by")
        waits.append(parse_rfc3339(by) if by else due(since(case)))
    return min(waits, default=None)


def answer_status_of(case: Case, now: datetime) -> TimeStatus | None:
    """Returns the clock of a case that waits for the hospital."""
    by = promised(case)
    return answer_status(by, now) if by else None


def since(case: Case) -> datetime:
    """Returns the time since which it has been the current party's turn."""
    moment: datetime = case.get("turned_at") or case["created_at"]
    return moment


def next_action(case: Case) -> str:
    """Returns the action that is shown. A cancellation request comes first, then a question, then what can wait."""
    if case.get("cancellation"):
        return "cancellation"
    if case.get("unanswered") and case["status"] not in UNDECIDED:
        return "message"
    return NEXT.get(case["status"], "open")


def menu(case: Case) -> tuple[str, ...]:
    """Returns the other actions triage offers."""
    first = next_action(case)
    return tuple(move for move in MENU.get(case["status"], ("message",)) if move != first)


def in_order(cases: list[Case]) -> list[Case]:
    """Sorts emergencies first, then by due time; cases without one, by how long they have waited."""
    return sorted(
        cases,
        key=lambda case: (case["request"]["urgency"] != "emergency", promised(case) or since(case), case["_id"]),
    )
