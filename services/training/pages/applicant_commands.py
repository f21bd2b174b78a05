"""The commands of an applicant behind a signed link: request a link, save a step, upload documents, submit, answer, withdraw.

Not here: what the page shows (applicant.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flask import Response, g

from services.training.actions import (
    application_records,
    applications,
    documents,
    letters,
    links,
    placements,
    programmes,
)
from services.training.current import dependencies
from services.training.pages.applicant import HOME, application_page, load_view
from services.training.pages.catalogue import template_context
from services.training.pages.link_access import (
    answer_fault,
    check_identified,
    has_passed_check,
    identity_question,
    is_identified,
    open_link,
    remember_author,
    resolve_link,
    with_link_access,
)
from services.training.pages.submission import submit
from services.training.rules import applicant_rows, people, states
from services.training.rules.codes import WITHDRAW_REASONS
from services.training.rules.documents import stored_documents, validity
from services.training.rules.faults import TransitionNotAllowed
from services.training.rules.records.applications import Application
from services.training.schemas.forms.applicants import (
    ApplicantForm,
    DetailsForm,
    DocumentForm,
    EvaluationForm,
    IdentityFilter,
    IdentityForm,
    LinkForm,
    PlanForm,
    WithdrawForm,
)
from shared.command_context import Answer, CommandContext
from shared.errors import Conflict, InvalidInput
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.flash import Flash, flash
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import count_source, public, query
from shared.web.answers import to_response
from shared.web.files import served

Document = dict[str, Any]
blp = with_link_access(pages_blueprint("training", __file__))
MAX_LINKS = 5
"""Links that one address may request in a minute."""


class DecisionPending(Conflict):
    """The application is decided and the decision is not announced yet: it cannot be changed until then."""

    slug, title = "decided-just-now", "This is being decided just now"

    def __init__(self) -> None:
        super().__init__("Expected to wait for the decision: it is being made now.")


def _check_announced(application: Application) -> None:
    """Raises DecisionPending where the state differs from the one that the applicant knows."""
    if states.announced_status(application) != application["status"]:
        raise DecisionPending() from None


# the link


@blp.get("/application")
@public()
def link_page() -> Response:
    """Shows the form that requests a new link."""
    return show("training/public/link.html")


@blp.post("/application")
@public()
@takes_form(LinkForm, page=link_page)
def request_link(form: Document) -> Answer:
    """Accepts the request; the response is the same whether or not an application has this address."""
    count_source("link", MAX_LINKS)
    request_context = page().request_context
    request_context.app_context.metrics.mail_withheld(
        links.request_link(dependencies(), form["email"], request_context.address, request_context.now)
    )
    return go(HOME, flash("apply.done.link"))


def application_conflict(token: str, since: int) -> Clash:
    """Returns the conflict with a change made since, by the applicant in another window or by the office."""
    application = open_link(token)
    change = Change(application["updated_at"], page().t("apply.clash.who"), page().t("apply.clash.what"))
    return Clash([change], application["version"], f"{HOME}/{token}")


def _run(token: str, run: Callable[[str, CommandContext], Application], message: Flash, then: str = "") -> Response:
    """Runs a command as the applicant, who has no account: idempotency keys of the forms belong to the application."""
    application = open_link(token)
    id_ = application["_id"]

    def as_applicant(context: CommandContext) -> Application:
        try:
            return run(id_, replace(context, actor=f"applicant:{id_}"))
        except TransitionNotAllowed:
            _check_announced(application_records.find_application(dependencies(), id_))
            raise

    return submit(as_applicant, lambda _: go(f"{HOME}/{token}{then}", message), holder=f"application:{id_}")


def _save_step(token: str, form: Document, then: str) -> Response:
    """Saves a step. Where it enters the first data that the identity check can ask for, this browser has passed the check."""
    before = open_link(token)
    run = lambda id_, context: applications.save_fields(dependencies(), id_, form, context)  # noqa: E731
    answer = _run(token, run, flash("apply.done.saved"), then)
    remember_author(before, people.checked(form))
    return answer


def _check_link(token: str) -> None:
    """Raises NoSuchLink before the form is validated: without a valid link no fault of the form is shown."""
    open_link(token)


# the identity check


@blp.get("/application/<token>/known")
@public()
@query(IdentityFilter)
def identity_page(token: str, query: Document) -> Answer | Response:
    """Shows the question of the identity check, or leads to the requested part where the check is passed."""
    application, then = open_link(token), query["then"]
    if has_passed_check(application):
        return go(_target(token, then))
    where = "?step=you" if application["status"] in states.EDITABLE else "#later-title"
    here = f"{HOME}/{token}"
    return show(
        "training/public/identity_check.html",
        here=here,
        question=identity_question(application),
        then=then,
        write=here + where,
        **template_context(),
    )


@blp.post("/application/<token>/known")
@public()
@takes_form(IdentityForm, page=identity_page, check=_check_link)
def answer_identity_question(token: str, form: Document) -> Answer:
    """Remembers a right answer in this browser for today; a wrong one is cleared from the form and gives nothing away."""
    link = resolve_link(token)
    if not is_identified(link.application) and (fault := answer_fault(link, form["answer"])):
        g.typed.values.poplist("answer")
        raise InvalidInput([("#/answer", fault)])
    return go(_target(token, form["then"]), flash("apply.done.identified"))


def _target(token: str, then: str | None) -> str:
    here = f"{HOME}/{token}"
    return {
        None: here,
        "later": f"{here}#later-title",
        "certificate": f"{here}#certificate-title",
        "evaluation": f"{here}#evaluation-title",
    }.get(then, f"{here}?step={then}" + ("#papers-title" if then == "papers" else ""))


# the steps


def _check_editable(token: str) -> None:
    """Checks identity and state before the form is validated: a form that cannot be saved has no faults to fix. Raises TransitionNotAllowed."""
    application = check_identified(token)
    if application["status"] not in states.EDITABLE:
        _check_announced(application)
        raise TransitionNotAllowed("application", application["status"], "save", states.applicant_commands(application))


@blp.post("/application/<token>/you")
@public()
@takes_form(ApplicantForm, page=application_page, clash=application_conflict, check=_check_editable)
def save_applicant(token: str, form: Document) -> Response:
    """Saves the personal data, complete or not."""
    return _save_step(token, form, "?step=plan")


@blp.post("/application/<token>/plan")
@public()
@takes_form(PlanForm, page=application_page, clash=application_conflict, check=_check_editable)
def save_plan(token: str, form: Document) -> Response:
    """Saves dates and motivation; impossible dates are rejected at once."""
    programme = programmes.find_programme(dependencies(), open_link(token)["programme_id"])
    today = application_records.today_of(dependencies(), page().request_context.now)
    if faults := applicant_rows.plan_faults(programme, people.checked(form), today):
        raise InvalidInput([(_rotation_field(pointer), detail) for pointer, detail in faults])
    planned = form | {"rotations": [one | {"supervisor": None, "place": None} for one in form["rotations"]]}
    return _save_step(token, planned, "?step=papers")


def _rotation_field(pointer: str) -> str:
    """Returns the pointer of a fault; a fault of a whole row is shown at its first field."""
    if not pointer.startswith("#/rotations"):
        return pointer
    return f"{pointer}/department" if pointer.count("/") > 1 else f"{pointer}/0/department"


@blp.post("/application/<token>/papers/<code>")
@public()
@takes_form(DocumentForm, page=application_page, files=("file",), accept=documents.MEDIA_TYPES, check=_check_link)
def attach(token: str, code: str, form: Document) -> Response:
    """Stores an uploaded document. It overwrites nothing, so no version is checked."""
    if not form["file"]:
        raise InvalidInput([("#/file", "expected a file")])
    document = form["file"][0]
    paper = stored_documents.document_of({"requirement": code} | form)
    if faults := stored_documents.date_faults(
        validity.unfit_for_any(paper, application_records.today_of(dependencies(), page().request_context.now))
    ):
        raise InvalidInput([(_dose_field(pointer), detail) for pointer, detail in faults])
    run = lambda id_, context: documents.add_document(dependencies(), id_, code, document, form, context)  # noqa: E731
    return _run(token, run, flash("apply.done.document"), f"?step=papers#paper-{code}")


def _dose_field(pointer: str) -> str:
    """Returns the pointer of a fault; each dose has a row of its own."""
    return f"{pointer}/day" if pointer.startswith("#/doses/") else pointer


@blp.get("/application/<token>/files/<paper_id>")
@public()
def read_paper(token: str, paper_id: str) -> Response:
    """Downloads a document that the applicant uploaded."""
    application = open_link(token)
    if not has_passed_check(application):
        return to_response(go(f"{HOME}/{token}/known?then=papers"))
    return _as_download(documents.document_content(dependencies(), application, paper_id))


def _as_download(file: tuple[str, str, Iterator[bytes], int | None]) -> Response:
    answer = served(*file)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blp.post("/application/<token>/send")
@public()
@takes_form(page=application_page, clash=application_conflict, check=_check_link)
def send(token: str) -> Response:
    """Submits the application, for the first time or again."""
    return _run(token, lambda id_, context: applications.submit(dependencies(), id_, context), flash("apply.done.sent"))


# after submission


@blp.post("/application/<token>/later")
@public()
@takes_form(DetailsForm, page=application_page, clash=application_conflict, check=check_identified)
def save_details(token: str, form: Document) -> Response:
    """Saves details that were missing or wrong, after submission."""
    return _save_step(token, form, "#later-title")


@blp.post("/application/<token>/confirm")
@public()
@takes_form(page=application_page, clash=application_conflict, check=_check_link)
def confirm(token: str) -> Response:
    """Accepts the offered place, or the new dates."""
    return _run(
        token, lambda id_, context: applications.confirm(dependencies(), id_, context), flash("apply.done.confirmed")
    )


@blp.get("/application/<token>/withdraw")
@public()
def withdraw_page(token: str) -> Response:
    """Shows the consequences before the application is withdrawn: it cannot be undone."""
    view = load_view(token)
    reasons = [(code, page().t(f"apply.reason.{code}")) for code in WITHDRAW_REASONS]
    return show(
        "training/public/withdraw.html", view=view, here=f"{HOME}/{token}", reasons=reasons, **template_context()
    )


@blp.post("/application/<token>/withdraw")
@public()
@takes_form(WithdrawForm, page=withdraw_page, clash=application_conflict, check=_check_link)
def withdraw(token: str, form: Document) -> Response:
    """Withdraws the application."""
    run = lambda id_, context: applications.withdraw(dependencies(), id_, form["reason"], context, announced_only=True)  # noqa: E731
    return _run(token, run, flash("apply.done.withdrawn"))


@blp.post("/application/<token>/evaluation")
@public()
@takes_form(EvaluationForm, page=application_page, clash=application_conflict, check=check_identified)
def evaluate(token: str, form: Document) -> Response:
    """Saves the feedback on the programme."""

    def run(application_id: str, context: CommandContext) -> Application:
        scores, text = form["scores"], form["text"]
        return placements.record_evaluation(dependencies(), application_id, "programme", scores, text, None, context)

    return _run(token, run, flash("apply.done.evaluated"))


@blp.get("/application/<token>/certificate")
@public()
def certificate(token: str) -> Response:
    """Downloads the certificate."""
    application = open_link(token)
    if not has_passed_check(application):
        return to_response(go(f"{HOME}/{token}/known?then=certificate"))
    return _as_download(letters.certificate_file(dependencies(), application))
