"""The page of a patient: the person, the cases, possible duplicates; merges and unmerges records."""

from typing import Any

from flask import Response

from services.intake.actions import names, patients, record_search
from services.intake.current import dependencies
from services.intake.pages import case_view, facts
from services.intake.rules.records import MergeBody, Patient
from services.intake.schemas.forms.patients import MergeForm, UnmergeForm
from shared.clock import parse_rfc3339
from shared.command_context import Answer
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import rights

blp = pages_blueprint("intake", __file__)
HOME = "/intake/patients/"
Typed = dict[str, Any]


@blp.get("/patients/<patient_id>")
@rights("front_desk")
def patient_page(patient_id: str) -> Response:
    """Show a patient with the newest cases and possible duplicates."""
    view = patients.read_patient(dependencies(), patient_id)
    doubles = [] if view["merged_into"] else record_search.duplicates_of_patient(dependencies(), patient_id)
    people = names.usernames(dependencies(), (each["by"] for each in view["merges"]))
    return show(
        "intake/patient.html",
        patient=view,
        facts=facts,
        cases=dependencies().store.cases_by_visit.of_patient(patient_id),
        doubles=[hint for hint in doubles if hint["kind"] == "patient" and not hint["merged_into"]],
        came=[patients.read_patient(dependencies(), each) for each in view["merged_from"]],
        story=[
            {
                "when": parse_rfc3339(each["time"]),
                "text": t(f"patient.did.{each['what']}", reason=each["reason"]),
                "by": people.get(each["by"]),
                "undo": None,
            }
            for each in reversed(view["merges"])
        ],
        departments=case_view.departments(),
        since=parse_rfc3339(view["registered_at"]),
        reader=page().reader.language,
    )


@blp.post("/patients/<patient_id>/merge")
@rights("front_desk")
@takes_form(MergeForm, page=patient_page)
def merge(patient_id: str, form: Typed) -> Response:
    """Merge another record into this one, with its cases."""
    body: MergeBody = {"from": form["other"], "reason": form["reason"]}
    back = Undo(f"{HOME}{form['other']}/unmerge", {"reason": t("patient.undone_at_once")})

    def then(patient: Patient) -> Answer:
        return go(f"{HOME}{patient_id}", flash("patient.merged", undo=back))

    return submit(lambda context: patients.merge(dependencies(), patient_id, body, context), then)


@blp.post("/patients/<patient_id>/unmerge")
@rights("front_desk")
@takes_form(UnmergeForm, page=patient_page)
def unmerge(patient_id: str, form: Typed) -> Response:
    """Undo a merge: the record is separate again, with its cases."""
    return submit(
        lambda context: patients.unmerge(dependencies(), patient_id, form["reason"], context),
        lambda patient: go(f"{HOME}{patient_id}", flash("patient.parted")),
    )
