"""Places: the days of departments against their limits and the periods with their slots, as charts and tables; limits are set here."""

from datetime import date
from typing import Any

from flask import Response

from services.training.actions import directory, places, reports
from services.training.actions.application_records import today_of
from services.training.current import dependencies
from services.training.pages import formats, labels, navigation
from services.training.rules import charts as geometry
from services.training.rules.records.places import DepartmentLimit
from services.training.schemas.forms.places import LimitForm, MonthQuery
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Flash, Undo, flash
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import query, rights

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/places"
DAY_WIDTH, CHART_HEIGHT = 8, 56
"""Width of a day and height of a department in a chart, in its own units."""


@blp.get("/places")
@rights("training", "chief", "department", "reviewer")
@query(MonthQuery)
def places_page(query: Document) -> Response:
    """Shows three months of places."""
    today = today_of(dependencies(), page().request_context.now)
    month = date.fromisoformat(f"{query['month']}-01") if query["month"] else today.replace(day=1)
    found = reports.places_report(dependencies(), month, labels.own_departments())
    return show(
        "training/places.html",
        places=found,
        today=today,
        charts={one.code: _chart(one) for one in found.departments},
        chart_width=DAY_WIDTH * ((found.last - found.first).days + 1),
        chart_height=CHART_HEIGHT,
        month_ends=[
            ((first - found.first).days * DAY_WIDTH, first, (geometry.month_after(first, 1) - first).days)
            for first in found.months
        ],
        today_at=(today - found.first).days * DAY_WIDTH if found.first <= today <= found.last else None,
        load=geometry.load,
        before=_month_address(geometry.month_after(month, -reports.MONTHS)),
        after=_month_address(geometry.month_after(month, reports.MONTHS)),
        **navigation.template_context(),
    )


def _month_address(month: date) -> str:
    return f"{HOME}?month={month.isoformat()[:7]}"


def _chart(department: reports.DepartmentPlaces) -> Document:
    """Returns the bars as (x, y, height, load), and the height of the limit's line."""
    top = max(department.most, department.limit or 0, 1)
    unit = (CHART_HEIGHT - 6) / top
    bars = [
        (
            place * DAY_WIDTH,
            round(CHART_HEIGHT - people * unit, 1),
            round(people * unit, 1),
            geometry.load(people, department.limit),
        )
        for place, people in enumerate(department.days)
        if people
    ]
    line = round(CHART_HEIGHT - department.limit * unit, 1) if department.limit else None
    return {"bars": bars, "line": line}


def limit_conflict(department: str, since: int) -> Clash:
    """Returns the conflict with a limit set since."""
    version, by, at = places.department_limit_record(dependencies(), department)
    names = directory.people(dependencies(), [by])
    return Clash([Change(at, labels.actor_name(by, names), t("places.changed"))], version, f"{HOME}#d-{department}")


@blp.post("/places/<department>/limit")
@rights("training")
@takes_form(LimitForm, page=places_page, clash=limit_conflict)
def set_limit(department: str, form: Document) -> Response:
    """Sets the number of people that a department takes on a day; people with a place keep it."""
    was = places.department_limit(dependencies(), department)
    return submit(
        lambda context: places.set_department_limit(dependencies(), department, form["per_day"], context),
        lambda limit: go(f"{HOME}#d-{department}", _saved_message(limit, was)),
    )


def _saved_message(limit: DepartmentLimit, was: int | None) -> Flash:
    department = limit["_id"]
    before = {"per_day": str(was)} if was else {}
    undo = Undo(f"{HOME}/{department}/limit", before, limit["version"])
    named = formats.department_names().get(department) or str(department)
    if limit["per_day"]:
        return flash("places.limit_set", department=named, n=limit["per_day"], undo=undo)
    return flash("places.limit_removed", department=named, undo=undo)
