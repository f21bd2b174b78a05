"""What is commanded from the page of an application: every move of the state table, papers, agreement, attendance, evaluation."""

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
from services.training.pages import board, desk_names
from services.training.pages.application import HOME, application_again
from services.training.pages.sending import submit
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
from shared.ui.flash import said
from shared.ui.showing import go
from shared.web.access import rights
from shared.web.state import caller

Form = dict[str, Any]
Run = Callable[[CommandContext], Application]
blp = pages_blueprint("training", __file__)


def _done(application_id: str, word: str, run: Run, at: str = "") -> Response:
    """Runs a command and goes back to the application."""
    return submit(
        run,
        lambda saved: go(f"{HOME}{application_id}{at}", said("application.done." + word, reference=saved["reference"])),
    )


@blp.post("/applications/<application_id>/do/<command>")
@rights("training", "chief", "department")
@takes_form(page=application_again, clash=desk_names.clash, event=states.event_of)
def at_once(application_id: str, command: str) -> Response:
    """A command for which nothing is typed, as the board has it."""
    if command not in board.AT_ONCE and command != "no-show":
        raise NotFound()
    access.check_command(command, caller().roles)
    if command == "no-show":
        return _done(
            application_id,
            "no-show",
            lambda context: placements.record_no_show(dependencies(), application_id, context),
        )
    return _done(application_id, command, lambda context: board.run(command, application_id, context))


@blp.post("/applications/<application_id>/return")
@rights("training")
@takes_form(ReturnSchema, page=application_again, clash=desk_names.clash, event=states.event_of("return"))
def send_back(application_id: str, form: Form) -> Response:
    """Back to the applicant, with words and the papers meant."""
    return _done(
        application_id,
        "return",
        lambda context: reviews.return_application(
            dependencies(), application_id, form["message"], form["papers"], context
        ),
    )


@blp.post("/applications/<application_id>/accept")
@rights("training", "chief")
@takes_form(AcceptForm, page=application_again, clash=desk_names.clash, event=states.event_of("accept"))
def accept(application_id: str, form: Form) -> Response:
    """A place, or one on the waiting list; told by announcing."""
    conditions = to_conditions(form)
    return submit(
        lambda context: decisions.accept(dependencies(), application_id, conditions, context),
        lambda saved: go(
            f"{HOME}{application_id}", said("decide.done." + saved["status"], reference=saved["reference"])
        ),
    )


@blp.post("/applications/<application_id>/reject")
@rights("training", "chief")
@takes_form(RejectSchema, page=application_again, clash=desk_names.clash, event=states.event_of("reject"))
def reject(application_id: str, form: Form) -> Response:
    """Decided against, with a reason and words."""
    return _done(
        application_id,
        "reject",
        lambda context: decisions.reject(dependencies(), application_id, form["reason"], form["message"], context),
    )


@blp.post("/applications/<application_id>/withdraw")
@rights("training")
@takes_form(WithdrawalSchema, page=application_again, clash=desk_names.clash, event=states.event_of("withdraw"))
def withdraw(application_id: str, form: Form) -> Response:
    """Takes it back for the applicant."""
    return _done(
        application_id,
        "withdraw",
        lambda context: applications.withdraw(dependencies(), application_id, form["reason"], context),
    )


@blp.post("/applications/<application_id>/terminate")
@rights("training")
@takes_form(TerminationSchema, page=application_again, clash=desk_names.clash, event=states.event_of("terminate"))
def terminate(application_id: str, form: Form) -> Response:
    """Ends it before its time."""
    return _done(
        application_id,
        "terminate",
        lambda context: placements.terminate_placement(dependencies(), application_id, form["reason"], context),
    )


@blp.post("/applications/<application_id>/conditions/<part_id>/meet")
@rights("training")
@takes_form(page=application_again, clash=desk_names.clash)
def meet(application_id: str, part_id: str) -> Response:
    """A condition was met."""
    run: Run = lambda context: decisions.meet_condition(dependencies(), application_id, part_id, context)  # noqa: E731
    return _done(application_id, "met", run, "#decision")


@blp.post("/applications/<application_id>/send-link")
@rights("training")
@takes_form(page=application_again, clash=desk_names.clash, event="application.link_asked")
def send_link(application_id: str) -> Response:
    """A new link to the applicant; those before it end."""
    return _done(
        application_id, "send-link", lambda context: links.send_link(dependencies(), application_id, context), "#links"
    )


@blp.post("/applications/<application_id>/end-links")
@rights("training")
@takes_form(page=application_again, clash=desk_names.clash, event="application.links_ended")
def end_links(application_id: str) -> Response:
    """No link opens it any more, until a new one is sent."""
    return _done(
        application_id, "end-links", lambda context: links.end_links(dependencies(), application_id, context), "#links"
    )


@blp.post("/applications/<application_id>/papers")
@rights("training")
@takes_form(AttachForm, page=application_again, clash=desk_names.clash, files=("file",), accept=documents.MEDIA_TYPES)
def attach(application_id: str, form: Form) -> Response:
    """A paper that came another way, to be checked."""
    if len(form["file"]) != 1:
        raise InvalidInput([("#/file", "expected one file")])
    document, requirement = form["file"][0], form["requirement"]

    def run(context: CommandContext) -> Application:
        return documents.add_document(dependencies(), application_id, requirement, document, {}, context, "hospital")

    return _done(application_id, "attached", run, "#papers")


