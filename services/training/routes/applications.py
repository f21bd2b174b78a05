"""Applications: entered, submitted, checked, reviewed, decided, announced; the contact details that notify needs."""

from typing import Any, Literal

from flask import Response

from services.training.actions import (
    access,
    application_records,
    application_views,
    applications,
    decisions,
    links,
    reviews,
)
from services.training.current import dependencies
from services.training.rules.records.applicants import References
from services.training.rules.records.applications import Application
from services.training.schemas.requests import (
    AcceptSchema,
    ApplicationChangesSchema,
    ApplicationListQuery,
    NewApplicationSchema,
    NewVerdictSchema,
    RejectSchema,
    ReturnSchema,
    WithdrawalSchema,
)
from services.training.schemas.responses import (
    ApplicationBriefSchema,
    ApplicationRowSchema,
    ApplicationSchema,
    ContactSchema,
)
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import any_of, page, page_of
from shared.web.openapi import Problem
from shared.web.state import caller, context

Document = dict[str, Any]
blp = api_blueprint("applications", "training")
ANY_APPLICATION = any_of(ApplicationSchema, ApplicationBriefSchema)
"""Response to a command, for roles with and without access to applications."""
REFERENCES: tuple[Literal["group_id", "organization_id", "funder_id", "applicant_id"], ...] = (
    "group_id",
    "organization_id",
    "funder_id",
    "applicant_id",
)


def command_answer(record: Application) -> Answer:
    """Returns the response to a command: the application as the caller may read it; callers who may not get only fields that are neither
    personal nor a judgement."""
    roles = access.reading_roles(dependencies(), record, caller())
    if not roles & {"training", "chief", "reviewer", "admin"}:
        public = application_views.summary(record) | {"decision": None, "conditions": [], "reviews": []}
        return respond(public, ApplicationBriefSchema, version=record["version"])
    whole = (
        record
        if "documents" in record
        else application_records.find_application(dependencies(), record["_id"]) | record
    )
    return respond(_view(whole), ApplicationSchema, version=record["version"])


def _view(application: Application) -> Document:
    return application_views.staff_view(
        dependencies(), application, caller(), application_records.today_of(dependencies(), context().now)
    )


@blp.get("/applications")
@rights("training", "chief")
@query(ApplicationListQuery)
@returns(200, page(ApplicationRowSchema))
def list_applications(query: Document) -> Answer:
    """List applications.

    The newest come first.
    """
    statuses = [query["status"]] if "status" in query else []
    equal: dict[str, str] = {
        name: query[name] for name in ("programme_id", "organization_id", "group_id", "reference") if name in query
    }
    return page_of(
        lambda window: application_views.applications_page(dependencies(), equal, statuses, window, caller()),
        lambda row: ApplicationRowSchema().dump(application_views.summary(row) | {"overlaps": row["overlaps"]}),
        query,
    )


@blp.post("/applications")
@rights("training")
@takes(NewApplicationSchema)
@returns(201, ApplicationRowSchema)
def begin(body: Document) -> Response:
    """Create an application.

    The training office enters it for a person nominated by a partner, or for a member of staff.
    """
    references: References = {}
    for name in REFERENCES:
        if name in body:
            references[name] = body.pop(name)
    programme_id = body.pop("programme_id")

    def answer(new: Application) -> Answer:
        row = application_views.summary(new) | {
            "overlaps": application_views.overlaps_of(dependencies(), new, caller())
        }
        return respond(row, ApplicationRowSchema, 201, f"/training/api/v1/applications/{new['_id']}", new["version"])

    return command(
        lambda context: applications.start_for_applicant(dependencies(), programme_id, body, references, context),
        answer,
    )


@blp.get("/applications/<application_id>")
@rights("training", "chief", "reviewer")
@returns(200, ApplicationSchema)
def get_application(application_id: str) -> Answer:
    """Get an application.

    With the state of each document today and the commands that are possible now.
    """
    application = application_records.find_application(dependencies(), application_id)
    access.check_readable(dependencies(), application, caller())
    return respond(_view(application), ApplicationSchema)


@blp.get("/applications/<application_id>/contact")
@rights(service="notify")
@returns(200, ContactSchema)
@returns(410, Problem, "application/problem+json", "The personal data were erased")
def get_contact(application_id: str) -> Answer:
    """Get contact details of an applicant.

    The address, and the link that the mail may contain. The notify service asks for them when it sends.
    """
    return respond(application_views.contact(dependencies(), application_id), ContactSchema)


