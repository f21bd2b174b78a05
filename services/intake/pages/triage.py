"""Triage: cases that wait for an answer, what is due first at the top; and one referral with what is needed to answer it.

Not here: the case's whole page, where visits are booked.
"""

from typing import Any

from flask import Response

from services.intake.actions import names, triage
from services.intake.current import dependencies
from services.intake.pages import case_view, choices, facts
from services.intake.pages.timeline import department_name
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page
from shared.ui.showing import fragment, show
from shared.web.access import rights
from shared.web.state import caller

blp = pages_blueprint("intake", __file__)
HOME = "/intake/triage"


@blp.get("/triage")
@rights("front_desk")
def triage_page() -> Response:
    """Show the waiting cases in four groups."""
    return show("intake/triage.html", **_groups())


@blp.get("/fragments/triage")
@rights("front_desk")
def triage_part() -> Response:
    """The same, live."""
    return fragment("intake/parts/triage.html", **_groups())


@blp.get("/triage/<case_id>")
@rights("front_desk")
def answer_page(case_id: str) -> Response:
    """Show a referral and the possible answers."""
    referral, view, hints = triage.answer_view(dependencies(), case_id, page().request_context.now)
    places = _departments()
    department = department_name(referral.case["request"]["department"], places)
    return show(
        "intake/answer.html",
        referral=referral,
        view=view,
        hints=hints,
        facts=facts,
        live=f"/intake/fragments/triage/{case_id}",
        departments=places,
        replies=triage.replies_for(dependencies(), referral.case, department, caller().name),
        codes=choices.codes(),
        letters=case_view.messages(view),
    )


@blp.get("/fragments/triage/<case_id>")
@rights("front_desk")
def answer_part(case_id: str) -> Response:
    """Show the live part of a referral."""
    referral = triage.referral(dependencies(), case_id, page().request_context.now)
    return fragment("intake/parts/answer.html", referral=referral)


def _groups() -> dict[str, Any]:
    return {"groups": triage.groups(dependencies(), page().request_context.now), "departments": _departments()}


def _departments() -> names.Departments:
    return names.departments(dependencies(), page().reader.language)
