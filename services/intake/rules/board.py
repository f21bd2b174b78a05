"""What a line of the board says of a visit: what is missing, how long somebody waits, what comes next. Codes; words are the page's.

Which moves there are stands in rules/tables.py; here stands which of them is the one that shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from services.intake.rules import tables
from services.intake.rules.promises import Standing, late_stands, wait_stands

Case = dict[str, Any]
Visit = dict[str, Any]

SURE = frozenset(("confirmed", "in_progress", "completed", "not_needed", "provided"))
"""Of a visit's interpreter: nobody has to look any more."""
SEEN_BY_NOW = frozenset(("in_progress", "completed"))
"""Of the same: interpreting has begun, so that nobody waits any more."""
OPEN = ("booked", "arrived")
STATES = {
    "to_come": ("booked",),
    "here": ("arrived",),
    "done": ("completed", "left", "no_show"),
    "cancelled": ("cancelled",),
}
NEXT = {"booked": "arrive", "arrived": "complete", "no_show": "correct-arrived"}
CANCELLED_BY = {"patient": "patient_request", "agency": "other", "hospital": "hospital"}
"""Who wanted it, with the reason that goes with it; any other reason is given on the case's page."""


class Clock(NamedTuple):
    """`kind` is `waits` or `late`."""

    kind: str
    standing: Standing


@dataclass(frozen=True)
class Asked:
    """What of a day is asked for; None: anything, but nothing cancelled."""

    department: str | None = None
    state: str | None = None
    interpreter: str | None = None

    def takes(self, visit: Visit, missing: tuple[str, ...]) -> bool:
        """Whether a visit is to be shown."""
        states = STATES[self.state] if self.state else tuple(s for s in tables.VISIT_STATES if s != "cancelled")
        return (
            visit["status"] in states
            and self.department in (None, visit["department"])
            and (self.interpreter is None or "interpreter" in missing)
        )


def missing(visit: Visit, case: Case, interpreter: str) -> tuple[str, ...]:
    """What somebody has still to see to before, or while, the patient is here."""
    if visit["status"] not in OPEN:
        return ()
    lacks = {
        "interpreter": interpreter not in SURE,
        "answer": bool(case.get("cancellation") or case.get("unanswered")),
        "information": case["status"] == "awaiting_information",
    }
    return tuple(name for name, lacking in lacks.items() if lacking)


def clock(visit: Visit, now: datetime) -> Clock | None:
    """How long who is here has waited, or how late who is not here is."""
    if visit["status"] == "arrived":
        return Clock("waits", wait_stands(visit.get("arrived_at") or visit["start"], now))
    late = late_stands(visit["start"], now) if visit["status"] == "booked" else None
    return Clock("late", late) if late else None


def moves(visit: Visit, case: Case, begun: bool) -> tuple[str, ...]:
    """What may be done from the board, the one that shows first; `begun`: the day has come, so that somebody can arrive.

    `correct-<state>` puts an entry right; `cancel-<who>` calls a visit off by somebody's wish. The rest is on the case's page.
    """
    drawn = [command for command in tables.visit_commands(visit, case) if command not in ("correct", "reschedule")]
    if not begun:
        drawn = [command for command in drawn if command == "cancel"]
    corrections = [f"correct-{to}" for to in tables.corrections(visit, case)]
    if visit["status"] == "no_show" and case["status"] in tables.BOOKABLE:
        corrections.append("correct-booked")  # by way of arrived: who was taken for absent is still awaited
    named = [
        name
        for command in (*drawn, *corrections)
        for name in ([f"cancel-{who}" for who in CANCELLED_BY] if command == "cancel" else [command])
    ]
    first = NEXT.get(visit["status"])
    return tuple(sorted(named, key=lambda name: name != first))


def next_move(visit: Visit, possible: Iterable[str]) -> str | None:
    """The one move that shows, where it is possible."""
    wanted = NEXT.get(visit["status"])
    return wanted if wanted and wanted in possible else None


def counted(visits: Iterable[tuple[Visit, tuple[str, ...]]]) -> Mapping[str, int]:
    """How many there are of each state, of all that are not cancelled, and without an interpreter for sure."""
    counts = dict.fromkeys(("all", *STATES, "interpreter"), 0)
    for visit, lacks in visits:
        state = next(name for name, statuses in STATES.items() if visit["status"] in statuses)
        counts[state] += 1
        counts["all"] += state != "cancelled"
        counts["interpreter"] += "interpreter" in lacks
    return counts
