"""Self-service of signed-in interpreters: their entry, offers, availability and calendar link."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.interpreting.actions import offer_commands, self_service
from services.interpreting.actions.self_service import LostBooking
from services.interpreting.current import dependencies
from services.interpreting.rules import offers
from services.interpreting.rules.records import Booking, Interpreter, InterpreterChanges
from services.interpreting.schemas.requests import AvailabilitySchema, OwnOfferQuery
from services.interpreting.schemas.responses import (
    AvailabilityChangedSchema,
    CalendarLinkSchema,
    ConsequencesSchema,
    MeSchema,
    OwnOfferSchema,
)
from shared.command_context import Answer, CommandContext
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page, page_of
from shared.web.openapi import Problem
from shared.web.state import caller, context

Document = dict[str, Any]
blp = api_blueprint("mine", "interpreting")
OWN_OFFER = OwnOfferSchema()
not_on_the_roster = returns(404, Problem, "application/problem+json", "Your account is not linked to an interpreter")


def _with_calendar(entry: Interpreter, **more: Any) -> Document:
    calendar = entry.get("calendar")
    return {**entry, "calendar_since": calendar["since"] if calendar else None, **more}


@blp.get("/me")
@rights("interpreter")
@returns(200, MeSchema)
@not_on_the_roster
def get_me() -> Answer:
    """Read your roster entry."""
    return respond(_with_calendar(self_service.own_entry(dependencies(), caller().id)), MeSchema)


@blp.patch("/me/availability")
@rights("interpreter")
@takes(AvailabilitySchema)
@returns(200, AvailabilityChangedSchema)
@not_on_the_roster
def change_availability(body: InterpreterChanges) -> Response:
    """Change your hours and absences.

    `loses` lists confirmed bookings that no longer fit. They are matched again.
    """
    loses: list[LostBooking] = []

    def run(context: CommandContext) -> Interpreter:
        loses[:] = self_service.consequences(
            dependencies(), self_service.own_entry(dependencies(), caller().id), body, context.now
        )
        return self_service.change_availability(dependencies(), caller().id, body, context)

    return command(run, lambda entry: respond(_with_calendar(entry, loses=loses), AvailabilityChangedSchema))


@blp.post("/me/availability/consequences")
@rights("interpreter")
@takes(AvailabilitySchema)
@returns(200, ConsequencesSchema)
@not_on_the_roster
def consequences(body: InterpreterChanges) -> Answer:
    """Preview a change of availability.

    Lists the confirmed bookings that the change would cost. Nothing is changed.
    """
    entry = self_service.own_entry(dependencies(), caller().id)
    return respond({"loses": self_service.consequences(dependencies(), entry, body, context().now)}, ConsequencesSchema)


@blp.get("/me/offers")
@rights("interpreter")
@query(OwnOfferQuery)
@returns(200, page(OwnOfferSchema))
def list_own_offers(query: Document) -> Answer:
    """List your offers.

    With their outcome, in order of the visit's start, from two weeks ago on.
    """
    now, account = context().now, caller().id
    return page_of(
        lambda window: self_service.own_offers(dependencies(), account, window, now),
        lambda row: OWN_OFFER.dump(row["offer"]),
        query,
        lambda row: (row["booking"]["start"], row["booking"]["_id"]),
    )


@blp.post("/bookings/<booking_id>/offers/<offer_id>/accept")
@rights("interpreter")
@returns(200, OwnOfferSchema)
def accept_offer(booking_id: str, offer_id: str) -> Response:
    """Accept an offer.

    The booking goes to the first interpreter to accept. A refusal names the outcome.
    """
    return _answer(offer_commands.accept, booking_id, offer_id)


@blp.post("/bookings/<booking_id>/offers/<offer_id>/decline")
@rights("interpreter")
@returns(200, OwnOfferSchema)
def decline_offer(booking_id: str, offer_id: str) -> Response:
    """Decline an offer.

    The offers to other interpreters stay open.
    """
    return _answer(offer_commands.decline, booking_id, offer_id)


def _answer(answer: Callable[..., Booking], booking_id: str, offer_id: str) -> Response:
    own, now = self_service.own_ids(dependencies(), caller().id), context().now
    return command(
        lambda context: answer(dependencies(), booking_id, offer_id, own, context),
        lambda booking: respond(
            self_service.own_offer(dependencies(), booking, offers.find(booking, offer_id), now), OwnOfferSchema
        ),
    )


@blp.post("/me/calendar-link")
@rights("interpreter")
@returns(201, CalendarLinkSchema)
@not_on_the_roster
def new_calendar_link() -> Response:
    """Create your calendar link.

    The answer shows the address once. An earlier address stops working.
    """
    token = self_service.new_token()
    address = f"{dependencies().settings.public_url}/interpreting/calendar/{token}.ics"
    return command(
        lambda context: self_service.create_calendar_link(dependencies(), caller().id, token, context),
        lambda entry: respond(
            {"url": address, "since": _with_calendar(entry)["calendar_since"]},
            CalendarLinkSchema,
            201,
            "/interpreting/api/v1/me",
        ),
    )


@blp.delete("/me/calendar-link")
@rights("interpreter")
@returns(200, MeSchema)
@not_on_the_roster
def drop_calendar_link() -> Response:
    """Delete your calendar link.

    The address stops working.
    """
    return command(
        lambda context: self_service.delete_calendar_link(dependencies(), caller().id, context),
        lambda entry: respond(_with_calendar(entry), MeSchema),
    )
