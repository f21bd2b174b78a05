"""Answers to a referral: reviewed, accepted, asked, declined, written to. Each is one command, and leads to what comes next."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.intake.actions import cases, exchange, names
from services.intake.actions.history import changes_since
from services.intake.current import dependencies
from services.intake.pages import timeline
from services.intake.pages.triage import HOME, answer_page
from services.intake.rules import tables
from services.intake.rules.records import Case
from services.intake.schemas.forms.cases import AcceptForm, ReturnForm
from services.intake.schemas.forms.desk import DeclineForm, MessageForm
from shared.command_context import CommandContext
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, said
from shared.ui.refusals import Clash
from shared.ui.shell import page
from shared.ui.showing import go
from shared.web.access import rights

blp = pages_blueprint("intake", __file__)


def case_changes(case_id: str, since: int) -> Clash:
    """Who did what since the referral was shown."""
    case, happened = changes_since(dependencies(), case_id, since)
    told = timeline.changes(happened, names.departments(dependencies(), page().reader.language))
    return Clash(told, case["version"], f"{HOME}/{case_id}")


@blp.post("/triage/<case_id>/review")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("review"))
def review(case_id: str, form: dict[str, Any]) -> Response:
    """Begins the review, and leads to what is to be read."""
    return _done("review", lambda context: cases.review(dependencies(), case_id, context), f"{HOME}/{case_id}", case_id)


@blp.post("/triage/<case_id>/accept")
@rights("front_desk")
@takes_form(AcceptForm, page=answer_page, clash=case_changes, event=tables.case_event("accept"))
def accept(case_id: str, form: dict[str, Any]) -> Response:
    """Takes the patient: a known one, or a new one; next is a visit."""
    patient_id = form.get("patient_id")
    to = f"/intake/cases/{case_id}"
    return _done("accept", lambda context: cases.accept(dependencies(), case_id, patient_id, context, begins=True), to)


@blp.post("/triage/<case_id>/ask")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes, event=tables.case_event("request-information"))
def ask(case_id: str, form: dict[str, Any]) -> Response:
    """Asks the referrer for something."""
    message = form["message"]
    return _done(
        "ask", lambda context: cases.request_information(dependencies(), case_id, message, context, begins=True)
    )


@blp.post("/triage/<case_id>/record")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes, event=tables.case_event("record-information"))
def record(case_id: str, form: dict[str, Any]) -> Response:
    """Writes down what came another way; then it is ours to decide."""
    message = form["message"]
    return _done(
        "record",
        lambda context: cases.record_information(dependencies(), case_id, message, context),
        f"{HOME}/{case_id}",
    )


@blp.post("/triage/<case_id>/decline")
@rights("front_desk")
@takes_form(DeclineForm, page=answer_page, clash=case_changes, event=tables.case_event("decline"))
def decline(case_id: str, form: dict[str, Any]) -> Response:
    """Declines, with a reason from the list and words."""
    reason, message = form["reason"], form.get("message")
    return _done(
        "decline", lambda context: cases.decline(dependencies(), case_id, reason, message, context), undo="reopen"
    )


@blp.post("/triage/<case_id>/reopen")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("take-back"))
def reopen(case_id: str, form: dict[str, Any]) -> Response:
    """Takes a declining back."""
    return _done(
        "reopen", lambda context: cases.take_back_closing(dependencies(), case_id, context), f"{HOME}/{case_id}"
    )


@blp.post("/triage/<case_id>/message")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes)
def message(case_id: str, form: dict[str, Any]) -> Response:
    """Writes to the referrer."""
    text = form["message"]
    return _done("message", lambda context: exchange.post_message(dependencies(), case_id, None, text, context))


@blp.post("/triage/<case_id>/no-reply-needed")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("no-reply-needed"))
def mark_answered(case_id: str, form: dict[str, Any]) -> Response:
    """The agency wrote; nothing is to be answered."""
    return _done("no-reply-needed", lambda context: cases.mark_answered(dependencies(), case_id, context))


@blp.post("/triage/<case_id>/cancel")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("cancel"))
def confirm_cancellation(case_id: str, form: dict[str, Any]) -> Response:
    """Confirms what the agency wishes; its visits are cancelled with it."""
    return _done("cancel", lambda context: cases.cancel(dependencies(), case_id, None, None, context))


@blp.post("/triage/<case_id>/refuse")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes, event=tables.case_event("refuse-cancellation"))
def refuse_cancellation(case_id: str, form: dict[str, Any]) -> Response:
    """Refuses it, with words."""
    text = form["message"]
    return _done("refuse", lambda context: cases.refuse_cancellation(dependencies(), case_id, text, context))


def _done(
    what: str, run: Callable[[CommandContext], Case], to: str = HOME, part: str = "", undo: str | None = None
) -> Response:
    def then(case: Case) -> Any:
        back = Undo(f"{HOME}/{case['_id']}/{undo}", {}, case["version"]) if undo else None
        return go(to, said("triage.done." + what, reference=case["reference"], undo=back))

    return submit(run, then, part)
