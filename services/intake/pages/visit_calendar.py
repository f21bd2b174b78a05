"""The calendar: a day by department along the hours, or a week as a table; what is asked for stands in the address.

The calendar by interpreter is interpreting's.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.intake.actions import board
from services.intake.actions.board import Row
from services.intake.current import dependencies
from services.intake.pages import case_view
from services.intake.rules import layout
from services.intake.rules.days import bounds, today
from services.intake.rules.layout import Span
from services.intake.schemas.forms.cases import CalendarQuery
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page
from shared.ui.showing import fragment, show
from shared.web.access import query, rights

blp = pages_blueprint("intake", __file__)
HOME, PART = "/intake/calendar", "/intake/fragments/calendar"
MAX_ROWS = 500
ADDRESS_FIELDS = ("view", "date", "department", "interpreter", "cancelled")


@dataclass(frozen=True)
class Placed:
    """A visit in a day's column: its lane (0: it has the width to itself), at which quarter of an hour it begins, and for how many it lasts."""

    row: Row
    lane: int
    at: int
    quarters: int


@blp.get("/calendar")
@rights("front_desk", "coordinator")
@query(CalendarQuery)
def calendar_page(query: dict[str, Any]) -> Response:
    """A day or a week."""
    return show("intake/calendar.html", **_calendar_context(query))


@blp.get("/fragments/calendar")
@rights("front_desk", "coordinator")
@query(CalendarQuery)
def calendar_part(query: dict[str, Any]) -> Response:
    """The same, live."""
    return fragment("intake/parts/calendar.html", **_calendar_context(query))


def _calendar_context(query: dict[str, Any]) -> dict[str, Any]:
    zone = dependencies().settings.time_zone
    now = today(page().request_context.now, zone)
    day = date.fromisoformat(query["date"]) if query["date"] else now
    week = query["view"] == "week"
    days = [day - timedelta(days=day.weekday()) + timedelta(days=n) for n in range(7)] if week else [day]
    departments = case_view.departments()
    every = board.rows_of_days(dependencies(), days, page().request_context.now)
    rows = [row for row in every if _matches(row, query)]
    step = timedelta(days=7 if week else 1)
    fields = {name: query[name] for name in ADDRESS_FIELDS if query.get(name)} | (
        {"date": day.isoformat()} if day != now else {}
    )
    return {
        "view": query["view"],
        "wanted": query,
        "day": day,
        "days": days,
        "today": now,
        "departments": departments,
        "left_out": max(0, len(rows) - MAX_ROWS),
        "conflicts": layout.conflicts([(row.case, row.visit) for row in every], departments.places),
        "previous": _address(HOME, fields | {"date": (day - step).isoformat()}),
        "next": _address(HOME, fields | {"date": (day + step).isoformat()}),
        "now_address": _address(HOME, fields | {"date": None}),
        "live_address": _address(PART, fields | {"date": day.isoformat()}),
        "views": {name: _address(HOME, fields | {"view": name}) for name in ("day", "week")},
        **(_week(rows[:MAX_ROWS], days) if week else _day(rows[:MAX_ROWS], bounds(day, zone)[0])),
    }


def _matches(row: Row, query: dict[str, Any]) -> bool:
    return (
        query.get("department") in (None, row.visit["department"])
        and (query["cancelled"] or row.visit["status"] != "cancelled")
        and (not query.get("interpreter") or "interpreter" in row.missing)
    )


def _day(rows: list[Row], midnight: datetime) -> dict[str, Any]:
    """Columns by department, each visit in its lane and at its time."""
    spans = {row.id: Span(row.visit["start"], row.visit["end"]) for row in rows}
    first, last = layout.hours(spans.values(), midnight)
    columns: dict[str, list[Row]] = {}
    for row in rows:
        columns.setdefault(row.visit["department"], []).append(row)
    placed = {}
    for code in sorted(columns):
        taken = layout.lanes([spans[row.id] for row in columns[code]])
        placed[code] = [
            Placed(row, lane, *layout.place(spans[row.id], midnight, first, last))
            for row, lane in zip(columns[code], taken, strict=True)
        ]
    return {"columns": placed, "hours": range(first, last)}


def _week(rows: list[Row], days: list[date]) -> dict[str, Any]:
    """Rows by department, a cell for each day."""
    zone = dependencies().settings.time_zone
    table: dict[str, dict[date, list[Row]]] = {}
    for row in rows:
        cells = table.setdefault(row.visit["department"], {day: [] for day in days})
        cells[row.visit["start"].astimezone(zone).date()].append(row)
    return {"table": dict(sorted(table.items()))}


def _address(path: str, fields: dict[str, Any]) -> str:
    named = {name: "on" if value is True else value for name, value in fields.items() if value}
    if named.get("view") == "day":
        del named["view"]
    return f"{path}?{urlencode(named)}" if named else path
