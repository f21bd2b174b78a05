"""The page of a signed link: one offer, answered without sign-in. It shows what an interpreter may know before accepting, and the outcome."""

from datetime import datetime
from typing import Any

from flask import Response

from services.interpreting.actions import offer_commands, self_service
from services.interpreting.current import dependencies
from services.interpreting.pages import labels
from services.interpreting.pages.mine import CANNOT_ACCEPT
from services.interpreting.rules.offers import OfferOver
from shared.command_context import Answer
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import public

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)


@blp.get("/offers/<token>")
@public()
def offer_link_page(token: str) -> Response:
    """Shows the offer, until the visit's end."""
    now: datetime = page().request_context.now
    booking, offer = offer_commands.find_by_link(dependencies(), token, now)
    shown = self_service.own_offer(dependencies(), booking, offer, now)
    return show("interpreting/offer_link.html", offer=shown, token=token, departments=labels.departments())


@blp.post("/offers/<token>/accept")
@public()
@takes_form(page=offer_link_page)
def accept_by_link(token: str) -> Response | Answer:
    """Accepts the offer, or shows why it is not possible."""
    return _answer(token, accepted=True)


@blp.post("/offers/<token>/decline")
@public()
@takes_form(page=offer_link_page)
def decline_by_link(token: str) -> Response | Answer:
    """Declines the offer."""
    return _answer(token, accepted=False)


def _answer(token: str, accepted: bool) -> Response | Answer:
    back, verb = f"/interpreting/offers/{token}", "accepted" if accepted else "declined"
    try:
        return submit(
            lambda context: offer_commands.answer_by_link(dependencies(), token, accepted, context),
            lambda _: go(back, flash("mine.done." + verb)),
        )
    except OfferOver as over:
        return go(back, flash("outcome_message." + over.outcome, tone="warning"))
    except tuple(CANNOT_ACCEPT) as error:
        return go(back, flash("mine.cannot." + CANNOT_ACCEPT[type(error)], tone="warning"))
