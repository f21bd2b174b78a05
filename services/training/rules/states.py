"""The two state tables as data: every move that is drawn, by which command. Nothing else is a move (I10)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.training.rules.faults import MoveNotDrawn

Record = dict[str, Any]


class Move(NamedTuple):
    """`command` is the last part of its address; where it may lead, and the event that says so."""

    command: str
    sources: tuple[str, ...]
    target: str
    says: str


DRAFT, SUBMITTED, DOCUMENT_CHECK, RETURNED = "draft", "submitted", "document_check", "returned"
UNDER_REVIEW, ACCEPTED, WAITLISTED, REJECTED = "under_review", "accepted", "waitlisted", "rejected"
CONFIRMED, DEFERRED, ACTIVE, COMPLETED = "confirmed", "deferred", "active", "completed"
WITHDRAWN, LAPSED, NO_SHOW, TERMINATED = "withdrawn", "lapsed", "no_show", "terminated"
STATES = (DRAFT, SUBMITTED, DOCUMENT_CHECK, RETURNED, UNDER_REVIEW, WAITLISTED, ACCEPTED, CONFIRMED, DEFERRED, ACTIVE, COMPLETED, REJECTED, WITHDRAWN, LAPSED, NO_SHOW, TERMINATED)  # fmt: skip

WITHDRAWABLE = (DRAFT, SUBMITTED, DOCUMENT_CHECK, RETURNED, UNDER_REVIEW, WAITLISTED, ACCEPTED, CONFIRMED, DEFERRED)
HOLDING = (ACCEPTED, CONFIRMED, DEFERRED, ACTIVE, COMPLETED)
"""Who is in one of these has a place; one who completed has had it."""
BEGUN = (ACTIVE, COMPLETED)
BEFORE_START = (ACCEPTED, CONFIRMED, DEFERRED)
OVER = (COMPLETED, REJECTED, WITHDRAWN, LAPSED, NO_SHOW, TERMINATED)
NEVER_THERE = (REJECTED, WITHDRAWN, LAPSED, NO_SHOW, TERMINATED)
"""Who is in one of these takes no day of their stay, or none any more."""
MOVABLE = (SUBMITTED, DOCUMENT_CHECK, RETURNED, UNDER_REVIEW, WAITLISTED, ACCEPTED, CONFIRMED, DEFERRED)
"""Its days may be moved; only a confirmed one changes its state by it."""
EDITABLE = (DRAFT, RETURNED)
"""The applicant may write in it."""

TABLE = (
    Move("submit", (DRAFT,), SUBMITTED, "application.submitted"),
    Move("check", (SUBMITTED,), DOCUMENT_CHECK, "application.check_started"),
    Move("return", (DOCUMENT_CHECK,), RETURNED, "application.returned"),
    Move("resubmit", (RETURNED,), DOCUMENT_CHECK, "application.check_started"),
    Move("review", (DOCUMENT_CHECK,), UNDER_REVIEW, "application.review_started"),
    Move("accept", (UNDER_REVIEW, WAITLISTED), ACCEPTED, "application.accepted"),
    Move("waitlist", (UNDER_REVIEW,), WAITLISTED, "application.waitlisted"),
    Move("reject", (UNDER_REVIEW, WAITLISTED, ACCEPTED), REJECTED, "application.rejected"),
    Move("confirm", (ACCEPTED,), CONFIRMED, "placement.confirmed"),
    Move("lapse", (ACCEPTED,), LAPSED, "application.lapsed"),
    Move("defer", (CONFIRMED,), DEFERRED, "placement.deferred"),
    Move("reconfirm", (DEFERRED,), CONFIRMED, "placement.confirmed"),
    Move("start", (CONFIRMED,), ACTIVE, "placement.started"),
    Move("no-show", (CONFIRMED,), NO_SHOW, "placement.no_show"),
    Move("complete", (ACTIVE,), COMPLETED, "placement.completed"),
    Move("terminate", (ACTIVE,), TERMINATED, "placement.terminated"),
    Move("withdraw", WITHDRAWABLE, WITHDRAWN, "application.withdrawn"),
)
APPLICANTS = ("submit", "resubmit", "confirm", "reconfirm", "withdraw")
"""What an applicant may do; the rest is the hospital's."""
ADDRESSES = {"resubmit": "submit", "reconfirm": "confirm", "defer": "move"}
"""By command: the address that does it, where that is another's."""
BY_THEMSELVES = ("waitlist", "lapse")
"""No command of anybody's: what `accept` does where no place is free, and what the clock does."""

DRAFTED, PUBLISHED, CLOSED = "draft", "published", "closed"
PROGRAMME_TABLE = (
    Move("publish", (DRAFTED, CLOSED), PUBLISHED, "programme.published"),
    Move("close", (PUBLISHED,), CLOSED, "programme.closed"),
)


def event_of(command: str) -> str | None:
    """What a command is published as; None where it may be given again and again."""
    named = {move.command: move.says for move in TABLE} | {"announce": "application.announced"}
    return named.get(command)


def target(application: Record, command: str) -> str:
    """Where a command leads from here; raises MoveNotDrawn with what is drawn."""
    for move in TABLE:
        if move.command == command and application["status"] in move.sources:
            return move.target
    raise MoveNotDrawn("application", application["status"], command, commands(application))


def moves(application: Record) -> list[str]:
    """What somebody may do with an application in its state, by the table's names; an offer is answered once it is announced."""
    drawn = [m.command for m in TABLE if application["status"] in m.sources and m.command not in BY_THEMSELVES]
    if not untold(application):
        return drawn
    return [*(command for command in drawn if command != "confirm"), "announce"]


def commands(application: Record) -> list[str]:
    """The same by the last part of their addresses: what is done again has no address of its own; and whether its days may be moved."""
    named = [ADDRESSES.get(command, command) for command in moves(application)]
    return list(dict.fromkeys([*named, *(["move"] if application["status"] in MOVABLE else [])]))


def applicants_commands(application: Record) -> list[str]:
    """What the applicant may do, by the table's names."""
    return [command for command in moves(application) if command in APPLICANTS]


def programme_target(programme: Record, command: str) -> str:
    """The same for a programme."""
    for move in PROGRAMME_TABLE:
        if move.command == command and programme["status"] in move.sources:
            return move.target
    allowed = [move.command for move in PROGRAMME_TABLE if programme["status"] in move.sources]
    raise MoveNotDrawn("programme", programme["status"], command, allowed)


def untold(application: Mapping[str, Any]) -> bool:
    """Whether what was decided stands, and nobody was told: accepted, on the waiting list or rejected, and not announced."""
    decision = application.get("decision") or {}
    return application["status"] in (ACCEPTED, WAITLISTED, REJECTED) and not decision.get("announced_at")


def seen_as(application: Record) -> str:
    """The state an applicant is shown: what was decided but not announced is still under review."""
    return UNDER_REVIEW if untold(application) else str(application["status"])
