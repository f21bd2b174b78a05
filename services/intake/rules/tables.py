"""The two state tables as data: every transition, its command and the event it publishes. No other transition is possible."""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from services.intake.rules.errors import TransitionNotAllowed
from services.intake.rules.records import Case, CaseStatus, Json, Visit, VisitStatus

S = TypeVar("S", CaseStatus, VisitStatus)


class Transition(NamedTuple, Generic[S]):
    """A transition. `command` is the last part of its URL path, `event` the entity and verb of the event it publishes."""

    command: str
    sources: tuple[S, ...]
    target: S
    event: str


BEFORE_CARE: tuple[CaseStatus, ...] = ("received", "in_review", "awaiting_information", "accepted", "scheduled")
UNDECIDED: tuple[CaseStatus, ...] = ("received", "in_review", "awaiting_information")
BOOKABLE: tuple[CaseStatus, ...] = ("accepted", "scheduled", "in_care")

CASE_TABLE: tuple[Transition[CaseStatus], ...] = (
    Transition("review", ("received",), "in_review", "case.review_started"),
    Transition("accept", ("in_review",), "accepted", "case.accepted"),
    Transition("decline", UNDECIDED, "declined", "case.declined"),
    Transition("request-information", ("in_review",), "awaiting_information", "case.information_requested"),
    Transition("record-information", ("awaiting_information",), "in_review", "case.information_provided"),
    Transition("cancel", BEFORE_CARE, "cancelled", "case.cancelled"),
    Transition("complete", ("in_care",), "completed", "case.completed"),
    Transition("reopen", ("declined", "cancelled"), "in_review", "case.reopened"),
    Transition("reopen", ("completed",), "in_care", "case.reopened"),
)
CASE_STATES: tuple[CaseStatus, ...] = ("received", "in_review", "awaiting_information", "accepted", "scheduled", "in_care", "completed", "declined", "cancelled")  # fmt: skip

CASE_FOLLOWS = {
    ("accepted", "scheduled"): "case.scheduled",
    ("scheduled", "accepted"): "case.unscheduled",
    ("accepted", "in_care"): "case.care_started",
    ("scheduled", "in_care"): "case.care_started",
    ("in_care", "scheduled"): "case.scheduled",
    ("in_care", "accepted"): "case.unscheduled",
}
"""State changes of a case that follow from its visits, with the event each publishes."""

VISIT_TABLE: tuple[Transition[VisitStatus], ...] = (
    Transition("reschedule", ("booked",), "booked", "visit.rescheduled"),
    Transition("arrive", ("booked",), "arrived", "visit.arrived"),
    Transition("cancel", ("booked",), "cancelled", "visit.cancelled"),
    Transition("no-show", ("booked",), "no_show", "visit.no_show"),
    Transition("complete", ("arrived",), "completed", "visit.completed"),
    Transition("leave", ("arrived",), "left", "visit.left"),
)
VISIT_STATES: tuple[VisitStatus, ...] = ("booked", "arrived", "left", "completed", "cancelled", "no_show")
ARRIVALS = ("arrived", "left", "completed")

CORRECTIONS: dict[tuple[VisitStatus, VisitStatus], tuple[CaseStatus, ...]] = {
    ("arrived", "booked"): BOOKABLE,
    ("cancelled", "booked"): BOOKABLE,
    ("left", "arrived"): (*BOOKABLE, "completed"),
    ("no_show", "arrived"): (*BOOKABLE, "completed"),
    ("completed", "arrived"): (*BOOKABLE, "completed"),
}
"""Corrections of a visit, each with the states of the case in which it is allowed. All publish visit.corrected."""

AGENCY_COMMANDS: dict[str, tuple[CaseStatus, ...]] = {
    "information": ("awaiting_information",),
    "cancellation": BEFORE_CARE,
}


