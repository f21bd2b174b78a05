"""A signed link's page: one offer, answered without sign-in. It says what an interpreter may know before they accept, and how it ended."""

from datetime import datetime
from typing import Any

from flask import Response

from services.interpreting import actions
from services.interpreting.current import dependencies
from services.interpreting.pages import naming
from services.interpreting.pages.mine import CANNOT
from services.interpreting.rules.offers import OfferOver
from shared.command_context import Answer
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import said
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import public

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)


@blp.get("/offers/<token>")
@public()
def linked_page(token: str) -> Response:
    """The offer, until the visit's end."""
    now: datetime = page().request_context.now
    booking, offer = actions.by_link(dependencies(), token, now)
    seen = actions.own_offer(dependencies(), booking, offer, now)
    return show("interpreting/linked.html", offer=seen, token=token, departments=naming.departments())


@blp.post("/offers/<token>/accept")
@public()
@takes_form(page=linked_page)
def accept_linked(token: str) -> Response | Answer:
    """Takes the booking, or tells why not."""
    return _answered(token, accepted=True)


@blp.post("/offers/<token>/decline")
@public()
@takes_form(page=linked_page)
def decline_linked(token: str) -> Response | Answer:
    """Says no."""
    return _answered(token, accepted=False)


def _answered(token: str, accepted: bool) -> Response | Answer:
    back, verb = f"/interpreting/offers/{token}", "accepted" if accepted else "declined"
    try:
        return submit(
            lambda context: actions.answer_by_link(dependencies(), token, accepted, context),
            lambda _: go(back, said("mine.done." + verb)),
        )
    except OfferOver as over:
        return go(back, said("outcome_told." + over.outcome, tone="warning"))
    except tuple(CANNOT) as cannot:
        return go(back, said("mine.cannot." + CANNOT[type(cannot)], tone="warning"))
