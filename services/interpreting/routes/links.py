"""Addresses that need no sign-in, because the address itself is a secret: signed links to offers, calendar feeds."""

import hashlib

from flask import Response, request

from services.interpreting.actions import offer_commands, self_service
from services.interpreting.current import dependencies
from services.interpreting.rules import offers
from services.interpreting.schemas.responses import OwnOfferSchema
from shared.command_context import Answer
from shared.web.access import ApiBlueprint, api_blueprint, public, returns
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.state import context

blp = api_blueprint("links", "interpreting")
calendars = ApiBlueprint("calendars", "interpreting", url_prefix="/interpreting")
MAX_AGE_SECONDS = 300


@blp.get("/offer-links/<token>")
@public()
@returns(200, OwnOfferSchema)
def get_linked_offer(token: str) -> Answer:
    """Read an offer by signed link.

    With its outcome. The link works until the visit ends.
    """
    now = context().now
    booking, offer = offer_commands.find_by_link(dependencies(), token, now)
    return respond(self_service.own_offer(dependencies(), booking, offer, now), OwnOfferSchema)


@blp.post("/offer-links/<token>/accept")
@public()
@returns(200, OwnOfferSchema)
def accept_by_link(token: str) -> Response:
    """Accept an offer by signed link.

    The booking goes to the first interpreter to accept. A refusal names the outcome.
    """
    return _answer(token, accepted=True)


@blp.post("/offer-links/<token>/decline")
@public()
@returns(200, OwnOfferSchema)
def decline_by_link(token: str) -> Response:
    """Decline an offer by signed link.

    The offers to other interpreters stay open.
    """
    return _answer(token, accepted=False)


def _answer(token: str, accepted: bool) -> Response:
    now = context().now
    _, offer = offer_commands.find_by_link(dependencies(), token, now)
    return command(
        lambda context: offer_commands.answer_by_link(dependencies(), token, accepted, context),
        lambda booking: respond(
            self_service.own_offer(dependencies(), booking, offers.find(booking, offer["id"]), now), OwnOfferSchema
        ),
    )


@calendars.get("/calendar/<token>.ics")
@public()
@returns(200, None, "text/calendar")
@returns(304, None)
def get_calendar(token: str) -> Response:
    """Read an interpreter's calendar feed.

    iCalendar with language, place, time and reference of the bookings.
    """
    feed = self_service.calendar(dependencies(), token, context().now)
    answer = Response(feed, content_type="text/calendar; charset=utf-8")
    answer.set_etag(hashlib.sha256(feed).hexdigest()[:32])
    answer.headers["Cache-Control"] = f"private, max-age={MAX_AGE_SECONDS}"
    answer.headers["Content-Disposition"] = "inline; filename=interpreting.ics"
    answer.make_conditional(request)
    return answer
