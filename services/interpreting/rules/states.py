"""The states of a booking, the transitions between them, and how a visit's events change its booking."""

from collections.abc import Mapping
from typing import Final, Literal

from shared.errors import IllegalMove

Status = Literal["requested", "offered", "confirmed", "unfilled", "in_progress", "completed", "cancelled"]
REQUESTED: Final = "requested"
OFFERED: Final = "offered"
CONFIRMED: Final = "confirmed"
UNFILLED: Final = "unfilled"
IN_PROGRESS: Final = "in_progress"
COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
STATES: tuple[Status, ...] = (REQUESTED, OFFERED, CONFIRMED, UNFILLED, IN_PROGRESS, COMPLETED, CANCELLED)
OPEN: frozenset[Status] = frozenset({REQUESTED, OFFERED, UNFILLED})
ASSIGNED: frozenset[Status] = frozenset({CONFIRMED, IN_PROGRESS})
BEFORE_START: frozenset[Status] = frozenset({REQUESTED, OFFERED, UNFILLED, CONFIRMED})

DONE, PATIENT_NO_SHOW, NOT_NEEDED, CUT_SHORT = "done", "patient_no_show", "not_needed", "cut_short"
OUTCOMES = (DONE, PATIENT_NO_SHOW, NOT_NEEDED, CUT_SHORT)

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    REQUESTED: frozenset({OFFERED, CONFIRMED, IN_PROGRESS, UNFILLED, CANCELLED}),
    OFFERED: frozenset({CONFIRMED, REQUESTED, UNFILLED, CANCELLED}),
    UNFILLED: frozenset({REQUESTED, CONFIRMED, CANCELLED}),
    CONFIRMED: frozenset({IN_PROGRESS, REQUESTED, COMPLETED, CANCELLED}),
    IN_PROGRESS: frozenset({COMPLETED}),
    COMPLETED: frozenset(),
    CANCELLED: frozenset({REQUESTED}),
}

# A visit whose entry is corrected moves its booking back with it; nothing else moves a booking backwards.
CORRECTIONS: Mapping[Status, frozenset[Status]] = {
    IN_PROGRESS: frozenset({CONFIRMED}),
    COMPLETED: frozenset({IN_PROGRESS, CONFIRMED, REQUESTED}),
}

# The commands a coordinator may give, by state; also the `allowed` of a refusal.
COMMANDS: Mapping[str, frozenset[Status]] = {
    "assign": BEFORE_START,
    "offer": OPEN,
    "release": frozenset({CONFIRMED}),
    "cancel": BEFORE_START,
    "start": frozenset({CONFIRMED}),
    "complete": frozenset({IN_PROGRESS}),
    "correct": frozenset({IN_PROGRESS}),
}

WORK_EVENTS: Mapping[str, str] = {
    "start": "booking.started",
    "complete": "booking.completed",
    "correct": "booking.reopened",
}
"""The events published by the commands that record the interpreter's work."""

# Visit's event → state of the booking → (new state, outcome). A pair that is missing changes nothing: a request that nobody served stays
# `unfilled`, countable as missed demand, even after the visit is over; so does one whose offers were still open.
VISIT_EFFECTS: Mapping[str, Mapping[Status, tuple[Status, str | None]]] = {
    "completed": {CONFIRMED: (COMPLETED, DONE), IN_PROGRESS: (COMPLETED, DONE), OFFERED: (UNFILLED, None)},
    "left": {CONFIRMED: (COMPLETED, NOT_NEEDED), IN_PROGRESS: (COMPLETED, CUT_SHORT), OFFERED: (UNFILLED, None)},
    "no_show": {
        CONFIRMED: (COMPLETED, PATIENT_NO_SHOW),
        IN_PROGRESS: (COMPLETED, PATIENT_NO_SHOW),
        **dict.fromkeys(OPEN, (CANCELLED, None)),
    },
    "cancelled": {IN_PROGRESS: (COMPLETED, NOT_NEEDED), **dict.fromkeys(BEFORE_START, (CANCELLED, None))},
    "not_needed": {IN_PROGRESS: (COMPLETED, CUT_SHORT), **dict.fromkeys(BEFORE_START, (CANCELLED, None))},
}

# A corrected visit: its present state → state of the booking → new state. A person records whether interpreting goes on (`start`,
# `complete`), not the visit: a completed booking goes back to the state that this record left it in.
CORRECTION_EFFECTS: Mapping[str, Mapping[Status, Status]] = {
    "booked": {IN_PROGRESS: CONFIRMED, COMPLETED: CONFIRMED, CANCELLED: REQUESTED},
    "arrived": {COMPLETED: CONFIRMED, CANCELLED: REQUESTED},
}


class CommandNotAllowed(IllegalMove):
    """The booking's state does not allow this command."""

    def __init__(self, status: Status, command: str) -> None:
        super().__init__(
            f"A booking that is {status} does not allow this command: {command}.", allowed_commands(status)
        )


def allowed_commands(status: Status) -> list[str]:
    """Returns the commands a coordinator may give to a booking in this state."""
    return sorted(command for command, states in COMMANDS.items() if status in states)


def require(command: str, status: Status) -> None:
    """Raises CommandNotAllowed where the command is not possible for a booking in this state."""
    if status not in COMMANDS[command]:
        raise CommandNotAllowed(status, command)


def work_event(command: str) -> str | None:
    """Returns the event that such a command publishes; None where there is no such command."""
    return WORK_EVENTS.get(command)


def can_change(status: Status, to: Status, correcting: bool = False) -> bool:
    """Returns whether the table has this transition; a correction may also reverse one."""
    return to in TRANSITIONS[status] or (correcting and to in CORRECTIONS.get(status, frozenset()))


def visit_effect(visit_event: str, status: Status) -> tuple[Status, str | None] | None:
    """Returns the change of a booking after this event of its visit, as (new state, outcome), or None for no change."""
    return VISIT_EFFECTS[visit_event].get(status)


def correction_effect(visit_status: str, status: Status, started: bool) -> Status | None:
    """Returns the state a booking goes to when its visit is corrected to `visit_status`, or None for no change.

    `started`: a person recorded that interpreting had begun.
    """
    to = CORRECTION_EFFECTS.get(visit_status, {}).get(status)
    return IN_PROGRESS if to == CONFIRMED and started and visit_status == "arrived" else to
