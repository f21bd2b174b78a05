"""The two state tables as data: every possible move, by command. Nothing else is a move (I10)."""

from typing import Final, NamedTuple

from services.training.rules.faults import TransitionNotAllowed
from services.training.rules.records.applications import Application, Status
from services.training.rules.records.programmes import Programme, ProgrammeStatus


class Transition(NamedTuple):
    """`command` is the last part of its address; then the states it starts from, the one it leads to, and the event it publishes."""

    command: str
    sources: tuple[Status, ...]
    target: Status
    event: str


class ProgrammeTransition(NamedTuple):
    """The same of a programme."""

    command: str
    sources: tuple[ProgrammeStatus, ...]
    target: ProgrammeStatus
    event: str


DRAFT: Final = "draft"
SUBMITTED: Final = "submitted"
DOCUMENT_CHECK: Final = "document_check"
RETURNED: Final = "returned"
UNDER_REVIEW: Final = "under_review"
ACCEPTED: Final = "accepted"
WAITLISTED: Final = "waitlisted"
REJECTED: Final = "rejected"
CONFIRMED: Final = "confirmed"
DEFERRED: Final = "deferred"
ACTIVE: Final = "active"
COMPLETED: Final = "completed"
WITHDRAWN: Final = "withdrawn"
LAPSED: Final = "lapsed"
NO_SHOW: Final = "no_show"
TERMINATED: Final = "terminated"
STATES: tuple[Status, ...] = (DRAFT, SUBMITTED, DOCUMENT_CHECK, RETURNED, UNDER_REVIEW, WAITLISTED, ACCEPTED, CONFIRMED, DEFERRED, ACTIVE, COMPLETED, REJECTED, WITHDRAWN, LAPSED, NO_SHOW, TERMINATED)  # fmt: skip

WITHDRAWABLE: tuple[Status, ...] = (
    DRAFT,
    SUBMITTED,
    DOCUMENT_CHECK,
    RETURNED,
    UNDER_REVIEW,
    WAITLISTED,
    ACCEPTED,
    CONFIRMED,
    DEFERRED,
)
WITH_PLACE: tuple[Status, ...] = (ACCEPTED, CONFIRMED, DEFERRED, ACTIVE, COMPLETED)
"""States with a place; a completed stay had one."""
BEGUN: tuple[Status, ...] = (ACTIVE, COMPLETED)
BEFORE_START: tuple[Status, ...] = (ACCEPTED, CONFIRMED, DEFERRED)
OVER: tuple[Status, ...] = (COMPLETED, REJECTED, WITHDRAWN, LAPSED, NO_SHOW, TERMINATED)
NEVER_THERE: tuple[Status, ...] = (REJECTED, WITHDRAWN, LAPSED, NO_SHOW, TERMINATED)
"""States that take no day of the stay, or none any more."""
MOVABLE: tuple[Status, ...] = (
    SUBMITTED,
    DOCUMENT_CHECK,
    RETURNED,
    UNDER_REVIEW,
    WAITLISTED,
    ACCEPTED,
    CONFIRMED,
    DEFERRED,
)
"""States in which the days may be moved; only a confirmed application changes its state by that."""
EDITABLE: tuple[Status, ...] = (DRAFT, RETURNED)
"""States in which the applicant may edit it."""

