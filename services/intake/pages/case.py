"""The page of a case: next step, person, visits, messages, documents, history. It is live, with panels for the forms.

Not here: the commands (case_commands.py, visits.py, exchange.py, edit.py).
"""

from typing import Any

from flask import Response

from services.intake.actions import triage
from services.intake.actions.access import case_to_read
from services.intake.actions.history import changes_since
from services.intake.current import dependencies
from services.intake.pages import case_view, choices, timeline
from services.intake.rules import clinic_hours
from services.intake.schemas.forms.cases import CaseQuery
from shared.ui.blueprint import pages_blueprint
from shared.ui.refusals import Clash
from shared.ui.showing import fragment, show
from shared.web.access import query, rights
from shared.web.state import caller

blp = pages_blueprint("intake", __file__)
HOME = "/intake/cases/"


@blp.get("/cases/<case_id>")
@rights("front_desk", "coordinator")
@query(CaseQuery)
def case_page(case_id: str, query: dict[str, Any]) -> Response:
    """Show a case; to a coordinator without clinical text, messages and documents."""
    content = case_view.case_context(case_id, query["everything"])
    if not content["desk"]:
        return show("intake/case.html", **content, known=0, live_address=_live(case_id, query, 0))
    stored = case_to_read(dependencies(), case_id)
    doubles = case_view.duplicates(stored)
    department = timeline.department_name(stored["request"]["department"], content["departments"])
    return show(
        "intake/case.html",
        **content,
        known=len(doubles),
        doubles=doubles,
        live_address=_live(case_id, query, len(doubles)),
        codes=choices.codes(),
        replies=triage.replies_for(dependencies(), stored, department, caller().name),
        language=case_view.interpreter_language(stored),
        busy=case_view.busy_periods(stored),
        clinic_hours=clinic_hours,
    )


@blp.get("/fragments/cases/<case_id>")
@rights("front_desk", "coordinator")
@query(CaseQuery)
def case_part(case_id: str, query: dict[str, Any]) -> Response:
    """Show the live part. `known` is the number of possible duplicates, determined when the page is opened."""
    return fragment(
        "intake/parts/case.html", **case_view.case_context(case_id, query["everything"]), known=query["known"]
    )


def case_page_again(case_id: str) -> Response:
    """Shows the page again after a rejected command."""
    answer: Response = case_page(case_id, {"everything": False})
    return answer


def case_changes(case_id: str, since: int) -> Clash:
    """Returns the changes of the case since it was shown."""
    case, happened = changes_since(dependencies(), case_id, since)
    return Clash(timeline.changes(happened, case_view.departments()), case["version"], f"{HOME}{case_id}")


def _live(case_id: str, query: dict[str, Any], known: int) -> str:
    parameters = [*(["everything=on"] if query["everything"] else []), *([f"known={known}"] if known else [])]
    return f"/intake/fragments/cases/{case_id}" + (f"?{'&'.join(parameters)}" if parameters else "")