@blp.patch("/applications/<application_id>")
@rights("training")
@takes(ApplicationChangesSchema)
@returns(200, ApplicationSchema)
def save_step(application_id: str, body: Document) -> Response:
    """Update an application.

    A draft or a returned application can be changed as a whole. Later, only passport, licence, contacts, notes and exemption can be changed.
    """
    return command(
        lambda context: applications.save_fields(dependencies(), application_id, body, context), command_answer
    )


@blp.post("/applications/<application_id>/submit")
@rights("training")
@returns(200, ApplicationSchema)
def submit(application_id: str) -> Response:
    """Submit an application.

    For the first time, or again after it was returned.
    """
    return command(lambda context: applications.submit(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/check")
@rights("training")
@returns(200, ApplicationSchema)
def start_check(application_id: str) -> Response:
    """Start the document check."""
    return command(lambda context: reviews.start_check(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/return")
@rights("training")
@takes(ReturnSchema)
@returns(200, ApplicationSchema)
def send_back(application_id: str, body: Document) -> Response:
    """Return an application.

    The message tells the applicant what is missing.
    """
    return command(
        lambda context: reviews.return_application(
            dependencies(), application_id, body["message"], body["papers"], context
        ),
        command_answer,
    )


@blp.post("/applications/<application_id>/review")
@rights("training")
@returns(200, ApplicationSchema)
def start_review(application_id: str) -> Response:
    """Start the review.

    The documents are in order. The reviewers are asked next.
    """
    return command(lambda context: reviews.start_review(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/give-review")
@rights("training", "reviewer", "department", "chief")
@takes(NewVerdictSchema)
@returns(200, ANY_APPLICATION)
def give_review(application_id: str, body: Document) -> Response:
    """Give a review.

    For a step of the review that is open now.
    """
    step, verdict, note, who = body["step"], body["verdict"], body["note"], caller()
    return command(
        lambda context: reviews.give_review(dependencies(), application_id, step, verdict, note, who, context),
        command_answer,
    )


@blp.post("/applications/<application_id>/accept")
@rights("training", "chief")
@takes(AcceptSchema)
@returns(200, ApplicationSchema)
def accept(application_id: str, body: Document) -> Response:
    """Accept an application.

    It gets a place if one is free, else it goes on the waiting list. The applicant is told by `announce`.
    """
    return command(
        lambda context: decisions.accept(dependencies(), application_id, body["conditions"], context), command_answer
    )


@blp.post("/applications/<application_id>/reject")
@rights("training", "chief")
@takes(RejectSchema)
@returns(200, ApplicationSchema)
def reject(application_id: str, body: Document) -> Response:
    """Reject an application.

    With the reason. Also used when a condition of an offer was not met.
    """
    return command(
        lambda context: decisions.reject(dependencies(), application_id, body["reason"], body["message"], context),
        command_answer,
    )


@blp.post("/applications/<application_id>/announce")
@rights("training", "chief")
@returns(200, ApplicationSchema)
def announce(application_id: str) -> Response:
    """Announce a decision.

    The applicant is told, and the time to answer an offer starts.
    """
    return command(lambda context: decisions.announce(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/conditions/<condition_id>/meet")
@rights("training")
@returns(200, ApplicationSchema)
def meet_condition(application_id: str, condition_id: str) -> Response:
    """Mark a condition as met.

    For a condition that no document proves.
    """
    return command(
        lambda context: decisions.meet_condition(dependencies(), application_id, condition_id, context), command_answer
    )


@blp.post("/applications/<application_id>/send-link")
@rights("training")
@returns(200, ApplicationSchema)
def send_link(application_id: str) -> Response:
    """Send a new link.

    The applicant gets a new link by mail. Earlier links end at once.
    """
    return command(lambda context: links.send_link(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/end-links")
@rights("training")
@returns(200, ApplicationSchema)
def end_links(application_id: str) -> Response:
    """End all links.

    Every link to the application ends at once, also in browsers that have it open. A new link may be sent.
    """
    return command(lambda context: links.end_links(dependencies(), application_id, context), command_answer)


@blp.post("/applications/<application_id>/withdraw")
@rights("training")
@takes(WithdrawalSchema)
@returns(200, ApplicationSchema)
def withdraw(application_id: str, body: Document) -> Response:
    """Withdraw an application.

    On behalf of the applicant.
    """
    return command(
        lambda context: applications.withdraw(dependencies(), application_id, body["reason"], context), command_answer
    )
