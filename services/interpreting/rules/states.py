"""The states of a booking, the moves between them, and how a visit's events change its booking."""

from collections.abc import Mapping

from shared.errors import IllegalMove

REQUESTED, OFFERED, CONFIRMED, UNFILLED = "requested", "offered", "confirmed", "unfilled"
IN_PROGRESS, COMPLETED, CANCELLED = "in_progress", "completed", "cancelled"
STATES = (REQUESTED, OFFERED, CONFIRMED, UNFILLED, IN_PROGRESS, COMPLETED, CANCELLED)
OPEN = frozenset({REQUESTED, OFFERED, UNFILLED})
HOLDING = frozenset({CONFIRMED, IN_PROGRESS})
BEFORE_START = OPEN | {CONFIRMED}

DONE, PATIENT_NO_SHOW, NOT_NEEDED, CUT_SHORT = "done", "patient_no_show", "not_needed", "cut_short"
OUTCOMES = (DONE, PATIENT_NO_SHOW, NOT_NEEDED, CUT_SHORT)

MOVES: Mapping[str, frozenset[str]] = {
    REQUESTED: frozenset({OFFERED, CONFIRMED, IN_PROGRESS, UNFILLED, CANCELLED}),
    OFFERED: frozenset({CONFIRMED, REQUESTED, UNFILLED, CANCELLED}),
    UNFILLED: frozenset({REQUESTED, CONFIRMED, CANCELLED}),
    CONFIRMED: frozenset({IN_PROGRESS, REQUESTED, COMPLETED, CANCELLED}),
    IN_PROGRESS: frozenset({COMPLETED}),
    COMPLETED: frozenset(),
    CANCELLED: frozenset({REQUESTED}),
}

# A visit whose entry is corrected moves its booking back with it; nothing else moves a booking backwards.
CORRECTIONS: Mapping[str, frozenset[str]] = {
    IN_PROGRESS: frozenset({CONFIRMED}),
    COMPLETED: frozenset({IN_PROGRESS, CONFIRMED, REQUESTED}),
}

# The commands a coordinator may give, by state; also the `allowed` of a refusal.
COMMANDS: Mapping[str, frozenset[str]] = {
    "assign": OPEN | {CONFIRMED},
    "offer": OPEN,
    "release": frozenset({CONFIRMED}),
    "cancel": BEFORE_START,
    "start": frozenset({CONFIRMED}),
    "complete": frozenset({IN_PROGRESS}),
    "correct": frozenset({IN_PROGRESS}),
}

AT_WORK_EVENTS: Mapping[str, str] = {
    "start": "booking.started",
    "complete": "booking.completed",
    "correct": "booking.reopened",
}
"""The events published by the commands of a booking's day."""

# Visit's event → state of the booking → (new state, outcome). A pair that is missing changes nothing: a request that nobody served stays
# `unfilled`, countable as missed demand, even after the visit is over; so does one whose offers were still open.
FOLLOWS: Mapping[str, Mapping[str, tuple[str, str | None]]] = {
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
CORRECTED: Mapping[str, Mapping[str, str]] = {
    "booked": {IN_PROGRESS: CONFIRMED, COMPLETED: CONFIRMED, CANCELLED: REQUESTED},
    "arrived": {COMPLETED: CONFIRMED, CANCELLED: REQUESTED},
}


class BookingCannot(IllegalMove):
    """The booking's state does not allow this command."""

    def __init__(self, status: str, command: str) -> None:
        super().__init__(
            f"A booking that is {status} does not allow this command: {command}.", allowed_commands(status)
        )


def allowed_commands(status: str) -> list[str]:
    """Returns the commands a coordinator may give to a booking in this state."""
    return sorted(command for command, states in COMMANDS.items() if status in states)


def require(command: str, status: str) -> None:
    """Raises BookingCannot where the command is not possible for a booking in this state."""
    if status not in COMMANDS[command]:
        raise BookingCannot(status, command)


def at_work_event(command: str) -> str | None:
    """Returns the event that such a command publishes; None where there is no such command."""
    return AT_WORK_EVENTS.get(command)


def may_move(status: str, to: str, correcting: bool = False) -> bool:
    """Returns whether the table has this move; a correction may also reverse one."""
    return to in MOVES[status] or (correcting and to in CORRECTIONS.get(status, frozenset()))


def followed(visit_event: str, status: str) -> tuple[str, str | None] | None:
    """Returns the change of a booking after this event of its visit, as (new state, outcome), or None for no change."""
    return FOLLOWS[visit_event].get(status)


def corrected(visit_status: str, status: str, started: bool) -> str | None:
    """Returns the state a booking goes to when its visit is corrected to `visit_status`, or None for no change.

    `started`: a person recorded that interpreting had begun.
    """
    to = CORRECTED.get(visit_status, {}).get(status)
    return IN_PROGRESS if to == CONFIRMED and started and visit_status == "arrived" else to
