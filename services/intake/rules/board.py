"""Rules for a row of the board: what is missing, how long a patient has waited, the next command. All are codes; the pages hold the texts.

rules/tables.py defines which moves exist. This module chooses the one that is shown first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.intake.rules import tables
from services.intake.rules.records import Case, Visit
from services.intake.rules.response_times import TimeStatus, delay_status, waiting_status

SURE = frozenset(("confirmed", "in_progress", "completed", "not_needed", "provided"))
"""States of a visit's interpreter that need no more work by the coordinator."""
SEEN_BY_NOW = frozenset(("in_progress", "completed"))
"""States of a visit's interpreter in which interpreting has begun, so that the patient no longer waits."""
OPEN = ("booked", "arrived")
STATES = {
    "to_come": ("booked",),
    "here": ("arrived",),
    "done": ("completed", "left", "no_show"),
    "cancelled": ("cancelled",),
}
NEXT = {"booked": "arrive", "arrived": "complete", "no_show": "correct-arrived"}
CANCELLED_BY = {"patient": "patient_request", "agency": "other", "hospital": "hospital"}
"""Who asked for the cancellation, with the reason recorded for it. Any other reason is entered on the case's page."""


class Clock(NamedTuple):
    """A waiting time (`kind` is `waits`) or a delay (`late`)."""

    kind: str
    time_status: TimeStatus


@dataclass(frozen=True)
class BoardFilter:
    """Filters for the visits of a day. None matches everything except cancelled visits."""

    department: str | None = None
    state: str | None = None
    interpreter: str | None = None

    def matches(self, visit: Visit, missing: tuple[str, ...]) -> bool:
        """Whether a visit matches the filters."""
        states = STATES[self.state] if self.state else tuple(s for s in tables.VISIT_STATES if s != "cancelled")
        return (
            visit["status"] in states
            and self.department in (None, visit["department"])
            and (self.interpreter is None or "interpreter" in missing)
        )


def missing(visit: Visit, case: Case, interpreter: str) -> tuple[str, ...]:
    """Returns what has to be settled before or during the patient's visit: the interpreter, a reply, information."""
    if visit["status"] not in OPEN:
        return ()
    lacks = {
        "interpreter": interpreter not in SURE,
        "answer": bool(case.get("cancellation") or case.get("unanswered")),
        "information": case["status"] == "awaiting_information",
    }
    return tuple(name for name, lacking in lacks.items() if lacking)


def clock(visit: Visit, now: datetime) -> Clock | None:
    """Returns how long a patient who is here has waited, or how late a patient is who has not arrived."""
    if visit["status"] == "arrived":
        return Clock("waits", waiting_status(visit.get("arrived_at") or visit["start"], now))
    late = delay_status(visit["start"], now) if visit["status"] == "booked" else None
    return Clock("late", late) if late else None


def moves(visit: Visit, case: Case, begun: bool) -> tuple[str, ...]:
    """Returns the moves offered on the board, the one shown first at the front. `begun`: the visit's day has come, so the patient can arrive.

    `correct-<state>` corrects an entry; `cancel-<who>` cancels a visit at somebody's request. Other moves are on the case's page.
    """
    drawn = [command for command in tables.visit_commands(visit, case) if command not in ("correct", "reschedule")]
    if not begun:
        drawn = [command for command in drawn if command == "cancel"]
    corrections = [f"correct-{to}" for to in tables.corrections(visit, case)]
    if visit["status"] == "no_show" and case["status"] in tables.BOOKABLE:
        corrections.append("correct-booked")  # by way of arrived: after a wrong no-show the patient is still expected
    named = [
        name
        for command in (*drawn, *corrections)
        for name in ([f"cancel-{who}" for who in CANCELLED_BY] if command == "cancel" else [command])
    ]
    first = NEXT.get(visit["status"])
    return tuple(sorted(named, key=lambda name: name != first))


def next_move(visit: Visit, possible: Iterable[str]) -> str | None:
    """Returns the move that is shown for this visit, if it is possible."""
    wanted = NEXT.get(visit["status"])
    return wanted if wanted and wanted in possible else None


def counted(visits: Iterable[tuple[Visit, tuple[str, ...]]]) -> Mapping[str, int]:
    """Returns the number of visits by state, of all that are not cancelled, and of those without a secured interpreter."""
    counts = dict.fromkeys(("all", *STATES, "interpreter"), 0)
    for visit, lacks in visits:
        state = next(name for name, statuses in STATES.items() if visit["status"] in statuses)
        counts[state] += 1
        counts["all"] += state != "cancelled"
        counts["interpreter"] += "interpreter" in lacks
    return counts
