"""The coordinator's day: who is without an interpreter and why, who was asked, everybody's hours and ways; free times for other pages."""

from datetime import UTC, date, timedelta
from typing import Any

from flask import Response

from services.interpreting import actions
from services.interpreting.current import dependencies
from services.interpreting.pages import naming
from services.interpreting.rules import timeline
from services.interpreting.schemas.forms import DayPageQuery, SlotPageQuery
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint
from shared.ui.inputs import at_hospital
from shared.ui.shell import page
from shared.ui.showing import fragment, show
from shared.web.access import query, rights

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/"
MOST_ROWS = 200


@blp.get("/")
@rights("coordinator", "front_desk")
@query(DayPageQuery)
def desk_page(query: Document) -> Response:
    """What is open, and a day by interpreter."""
    return show("interpreting/desk.html", **(_open() | _day(query)))


@blp.get("/fragments/open")
@rights("coordinator", "front_desk")
def open_part() -> Response:
    """Bookings that nobody holds, live."""
    return fragment("interpreting/parts/open.html", **_open())


@blp.get("/fragments/day")
@rights("coordinator", "front_desk")
@query(DayPageQuery)
def day_part(query: Document) -> Response:
    """A day by interpreter, live."""
    return fragment("interpreting/parts/day.html", **_day(query))


@blp.get("/fragments/free-slots")
@rights("coordinator", "front_desk")
@query(SlotPageQuery)
def slots_part(query: Document) -> Response:
    """The next times at which an interpreter is free, for whoever books a visit."""
    if query["day"]:
        query["since"] = max(query["since"], at_hospital(query["day"], "00:00").astimezone(UTC))
    found = actions.free_slots(dependencies(), actions.slot_wish(query), query["limit"])
    return fragment("interpreting/parts/free_slots.html", slots=found, **naming.tools())


def _open() -> Document:
    waiting = actions.open_bookings(dependencies(), page().request_context.now)
    return {
        "unfilled": [one for one in waiting if one.booking["status"] != "offered"],
        "offered": [one for one in waiting if one.booking["status"] == "offered"],
        "departments": naming.departments(),
        "commands": naming.commands(),
        **naming.tools(),
    }


def _day(query: Document) -> Document:
    named = query["date"] or naming.today()
    day, zone = date.fromisoformat(named), dependencies().settings.time_zone
    rows = actions.day_plan(dependencies(), day, None, None, Window(None, MOST_ROWS))
    rows.sort(key=lambda row: str(row["name"]).casefold())
    return {
        "day": day,
        "days": (day - timedelta(days=1), day + timedelta(days=1)),
        "is_today": named == naming.today(),
        "line": timeline.drawn(rows, day, zone),
        "departments": naming.departments(),
        **naming.tools(),
    }
