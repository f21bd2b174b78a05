"""The visits of a day on the board: the patient, what is missing, the waiting time and the next move of each.

The names of a day are decrypted with one query for keys; interpreters, departments and agencies take one query each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict

from services.intake.actions.access import case_with_visit
from services.intake.dependencies import Dependencies
from services.intake.rules import board as rules
from services.intake.rules.days import bounds, today
from services.intake.rules.needs import need_of, status_of
from services.intake.rules.records import Case, Identity, Visit, VisitInterpreter
from services.intake.rules.visits import BACK, visit_in
from shared.command_context import CommandContext
from shared.events.intake import InterpreterNeed

MAX_OPEN = 500
CaseVisit = tuple[Case, Visit]


class RowInterpreter(TypedDict):
    """The state of a visit's interpreter, and the name of a booked one."""

    status: str
    name: str | None


class VisitMoves(TypedDict):
    """A visit, its case, and moves that are possible on it."""

    case: Case
    visit: Visit
    moves: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One visit on the board; `person` is empty where the data were erased. `next_move` as in rules/board.py."""

    case: Case
    visit: Visit
    person: Identity
    agency: str | None
    interpreter: RowInterpreter
    need: InterpreterNeed
    missing: tuple[str, ...]
    clock: rules.Clock | None
    next_move: str | None

    @property
    def id(self) -> str:
        return str(self.visit["id"])

    @property
    def urgency(self) -> str:
        return str(self.visit.get("urgency") or self.case["request"]["urgency"])


@dataclass(frozen=True)
class Day:
    """The rows of a day that match the filters, and counts by state and department before the filter by state."""

    day: date
    rows: Sequence[Row]
    counts: Mapping[str, int]
    departments: Mapping[str, int]
    earlier: Mapping[date, int]


def day(deps: Dependencies, when: date, wanted: rules.BoardFilter, now: datetime) -> Day:
    """Returns the visits of a day at the hospital, in order of time."""
    case_visits = _visits_of(deps, [when])
    bookings = deps.store.interpreters_of(visit["id"] for _, visit in case_visits)
    lacks = {visit["id"]: _missing(case, visit, bookings) for case, visit in case_visits}
    of_department = [pair for pair in case_visits if wanted.department in (None, pair[1]["department"])]
    matching = [pair for pair in of_department if wanted.matches(pair[1], lacks[pair[1]["id"]])]
    return Day(
        when,
        rows_of(deps, matching, bookings, now),
        rules.counted((visit, lacks[visit["id"]]) for _, visit in of_department),
        Counter(visit["department"] for _, visit in case_visits if visit["status"] != "cancelled"),
        open_of_earlier_days(deps, now) if when == today(now, deps.settings.time_zone) else {},
    )


def rows_of_days(deps: Dependencies, days: Sequence[date], now: datetime) -> list[Row]:
    """Returns all visits of these days, in order of time."""
    case_visits = _visits_of(deps, days)
    return rows_of(deps, case_visits, deps.store.interpreters_of(visit["id"] for _, visit in case_visits), now)


def rows_of(
    deps: Dependencies, case_visits: Sequence[CaseVisit], bookings: Mapping[str, VisitInterpreter], now: datetime
) -> list[Row]:
    """Returns rows for these visits, in the same order."""
    people = identities(deps, [case for case, _ in case_visits])
    agencies = deps.store.copies.organization_names(
        case["organization_id"] for case, _ in case_visits if case.get("organization_id")
    )
    ends = _end_of_today(deps, now)
    rows = []
    for case, visit in case_visits:
        need, booking = need_of(visit, case), bookings.get(visit["id"])
        moves = rules.moves(visit, case, begun=visit["start"] < ends)
        row = Row(
            case,
            visit,
            people.get(case["_id"], Identity()),
            agencies.get(case.get("organization_id") or ""),
            {"status": status_of(need, booking), "name": booking["name"] if booking and need.required else None},
            need,
            _missing(case, visit, bookings),
            rules.clock(visit, now) if booking is None or booking["status"] not in rules.SEEN_BY_NOW else None,
            rules.next_move(visit, moves),
        )
        rows.append(row)
    return rows


def moves_of(deps: Dependencies, visit_id: str, context: CommandContext) -> VisitMoves:
    """Returns a visit with its case, and the moves that the board does not show as a button of the row. Raises NoSuchVisit."""
    case = case_with_visit(deps, visit_id, context)
    visit = visit_in(case, visit_id)
    moves = rules.moves(visit, case, begun=visit["start"] < _end_of_today(deps, context.now))
    first = rules.next_move(visit, moves)
    return {"case": case, "visit": visit, "moves": tuple(move for move in moves if move != first)}


def _end_of_today(deps: Dependencies, now: datetime) -> datetime:
    return bounds(today(now, deps.settings.time_zone), deps.settings.time_zone)[1]


def identities(deps: Dependencies, cases: Iterable[Case]) -> dict[str, Identity]:
    """Returns the identity of the cases' persons, by case id, with one query for keys; without those whose key was destroyed."""
    by_id = {case["_id"]: case for case in cases}
    keys = deps.store.keyring.open_many(by_id) if by_id else {}
    return {id_: key.open("identity", by_id[id_]["sealed"]["identity"]) for id_, key in keys.items()}


def open_of_earlier_days(deps: Dependencies, now: datetime) -> dict[date, int]:
    """Returns the number of visits of each earlier day whose outcome nobody has recorded."""
    zone = deps.settings.time_zone
    begin = bounds(today(now, zone), zone)[0]
    since = begin - BACK - timedelta(days=1)
    left = Counter(
        today(visit["start"], zone)
        for case in deps.store.worklists.open_before(since, begin, MAX_OPEN)
        for visit in case["visits"]
        if visit["status"] in rules.OPEN and since <= visit["start"] < begin
    )
    return dict(sorted(left.items()))


def _visits_of(deps: Dependencies, days: Sequence[date]) -> list[CaseVisit]:
    zone = deps.settings.time_zone
    begin, end = bounds(days[0], zone)[0], bounds(days[-1], zone)[1]
    found = [
        (case, visit)
        for case in deps.store.cases_by_visit.between(begin, end)
        for visit in case["visits"]
        if begin <= visit["start"] < end
    ]
    return sorted(found, key=lambda pair: (pair[1]["start"], pair[1]["id"]))


def _missing(case: Case, visit: Visit, bookings: Mapping[str, VisitInterpreter]) -> tuple[str, ...]:
    return rules.missing(visit, case, status_of(need_of(visit, case), bookings.get(visit["id"])))
