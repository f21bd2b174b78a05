"""The coordinator's day: bookings without an interpreter and why, offers, the day of each interpreter; free times for other pages."""

from datetime import UTC, date, timedelta
from typing import Any

from flask import Response

from services.interpreting.actions.availability import find_free_slots, list_days
from services.interpreting.actions.open_bookings import list_open_bookings
from services.interpreting.current import dependencies
from services.interpreting.pages import labels
from services.interpreting.rules import timeline
from services.interpreting.schemas.forms import DayPageQuery, SlotPageFields, SlotPageQuery
from services.interpreting.schemas.requests import slot_search
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint
from shared.ui.inputs import at_hospital
from shared.ui.shell import page
from shared.ui.showing import fragment, show
from shared.web.access import query, rights

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/"
MAX_ROWS = 200


@blp.get("/")
@rights("coordinator", "front_desk")
@query(DayPageQuery)
def desk_page(query: Document) -> Response:
    """Shows open bookings, and a day by interpreter."""
    return show("interpreting/desk.html", **(_open() | _day(query)))


@blp.get("/fragments/open")
@rights("coordinator", "front_desk")
def open_part() -> Response:
    """Shows bookings without an interpreter, live."""
    return fragment("interpreting/parts/open.html", **_open())


@blp.get("/fragments/day")
@rights("coordinator", "front_desk")
@query(DayPageQuery)
def day_part(query: Document) -> Response:
    """Shows a day by interpreter, live."""
    return fragment("interpreting/parts/day.html", **_day(query))


@blp.get("/fragments/free-slots")
@rights("coordinator", "front_desk")
@query(SlotPageQuery)
def slots_part(query: SlotPageFields) -> Response:
    """Shows the next times at which an interpreter is free, on the page where a visit is booked."""
    if query["day"]:
        query["since"] = max(query["since"], at_hospital(query["day"], "00:00").astimezone(UTC))
    found = find_free_slots(dependencies(), slot_search(query), query["limit"])
    return fragment("interpreting/parts/free_slots.html", slots=found, **labels.time_functions())


def _open() -> Document:
    found = list_open_bookings(dependencies(), page().request_context.now)
    return {
        "unfilled": [one for one in found if one.booking["status"] != "offered"],
        "offered": [one for one in found if one.booking["status"] == "offered"],
        "departments": labels.departments(),
        "can_command": labels.can_command(),
        **labels.time_functions(),
    }


def _day(query: Document) -> Document:
    date_shown = query["date"] or labels.today()
    day, zone = date.fromisoformat(date_shown), dependencies().settings.time_zone
    rows = list_days(dependencies(), day, None, None, Window(None, MAX_ROWS))
    rows.sort(key=lambda row: row["name"].casefold())
    return {
        "day": day,
        "days": (day - timedelta(days=1), day + timedelta(days=1)),
        "is_today": date_shown == labels.today(),
        "timeline": timeline.timeline(rows, day, zone),
        "departments": labels.departments(),
        **labels.time_functions(),
    }
