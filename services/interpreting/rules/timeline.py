"""A day drawn as a table: each interpreter's row is cut into cells of whole steps, so that it needs no inline style.

Cells follow one another without gaps. Their data is exact; their drawn beginning and end may be off by up to a step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.interpreting.rules.planning import day_of

STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
USUAL = (8, 18)
KINDS = ("bookings", "ways", "absences", "free")
"""The kinds of a cell, the stronger first where two overlap; otherwise it is `off`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`kind`: one of KINDS in the singular, or `off`; `span` in steps; `what` the period or booking it represents."""

    kind: str
    span: int
    what: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One interpreter's day."""

    who: Mapping[str, Any]
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Line:
    """`hours` are the starts of the columns, each of `steps` steps."""

    hours: Sequence[datetime]
    steps: int
    rows: Sequence[Row]


def drawn(rows: Sequence[Mapping[str, Any]], day: date, zone: ZoneInfo) -> Line:
    """Returns the hours that are needed, at least the usual ones; `rows` as `day_plan` returns them."""
    midnight, end_of_day = day_of(day, zone)
    begin, end = _window(rows, midnight, end_of_day)
    hours = [begin + HOUR * n for n in range(-((begin - end) // HOUR))]
    return Line(hours, HOUR // STEP, [Row(row, _cells(row, begin, end)) for row in rows])


def _window(rows: Sequence[Mapping[str, Any]], midnight: datetime, end: datetime) -> tuple[datetime, datetime]:
    spans = [span for row in rows for kind in ("bookings", "ways", "on_duty") for span in row[kind]]
    first = min([midnight + HOUR * USUAL[0], *(span["start"] for span in spans)])
    last = max([midnight + HOUR * USUAL[1], *(span["end"] for span in spans)])
    begin = midnight + (max(first, midnight) - midnight) // HOUR * HOUR
    return begin, midnight - (midnight - min(last, end)) // HOUR * HOUR


def _cells(row: Mapping[str, Any], begin: datetime, end: datetime) -> list[Cell]:
    steps: list[tuple[str, Mapping[str, Any] | None]] = [("off", None)] * ((end - begin) // STEP)
    for kind in reversed(KINDS):
        for what in row[kind]:
            first = max(0, (what["start"] - begin) // STEP)
            last = min(len(steps), -((begin - what["end"]) // STEP))
            steps[first:last] = [(kind.rstrip("s"), what)] * max(0, last - first)
    return _joined(steps)


def _joined(steps: Sequence[tuple[str, Mapping[str, Any] | None]]) -> list[Cell]:
    cells: list[Cell] = []
    for kind, what in steps:
        if cells and cells[-1].kind == kind and cells[-1].what is what:
            cells[-1] = Cell(kind, cells[-1].span + 1, what)
        else:
            cells.append(Cell(kind, 1, what))
    return cells