@blp.post("/applications/<application_id>/papers/<part_id>/accept")
@rights("training")
@takes_form(DocumentDatesForm, page=application_again, clash=desk_names.clash)
def accept_paper(application_id: str, part_id: str, form: Form) -> Response:
    """In order, with the dates read off it."""
    run: Run = lambda context: documents.accept_document(dependencies(), application_id, part_id, form, context)  # noqa: E731
    return _done(application_id, "paper_accepted", run, "#papers")


@blp.post("/applications/<application_id>/papers/<part_id>/refuse")
@rights("training")
@takes_form(DocumentRejectionSchema, page=application_again, clash=desk_names.clash)
def refuse_paper(application_id: str, part_id: str, form: Form) -> Response:
    """Not taken; the applicant reads why."""
    deps, reason = dependencies(), form["reason"]
    run: Run = lambda context: documents.reject_document(deps, application_id, part_id, reason, context)  # noqa: E731
    return _done(application_id, "paper_refused", run, "#papers")


@blp.post("/applications/<application_id>/agreement")
@rights("training")
@takes_form(AgreementForm, page=application_again, clash=desk_names.clash)
def agreement(application_id: str, form: Form) -> Response:
    """Under which agreement it stands."""
    run: Run = lambda context: agreements.set_agreement(dependencies(), application_id, form["agreement_id"], context)  # noqa: E731
    return _done(application_id, "agreement", run, "#agreement")


@blp.post("/applications/<application_id>/need-no-agreement")
@rights("chief")
@takes_form(WaiverSchema, page=application_again, clash=desk_names.clash)
def need_no_agreement(application_id: str, form: Form) -> Response:
    """The chief's word that none is needed."""
    run: Run = lambda context: agreements.waive_agreement(dependencies(), application_id, form["because"], context)  # noqa: E731
    return _done(application_id, "waived", run, "#agreement")


@blp.post("/applications/<application_id>/hands-on")
@rights("training")
@takes_form(HandsOnForm, page=application_again, clash=desk_names.clash)
def hands_on(application_id: str, form: Form) -> Response:
    """Permission, supervisor, languages."""
    facts = to_hands_on(form)
    run: Run = lambda context: placements.set_hands_on(dependencies(), application_id, facts, context)  # noqa: E731
    return _done(application_id, "hands_on", run, "#hands-on")


@blp.post("/applications/<application_id>/later")
@rights("training")
@takes_form(DetailsForm, page=application_again, clash=desk_names.clash)
def later(application_id: str, form: Form) -> Response:
    """What the applicant brought along later, or had wrong."""
    run: Run = lambda context: applications.save_fields(dependencies(), application_id, form, context)  # noqa: E731
    return _done(application_id, "later", run, "#person")


@blp.post("/applications/<application_id>/screening")
@rights("training")
@takes_form(ScreeningForm, page=application_again, clash=desk_names.clash)
def record_screening(application_id: str, form: ScreeningChanges) -> Response:
    """An exemption from the screening before entry, with its proof; when the entry was applied for."""
    run: Run = lambda context: documents.record_screening(dependencies(), application_id, form, context)  # noqa: E731
    return _done(application_id, "screening", run, "#screening")


@blp.post("/applications/<application_id>/attendance")
@rights("training", "department")
@takes_form(AttendanceForm, page=application_again, clash=desk_names.clash)
def attendance(application_id: str, form: Form) -> Response:
    """Who was there on a day."""
    day, who = (form["day"], form["attended"], form["hours"]), caller()
    run: Run = lambda context: placements.record_attendance(dependencies(), application_id, *day, who, context)  # noqa: E731
    return _done(application_id, "attendance", run, "#attendance")


@blp.post("/applications/<application_id>/evaluate")
@rights("training", "department")
@takes_form(TraineeEvaluationForm, page=application_again, clash=desk_names.clash)
def evaluate(application_id: str, form: Form) -> Response:
    """What the department says of the trainee."""
    scores = {question: score for question, score in form["scores"].items() if score}
    if not scores and not form["text"]:
        raise InvalidInput([("#/text", "expected a score or words")])

    who = caller()

    def run(context: CommandContext) -> Application:
        return placements.record_evaluation(
            dependencies(), application_id, "trainee", scores, form["text"], who, context
        )

    return _done(application_id, "evaluated", run, "#evaluation")


@blp.post("/applications/<application_id>/certificate")
@rights("training")
@takes_form(CertificateForm, page=application_again, clash=desk_names.clash)
def ask_certificate_again(application_id: str, form: Form) -> Response:
    """Makes the certificate anew, with the name in Latin letters where no font here can write it."""
    return _done(
        application_id,
        "certificate",
        lambda context: certificates.request_certificate(dependencies(), application_id, form["in_latin"], context),
        "#certificate",
    )
