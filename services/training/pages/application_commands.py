"""The commands on the page of an application: the transitions of its state, documents, agreement, attendance, evaluation."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.training.actions import (
    access,
    agreements,
    applications,
    certificates,
    decisions,
    documents,
    links,
    placements,
    reviews,
)
from services.training.current import dependencies
from services.training.pages import board, labels
from services.training.pages.application import HOME, show_application
from services.training.pages.submission import submit
from services.training.rules import states
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import ScreeningChanges
from services.training.schemas.forms.applicants import DetailsForm
from services.training.schemas.forms.applications import (
    AcceptForm,
    AgreementForm,
    AttachForm,
    AttendanceForm,
    CertificateForm,
    DocumentDatesForm,
    HandsOnForm,
    ScreeningForm,
    TraineeEvaluationForm,
    to_conditions,
    to_hands_on,
)
from services.training.schemas.requests import (
    DocumentRejectionSchema,
    RejectSchema,
    ReturnSchema,
    TerminationSchema,
    WaiverSchema,
    WithdrawalSchema,
)
from shared.command_context import CommandContext
from shared.errors import InvalidInput, NotFound
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.flash import flash
from shared.ui.showing import go
from shared.web.access import rights
from shared.web.state import caller

Form = dict[str, Any]
Command = Callable[[CommandContext], Application]
blp = pages_blueprint("training", __file__)


def _run(application_id: str, word: str, run: Command, at: str = "") -> Response:
    """Runs a command and leads back to the application."""
    return submit(
        run,
        lambda saved: go(
            f"{HOME}{application_id}{at}", flash("application.done." + word, reference=saved["reference"])
        ),
    )


@blp.post("/applications/<application_id>/do/<command>")
@rights("training", "chief", "department")
@takes_form(page=show_application, clash=labels.application_conflict, event=states.event_of)
def run_command(application_id: str, command: str) -> Response:
    """Runs a command without fields, as on the board."""
    if command not in board.COMMANDS and command != "no-show":
        raise NotFound()
    access.check_command(command, caller().roles)
    if command == "no-show":
        return _run(
            application_id,
            "no-show",
            lambda context: placements.record_no_show(dependencies(), application_id, context),
        )
    return _run(application_id, command, lambda context: board.execute(command, application_id, context))


@blp.post("/applications/<application_id>/return")
@rights("training")
@takes_form(ReturnSchema, page=show_application, clash=labels.application_conflict, event=states.event_of("return"))
def return_application(application_id: str, form: Form) -> Response:
    """Returns the application to the applicant, with a message and the documents to fix."""
    return _run(
        application_id,
        "return",
        lambda context: reviews.return_application(
            dependencies(), application_id, form["message"], form["papers"], context
        ),
    )


@blp.post("/applications/<application_id>/accept")
@rights("training", "chief")
@takes_form(AcceptForm, page=show_application, clash=labels.application_conflict, event=states.event_of("accept"))
def accept(application_id: str, form: Form) -> Response:
    """Gives a place, or one on the waiting list; the applicant is told when the decision is announced."""
    conditions = to_conditions(form)
    return submit(
        lambda context: decisions.accept(dependencies(), application_id, conditions, context),
        lambda saved: go(
            f"{HOME}{application_id}", flash("decide.done." + saved["status"], reference=saved["reference"])
        ),
    )


@blp.post("/applications/<application_id>/reject")
@rights("training", "chief")
@takes_form(RejectSchema, page=show_application, clash=labels.application_conflict, event=states.event_of("reject"))
def reject(application_id: str, form: Form) -> Response:
    """Rejects the application, with a reason and a message."""
    return _run(
        application_id,
        "reject",
        lambda context: decisions.reject(dependencies(), application_id, form["reason"], form["message"], context),
    )


@blp.post("/applications/<application_id>/withdraw")
@rights("training")
@takes_form(
    WithdrawalSchema, page=show_application, clash=labels.application_conflict, event=states.event_of("withdraw")
)
def withdraw(application_id: str, form: Form) -> Response:
    """Withdraws the application on behalf of the applicant."""
    return _run(
        application_id,
        "withdraw",
        lambda context: applications.withdraw(dependencies(), application_id, form["reason"], context),
    )


@blp.post("/applications/<application_id>/terminate")
@rights("training")
@takes_form(
    TerminationSchema, page=show_application, clash=labels.application_conflict, event=states.event_of("terminate")
)
def terminate(application_id: str, form: Form) -> Response:
    """Ends the training before its last day."""
    return _run(
        application_id,
        "terminate",
        lambda context: placements.terminate_placement(dependencies(), application_id, form["reason"], context),
    )


@blp.post("/applications/<application_id>/conditions/<part_id>/meet")
@rights("training")
@takes_form(page=show_application, clash=labels.application_conflict)
def meet_condition(application_id: str, part_id: str) -> Response:
    """Marks a condition as met."""
    run: Command = lambda context: decisions.meet_condition(dependencies(), application_id, part_id, context)  # noqa: E731
    return _run(application_id, "met", run, "#decision")


@blp.post("/applications/<application_id>/send-link")
@rights("training")
@takes_form(page=show_application, clash=labels.application_conflict, event="application.link_asked")
def send_link(application_id: str) -> Response:
    """Sends the applicant a new link; earlier links end."""
    return _run(
        application_id, "send-link", lambda context: links.send_link(dependencies(), application_id, context), "#links"
    )


@blp.post("/applications/<application_id>/end-links")
@rights("training")
@takes_form(page=show_application, clash=labels.application_conflict, event="application.links_ended")
def end_links(application_id: str) -> Response:
    """Ends all links; the applicant has no access until a new one is sent."""
    return _run(
        application_id, "end-links", lambda context: links.end_links(dependencies(), application_id, context), "#links"
    )


@blp.post("/applications/<application_id>/papers")
@rights("training")
@takes_form(
    AttachForm, page=show_application, clash=labels.application_conflict, files=("file",), accept=documents.MEDIA_TYPES
)
def attach(application_id: str, form: Form) -> Response:
    """Adds a document that came another way; it still has to be checked."""
    if len(form["file"]) != 1:
        raise InvalidInput([("#/file", "expected one file")])
    document, requirement = form["file"][0], form["requirement"]

    def run(context: CommandContext) -> Application:
        return documents.add_document(dependencies(), application_id, requirement, document, {}, context, "hospital")

    return _run(application_id, "attached", run, "#papers")


@blp.post("/applications/<application_id>/papers/<part_id>/accept")
@rights("training")
@takes_form(DocumentDatesForm, page=show_application, clash=labels.application_conflict)
def accept_document(application_id: str, part_id: str, form: Form) -> Response:
    """Accepts a document, with the dates read from it."""
    run: Command = lambda context: documents.accept_document(dependencies(), application_id, part_id, form, context)  # noqa: E731
    return _run(application_id, "document_accepted", run, "#papers")


@blp.post("/applications/<application_id>/papers/<part_id>/refuse")
@rights("training")
@takes_form(DocumentRejectionSchema, page=show_application, clash=labels.application_conflict)
def reject_document(application_id: str, part_id: str, form: Form) -> Response:
    """Rejects a document; the applicant reads the reason."""
    deps, reason = dependencies(), form["reason"]
    run: Command = lambda context: documents.reject_document(deps, application_id, part_id, reason, context)  # noqa: E731
    return _run(application_id, "document_rejected", run, "#papers")


@blp.post("/applications/<application_id>/agreement")
@rights("training")
@takes_form(AgreementForm, page=show_application, clash=labels.application_conflict)
def set_agreement(application_id: str, form: Form) -> Response:
    """Sets the agreement of the application."""

    def run(context: CommandContext) -> Application:
        return agreements.set_agreement(dependencies(), application_id, form["agreement_id"], context)

    return _run(application_id, "agreement", run, "#agreement")


@blp.post("/applications/<application_id>/need-no-agreement")
@rights("chief")
@takes_form(WaiverSchema, page=show_application, clash=labels.application_conflict)
def waive_agreement(application_id: str, form: Form) -> Response:
    """Records the chief's decision that no agreement is needed."""
    run: Command = lambda context: agreements.waive_agreement(dependencies(), application_id, form["because"], context)  # noqa: E731
    return _run(application_id, "waived", run, "#agreement")


