"""What the desk calls on cases. A coordinator reads cases, without clinical text."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.intake.actions import cases, exchange, registration, views
from services.intake.actions.access import case_to_read
from services.intake.current import dependencies
from services.intake.routes.lists import listed
from services.intake.rules.filters import Filter
from services.intake.rules.records import Case, CaseBody, CaseEdit, DocumentBody
from services.intake.schemas import requests, responses
from shared.command_context import Answer, CommandContext
from shared.documents.formats import FORMATS
from shared.web.access import api_blueprint, query, returns, rights, takes, takes_upload
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.files import served
from shared.web.lists import any_of, page
from shared.web.state import caller

blp = api_blueprint("cases", "intake")
HOME = "/intake/api/v1/cases"
SHAPES = {views.DESK: responses.CaseResponse, views.COORDINATOR: responses.CoordinatorCaseResponse}
ROWS = {views.DESK: responses.CaseRowResponse, views.COORDINATOR: responses.CoordinatorCaseResponse}
Body = dict[str, Any]


def _reader() -> str:
    return views.DESK if caller().roles & {"front_desk", "admin"} else views.COORDINATOR


def _whole(case: Case) -> Answer:
    return respond(views.view(dependencies(), case, views.DESK), responses.CaseResponse)


def _command(run: Callable[[CommandContext], Case]) -> Response:
    """Run a command of the front desk, and respond 200 with the whole case."""
    return command(run, _whole)


@blp.post("/cases")
@rights("front_desk")
@takes(requests.RegisterSchema)
@returns(201, responses.RegisteredResponse)
def register_case(body: CaseBody) -> Response:
    """Register a case.

    With `visit` it is a walk-in: the case is in care at once, and an interpreter is requested for now.
    """

    def answer(case: Case) -> Answer:
        return respond(views.desk_receipt(case), responses.RegisteredResponse, 201, f"{HOME}/{case['_id']}")

    return command(lambda context: registration.register_case(dependencies(), body, context), answer)


@blp.get("/cases")
@rights("front_desk", "coordinator")
@query(requests.CasesQuery)
@returns(200, any_of(page(responses.CaseRowResponse), page(responses.CoordinatorCaseResponse)))
def list_cases(query: Body) -> Answer:
    """List cases.

    Newest first, or in order of change if updated_since is given.
    """
    names = ("status", "organization_id", "agency_reference", "reference", "updated_since")
    reader = _reader()
    wanted = Filter(**{name: query.get(name) for name in names})  # type: ignore[arg-type]
    return listed(wanted, reader, ROWS[reader], query)


@blp.get("/cases/<case_id>")
@rights("front_desk", "coordinator")
@returns(200, any_of(responses.CaseResponse, responses.CoordinatorCaseResponse))
def get_case(case_id: str) -> Answer:
    """Get a case.

    Coordinators get it without clinical text, messages and documents.
    """
    reader = _reader()
    return respond(views.view(dependencies(), case_to_read(dependencies(), case_id), reader), SHAPES[reader])


@blp.patch("/cases/<case_id>")
@rights("front_desk")
@takes(requests.EditSchema)
@returns(200, responses.CaseResponse)
def edit_case(case_id: str, body: CaseEdit) -> Response:
    """Edit a case.

    Sections are changed field by field, and null removes a field. Languages are replaced as a whole.
    """
    return _command(lambda context: cases.edit(dependencies(), case_id, body, context))


@blp.post("/cases/<case_id>/review")
@rights("front_desk")
@returns(200, responses.CaseResponse)
def review(case_id: str) -> Response:
    """Start the review of a case."""
    return _command(lambda context: cases.review(dependencies(), case_id, context))


@blp.post("/cases/<case_id>/accept")
@rights("front_desk")
@takes(requests.AcceptSchema)
@returns(200, responses.CaseResponse)
def accept(case_id: str, body: Body) -> Response:
    """Accept a case.

    Links the case to a registered patient, or registers a new patient from the details of the case.
    """
    return _command(lambda context: cases.accept(dependencies(), case_id, body.get("patient_id"), context))


@blp.post("/cases/<case_id>/decline")
@rights("front_desk")
@takes(requests.DeclineSchema)
@returns(200, responses.CaseResponse)
def decline(case_id: str, body: Body) -> Response:
    """Decline a case.

    Takes a reason from the list and a message for the agency.
    """
    return _command(
        lambda context: cases.decline(dependencies(), case_id, body["reason"], body.get("message"), context)
    )


@blp.post("/cases/<case_id>/request-information")
@rights("front_desk")
@takes(requests.MessageSchema)
@returns(200, responses.CaseResponse)
def request_information(case_id: str, body: Body) -> Response:
    """Request information."""
    return _command(lambda context: cases.request_information(dependencies(), case_id, body["message"], context))


@blp.post("/cases/<case_id>/record-information")
@rights("front_desk")
@takes(requests.MessageSchema)
@returns(200, responses.CaseResponse)
def record_information(case_id: str, body: Body) -> Response:
    """Record received information.

    For information that came by phone, e-mail or in another way.
    """
    return _command(lambda context: cases.record_information(dependencies(), case_id, body["message"], context))


@blp.post("/cases/<case_id>/cancel")
@rights("front_desk")
@takes(requests.CancelCaseSchema)
@returns(200, responses.CaseResponse)
def cancel(case_id: str, body: Body) -> Response:
    """Cancel a case.

    Also cancels its booked visits. Confirms a cancellation that the agency requested.
    """
    return _command(
        lambda context: cases.cancel(dependencies(), case_id, body.get("reason"), body.get("wanted_by"), context)
    )


@blp.post("/cases/<case_id>/refuse-cancellation")
@rights("front_desk")
@takes(requests.MessageSchema)
@returns(200, responses.CaseResponse)
def refuse_cancellation(case_id: str, body: Body) -> Response:
    """Refuse a cancellation request."""
    return _command(lambda context: cases.refuse_cancellation(dependencies(), case_id, body["message"], context))


@blp.post("/cases/<case_id>/complete")
@rights("front_desk")
@takes(requests.CompleteSchema)
@returns(200, responses.CaseResponse)
def complete(case_id: str, body: Body) -> Response:
    """Complete a case.

    Visits that are still booked are cancelled.
    """
    return _command(lambda context: cases.complete(dependencies(), case_id, body["outcome"], context))


@blp.post("/cases/<case_id>/no-reply-needed")
@rights("front_desk")
@returns(200, responses.CaseResponse)
def mark_answered(case_id: str) -> Response:
    """Mark as no reply needed.

    For a message of the agency.
    """
    return _command(lambda context: cases.mark_answered(dependencies(), case_id, context))


@blp.post("/cases/<case_id>/reopen")
@rights("front_desk")
@takes(requests.ReopenSchema)
@returns(200, responses.CaseResponse)
def reopen(case_id: str, body: Body) -> Response:
    """Reopen a case."""
    return _command(lambda context: cases.reopen(dependencies(), case_id, body["reason"], context))


@blp.post("/cases/<case_id>/messages")
@rights("front_desk")
@takes(requests.TextSchema)
@returns(201, responses.MessageResponse)
def post_message(case_id: str, body: Body) -> Response:
    """Send a message to the agency."""

    def answer(case: Case) -> Answer:
        view = views.new_message_view(dependencies(), case)
        return respond(view, responses.MessageResponse, 201, f"{HOME}/{case_id}/messages/{view['id']}")

    return command(lambda context: exchange.post_message(dependencies(), case_id, None, body["text"], context), answer)


@blp.get("/cases/<case_id>/messages/<message_id>")
@rights("front_desk")
@returns(200, responses.MessageResponse)
def get_message(case_id: str, message_id: str) -> Answer:
    """Get a message."""
    return respond(views.read_message(dependencies(), case_id, None, message_id), responses.MessageResponse)


@blp.post("/cases/<case_id>/documents")
@rights("front_desk")
@takes_upload(requests.DeskDocumentSchema)
@returns(201, responses.DocumentResponse)
def attach_document(case_id: str, body: Body) -> Response:
    """Attach a document.

    A file of at most 20 MiB. `visible_to` says who else can see it.
    """
    about: DocumentBody = {"kind": body["kind"], "visible_to": body.get("visible_to")}

    def answer(case: Case) -> Answer:
        view = views.new_document_view(dependencies(), case, views.DESK)
        return respond(view, responses.DocumentResponse, 201, f"{HOME}/{case_id}/documents/{view['id']}")

    return command(
        lambda context: exchange.attach_documents(dependencies(), case_id, None, about, [body["file"]], context), answer
    )


@blp.get("/cases/<case_id>/documents/<document_id>")
@rights("front_desk")
@returns(200, None, content_type=", ".join(FORMATS), description="The file, as an attachment")
def get_document(case_id: str, document_id: str) -> Response:
    """Download a document."""
    return served(*exchange.read_document(dependencies(), case_id, None, document_id))


@blp.get("/cases/<case_id>/timeline")
@rights("front_desk", "coordinator")
@returns(200, responses.TimelineResponse)
def get_timeline(case_id: str) -> Answer:
    """List the history of a case.

    Entries of all services.
    """
    return respond({"items": views.case_timeline(dependencies(), case_id, None)}, responses.TimelineResponse)
