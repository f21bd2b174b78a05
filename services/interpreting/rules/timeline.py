"""A day drawn as a table: each interpreter's row is cut into cells of whole steps, so that it needs no inline style.

Cells follow one another without gaps. Their data is exact; their drawn beginning and end may be off by up to a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from services.interpreting.rules.availability import InterpreterDay, Period, day_of
from services.interpreting.rules.records import Booking

STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
FIRST_HOUR, LAST_HOUR = 8, 18
Kind = Literal["bookings", "ways", "absences", "free", "on_duty"]
KINDS: tuple[Kind, ...] = ("bookings", "ways", "absences", "free")
"""The kinds of a cell, in order of precedence where two overlap; a cell of none of them is `off`."""
WINDOW_KINDS: tuple[Kind, ...] = ("bookings", "ways", "on_duty")
Content = Period | Booking | None


@dataclass(frozen=True, slots=True)
class Cell:
    """`kind`: one of KINDS in the singular, or `off`; `span` in steps; `what` the period or booking it represents."""

    kind: str
    span: int
    what: Content


@dataclass(frozen=True, slots=True)
class Row:
    """One interpreter's day."""

    who: InterpreterDay
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`hours` are the starts of the columns, each of `steps` steps."""

    hours: Sequence[datetime]
    steps: int
    rows: Sequence[Row]


def timeline(rows: Sequence[InterpreterDay], day: date, zone: ZoneInfo) -> Timeline:
    """Returns the rows over the hours that are needed, at least those from FIRST_HOUR to LAST_HOUR."""
    midnight, end_of_day = day_of(day, zone)
    begin, end = _window(rows, midnight, end_of_day)
    hours = [begin + HOUR * n for n in range(-((begin - end) // HOUR))]
    return Timeline(hours, HOUR // STEP, [Row(row, _cells(row, begin, end)) for row in rows])


def _window(rows: Sequence[InterpreterDay], midnight: datetime, end: datetime) -> tuple[datetime, datetime]:
    spans = [span for row in rows for kind in WINDOW_KINDS for span in row[kind]]
    first = min([midnight + HOUR * FIRST_HOUR, *(span["start"] for span in spans)])
    last = max([midnight + HOUR * LAST_HOUR, *(span["end"] for span in spans)])
    begin = midnight + (max(first, midnight) - midnight) // HOUR * HOUR
    return begin, midnight - (midnight - min(last, end)) // HOUR * HOUR


def _cells(row: InterpreterDay, begin: datetime, end: datetime) -> list[Cell]:
    steps: list[tuple[str, Content]] = [("off", None)] * ((end - begin) // STEP)
    for kind in reversed(KINDS):
        for what in row[kind]:
            first = max(0, (what["start"] - begin) // STEP)
            last = min(len(steps), -((begin - what["end"]) // STEP))
            steps[first:last] = [(kind.rstrip("s"), what)] * max(0, last - first)
    return _merge(steps)


def _merge(steps: Sequence[tuple[str, Content]]) -> list[Cell]:
    cells: list[Cell] = []
    for kind, what in steps:
        if cells and cells[-1].kind == kind and cells[-1].what is what:
            cells[-1] = Cell(kind, cells[-1].span + 1, what)
        else:
            cells.append(Cell(kind, 1, what))
    return cells
