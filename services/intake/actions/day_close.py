"""Closes a day: completes the visits of patients who are here and marks the others as no-shows. Each visit is a separate command.

A closing may succeed in part: the outcome lists what failed, and the same closing sent again does only the rest.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from services.intake.actions.access import case_with_visit
from services.intake.actions.board import Row, rows_of_days
from services.intake.actions.messages import with_undo_note
from services.intake.dependencies import Dependencies
from services.intake.rules import undo, visits
from services.intake.rules.days import bounds
from services.intake.rules.errors import NoSuchVisit, TransitionNotAllowed
from services.intake.rules.records import Case, Visit, VisitStatus
from services.intake.store.store import ServerFault
from shared.command_context import CommandContext
from shared.errors import StillRunning, Unavailable

COMMANDS = {"complete": visits.complete, "no-show": visits.no_show}
Run = Callable[[str, Callable[[CommandContext], Case]], None]


class Wanted(NamedTuple):
    """One visit and the command to run on it."""

    visit_id: str
    command: str


@dataclass
class Outcome:
    """Visit ids: closed, no longer possible, and left because time ran out or the database was unavailable."""

    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class ToClose(NamedTuple):
    """The open visits of a day: patients who are here, patients who are late, and the number of those expected later."""

    here: list[Row]
    absent: list[Row]
    to_come: int


def to_close(deps: Dependencies, day: date, now: datetime) -> ToClose:
    """Returns the open visits of a day."""
    rows = rows_of_days(deps, [day], now)
    booked = [row for row in rows if row.visit["status"] == "booked"]
    absent = [row for row in booked if row.visit["start"] <= now]
    return ToClose([row for row in rows if row.visit["status"] == "arrived"], absent, len(booked) - len(absent))


def closed(deps: Dependencies, day: date, closing: str, now: datetime) -> list[Row]:
    """Returns the visits that a closing of the day closed and nobody reopened."""
    return [row for row in rows_of_days(deps, [day], now) if row.visit.get("closing") == closing]


def rows_with(deps: Dependencies, day: date, visit_ids: Collection[str], now: datetime) -> list[Row]:
    """Returns the visits of a day with these ids."""
    return [row for row in rows_of_days(deps, [day], now) if row.id in visit_ids]


def close(deps: Dependencies, wanted: Sequence[Wanted], closing: str, run: Run, goes_on: Callable[[], bool]) -> Outcome:
    """Closes each visit; `run(name, command)` runs one command, `goes_on()` tells whether there is time for another. An unavailable database ends it."""

    def one(each: Wanted) -> Callable[[CommandContext], Case]:
        return lambda context: close_one(deps, each, closing, context)

    return _each([(each.visit_id, one(each)) for each in wanted], run, goes_on)


def take_back(
    deps: Dependencies, day: date, closing: str, now: datetime, run: Run, goes_on: Callable[[], bool]
) -> Outcome:
    """Undoes a closing of a day: completed visits are checked in again, no-shows booked again."""
    begin, end = bounds(day, deps.settings.time_zone)
    done = [
        visit
        for case in deps.store.cases_by_visit.between(begin, end)
        for visit in case["visits"]
        if visit.get("closing") == closing
    ]

    def one(visit: Visit) -> Callable[[CommandContext], Case]:
        to: VisitStatus = "arrived" if visit["status"] == "completed" else "booked"
        return lambda context: take_back_visit(deps, visit["id"], to, context, closing)

    return _each([(visit["id"], one(visit)) for visit in done], run, goes_on)


def close_one(deps: Dependencies, each: Wanted, closing: str, context: CommandContext) -> Case:
    """Closes one visit as part of a closing of the day."""
    case = case_with_visit(deps, each.visit_id, context)
    case, events = COMMANDS[each.command](case, context.now, each.visit_id, closing)
    return deps.store.save(case, events, context)


def take_back_visit(
    deps: Dependencies, visit_id: str, to: VisitStatus, context: CommandContext, closing: str | None = None
) -> Case:
    """Returns a visit to an earlier state by corrections, with a note. With `closing`, only a visit that this closing closed."""
    case = case_with_visit(deps, visit_id, context)
    if closing and visits.visit_in(case, visit_id).get("closing") != closing:
        raise TransitionNotAllowed("visit", visits.visit_in(case, visit_id)["status"], f"correct to {to}", ())
    decide = visits.take_back_last if undo.is_last(case, visit_id, to) else partial(visits.take_back, to=to)
    after, events = decide(case, context.now, visit_id)
    return deps.store.save(with_undo_note(after, context), events, context)


def take_back_last(deps: Dependencies, visit_id: str, context: CommandContext) -> Case:
    """Undoes the last change of a visit: state, times and deadlines. Raises NoSuchVisit, CannotUndo."""
    case = case_with_visit(deps, visit_id, context)
    after, events = visits.take_back_last(case, context.now, visit_id)
    return deps.store.save(with_undo_note(after, context), events, context)


def _each(
    commands: Sequence[tuple[str, Callable[[CommandContext], Case]]], run: Run, goes_on: Callable[[], bool]
) -> Outcome:
    outcome = Outcome()
    for place, (visit_id, command) in enumerate(commands):
        if not goes_on():
            outcome.left = [left for left, _ in commands[place:]]
            break
        try:
            run(visit_id, command)
            outcome.done.append(visit_id)
        except (TransitionNotAllowed, NoSuchVisit):
            outcome.refused.append(visit_id)
        except (ServerFault, Unavailable, StillRunning):
            if not outcome.done:
                raise
            outcome.left = [left for left, _ in commands[place:]]
            break
    return outcome
