"""Places: departments' days against their limits and periods with their slots, drawn and as figures; a department's limit is set here."""

from datetime import date
from typing import Any

from flask import Response

from services.training.actions import directory, places, reports
from services.training.actions.application_records import today_of
from services.training.current import dependencies
from services.training.pages import desk_names, house_words, telling
from services.training.rules import charts as geometry
from services.training.rules.records.places import DepartmentLimit
from services.training.schemas.forms.places import LimitForm, MonthQuery
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Said, Undo, said
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import query, rights

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/places"
BAR, HIGH = 8, 56
"""Width of a day and height of a department in a drawing, in its own units."""


@blp.get("/places")
@rights("training", "chief", "department", "reviewer")
@query(MonthQuery)
def places_page(query: Document) -> Response:
    """Three months of places."""
    today = today_of(dependencies(), page().request_context.now)
    month = date.fromisoformat(f"{query['month']}-01") if query["month"] else today.replace(day=1)
    found = reports.places_report(dependencies(), month, desk_names.own_departments())
    return show(
        "training/places.html",
        places=found,
        today=today,
        drawn={one.code: _drawn(one) for one in found.departments},
        width=BAR * ((found.last - found.first).days + 1),
        high=HIGH,
        month_ends=[
            ((first - found.first).days * BAR, first, (geometry.month_after(first, 1) - first).days)
            for first in found.months
        ],
        today_at=(today - found.first).days * BAR if found.first <= today <= found.last else None,
        load=geometry.load,
        before=_address(geometry.month_after(month, -reports.MONTHS)),
        after=_address(geometry.month_after(month, reports.MONTHS)),
        **house_words.tools(),
    )


def _address(month: date) -> str:
    return f"{HOME}?month={month.isoformat()[:7]}"


def _drawn(department: reports.DepartmentPlaces) -> Document:
    """Bars as (x, y, height, load), and where the limit's line runs."""
    top = max(department.most, department.limit or 0, 1)
    unit = (HIGH - 6) / top
    bars = [
        (place * BAR, round(HIGH - people * unit, 1), round(people * unit, 1), geometry.load(people, department.limit))
        for place, people in enumerate(department.days)
        if people
    ]
    line = round(HIGH - department.limit * unit, 1) if department.limit else None
    return {"bars": bars, "line": line}


def limit_changes(department: str, since: int) -> Clash:
    """That somebody set it since."""
    version, by, at = places.department_limit_record(dependencies(), department)
    names = directory.people(dependencies(), [by])
    return Clash([Change(at, desk_names.who(by, names), t("places.changed"))], version, f"{HOME}#d-{department}")


@blp.post("/places/<department>/limit")
@rights("training")
@takes_form(LimitForm, page=places_page, clash=limit_changes)
def set_limit(department: str, form: Document) -> Response:
    """How many people a department takes on a day; who is there stays."""
    was = places.department_limit(dependencies(), department)
    return submit(
        lambda context: places.set_department_limit(dependencies(), department, form["per_day"], context),
        lambda limit: go(f"{HOME}#d-{department}", _said(limit, was)),
    )


def _said(limit: DepartmentLimit, was: int | None) -> Said:
    department = limit["_id"]
    before = {"per_day": str(was)} if was else {}
    undo = Undo(f"{HOME}/{department}/limit", before, limit["version"])
    named = telling.departments().get(department) or str(department)
    if limit["per_day"]:
        return said("places.limit_set", department=named, n=limit["per_day"], undo=undo)
    return said("places.limit_gone", department=named, undo=undo)
