"""Documents of an application: uploaded, downloaded, accepted or rejected; reminders about missing ones."""

from typing import Any

from flask import Response

from services.training.actions import access, application_records, documents
from services.training.current import dependencies
from services.training.routes.applications import command_answer
from services.training.schemas.requests import DocumentDatesSchema, DocumentRejectionSchema, DocumentUploadSchema
from services.training.schemas.responses import ApplicationSchema
from shared.web.access import api_blueprint, returns, rights, takes, takes_upload
from shared.web.commands import command
from shared.web.files import served
from shared.web.state import caller

Document = dict[str, Any]
blp = api_blueprint("documents", "training")


@blp.post("/applications/<application_id>/papers")
@rights("training")
@takes_upload(DocumentUploadSchema, documents.MEDIA_TYPES)
@returns(200, ApplicationSchema)
def attach(application_id: str, body: Document) -> Response:
    """Upload a document.

    For a requirement of the programme. It still has to be checked.
    """
    document, requirement = body["file"], body["requirement"]
    return command(
        lambda context: documents.add_document(
            dependencies(), application_id, requirement, document, body, context, "hospital"
        ),
        command_answer,
    )


@blp.get("/applications/<application_id>/papers/<paper_id>")
@rights("training", "chief", "reviewer")
@returns(200, None, ", ".join(documents.MEDIA_TYPES), "The file, as an attachment")
def read_paper(application_id: str, paper_id: str) -> Response:
    """Download a document.

    As an attachment. A reviewer can read the documents of applications that wait for their review, except passports and health documents.
    """
    application = application_records.find_application(dependencies(), application_id)
    access.check_paper_readable(dependencies(), application, paper_id, caller())
    return served(*documents.document_content(dependencies(), application, paper_id))


@blp.post("/applications/<application_id>/papers/<paper_id>/accept")
@rights("training")
@takes(DocumentDatesSchema)
@returns(200, ApplicationSchema)
def accept_paper(application_id: str, paper_id: str, body: Document) -> Response:
    """Accept a document.

    The dates read from the document are stored.
    """
    return command(
        lambda context: documents.accept_document(dependencies(), application_id, paper_id, body, context),
        command_answer,
    )


@blp.post("/applications/<application_id>/papers/<paper_id>/refuse")
@rights("training")
@takes(DocumentRejectionSchema)
@returns(200, ApplicationSchema)
def refuse_paper(application_id: str, paper_id: str, body: Document) -> Response:
    """Reject a document.

    With the reason. The applicant can read it.
    """
    return command(
        lambda context: documents.reject_document(dependencies(), application_id, paper_id, body["reason"], context),
        command_answer,
    )


@blp.post("/applications/<application_id>/chase")
@rights("training")
@returns(200, ApplicationSchema)
def chase(application_id: str) -> Response:
    """Send a document reminder.

    Names the missing documents that the applicant has to provide.
    """
    return command(lambda context: documents.remind(dependencies(), application_id, context), command_answer)
