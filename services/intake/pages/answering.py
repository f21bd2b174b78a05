"""Answers to a referral: reviewed, accepted, asked, declined, written to. Each is one command, and leads to what comes next."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.intake.actions import Case, cases, exchange, naming
from services.intake.actions.history import changes_since
from services.intake.pages import story
from services.intake.pages.triage import HOME, answer_page
from services.intake.rules import tables
from services.intake.schemas.case_forms import AcceptForm, Backed
from services.intake.schemas.desk_forms import DeclineForm, WordsForm
from shared.origin import Origin
from shared.ui import Clash, Undo, go, page, pages_blueprint, parts, rights, said, submit, takes_form

blp = pages_blueprint("intake", __file__)


def case_changes(case_id: str, since: int) -> Clash:
    """Who did what since the referral was shown."""
    case, happened = changes_since(parts(), case_id, since)
    told = story.changes(happened, naming.departments(parts(), page().reader.language))
    return Clash(told, case["version"], f"{HOME}/{case_id}")


@blp.post("/triage/<case_id>/review")
@rights("front_desk")
@takes_form(Backed, page=answer_page, clash=case_changes, event=tables.case_event("review"))
def review(case_id: str, form: dict[str, Any]) -> Response:
    """Begins the review, and leads to what is to be read."""
    return _done("review", lambda origin: cases.review(parts(), case_id, origin), f"{HOME}/{case_id}", case_id)


@blp.post("/triage/<case_id>/accept")
@rights("front_desk")
@takes_form(AcceptForm, page=answer_page, clash=case_changes, event=tables.case_event("accept"))
def accept(case_id: str, form: dict[str, Any]) -> Response:
    """Takes the patient: a known one, or a new one; next is a visit."""
    patient_id = form.get("patient_id")
    to = f"/intake/cases/{case_id}"
    return _done("accept", lambda origin: cases.accept(parts(), case_id, patient_id, origin, begins=True), to)


@blp.post("/triage/<case_id>/ask")
@rights("front_desk")
@takes_form(WordsForm, page=answer_page, clash=case_changes, event=tables.case_event("request-information"))
def ask(case_id: str, form: dict[str, Any]) -> Response:
    """Asks the referrer for something."""
    message = form["message"]
    return _done("ask", lambda origin: cases.request_information(parts(), case_id, message, origin, begins=True))


@blp.post("/triage/<case_id>/record")
@rights("front_desk")
@takes_form(WordsForm, page=answer_page, clash=case_changes, event=tables.case_event("record-information"))
def record(case_id: str, form: dict[str, Any]) -> Response:
    """Writes down what came another way; then it is ours to decide."""
    message = form["message"]
    return _done(
        "record", lambda origin: cases.record_information(parts(), case_id, message, origin), f"{HOME}/{case_id}"
    )


@blp.post("/triage/<case_id>/decline")
@rights("front_desk")
@takes_form(DeclineForm, page=answer_page, clash=case_changes, event=tables.case_event("decline"))
def decline(case_id: str, form: dict[str, Any]) -> Response:
    """Declines, with a reason from the list and words."""
    reason, message = form["reason"], form.get("message")
    return _done("decline", lambda origin: cases.decline(parts(), case_id, reason, message, origin), undo="reopen")


@blp.post("/triage/<case_id>/reopen")
@rights("front_desk")
@takes_form(Backed, page=answer_page, clash=case_changes, event=tables.case_event("take-back"))
def reopen(case_id: str, form: dict[str, Any]) -> Response:
    """Takes a declining back."""
    return _done("reopen", lambda origin: cases.take_back_closing(parts(), case_id, origin), f"{HOME}/{case_id}")


@blp.post("/triage/<case_id>/message")
@rights("front_desk")
@takes_form(WordsForm, page=answer_page, clash=case_changes)
def message(case_id: str, form: dict[str, Any]) -> Response:
    """Writes to the referrer."""
    text = form["message"]
    return _done("message", lambda origin: exchange.post_message(parts(), case_id, None, text, origin))


@blp.post("/triage/<case_id>/no-reply-needed")
@rights("front_desk")
@takes_form(Backed, page=answer_page, clash=case_changes, event=tables.case_event("no-reply-needed"))
def mark_answered(case_id: str, form: dict[str, Any]) -> Response:
    """The agency wrote; nothing is to be answered."""
    return _done("no-reply-needed", lambda origin: cases.mark_answered(parts(), case_id, origin))


@blp.post("/triage/<case_id>/cancel")
@rights("front_desk")
@takes_form(Backed, page=answer_page, clash=case_changes, event=tables.case_event("cancel"))
def confirm_cancellation(case_id: str, form: dict[str, Any]) -> Response:
    """Confirms what the agency wishes; its visits are cancelled with it."""
    return _done("cancel", lambda origin: cases.cancel(parts(), case_id, None, None, origin))


@blp.post("/triage/<case_id>/refuse")
@rights("front_desk")
@takes_form(WordsForm, page=answer_page, clash=case_changes, event=tables.case_event("refuse-cancellation"))
def refuse_cancellation(case_id: str, form: dict[str, Any]) -> Response:
    """Refuses it, with words."""
    text = form["message"]
    return _done("refuse", lambda origin: cases.refuse_cancellation(parts(), case_id, text, origin))


def _done(
    what: str, run: Callable[[Origin], Case], to: str = HOME, part: str = "", undo: str | None = None
) -> Response:
    def then(case: Case) -> Any:
        back = Undo(f"{HOME}/{case['_id']}/{undo}", {}, case["version"]) if undo else None
        return go(to, said("triage.done." + what, reference=case["reference"], undo=back))

    return submit(run, then, part)
