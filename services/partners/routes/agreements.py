"""Agreements, for staff: the partners role maintains them, the training role reads them."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.partners.actions import agreement_moves as moves
from services.partners.actions import agreement_scans as scans
from services.partners.actions import agreements as actions
from services.partners.actions.agreements import AgreementView
from services.partners.current import dependencies
from services.partners.rules.records import Agreement, AgreementFilters, GivenTerms, Signing
from services.partners.schemas.requests import (
    AgreementChangesSchema,
    AgreementListQuery,
    NewAgreementSchema,
    NoticeOfEndSchema,
    ReasonSchema,
    ScanForm,
    SigningSchema,
    TerminationSchema,
)
from services.partners.schemas.responses import AgreementSchema, ScanSchema
from shared.command_context import Answer, CommandContext
from shared.documents.formats import PDF
from shared.web.access import api_blueprint, query, returns, rights, takes, takes_upload
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.files import served
from shared.web.lists import page, page_of
from shared.web.state import context

Body = dict[str, Any]
HOME = "/partners/api/v1/agreements"
blp = api_blueprint("agreements", "partners")


def _view(agreement: Agreement) -> AgreementView:
    return actions.to_response(dependencies(), agreement, context().now)


def _response(agreement: Agreement) -> Answer:
    return respond(_view(agreement), AgreementSchema)


def _draft_response(agreement: Agreement) -> Answer:
    return respond(_view(agreement), AgreementSchema, 201, f"{HOME}/{agreement['_id']}")


def _command(change: Callable[[CommandContext], Agreement]) -> Response:
    """Runs a command whose response is the agreement."""
    return command(change, _response)


@blp.get("/agreements")
@rights("partners", "training")
@query(AgreementListQuery)
@returns(200, page(AgreementSchema))
def list_agreements(query: AgreementFilters) -> Any:
    """List agreements.

    Filters: organization, status, scope and the days until the end.
    """
    return page_of(
        lambda window: [_view(row) for row in actions.find_agreements(dependencies(), query, context(), window)],
        AgreementSchema,
        query,
    )


@blp.post("/agreements")
@rights("partners")
@takes(NewAgreementSchema)
@returns(201, AgreementSchema)
def draft_agreement(body: GivenTerms) -> Response:
    """Draft an agreement.

    It stays a draft until it is submitted.
    """
    return command(lambda context: actions.draft_agreement(dependencies(), body, context), _draft_response)


@blp.get("/agreements/<agreement_id>")
@rights("partners", "training")
@returns(200, AgreementSchema)
def read_agreement(agreement_id: str) -> Any:
    """Read an agreement."""
    return _response(actions.get_agreement(dependencies(), agreement_id))


@blp.patch("/agreements/<agreement_id>")
@rights("partners")
@takes(AgreementChangesSchema)
@returns(200, AgreementSchema)
def change_agreement(agreement_id: str, body: GivenTerms) -> Response:
    """Update an agreement.

    Possible until it has ended. Terms that were signed cannot be changed.
    """
    return _command(lambda context: actions.change_agreement(dependencies(), agreement_id, body, context))


@blp.post("/agreements/<agreement_id>/submit")
@rights("partners")
@returns(200, AgreementSchema)
def submit(agreement_id: str) -> Response:
    """Submit an agreement for review."""
    return _command(lambda context: moves.submit(dependencies(), agreement_id, context))


@blp.post("/agreements/<agreement_id>/sign")
@rights("partners")
@takes(SigningSchema)
@returns(200, AgreementSchema)
def sign(agreement_id: str, body: Signing) -> Response:
    """Record an agreement's signatures.

    Both sides have signed. The agreement becomes active on its first day without another call.
    """
    return _command(lambda context: moves.sign(dependencies(), agreement_id, body, context))


@blp.post("/agreements/<agreement_id>/activate")
@rights("partners")
@returns(200, AgreementSchema)
def activate(agreement_id: str) -> Response:
    """Activate an agreement.

    Possible from its first day on. The agreement it renews becomes `renewed`.
    """
    return _command(lambda context: moves.activate(dependencies(), agreement_id, context))


@blp.post("/agreements/<agreement_id>/terminate")
@rights("partners")
@takes(TerminationSchema)
@returns(200, AgreementSchema)
def terminate(agreement_id: str, body: Body) -> Response:
    """Terminate an agreement.

    It is no longer in force from the given day on. A future day is stored and can be changed by another call.
    """
    return _command(lambda context: moves.terminate(dependencies(), agreement_id, **body, context=context))


@blp.post("/agreements/<agreement_id>/give-notice")
@rights("partners")
@takes(NoticeOfEndSchema)
@returns(200, AgreementSchema)
def give_notice(agreement_id: str, body: Body) -> Response:
    """Give notice of an agreement.

    It no longer renews itself and ends with its present term.
    """
    return _command(lambda context: moves.give_notice(dependencies(), agreement_id, body["on"], context))


@blp.post("/agreements/<agreement_id>/renew")
@rights("partners")
@takes(AgreementChangesSchema)
@returns(201, AgreementSchema)
def renew(agreement_id: str, body: GivenTerms) -> Response:
    """Renew an agreement.

    Drafts the successor, which starts on the day after the end. Fields that are not given are copied.
    """
    return command(lambda context: actions.renew(dependencies(), agreement_id, body, context), _draft_response)


@blp.post("/agreements/<agreement_id>/abandon")
@rights("partners")
@takes(ReasonSchema)
@returns(200, AgreementSchema)
def abandon(agreement_id: str, body: Body) -> Response:
    """Abandon an unsigned agreement.

    It will not be signed.
    """
    return _command(lambda context: moves.abandon(dependencies(), agreement_id, body["reason"], context))


@blp.post("/agreements/<agreement_id>/scan")
@rights("partners")
@takes_upload(ScanForm, (PDF,))
@returns(201, ScanSchema)
def attach_scan(agreement_id: str, body: Body) -> Response:
    """Upload a signed agreement's scan.

    A PDF of at most 20 MiB. It replaces an earlier scan.
    """
    where = f"{HOME}/{agreement_id}/scan"
    return command(
        lambda context: scans.attach_scan(dependencies(), agreement_id, body["file"], context),
        lambda agreement: respond(agreement["scan"] or {}, ScanSchema, 201, where, version=agreement["version"]),
    )


@blp.get("/agreements/<agreement_id>/scan")
@rights("partners", "training")
@returns(200, None, content_type="application/pdf", description="The scan, as an attachment")
def read_scan(agreement_id: str) -> Response:
    """Download a signed agreement's scan."""
    return served(*scans.read_scan(dependencies(), agreement_id))
