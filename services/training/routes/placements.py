"""Placements: confirmed, moved, started, attended, ended; their agreement, and the legal requirements of hands-on training."""

from typing import Any

from flask import Response

from services.training.actions import (
    agreements,
    application_records,
    application_views,
    applications,
    certificates,
    date_changes,
    documents,
    placements,
)
from services.training.current import dependencies
from services.training.routes.applications import ANY_APPLICATION, command_answer
from services.training.rules.documents import stored_documents
from services.training.rules.records.applications import HandsOnFacts
from services.training.rules.records.documents import ScreeningChanges
from services.training.schemas.requests import (
    AgreementSchema,
    CertificateRequestSchema,
    DateChangeSchema,
    EvaluationSchema,
    HandsOnSchema,
    NewAttendanceSchema,
    ScreeningChangesSchema,
    TerminationSchema,
    WaiverSchema,
)
from services.training.schemas.responses import ApplicationSchema, DateChangeEffectsSchema
from shared.command_context import Answer
from shared.errors import Forbidden
from shared.web.access import api_blueprint, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.state import caller, context

Document = dict[str, Any]
blp = api_blueprint("placements", "training")


@blp.post("/applications/<application_id>/confirm")
@rights("training")
@returns(200, ApplicationSchema)
def confirm(application_id: str) -> Response:
    """Confirm a place.

    On behalf of the applicant, who has accepted the offer.
    """
    return command(lambda context: applications.confirm(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/breaks")
@rights("training")
@takes(DateChangeSchema)
@returns(200, DateChangeEffectsSchema)
def what_breaks(application_id: str, body: Document) -> Answer:
    """Check a change of dates.

    Which documents and rules the new dates would break, and which stays they would overlap. Nothing is changed.
    """
    today, (first, last) = (
        application_records.today_of(dependencies(), context().now),
        (body["first_day"], body["last_day"]),
    )
    found = date_changes.consequences_of_move(dependencies(), application_id, first, last, body["period_id"], today)
    documents = [stored_documents.status_to_json(row.after) for row in found.documents]
    overlaps = application_views.hints_for_dates(
        dependencies(), application_records.find_application(dependencies(), application_id), first, last, caller()
    )
    return respond(
        {
            "papers": documents,
            "others": found.others,
            "overlaps": [application_views.hint_to_json(one) for one in overlaps],
        },
        DateChangeEffectsSchema,
    )


@blp.post("/applications/<application_id>/move")
@rights("training")
@takes(DateChangeSchema)
@returns(200, ApplicationSchema)
def move(application_id: str, body: Document) -> Response:
    """Change the dates.

    To other dates or another period. The new place is claimed before the old one is released.
    """
    days = body["first_day"], body["last_day"], body["period_id"]
    return command(
        lambda context: date_changes.move_dates(dependencies(), application_id, *days, context), command_answer
    )


@blp.post("/applications/<application_id>/start")
@rights("training", "department")
@returns(200, ANY_APPLICATION)
def start(application_id: str) -> Response:
    """Start the training.

    The training starts today. A refusal lists every reason.
    """
    who = caller()
    return command(
        lambda context: placements.start_placement(dependencies(), application_id, who, context), command_answer
    )


@blp.post("/applications/<application_id>/no-show")
@rights("training")
@returns(200, ApplicationSchema)
def no_show(application_id: str) -> Response:
    """Mark as did not attend.

    The rest of the place becomes free.
    """
    return command(lambda context: placements.record_no_show(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/terminate")
@rights("training")
@takes(TerminationSchema)
@returns(200, ApplicationSchema)
def terminate(application_id: str, body: Document) -> Response:
    """End the training early.

    The rest of the place becomes free.
    """
    return command(
        lambda context: placements.terminate_placement(dependencies(), application_id, body["reason"], context),
        command_answer,
    )


@blp.post("/applications/<application_id>/attendance")
@rights("training", "department")
@takes(NewAttendanceSchema)
@returns(200, ANY_APPLICATION)
def record_attendance(application_id: str, body: Document) -> Response:
    """Record attendance.

    For one day. A second record for the same day replaces the first.
    """
    day, who = (body["day"], body["attended"], body["hours"]), caller()
    return command(
        lambda context: placements.record_attendance(dependencies(), application_id, *day, who, context), command_answer
    )


@blp.post("/applications/<application_id>/evaluate")
@rights("training", "department")
@takes(EvaluationSchema)
@returns(200, ANY_APPLICATION)
def evaluate(application_id: str, body: Document) -> Response:
    """Save an evaluation.

    Of the trainee by the department, or of the programme by the trainee.
    """
    evaluation, who = (body["of"], body["scores"], body["text"]), caller()
    if body["of"] == "programme" and not who.roles & {"training", "admin"}:
        raise Forbidden("Expected the training office: only it records the trainee's evaluation of the programme.")
    return command(
        lambda context: placements.record_evaluation(dependencies(), application_id, *evaluation, who, context),
        command_answer,
    )


@blp.post("/applications/<application_id>/complete")
@rights("training", "department")
@returns(200, ANY_APPLICATION)
def complete(application_id: str) -> Response:
    """Complete the training.

    The certificate is made in the background.
    """
    who = caller()
    return command(
        lambda context: placements.complete_placement(dependencies(), application_id, who, context), command_answer
    )


@blp.post("/applications/<application_id>/certificate")
@rights("training")
@takes(CertificateRequestSchema)
@returns(200, ApplicationSchema)
def ask_certificate_again(application_id: str, body: Document) -> Response:
    """Make the certificate again.

    After a failure, or when a name was corrected.
    """
    return command(
        lambda context: certificates.request_certificate(dependencies(), application_id, body["in_latin"], context),
        command_answer,
    )


@blp.post("/applications/<application_id>/agreement")
@rights("training", "partners")
@takes(AgreementSchema)
@returns(200, ANY_APPLICATION)
def name_agreement(application_id: str, body: Document) -> Response:
    """Set the agreement.

    The application comes under this agreement with its partner.
    """
    return command(
        lambda context: agreements.set_agreement(dependencies(), application_id, body["agreement_id"], context),
        command_answer,
    )


@blp.post("/applications/<application_id>/need-no-agreement")
@rights("chief")
@takes(WaiverSchema)
@returns(200, ApplicationSchema)
def need_no_agreement(application_id: str, body: Document) -> Response:
    """Waive the agreement.

    The chief decides that no agreement is needed, and gives the reason.
    """
    return command(
        lambda context: agreements.waive_agreement(dependencies(), application_id, body["because"], context),
        command_answer,
    )


@blp.post("/applications/<application_id>/hands-on")
@rights("training")
@takes(HandsOnSchema)
@returns(200, ApplicationSchema)
def set_hands_on(application_id: str, body: HandsOnFacts) -> Response:
    """Record requirements of hands-on training.

    The minister's permission, the designated supervisor and the language skills.
    """
    return command(
        lambda context: placements.set_hands_on(dependencies(), application_id, body, context), command_answer
    )


@blp.post("/applications/<application_id>/screening")
@rights("training")
@takes(ScreeningChangesSchema)
@returns(200, ApplicationSchema)
def record_screening(application_id: str, body: ScreeningChanges) -> Response:
    """Record the tuberculosis screening.

    An exemption from the screening before entry with its proof, and the day of the application for the certificate of eligibility or visa.
    """
    return command(
        lambda context: documents.record_screening(dependencies(), application_id, body, context), command_answer
    )