@blp.post("/applications/<application_id>/hands-on")
@rights("training")
@takes_form(HandsOnForm, page=show_application, clash=labels.application_conflict)
def set_hands_on(application_id: str, form: Form) -> Response:
    """Saves permission, supervisor and language skills."""
    facts = to_hands_on(form)
    run: Command = lambda context: placements.set_hands_on(dependencies(), application_id, facts, context)  # noqa: E731
    return _run(application_id, "hands_on", run, "#hands-on")


@blp.post("/applications/<application_id>/later")
@rights("training")
@takes_form(DetailsForm, page=show_application, clash=labels.application_conflict)
def save_details(application_id: str, form: Form) -> Response:
    """Saves details that the applicant gave later or that were wrong."""
    run: Command = lambda context: applications.save_fields(dependencies(), application_id, form, context)  # noqa: E731
    return _run(application_id, "details", run, "#person")


@blp.post("/applications/<application_id>/screening")
@rights("training")
@takes_form(ScreeningForm, page=show_application, clash=labels.application_conflict)
def record_screening(application_id: str, form: ScreeningChanges) -> Response:
    """Saves an exemption from the screening before entry with its proof, and the day of the application for COE or visa."""
    run: Command = lambda context: documents.record_screening(dependencies(), application_id, form, context)  # noqa: E731
    return _run(application_id, "screening", run, "#screening")


@blp.post("/applications/<application_id>/attendance")
@rights("training", "department")
@takes_form(AttendanceForm, page=show_application, clash=labels.application_conflict)
def record_attendance(application_id: str, form: Form) -> Response:
    """Records attendance on one day."""
    day, who = (form["day"], form["attended"], form["hours"]), caller()
    run: Command = lambda context: placements.record_attendance(dependencies(), application_id, *day, who, context)  # noqa: E731
    return _run(application_id, "attendance", run, "#attendance")


@blp.post("/applications/<application_id>/evaluate")
@rights("training", "department")
@takes_form(TraineeEvaluationForm, page=show_application, clash=labels.application_conflict)
def evaluate(application_id: str, form: Form) -> Response:
    """Saves the department's evaluation of the trainee."""
    scores = {question: score for question, score in form["scores"].items() if score}
    if not scores and not form["text"]:
        raise InvalidInput([("#/text", "expected a score or words")])

    who = caller()

    def run(context: CommandContext) -> Application:
        return placements.record_evaluation(
            dependencies(), application_id, "trainee", scores, form["text"], who, context
        )

    return _run(application_id, "evaluated", run, "#evaluation")


@blp.post("/applications/<application_id>/certificate")
@rights("training")
@takes_form(CertificateForm, page=show_application, clash=labels.application_conflict)
def remake_certificate(application_id: str, form: Form) -> Response:
    """Makes the certificate again, with the name in Latin letters where no font has the other script."""
    return _run(
        application_id,
        "certificate",
        lambda context: certificates.request_certificate(dependencies(), application_id, form["in_latin"], context),
        "#certificate",
    )
