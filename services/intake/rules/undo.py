"""Undoes the last change of a case: by allowed moves and corrections, then by restoring its clocks and marks.

Each change records the previous values (`noted`). Only the last change can be undone. Further visits that it booked or cancelled are not covered here.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from services.intake.rules import tables
from services.intake.rules.errors import CannotUndo
from services.intake.rules.next_action import next_action
from services.intake.rules.records import Case, Previous, PreviousVisit, Visit, VisitStatus
from shared.events import Event

Decided = tuple[Case, list[Event]]
Step = Callable[[Case, datetime, str], Decided]


def previous_values(case: Case, visits: Iterable[Visit]) -> Previous:
    """Returns the values of the case's field `before`, given the visits after a change. One command may change a case in several steps."""
    version, known, after = case.get("version", 0), case.get("before"), {visit["id"]: visit for visit in visits}
    first = known if known and known["version"] == version else None
    changed = {
        visit["id"]: _visit_values(visit)
        for visit in case.get("visits", ())
        if visit["id"] in after and after[visit["id"]] is not visit
    }
    if first:
        return {**first, "visits": changed | first["visits"]}
    return {
        "version": version,
        "status": case["status"],
        "unanswered": case.get("unanswered"),
        "cancellation": case.get("cancellation"),
        "turned_at": case.get("turned_at"),
        "closing": case.get("closing"),
        "visits": changed,
    }


def _visit_values(visit: Visit) -> PreviousVisit:
    return {
        "status": visit["status"],
        "start": visit["start"],
        "end": visit["end"],
        "rescheduled": visit["rescheduled"],
        "arrived_at": visit.get("arrived_at"),
        "closing": visit.get("closing"),
    }


def last_change(case: Case) -> Previous:
    """Returns the previous values of the last change. Raises CannotUndo."""
    before = case.get("before")
    if not before or before["version"] + 1 != case.get("version", 0):
        raise CannotUndo()
    return before


def is_last(case: Case, visit_id: str, to: VisitStatus) -> bool:
    """Whether the last change of the case moved the visit out of this state."""
    try:
        was = last_change(case)["visits"].get(visit_id)
    except CannotUndo:
        return False
    return was is not None and bool(was["status"] == to)


def take_back(
    case: Case,
    now: datetime,
    visit_id: str,
    steps: Mapping[tuple[VisitStatus, VisitStatus], Step],
    reschedule_to: Callable[[PreviousVisit], Step],
) -> Decided:
    """Returns the visit as it was before the last change, with the case's clocks. Raises CannotUndo, TransitionNotAllowed.

    `steps` are the possible moves and corrections from state to state; `reschedule_to` returns the step that moves a
    booked visit back to its earlier time.
    """
    before = last_change(case)
    was = before["visits"].get(visit_id)
    if was is None:
        raise CannotUndo()
    visit = next(each for each in case["visits"] if each["id"] == visit_id)
    events: list[Event] = []
    path = _path(visit["status"], was["status"], steps)
    if not path:
        if was == _visit_values(visit):
            raise CannotUndo()
        path = [reschedule_to(was)]
    for step in path:
        case, published = step(case, now, visit_id)
        events += published
    visits: list[Visit] = [{**each, **was} if each["id"] == visit_id else each for each in case["visits"]]
    return with_deadlines(case | {"visits": visits}, before), events


def with_deadlines(case: Case, before: Previous) -> Case:
    """Restores the times since when somebody has waited, and `next`, where the case is in its earlier state."""
    if case["status"] != before["status"]:
        return case
    after = case | {
        "unanswered": before["unanswered"],
        "cancellation": before["cancellation"],
        "turned_at": before["turned_at"],
        "closing": before["closing"],
    }
    return after | {"next": next_action(after)}


def _path(
    source: VisitStatus, target: VisitStatus, steps: Mapping[tuple[VisitStatus, VisitStatus], Step]
) -> list[Step]:
    """Returns the shortest path between two states, empty if they are the same. Raises CannotUndo where there is none."""
    waiting: deque[tuple[VisitStatus, list[Step]]] = deque([(source, [])])
    seen = {source}
    while waiting:
        at, path = waiting.popleft()
        if at == target:
            return path
        for (begin, end), step in steps.items():
            if begin == at and end not in seen:
                seen.add(end)
                waiting.append((end, [*path, step]))
    raise CannotUndo()


def visit_steps(
    correct: Callable[[VisitStatus], Step], moves: Mapping[str, Step]
) -> dict[tuple[VisitStatus, VisitStatus], Step]:
    """Returns every step between two states of a visit: the corrections, and the moves that need no arguments."""
    steps: dict[tuple[VisitStatus, VisitStatus], Step] = {pair: correct(pair[1]) for pair in tables.CORRECTIONS}
    named = (move for move in tables.VISIT_TABLE if move.command in moves)
    return {(source, move.target): moves[move.command] for move in named for source in move.sources} | steps
