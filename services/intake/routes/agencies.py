"""What agencies call: their own referrals, by API key. Another's id answers exactly like an unknown one."""

from typing import Any

from flask import Response

from services.intake.actions import exchange, registration, views
from services.intake.actions.access import case_to_read as case_of
from services.intake.current import dependencies
from services.intake.routes.lists import listed
from services.intake.rules import agency_view
from services.intake.rules.filters import Filter
from services.intake.rules.records import Case, DocumentBody, ReferralBody
from services.intake.schemas import requests, responses
from shared.command_context import Answer
from shared.documents.formats import FORMATS
from shared.web.access import api_blueprint, query, returns, rights, takes, takes_upload
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.files import served
from shared.web.lists import page
from shared.web.state import caller

blp = api_blueprint("agencies", "intake")
HOME = "/intake/api/v1/referrals"


def _organization() -> str:
    return str(caller().organization_id)


def _whole(case: Case, status: int = 200) -> Answer:
    return respond(views.view(dependencies(), case, views.AGENCY), responses.ReferralResponse, status)


@blp.post("/referrals")
@rights(agency="referrals:write")
@takes(requests.ReferralSchema)
@returns(201, responses.ReceiptResponse)
def create_referral(body: ReferralBody) -> Response:
    """Send a referral.

    A referral with an agency_reference used before is stored too; the response then carries a hint.
    """

    def answer(case: Case) -> Answer:
        return respond(views.receipt(case), None, 201, f"{HOME}/{case['_id']}", case["version"])

    return command(
        lambda context: registration.receive_referral(dependencies(), _organization(), body, context), answer
    )


@blp.get("/referrals")
@rights(agency="referrals:read")
@query(requests.ReferralsQuery)
@returns(200, page(responses.ReferralRowResponse))
def list_referrals(query: dict[str, Any]) -> Answer:
    """List your referrals.

    Newest first, or in order of change if updated_since is given.
    """
    names = ("status", "agency_reference", "updated_since")
    wanted = Filter(
        organization_id=_organization(), changed=agency_view.CHANGED, **{name: query.get(name) for name in names}
    )
    return listed(wanted, views.AGENCY, responses.ReferralRowResponse, query)


@blp.get("/referrals/<case_id>")
@rights(agency="referrals:read")
@returns(200, responses.ReferralResponse)
def get_referral(case_id: str) -> Answer:
    """Get a referral.

    Includes its messages and documents.
    """
    return _whole(case_of(dependencies(), case_id, _organization()))


@blp.post("/referrals/<case_id>/information")
@rights(agency="referrals:write")
@takes(requests.MessageSchema)
@returns(200, responses.ReferralResponse)
def give_information(case_id: str, body: dict[str, Any]) -> Response:
    """Send requested information."""
    return command(
        lambda context: exchange.give_information(dependencies(), case_id, _organization(), body["message"], context),
        _whole,
    )


@blp.post("/referrals/<case_id>/cancellation")
@rights(agency="referrals:write")
@takes(requests.AgencyCancellationSchema)
@returns(200, responses.ReferralResponse, description="Cancelled")
@returns(202, responses.ReferralResponse, description="A visit is booked: the hospital will confirm or refuse")
def ask_to_cancel(case_id: str, body: dict[str, Any]) -> Response:
    """Cancel a referral.

    Before a visit is booked it takes effect at once. After that it is a request that the hospital confirms or refuses.
    """
    return command(
        lambda context: exchange.ask_to_cancel(dependencies(), case_id, _organization(), body["reason"], context),
        lambda case: _whole(case, 200 if case["status"] == "cancelled" else 202),
    )


@blp.post("/referrals/<case_id>/messages")
@rights(agency="referrals:write")
@takes(requests.TextSchema)
@returns(201, responses.MessageResponse)
def post_message(case_id: str, body: dict[str, Any]) -> Response:
    """Send a message to the hospital."""

    def answer(case: Case) -> Answer:
        shown = views.new_message_view(dependencies(), case, views.AGENCY)
        return respond(shown, responses.MessageResponse, 201, f"{HOME}/{case_id}/messages/{shown['id']}")

    return command(
        lambda context: exchange.post_message(dependencies(), case_id, _organization(), body["text"], context), answer
    )


@blp.get("/referrals/<case_id>/messages/<message_id>")
@rights(agency="referrals:read")
@returns(200, responses.MessageResponse)
def get_message(case_id: str, message_id: str) -> Answer:
    """Get a message."""
    return respond(views.read_message(dependencies(), case_id, _organization(), message_id), responses.MessageResponse)


@blp.post("/referrals/<case_id>/documents")
@rights(agency="referrals:write")
@takes_upload(requests.AgencyDocumentSchema)
@returns(201, responses.AgencyDocumentResponse)
def attach_document(case_id: str, body: dict[str, Any]) -> Response:
    """Attach a file of at most 20 MiB: PDF, PNG, JPEG, TIFF, DICOM, docx or plain text.

    It is judged by what it is, not by its name. 415: another type (`reason`: not_taken, encoding, empty). 422: a fault of the file
    (`reason`: truncated, damaged, encrypted, macros, scripts, executable, mixed, pages, pixels, unpacked), said in `detail`.
    """
    about: DocumentBody = {"kind": body["kind"]}

    def answer(case: Case) -> Answer:
        shown = views.new_document_view(dependencies(), case, views.AGENCY)
        return respond(shown, responses.AgencyDocumentResponse, 201, f"{HOME}/{case_id}/documents/{shown['id']}")

    return command(
        lambda context: exchange.attach_documents(
            dependencies(), case_id, _organization(), about, [body["file"]], context
        ),
        answer,
    )


@blp.get("/referrals/<case_id>/documents/<document_id>")
@rights(agency="referrals:read")
@returns(200, None, content_type=", ".join(FORMATS), description="The file, as an attachment")
def get_document(case_id: str, document_id: str) -> Response:
    """Download a document.

    Documents you sent, and documents the hospital made visible to you.
    """
    return served(*exchange.read_document(dependencies(), case_id, _organization(), document_id))


@blp.get("/referrals/<case_id>/timeline")
@rights(agency="referrals:read")
@returns(200, responses.TimelineResponse)
def get_timeline(case_id: str) -> Answer:
    """List the history of a referral."""
    return respond({"items": views.case_timeline(dependencies(), case_id, _organization())}, responses.TimelineResponse)
