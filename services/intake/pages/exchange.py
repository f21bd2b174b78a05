"""Messages, notes and documents of a case. A document is sent as an attachment, never shown inside a page."""

from typing import Any

from flask import Response

from services.intake.actions import exchange
from services.intake.current import dependencies
from services.intake.pages.case import HOME, case_page_again
from services.intake.rules.records import Case, DocumentBody
from services.intake.schemas import requests
from services.intake.schemas.forms.cases import DocumentsForm
from shared.documents.formats import FORMATS
from shared.errors import InvalidInput
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Flash, flash
from shared.ui.showing import go
from shared.web.access import rights
from shared.web.files import served

blp = pages_blueprint("intake", __file__)
Form = dict[str, Any]


@blp.post("/cases/<case_id>/messages")
@rights("front_desk")
@takes_form(requests.TextSchema, page=case_page_again)
def post_message(case_id: str, form: Form) -> Response:
    """Send a message to the agency."""
    return submit(
        lambda context: exchange.post_message(dependencies(), case_id, None, form["text"], context),
        lambda case: go(f"{HOME}{case_id}#messages-title", _message_done(case)),
    )


def _message_done(case: Case) -> Flash:
    """Returns the confirmation; without an agency nobody is notified of the message."""
    if case.get("organization_id"):
        return flash("case.done.message")
    return flash("case.done.message_nobody", tone="warning")


@blp.post("/cases/<case_id>/notes")
@rights("front_desk")
@takes_form(requests.TextSchema, page=case_page_again)
def write_note(case_id: str, form: Form) -> Response:
    """Add an internal note."""
    return submit(
        lambda context: exchange.write_note(dependencies(), case_id, form["text"], context),
        lambda case: go(f"{HOME}{case_id}#messages-title", flash("case.done.note")),
    )


@blp.post("/cases/<case_id>/documents")
@rights("front_desk")
@takes_form(DocumentsForm, page=case_page_again, files=("file",), accept=FORMATS)
def attach(case_id: str, form: Form) -> Response:
    """Attach files of one kind."""
    files = form["file"]
    if not files:
        raise InvalidInput([("#/file", "expected a file")])
    about: DocumentBody = {"kind": form["kind"], "visible_to": form["visible_to"]}
    return submit(
        lambda context: exchange.attach_documents(dependencies(), case_id, None, about, files, context),
        lambda case: go(f"{HOME}{case_id}#documents-title", flash("case.done.document", n=len(files))),
    )


@blp.get("/cases/<case_id>/documents/<document_id>")
@rights("front_desk")
def document(case_id: str, document_id: str) -> Response:
    """Download a document."""
    answer = served(*exchange.read_document(dependencies(), case_id, None, document_id))
    answer.headers["Cache-Control"] = "no-store"
    return answer
