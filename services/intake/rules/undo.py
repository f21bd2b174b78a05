"""Undoes the last change of a case: by allowed moves and corrections, then by restoring its clocks and marks.

Each change records the previous values (`noted`). Only the last change can be undone. Further visits that it booked or cancelled are not covered here.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from services.intake.rules import tables
from services.intake.rules.errors import NothingToTakeBack
from services.intake.rules.next_action import turn
from services.intake.rules.records import Case
from shared.events import Event

Decided = tuple[Case, list[Event]]
Step = Callable[[Case, datetime, str], Decided]
CLOCKS = ("unanswered", "cancellation", "turned_at", "closing")
MARKS = ("status", "start", "end", "rescheduled", "arrived_at", "closing")


def noted(case: Case, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the previous values for the case's field `before`. One command may change a case in several steps."""
    version = case.get("version", 0)
    known = case.get("before") or {}
    first = known if known.get("version") == version else {}
    after = {visit["id"]: visit for visit in changes.get("visits", ())}
    visits = {
        visit["id"]: {name: visit.get(name) for name in MARKS}
        for visit in case.get("visits", ())
        if visit["id"] in after and after[visit["id"]] is not visit
    }
    clocks = {name: case.get(name) for name in ("status", *CLOCKS)}
    return {"version": version, **clocks, **first, "visits": visits | first.get("visits", {})}


def last_change(case: Case) -> dict[str, Any]:
    """Returns the previous values of the last change. Raises NothingToTakeBack."""
    before: dict[str, Any] = case.get("before") or {}
    if not before or before["version"] + 1 != case.get("version", 0):
        raise NothingToTakeBack()
    return before


def is_last(case: Case, visit_id: str, to: str) -> bool:
    """Whether the last change of the case moved the visit out of this state."""
    try:
        was = last_change(case)["visits"].get(visit_id)
    except NothingToTakeBack:
        return False
    return was is not None and bool(was["status"] == to)


def take_back(
    case: Case,
    now: datetime,
    visit_id: str,
    steps: Mapping[tuple[str, str], Step],
    moved_to: Callable[[Mapping[str, Any]], Step],
) -> Decided:
    """Returns the visit as it was before the last change, with the case's clocks. Raises NothingToTakeBack, MoveNotDrawn.

    `steps` are the possible moves and corrections from state to state; `moved_to` returns the step that moves a
    booked visit back to its earlier time.
    """
    before = last_change(case)
    was = before["visits"].get(visit_id)
    if was is None:
        raise NothingToTakeBack()
    visit = next(each for each in case["visits"] if each["id"] == visit_id)
    events: list[Event] = []
    way = _way(visit["status"], was["status"], steps)
    if not way:
        if was == {name: visit.get(name) for name in MARKS}:
            raise NothingToTakeBack()
        way = [moved_to(was)]
    for step in way:
        case, said = step(case, now, visit_id)
        events += said
    visits = [each | was if each["id"] == visit_id else each for each in case["visits"]]
    return with_clocks(case | {"visits": visits}, before), events


def with_clocks(case: Case, before: Mapping[str, Any]) -> Case:
    """Restores the times since when somebody has waited, and `next`, where the case is in its earlier state."""
    if case["status"] != before["status"]:
        return case
    after = case | {name: before[name] for name in CLOCKS}
    return after | {"next": turn(after)}


def _way(source: str, target: str, steps: Mapping[tuple[str, str], Step]) -> list[Step]:
    """Returns the shortest path between two states, empty if they are the same. Raises NothingToTakeBack where there is none."""
    waiting: deque[tuple[str, list[Step]]] = deque([(source, [])])
    seen = {source}
    while waiting:
        at, way = waiting.popleft()
        if at == target:
            return way
        for (begin, end), step in steps.items():
            if begin == at and end not in seen:
                seen.add(end)
                waiting.append((end, [*way, step]))
    raise NothingToTakeBack()


def drawn(correct: Callable[[str], Step], moves: Mapping[str, Step]) -> dict[tuple[str, str], Step]:
    """Returns every step between two states of a visit: the corrections, and the moves that need no arguments."""
    steps: dict[tuple[str, str], Step] = {pair: correct(pair[1]) for pair in tables.CORRECTIONS}
    named: Iterable[tables.Move] = (move for move in tables.VISIT_TABLE if move.command in moves)
    return {(source, move.target): moves[move.command] for move in named for source in move.sources} | steps
