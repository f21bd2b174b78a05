"""Commands on a case from its page: every transition of the state table. The confirmation offers to undo what can be undone."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.intake.actions import cases
from services.intake.current import dependencies
from services.intake.pages.case import HOME, case_changes, case_page_again
from services.intake.rules import tables
from services.intake.rules.records import Case
from services.intake.rules.undo import last_change
from services.intake.schemas import requests
from services.intake.schemas.forms.cases import AcceptForm, CancelCaseForm
from shared.command_context import CommandContext
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.showing import go
from shared.web.access import rights

blp = pages_blueprint("intake", __file__)
Form = dict[str, Any]


def _submit(case_id: str, word: str, run: Callable[[CommandContext], Case], undo: str | None = None) -> Response:
    """Runs a command and returns to the case. `undo` is the state to which undoing leads back.

    A closing cancels booked visits, which stay cancelled after an undo: then no undo is offered.
    """

    def then(case: Case) -> Any:
        back = Undo(f"{HOME}{case_id}/take-back", {}, case["version"]) if undo and _can_be_undone(case, undo) else None
        return go(f"{HOME}{case_id}", flash("case.done." + word, reference=case["reference"], undo=back))

    return submit(run, then)


def _can_be_undone(case: Case, undo: str) -> bool:
    was = last_change(case)
    return was["status"] == undo and not any(visit["status"] == "booked" for visit in was["visits"].values())


@blp.post("/cases/<case_id>/review")
@rights("front_desk")
@takes_form(page=case_page_again, clash=case_changes, event=tables.case_event("review"))
def review(case_id: str) -> Response:
    """Start the review."""
    return _submit(case_id, "review", lambda context: cases.review(dependencies(), case_id, context))


@blp.post("/cases/<case_id>/accept")
@rights("front_desk")
@takes_form(AcceptForm, page=case_page_again, clash=case_changes, event=tables.case_event("accept"))
def accept(case_id: str, form: Form) -> Response:
    """Accept the case, with a registered or a new patient."""
    return _submit(
        case_id, "accept", lambda context: cases.accept(dependencies(), case_id, form.get("patient_id"), context)
    )


@blp.post("/cases/<case_id>/decline")
@rights("front_desk")
@takes_form(requests.DeclineSchema, page=case_page_again, clash=case_changes, event=tables.case_event("decline"))
def decline(case_id: str, form: Form) -> Response:
    """Decline the case, with a reason and a message to the agency."""
    run: Callable[[CommandContext], Case] = lambda context: cases.decline(  # noqa: E731
        dependencies(), case_id, form["reason"], form.get("message"), context
    )
    return _submit(case_id, "decline", run, undo="in_review")


@blp.post("/cases/<case_id>/request-information")
@rights("front_desk")
@takes_form(
    requests.MessageSchema, page=case_page_again, clash=case_changes, event=tables.case_event("request-information")
)
def request_information(case_id: str, form: Form) -> Response:
    """Request information."""
    return _submit(
        case_id,
        "request-information",
        lambda context: cases.request_information(dependencies(), case_id, form["message"], context),
    )


@blp.post("/cases/<case_id>/record-information")
@rights("front_desk")
@takes_form(
    requests.MessageSchema, page=case_page_again, clash=case_changes, event=tables.case_event("record-information")
)
def record_information(case_id: str, form: Form) -> Response:
    """Record information that came in another way."""
    return _submit(
        case_id,
        "record-information",
        lambda context: cases.record_information(dependencies(), case_id, form["message"], context),
    )


@blp.post("/cases/<case_id>/cancel")
@rights("front_desk")
@takes_form(CancelCaseForm, page=case_page_again, clash=case_changes, event=tables.case_event("cancel"))
def cancel(case_id: str, form: Form) -> Response:
    """Cancel the case with its visits; also confirms a requested cancellation."""
    run: Callable[[CommandContext], Case] = lambda context: cases.cancel(  # noqa: E731
        dependencies(), case_id, form["reason"], form["wanted_by"], context
    )
    return _submit(case_id, "cancel", run, undo="in_review")


@blp.post("/cases/<case_id>/refuse-cancellation")
@rights("front_desk")
@takes_form(
    requests.MessageSchema, page=case_page_again, clash=case_changes, event=tables.case_event("refuse-cancellation")
)
def refuse_cancellation(case_id: str, form: Form) -> Response:
    """Refuse a requested cancellation."""
    return _submit(
        case_id,
        "refuse-cancellation",
        lambda context: cases.refuse_cancellation(dependencies(), case_id, form["message"], context),
    )


@blp.post("/cases/<case_id>/complete")
@rights("front_desk")
@takes_form(requests.CompleteSchema, page=case_page_again, clash=case_changes, event=tables.case_event("complete"))
def complete(case_id: str, form: Form) -> Response:
    """Complete the case; booked visits are cancelled."""

    def run(context: CommandContext) -> Case:
        return cases.complete(dependencies(), case_id, form["outcome"], context)

    return _submit(case_id, "complete", run, undo="in_care")


@blp.post("/cases/<case_id>/take-back")
@rights("front_desk")
@takes_form(page=case_page_again, clash=case_changes, event=tables.case_event("take-back"))
def take_back(case_id: str) -> Response:
    """Undo a closing by mistake; deadlines are as before."""
    return _submit(case_id, "take-back", lambda context: cases.take_back_closing(dependencies(), case_id, context))


@blp.post("/cases/<case_id>/take-back-registration")
@rights("front_desk")
@takes_form(page=case_page_again, clash=case_changes, event=tables.case_event("take-back-registration"))
def take_back_registration(case_id: str) -> Response:
    """Undo a registration by mistake."""
    return _submit(
        case_id, "take-back-registration", lambda by: cases.take_back_registration(dependencies(), case_id, by)
    )


@blp.post("/cases/<case_id>/no-reply-needed")
@rights("front_desk")
@takes_form(page=case_page_again, clash=case_changes, event=tables.case_event("no-reply-needed"))
def mark_answered(case_id: str) -> Response:
    """Record that no reply is needed."""
    return _submit(case_id, "no-reply-needed", lambda context: cases.mark_answered(dependencies(), case_id, context))


@blp.post("/cases/<case_id>/reopen")
@rights("front_desk")
@takes_form(requests.ReopenSchema, page=case_page_again, clash=case_changes, event=tables.case_event("reopen"))
def reopen(case_id: str, form: Form) -> Response:
    """Reopen a closed case."""
    return _submit(case_id, "reopen", lambda context: cases.reopen(dependencies(), case_id, form["reason"], context))
