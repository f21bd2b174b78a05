"""What an applicant does behind a signed link: asks for it again, saves a step, hands in papers and the whole, answers, withdraws.

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
from services.training.pages.applicant import HOME, application_page, seen_by
from services.training.pages.catalogue import tools
from services.training.pages.opening import (
    behind_links,
    check_known,
    fault_of,
    has_answered,
    is_known,
    open_link,
    opened_by,
    question_of,
    remember_written,
)
from services.training.pages.sending import submit
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
from shared.ui.flash import Said, said
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import count_source, public, query
from shared.web.answers import to_response
from shared.web.files import served

Document = dict[str, Any]
blp = behind_links(pages_blueprint("training", __file__))
LINKS = 5
"""Links asked for from one address in a minute."""


class DecidedJustNow(Conflict):
    """It was decided, and is not announced yet: nothing can be changed until the letter is there."""

    slug, title = "decided-just-now", "This is being decided just now"

    def __init__(self) -> None:
        super().__init__("Expected to wait for the decision: it is being made now.")


def _check_told(application: Application) -> None:
    """Raises DecidedJustNow where it stands otherwise than its applicant was told."""
    if states.announced_status(application) != application["status"]:
        raise DecidedJustNow() from None


# the link


@blp.get("/application")
@public()
def link_page() -> Response:
    """Where a lost link is asked for again."""
    return show("training/public/link.html")


@blp.post("/application")
@public()
@takes_form(LinkForm, page=link_page)
def ask_link(form: Document) -> Answer:
    """One answer, whether anybody has this address."""
    count_source("link", LINKS)
    request_context = page().request_context
    request_context.app_context.metrics.mail_withheld(
        links.request_link(dependencies(), form["email"], request_context.address, request_context.now)
    )
    return go(HOME, said("apply.done.link"))


def application_changes(token: str, since: int) -> Clash:
    """That something was saved since, by the applicant elsewhere or by the house."""
    application = open_link(token)
    change = Change(application["updated_at"], page().t("apply.clash.who"), page().t("apply.clash.what"))
    return Clash([change], application["version"], f"{HOME}/{token}")


def _send(token: str, run: Callable[[str, CommandContext], Application], message: Said, then: str = "") -> Response:
    """One command of the applicant's, who need not sign in: the keys of their forms are the application's."""
    application = open_link(token)
    id_ = application["_id"]

    def as_applicant(context: CommandContext) -> Application:
        try:
            return run(id_, replace(context, actor=f"applicant:{id_}"))
        except TransitionNotAllowed:
            _check_told(application_records.find_application(dependencies(), id_))
            raise

    return submit(as_applicant, lambda _: go(f"{HOME}/{token}{then}", message), holder=f"application:{id_}")


def _save(token: str, form: Document, then: str) -> Response:
    """Keeps what was typed; who typed what can be asked from now on is not asked it."""
    before = open_link(token)
    run = lambda id_, context: applications.save_fields(dependencies(), id_, form, context)  # noqa: E731
    answer = _send(token, run, said("apply.done.saved"), then)
    remember_written(before, people.checked(form))
    return answer


def _check_link(token: str) -> None:
    """Nothing is judged for who has no link that counts; raises NoSuchLink."""
    open_link(token)


# the second thing known


@blp.get("/application/<token>/known")
@public()
@query(IdentityFilter)
def known_page(token: str, query: Document) -> Answer | Response:
    """What is asked before anything is shown that tells who they are, and why; on to what was wanted where it need not be."""
    application, then = open_link(token), query["then"]
    if has_answered(application):
        return go(_onward(token, then))
    asked, where = question_of(application), "?step=you" if application["status"] in states.EDITABLE else "#later-title"
    here = f"{HOME}/{token}"
    return show("training/public/known.html", here=here, question=asked, then=then, write=here + where, **tools())


@blp.post("/application/<token>/known")
@public()
@takes_form(IdentityForm, page=known_page, check=_check_link)
def answer_known(token: str, form: Document) -> Answer:
    """Remembered in this browser for today; a wrong answer is cleared, and tells nothing."""
    opened = opened_by(token)
    if not is_known(opened.application) and (fault := fault_of(opened, form["answer"])):
        g.typed.values.poplist("answer")
        raise InvalidInput([("#/answer", fault)])
    return go(_onward(token, form["then"]), said("apply.done.known"))


def _onward(token: str, then: str | None) -> str:
    here = f"{HOME}/{token}"
    return {
        None: here,
        "later": f"{here}#later-title",
        "certificate": f"{here}#certificate-title",
        "evaluation": f"{here}#evaluation-title",
    }.get(then, f"{here}?step={then}" + ("#papers-title" if then == "papers" else ""))


# the steps


def _check_written(token: str) -> None:
    """The same as `check_known`, while it is being written: else nothing in the form is there to be mended. Raises TransitionNotAllowed."""
    application = check_known(token)
    if application["status"] not in states.EDITABLE:
        _check_told(application)
        raise TransitionNotAllowed("application", application["status"], "save", states.applicant_commands(application))


@blp.post("/application/<token>/you")
@public()
@takes_form(ApplicantForm, page=application_page, clash=application_changes, check=_check_written)
def save_you(token: str, form: Document) -> Response:
    """Keeps who they are, whole or not."""
    return _save(token, form, "?step=plan")


@blp.post("/application/<token>/plan")
@public()
@takes_form(PlanForm, page=application_page, clash=application_changes, check=_check_written)
def save_plan(token: str, form: Document) -> Response:
    """Keeps when and why; days that cannot be are told at once."""
    programme = programmes.find_programme(dependencies(), open_link(token)["programme_id"])
    today = application_records.today_of(dependencies(), page().request_context.now)
    if faults := applicant_rows.plan_faults(programme, people.checked(form), today):
        raise InvalidInput([(_rotation_field(pointer), detail) for pointer, detail in faults])
    planned = form | {"rotations": [one | {"supervisor": None, "place": None} for one in form["rotations"]]}
    return _save(token, planned, "?step=papers")


def _rotation_field(pointer: str) -> str:
    """A fault of a whole row stands at its first field."""
    if not pointer.startswith("#/rotations"):
        return pointer
    return f"{pointer}/department" if pointer.count("/") > 1 else f"{pointer}/0/department"


@blp.post("/application/<token>/papers/<code>")
@public()
@takes_form(DocumentForm, page=application_page, files=("file",), accept=documents.MEDIA_TYPES, check=_check_link)
def attach(token: str, code: str, form: Document) -> Response:
    """Takes in a paper. It overwrites nothing, so it is asked against no version."""
    if not form["file"]:
        raise InvalidInput([("#/file", "expected a file")])
    document = form["file"][0]
    told = stored_documents.document_of({"requirement": code} | form)
    if faults := stored_documents.date_faults(
        validity.unfit_for_any(told, application_records.today_of(dependencies(), page().request_context.now))
    ):
        raise InvalidInput([(_dose_field(pointer), detail) for pointer, detail in faults])
    run = lambda id_, context: documents.add_document(dependencies(), id_, code, document, form, context)  # noqa: E731
    return _send(token, run, said("apply.done.paper"), f"?step=papers#paper-{code}")


def _dose_field(pointer: str) -> str:
    """A dose is typed in a row of its own."""
    return f"{pointer}/day" if pointer.startswith("#/doses/") else pointer


@blp.get("/application/<token>/files/<paper_id>")
@public()
def read_paper(token: str, paper_id: str) -> Response:
    """A paper of their own, to save."""
    application = open_link(token)
    if not has_answered(application):
        return to_response(go(f"{HOME}/{token}/known?then=papers"))
    return _saved(documents.document_content(dependencies(), application, paper_id))


def _saved(file: tuple[str, str, Iterator[bytes], int | None]) -> Response:
    answer = served(*file)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blp.post("/application/<token>/send")
@public()
@takes_form(page=application_page, clash=application_changes, check=_check_link)
def send(token: str) -> Response:
    """Hands it in, for the first time or again."""
    return _send(token, lambda id_, context: applications.submit(dependencies(), id_, context), said("apply.done.sent"))


# afterwards


@blp.post("/application/<token>/later")
@public()
@takes_form(DetailsForm, page=application_page, clash=application_changes, check=check_known)
def save_later(token: str, form: Document) -> Response:
    """Keeps what was missing, or is put right."""
    return _save(token, form, "#later-title")


@blp.post("/application/<token>/confirm")
@public()
@takes_form(page=application_page, clash=application_changes, check=_check_link)
def confirm(token: str) -> Response:
    """Takes the place, or takes it on other days."""
    return _send(
        token, lambda id_, context: applications.confirm(dependencies(), id_, context), said("apply.done.confirmed")
    )


@blp.get("/application/<token>/withdraw")
@public()
def withdraw_page(token: str) -> Response:
    """What taking it back costs, before it is done: there is no way back."""
    seen = seen_by(token)
    reasons = [(code, page().t(f"apply.reason.{code}")) for code in WITHDRAW_REASONS]
    return show("training/public/withdraw.html", seen=seen, here=f"{HOME}/{token}", reasons=reasons, **tools())


@blp.post("/application/<token>/withdraw")
@public()
@takes_form(WithdrawForm, page=withdraw_page, clash=application_changes, check=_check_link)
def withdraw(token: str, form: Document) -> Response:
    """Takes it back."""
    run = lambda id_, context: applications.withdraw(dependencies(), id_, form["reason"], context, announced_only=True)  # noqa: E731
    return _send(token, run, said("apply.done.withdrawn"))


@blp.post("/application/<token>/evaluation")
@public()
@takes_form(EvaluationForm, page=application_page, clash=application_changes, check=check_known)
def evaluate(token: str, form: Document) -> Response:
    """What they say of the programme."""

    def run(application_id: str, context: CommandContext) -> Application:
        scores, text = form["scores"], form["text"]
        return placements.record_evaluation(dependencies(), application_id, "programme", scores, text, None, context)

    return _send(token, run, said("apply.done.evaluated"))


@blp.get("/application/<token>/certificate")
@public()
def certificate(token: str) -> Response:
    """The certificate, to save."""
    application = open_link(token)
    if not has_answered(application):
        return to_response(go(f"{HOME}/{token}/known?then=certificate"))
    return _saved(letters.certificate_file(dependencies(), application))