TRANSITIONS = (
    Transition("submit", (DRAFT,), SUBMITTED, "application.submitted"),
    Transition("check", (SUBMITTED,), DOCUMENT_CHECK, "application.check_started"),
    Transition("return", (DOCUMENT_CHECK,), RETURNED, "application.returned"),
    Transition("resubmit", (RETURNED,), DOCUMENT_CHECK, "application.check_started"),
    Transition("review", (DOCUMENT_CHECK,), UNDER_REVIEW, "application.review_started"),
    Transition("accept", (UNDER_REVIEW, WAITLISTED), ACCEPTED, "application.accepted"),
    Transition("waitlist", (UNDER_REVIEW,), WAITLISTED, "application.waitlisted"),
    Transition("reject", (UNDER_REVIEW, WAITLISTED, ACCEPTED), REJECTED, "application.rejected"),
    Transition("confirm", (ACCEPTED,), CONFIRMED, "placement.confirmed"),
    Transition("lapse", (ACCEPTED,), LAPSED, "application.lapsed"),
    Transition("defer", (CONFIRMED,), DEFERRED, "placement.deferred"),
    Transition("reconfirm", (DEFERRED,), CONFIRMED, "placement.confirmed"),
    Transition("start", (CONFIRMED,), ACTIVE, "placement.started"),
    Transition("no-show", (CONFIRMED,), NO_SHOW, "placement.no_show"),
    Transition("complete", (ACTIVE,), COMPLETED, "placement.completed"),
    Transition("terminate", (ACTIVE,), TERMINATED, "placement.terminated"),
    Transition("withdraw", WITHDRAWABLE, WITHDRAWN, "application.withdrawn"),
)
APPLICANTS = ("submit", "resubmit", "confirm", "reconfirm", "withdraw")
"""What an applicant may do; the rest is the hospital's."""
ADDRESSES = {"resubmit": "submit", "reconfirm": "confirm", "defer": "move"}
"""By command: the address that does it, where it has no own one."""
AUTOMATIC = ("waitlist", "lapse")
"""Nobody's commands: what `accept` does where no place is free, and what a scheduled job does."""

DRAFTED: Final = "draft"
PUBLISHED: Final = "published"
CLOSED: Final = "closed"
PROGRAMME_TRANSITIONS = (
    ProgrammeTransition("publish", (DRAFTED, CLOSED), PUBLISHED, "programme.published"),
    ProgrammeTransition("close", (PUBLISHED,), CLOSED, "programme.closed"),
)


def event_of(command: str) -> str | None:
    """Returns the event that a command publishes; None where the command may be repeated."""
    named = {move.command: move.event for move in TRANSITIONS} | {"announce": "application.announced"}
    return named.get(command)


def target(application: Application, command: str) -> Status:
    """Returns the state a command leads to from here; raises TransitionNotAllowed with the possible commands."""
    for move in TRANSITIONS:
        if move.command == command and application["status"] in move.sources:
            return move.target
    raise TransitionNotAllowed("application", application["status"], command, commands(application))


def table_commands(application: Application) -> list[str]:
    """Returns what may be done with an application in its state, by the table's names; an offer can be answered once it is announced."""
    drawn = [m.command for m in TRANSITIONS if application["status"] in m.sources and m.command not in AUTOMATIC]
    if not is_unannounced(application):
        return drawn
    return [*(command for command in drawn if command != "confirm"), "announce"]


def commands(application: Application) -> list[str]:
    """Returns the same by the last part of their addresses (a repeated command has no address of its own), and `move` where the days may be
    moved."""
    named = [ADDRESSES.get(command, command) for command in table_commands(application)]
    return list(dict.fromkeys([*named, *(["move"] if application["status"] in MOVABLE else [])]))


def applicant_commands(application: Application) -> list[str]:
    """Returns what the applicant may do, by the table's names."""
    return [command for command in table_commands(application) if command in APPLICANTS]


def programme_target(programme: Programme, command: str) -> ProgrammeStatus:
    """Returns the state a command leads to for a programme; raises TransitionNotAllowed."""
    for move in PROGRAMME_TRANSITIONS:
        if move.command == command and programme["status"] in move.sources:
            return move.target
    allowed = [move.command for move in PROGRAMME_TRANSITIONS if programme["status"] in move.sources]
    raise TransitionNotAllowed("programme", programme["status"], command, allowed)


def is_unannounced(application: Application) -> bool:
    """Whether there is a decision that was not announced: accepted, on the waiting list or rejected."""
    decision = application["decision"]
    return application["status"] in (ACCEPTED, WAITLISTED, REJECTED) and not (decision and decision["announced_at"])


def announced_status(application: Application) -> Status:
    """Returns the state an applicant is shown: a decision not announced is still under review."""
    return UNDER_REVIEW if is_unannounced(application) else application["status"]
