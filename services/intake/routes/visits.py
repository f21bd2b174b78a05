"""What the desk calls on visits. A visit lies in its case: its ETag is the case's."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.intake.actions import views, visits
from services.intake.current import dependencies
from services.intake.rules.records import Case, RescheduleBody, VisitBody, VisitChanges
from services.intake.schemas import requests, responses
from shared.command_context import Answer, CommandContext
from shared.web.access import api_blueprint, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command

blp = api_blueprint("visits", "intake")
HOME = "/intake/api/v1/visits"
Body = dict[str, Any]


def _command(visit_id: str, run: Callable[[CommandContext], Case]) -> Response:
    """Run a command on a visit, and respond 200 with the whole visit."""
    return command(run, lambda case: respond(views.visit_view(dependencies(), case, visit_id), responses.VisitResponse))


@blp.post("/cases/<case_id>/visits")
@rights("front_desk")
@takes(requests.VisitSchema)
@returns(201, responses.VisitResponse)
def book_visit(case_id: str, body: VisitBody) -> Response:
    """Book a visit.

    The department must be listed.
    """

    def answer(case: Case) -> Answer:
        visit_id = case["visits"][-1]["id"]
        return respond(
            views.visit_view(dependencies(), case, visit_id), responses.VisitResponse, 201, f"{HOME}/{visit_id}"
        )

    return command(lambda context: visits.book_visit(dependencies(), case_id, body, context), answer)


@blp.get("/visits/<visit_id>")
@rights("front_desk")
@returns(200, responses.VisitResponse)
def get_visit(visit_id: str) -> Answer:
    """Get a visit."""
    return respond(views.read_visit(dependencies(), visit_id), responses.VisitResponse)


@blp.patch("/visits/<visit_id>")
@rights("front_desk")
@takes(requests.EditVisitSchema)
@returns(200, responses.VisitResponse)
def edit_visit(visit_id: str, body: VisitChanges) -> Response:
    """Change a visit.

    Place, modality or the interpreter's need.
    """
    return _command(visit_id, lambda context: visits.edit_visit(dependencies(), visit_id, body, context))


@blp.post("/visits/<visit_id>/reschedule")
@rights("front_desk")
@takes(requests.RescheduleSchema)
@returns(200, responses.VisitResponse)
def reschedule(visit_id: str, body: RescheduleBody) -> Response:
    """Reschedule a visit."""
    return _command(visit_id, lambda context: visits.reschedule_visit(dependencies(), visit_id, body, context))


@blp.post("/visits/<visit_id>/cancel")
@rights("front_desk")
@takes(requests.CancelVisitSchema)
@returns(200, responses.VisitResponse)
def cancel(visit_id: str, body: Body) -> Response:
    """Cancel a visit."""
    return _command(
        visit_id,
        lambda context: visits.cancel_visit(dependencies(), visit_id, body["reason"], body["wanted_by"], context),
    )


@blp.post("/visits/<visit_id>/arrive")
@rights("front_desk")
@returns(200, responses.VisitResponse)
def arrive(visit_id: str) -> Response:
    """Check in a patient."""
    return _command(visit_id, lambda context: visits.move_visit(dependencies(), visit_id, "arrive", context))


@blp.post("/visits/<visit_id>/leave")
@rights("front_desk")
@returns(200, responses.VisitResponse)
def leave(visit_id: str) -> Response:
    """Mark as left without being seen."""
    return _command(visit_id, lambda context: visits.move_visit(dependencies(), visit_id, "leave", context))


@blp.post("/visits/<visit_id>/complete")
@rights("front_desk")
@returns(200, responses.VisitResponse)
def complete(visit_id: str) -> Response:
    """Mark as seen."""
    return _command(visit_id, lambda context: visits.move_visit(dependencies(), visit_id, "complete", context))


@blp.post("/visits/<visit_id>/no-show")
@rights("front_desk")
@returns(200, responses.VisitResponse)
def no_show(visit_id: str) -> Response:
    """Mark as no-show."""
    return _command(visit_id, lambda context: visits.move_visit(dependencies(), visit_id, "no-show", context))


@blp.post("/visits/<visit_id>/correct")
@rights("front_desk")
@takes(requests.CorrectSchema)
@returns(200, responses.VisitResponse)
def correct(visit_id: str, body: Body) -> Response:
    """Correct the status of a visit.

    Takes a reason. The status of the case changes with it.
    """
    return _command(
        visit_id, lambda context: visits.correct_visit(dependencies(), visit_id, body["to"], body["reason"], context)
    )
