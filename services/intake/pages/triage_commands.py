"""Commands on a referral in triage: review, accept, request information, decline, message. Each leads to the next step."""

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
from shared.ui.flash import Undo, flash
from shared.ui.refusals import Clash
from shared.ui.shell import page
from shared.ui.showing import go
from shared.web.access import rights

blp = pages_blueprint("intake", __file__)


def case_changes(case_id: str, since: int) -> Clash:
    """Returns the changes since the referral was shown."""
    case, happened = changes_since(dependencies(), case_id, since)
    changes = timeline.changes(happened, names.departments(dependencies(), page().reader.language))
    return Clash(changes, case["version"], f"{HOME}/{case_id}")


@blp.post("/triage/<case_id>/review")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("review"))
def review(case_id: str, form: dict[str, Any]) -> Response:
    """Start the review and show the referral."""
    return _submit(
        "review", lambda context: cases.review(dependencies(), case_id, context), f"{HOME}/{case_id}", case_id
    )


@blp.post("/triage/<case_id>/accept")
@rights("front_desk")
@takes_form(AcceptForm, page=answer_page, clash=case_changes, event=tables.case_event("accept"))
def accept(case_id: str, form: dict[str, Any]) -> Response:
    """Accept the case, with a registered or a new patient; booking a visit is next."""
    patient_id = form.get("patient_id")
    to = f"/intake/cases/{case_id}"
    return _submit(
        "accept", lambda context: cases.accept(dependencies(), case_id, patient_id, context, begins=True), to
    )


@blp.post("/triage/<case_id>/ask")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes, event=tables.case_event("request-information"))
def ask(case_id: str, form: dict[str, Any]) -> Response:
    """Request information from the agency."""
    message = form["message"]
    return _submit(
        "ask", lambda context: cases.request_information(dependencies(), case_id, message, context, begins=True)
    )


@blp.post("/triage/<case_id>/record")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes, event=tables.case_event("record-information"))
def record(case_id: str, form: dict[str, Any]) -> Response:
    """Record information that came in another way."""
    message = form["message"]
    return _submit(
        "record",
        lambda context: cases.record_information(dependencies(), case_id, message, context),
        f"{HOME}/{case_id}",
    )


@blp.post("/triage/<case_id>/decline")
@rights("front_desk")
@takes_form(DeclineForm, page=answer_page, clash=case_changes, event=tables.case_event("decline"))
def decline(case_id: str, form: dict[str, Any]) -> Response:
    """Decline the case, with a reason and a message."""
    reason, message = form["reason"], form.get("message")
    return _submit(
        "decline", lambda context: cases.decline(dependencies(), case_id, reason, message, context), undo="reopen"
    )


@blp.post("/triage/<case_id>/reopen")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("take-back"))
def reopen(case_id: str, form: dict[str, Any]) -> Response:
    """Undo a decline."""
    return _submit(
        "reopen", lambda context: cases.take_back_closing(dependencies(), case_id, context), f"{HOME}/{case_id}"
    )


@blp.post("/triage/<case_id>/message")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes)
def message(case_id: str, form: dict[str, Any]) -> Response:
    """Send a message to the agency."""
    text = form["message"]
    return _submit("message", lambda context: exchange.post_message(dependencies(), case_id, None, text, context))


@blp.post("/triage/<case_id>/no-reply-needed")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("no-reply-needed"))
def mark_answered(case_id: str, form: dict[str, Any]) -> Response:
    """Record that no reply is needed."""
    return _submit("no-reply-needed", lambda context: cases.mark_answered(dependencies(), case_id, context))


@blp.post("/triage/<case_id>/cancel")
@rights("front_desk")
@takes_form(ReturnForm, page=answer_page, clash=case_changes, event=tables.case_event("cancel"))
def confirm_cancellation(case_id: str, form: dict[str, Any]) -> Response:
    """Confirm a requested cancellation, which also cancels the visits."""
    return _submit("cancel", lambda context: cases.cancel(dependencies(), case_id, None, None, context))


@blp.post("/triage/<case_id>/refuse")
@rights("front_desk")
@takes_form(MessageForm, page=answer_page, clash=case_changes, event=tables.case_event("refuse-cancellation"))
def refuse_cancellation(case_id: str, form: dict[str, Any]) -> Response:
    """Refuse a requested cancellation, with a message."""
    text = form["message"]
    return _submit("refuse", lambda context: cases.refuse_cancellation(dependencies(), case_id, text, context))


def _submit(
    what: str, run: Callable[[CommandContext], Case], to: str = HOME, part: str = "", undo: str | None = None
) -> Response:
    def then(case: Case) -> Any:
        back = Undo(f"{HOME}/{case['_id']}/{undo}", {}, case["version"]) if undo else None
        return go(to, flash("triage.done." + what, reference=case["reference"], undo=back))

    return submit(run, then, part)
