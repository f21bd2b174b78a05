"""The form to edit a case: person, languages, needs, request, payer. Only changed fields are saved and published.

The form carries the version it shows: a second editor sees who changed what and when, and decides.
"""

from typing import Any

from flask import Response

from services.intake.actions import cases, views
from services.intake.actions.access import case_to_read
from services.intake.current import dependencies
from services.intake.pages import case_view, choices
from services.intake.pages.case import HOME, case_changes
from services.intake.rules import edits
from services.intake.rules.records import Case
from services.intake.schemas.forms.cases import EditForm
from shared.command_context import Answer, CommandContext
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.refusals import Clash
from shared.ui.shell import t
from shared.ui.showing import go, show
from shared.web.access import rights

blp = pages_blueprint("intake", __file__)
ROWS = 3


@blp.get("/cases/<case_id>/edit")
@rights("front_desk")
def edit_page(case_id: str) -> Response:
    """Show the form, filled with the case."""
    view = views.view(dependencies(), case_to_read(dependencies(), case_id), views.DESK)
    return show(
        "intake/edit.html",
        case=view,
        values=edits.form_values(view),
        rows=max(ROWS, len(view["languages"]) + 1),
        places=_places(view["request"]["department"]),
        codes=choices.codes(),
        spoken=choices.languages(each["tag"] for each in view["languages"]),
    )


def _places(code: str) -> list[tuple[str, str]]:
    """Departments to ask for: undecided, those that are listed, and the one named whatever it is."""
    known = case_view.departments()
    named = [("undecided", t("code.department.undecided")), *known.choices]
    return named if code in dict(named) else [*named, (code, known.name(code))]


def edit_changes(case_id: str, since: int) -> Clash:
    """Who did what since the form was opened; theirs is seen in the form again."""
    clash = case_changes(case_id, since)
    return Clash(clash.changes, clash.version, f"{HOME}{case_id}/edit")


@blp.post("/cases/<case_id>/edit")
@rights("front_desk")
@takes_form(EditForm, page=edit_page, clash=edit_changes)
def edit(case_id: str, form: dict[str, Any]) -> Response | Answer:
    """Save the changed fields."""

    def run(context: CommandContext) -> Case:
        view = views.view(dependencies(), case_to_read(dependencies(), case_id), views.DESK)
        return cases.edit(dependencies(), case_id, edits.changes(view, form), context)

    try:
        return submit(run, lambda case: go(f"{HOME}{case_id}", flash("case.done.edit", reference=case["reference"])))
    except edits.NothingChanged:
        return go(f"{HOME}{case_id}", flash("case.nothing_changed", tone="note"))