ANSWERED = "case.updated:unanswered"
"""An update that only records that no reply is needed. It is not an edit."""
CASE_EVENTS = {move.command: move.event for move in CASE_TABLE} | {
    "refuse-cancellation": "case.cancellation_refused",
    "no-reply-needed": ANSWERED,
    "take-back": "case.reopened",
    "take-back-registration": "case.cancelled",
}


def case_event(command: str) -> str:
    """Returns the event a command on a case publishes."""
    return CASE_EVENTS[command]


def act_of(event: str, facts: Json) -> str:
    """Returns the action an event stands for: its entity and verb, except for updates that are an action of their own."""
    return ANSWERED if event == "case.updated" and list(facts.get("fields", ())) == ["unanswered"] else event


def visit_event(command: str) -> str | None:
    """Returns the event a command on a visit publishes; None for what is no command."""
    if command.startswith("correct"):
        return "visit.corrected"
    return next((move.event for move in VISIT_TABLE if move.command == command), None)


def case_target(case: Case, command: str) -> Transition[CaseStatus]:
    """Returns the transition of a command; raises TransitionNotAllowed with those that are possible."""
    for move in CASE_TABLE:
        if move.command == command and case["status"] in move.sources:
            return move
    raise TransitionNotAllowed("case", case["status"], command, case_commands(case))


def case_commands(case: Case) -> list[str]:
    """Returns the commands the front desk may use on a case now."""
    commands = [move.command for move in CASE_TABLE if case["status"] in move.sources]
    if case.get("cancellation"):
        commands.append("refuse-cancellation")
    if case.get("unanswered"):
        commands.append("no-reply-needed")
    if case["status"] in BOOKABLE:
        commands.append("visits")
    return commands


def agency_commands(case: Case) -> list[str]:
    """Returns the commands an agency may use on its referral now, besides messages and documents."""
    return [command for command, states in AGENCY_COMMANDS.items() if case["status"] in states]


def visit_target(visit: Visit, case: Case, command: str) -> Transition[VisitStatus]:
    """Returns the transition of a command on a visit; raises TransitionNotAllowed with those that are possible."""
    for move in VISIT_TABLE:
        if move.command == command and visit["status"] in move.sources:
            return move
    raise TransitionNotAllowed("visit", visit["status"], command, visit_commands(visit, case))


def check_correction(visit: Visit, case: Case, to: VisitStatus) -> None:
    """Raises TransitionNotAllowed unless the visit may be corrected to `to` in the case's current state."""
    if case["status"] not in CORRECTIONS.get((visit["status"], to), ()):
        raise TransitionNotAllowed("visit", visit["status"], f"correct to {to}", visit_commands(visit, case))


def corrections(visit: Visit, case: Case) -> list[VisitStatus]:
    """Returns the states a visit may be corrected to now."""
    return [
        to for (source, to), states in CORRECTIONS.items() if source == visit["status"] and case["status"] in states
    ]


def undo_path(visit: Visit, case: Case, to: VisitStatus) -> list[VisitStatus]:
    """Returns the corrections that lead a visit back, in order: a wrong no-show becomes booked by way of arrived. Raises TransitionNotAllowed."""
    steps, at, path = dict(CORRECTIONS.keys()), visit["status"], list[VisitStatus]()
    while at != to and at in steps:
        at = steps[at]
        path.append(at)
    if at != to or not path:
        check_correction(visit, case, to)
    return path


def visit_commands(visit: Visit, case: Case) -> list[str]:
    """Returns the commands that are possible on a visit now."""
    commands = [move.command for move in VISIT_TABLE if visit["status"] in move.sources]
    if corrections(visit, case):
        commands.append("correct")
    return commands


def status_after(status: CaseStatus, visits: Iterable[Visit]) -> CaseStatus:
    """Returns the state of a case that follows from its visits. A case that is not open to visits keeps its state."""
    if status not in BOOKABLE:
        return status
    states = {visit["status"] for visit in visits}
    if states.intersection(ARRIVALS):
        return "in_care"
    return "scheduled" if "booked" in states else "accepted"
