"""The board of training: an application's stage, its one next command, and who may give which.

Applications on hold (`hold`) and overdue ones come first, whatever their state. Not here: the moves themselves (states.py), texts (pages).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from services.training.rules import departments, states
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import StoredRequirement

STAGES = ("attention", "to_check", "returned", "under_review", "to_decide", "to_announce", "waiting", "offers", "confirmed", "active")  # fmt: skip
PLACED = (states.CONFIRMED, states.DEFERRED, states.ACTIVE)
"""The states that a department looks after."""
OFFICE, BOTH, WARD = frozenset({"training"}), frozenset({"training", "chief"}), frozenset({"training", "department"})
ROLES_BY_COMMAND: dict[str, frozenset[str]] = {
    "check": OFFICE,
    "return": OFFICE,
    "review": OFFICE,
    "accept": BOTH,
    "reject": BOTH,
    "announce": BOTH,
    "confirm": OFFICE,
    "reconfirm": OFFICE,
    "withdraw": OFFICE,
    "start": WARD,
    "no-show": OFFICE,
    "complete": WARD,
    "terminate": OFFICE,
    "chase": OFFICE,
    "present": WARD,
}
"""The roles that may give each command, as the API's authorization has it; an admin may give all."""

HIDDEN_FROM_REVIEWERS = frozenset({"passport_copy"})
"""Reviewers need no copy of a passport and nothing on the applicant's health: neither this nor documents due after the decision."""
READ_IN_REVIEW = ("name", "nationality", "profession", "institution", "position", "licence", "motivation", "experience", "risk_note")  # fmt: skip
"""Fields that reviewers read: no contact details, no passport, no birth date, nothing on health."""


class Step(NamedTuple):
    """The next step of a row: a command sent at once, or the page (`look`, `decide`, `review`) where it is done."""

    kind: str
    what: str


def is_late(application: Application, now: datetime) -> bool:
    """Whether the time of the one whose turn it is has passed."""
    due = application.get("due")
    return bool(application.get("overdue")) or (due is not None and due < now)


def stage_of(application: Application, now: datetime) -> str | None:
    """Returns one of STAGES; None for a draft, and for an application that is over and announced."""
    if _is_open(application) and (application.get("hold") or is_late(application, now)):
        return "attention"
    return _stage_by_status(application)


def _is_open(application: Application) -> bool:
    return application["status"] not in (states.DRAFT, *states.OVER)


def _stage_by_status(application: Application) -> str | None:
    status = application["status"]
    if states.is_unannounced(application):
        return "to_announce"
    if status == states.UNDER_REVIEW:
        return "under_review" if application.get("asked_steps") else "to_decide"
    return {
        states.SUBMITTED: "to_check",
        states.DOCUMENT_CHECK: "to_check",
        states.RETURNED: "returned",
        states.WAITLISTED: "waiting",
        states.ACCEPTED: "offers",
        states.CONFIRMED: "confirmed",
        states.DEFERRED: "confirmed",
        states.ACTIVE: "active",
    }.get(status)


def allowed_commands(application: Application, roles: frozenset[str], own: Collection[str] = ()) -> list[str]:
    """Returns the commands that the state table allows now and this person, who works in the departments `own`, may give."""
    here = departments.effective_roles(roles, own, departments.concerned_departments(application))
    return [one for one in states.table_commands(application) if one in ROLES_BY_COMMAND and can_give(one, here)]


def can_give(command: str, roles: frozenset[str]) -> bool:
    return "admin" in roles or bool(ROLES_BY_COMMAND[command] & roles)


def next_step(
    application: Application, missing: Sequence[str], today: date, roles: frozenset[str], own: Collection[str] = ()
) -> Step:
    """Returns the one visible action of a row for this person, who works in the departments `own`."""
    command = _next_command(application, missing, today)
    day = today.isoformat() if command == "present" else None
    if command and can_give(
        command, departments.effective_roles(roles, own, departments.concerned_departments(application, day))
    ):
        return Step("send", command)
    if _stage_by_status(application) == "to_decide" and can_give("accept", roles):
        return Step("page", "decide")
    if application["status"] == states.DOCUMENT_CHECK and can_give("return", roles):
        return Step("page", "papers")
    return Step("page", "look")


def _next_command(application: Application, missing: Sequence[str], today: date) -> str | None:
    status = application["status"]
    if states.is_unannounced(application):
        return "announce"
    if status == states.SUBMITTED:
        return "check"
    if status == states.CONFIRMED and application["first_day"] <= today.isoformat():
        return "start"
    if status in (states.CONFIRMED, states.RETURNED) and missing:
        return "chase"
    if status == states.ACTIVE:
        return _on_the_ward(application, today)
    return None


def _on_the_ward(application: Application, today: date) -> str | None:
    recorded = {one["day"] for one in application["attendance"]}
    within = application["first_day"] <= today.isoformat() <= application["last_day"]
    if within and today.isoformat() not in recorded:
        return "present"
    return "complete" if today.isoformat() >= application["last_day"] else None


def days_without_record(application: Application, today: date) -> list[str]:
    """Returns the working days of the stay up to today without recorded attendance, the latest first."""
    if not application.get("first_day"):
        return []
    recorded = {one["day"] for one in application["attendance"]}
    first = date.fromisoformat(application["first_day"])
    last = min(date.fromisoformat(application["last_day"]), today)
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return [day.isoformat() for day in reversed(days) if day.weekday() < 5 and day.isoformat() not in recorded]


def readable_in_review(requirement: StoredRequirement) -> bool:
    """Whether a reviewer may read documents of this requirement."""
    return requirement.get("stage", "application") == "application" and requirement["code"] not in HIDDEN_FROM_REVIEWERS
