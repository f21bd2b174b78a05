"""Papers for patients: the slip with the reference, and the sheet of a visit; Japanese beside the patient's language, one A4 each."""

from typing import Any

from flask import Response

from services.intake.actions import names, views
from services.intake.actions.access import case_to_read, case_with_visit
from services.intake.current import dependencies
from services.intake.pages import case_view
from services.intake.rules import sheets
from services.intake.rules.overlaps import AWAITED
from services.intake.rules.records import Case
from services.intake.schemas.forms.cases import SheetQuery
from shared.ui.blueprint import pages_blueprint
from shared.ui.showing import show
from shared.web.access import query, rights
from shared.web.state import context

blp = pages_blueprint("intake", __file__)


@blp.get("/cases/<case_id>/slip")
@rights("front_desk")
@query(SheetQuery)
def slip(case_id: str, query: dict[str, Any]) -> Response:
    """The slip of a case, with its next visit where there is one."""
    case = case_to_read(dependencies(), case_id)
    return show("intake/slip.html", **_sheet(case, _next(case), query))


@blp.get("/visits/<visit_id>/sheet")
@rights("front_desk")
@query(SheetQuery)
def visit_sheet(visit_id: str, query: dict[str, Any]) -> Response:
    """The sheet of a visit: when, where, what to bring, who interprets, how to reach us."""
    case = case_with_visit(dependencies(), visit_id, context())
    return show("intake/sheet.html", **_sheet(case, visit_id, query))


def _next(case: Case) -> str | None:
    """Who is here first, else the next one to come."""
    waiting = [visit for visit in case["visits"] if visit["status"] in AWAITED]
    first = min(waiting, key=lambda visit: (visit["status"] != "arrived", visit["start"]), default=None)
    return str(first["id"]) if first else None


def _sheet(case: Case, visit_id: str | None, query: dict[str, Any]) -> dict[str, Any]:
    view = views.view(dependencies(), case, views.DESK)
    visits = case_view.visits_of(case, view, desk=False)
    code = query["language"] or sheets.language_for(case["languages"])
    columns = sheets.beside(code)
    return {
        "case": view,
        "visit": next((visit for visit in visits if visit.id == visit_id), None),
        "columns": columns,
        "chosen": columns[1],
        "others": [sheets.text(each) for each in sheets.LANGUAGES],
        "spoken": case_view.interpreter_language(case) or case["languages"][0]["tag"],
        "departments": [names.departments(dependencies(), column.tag) for column in columns],
        "extensions": names.extensions(dependencies()),
        "zone": dependencies().settings.time_zone,
        "phone": dependencies().settings.hospital_phone,
        "home": f"/intake/cases/{case['_id']}",
    }
