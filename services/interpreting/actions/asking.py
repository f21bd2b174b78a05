"""What happens to a booking's offers while it changes: made, answered, run out, taken back; each said as it happens.

Not here: who may do it, and in which transaction (offering.py).
"""

from collections.abc import Iterable, Sequence

from services.interpreting.actions.draft import Document, Draft
from services.interpreting.rules import offers, states
from shared.clock import rfc3339
from shared.events import interpreting
from shared.events.interpreting import Offer


def make(draft: Draft, fresh: Sequence[tuple[Document, str]]) -> None:
    """Asks: each offer with the link that answers it, sealed to notify. Nobody was found before, so it is asked for anew."""
    if draft.status == states.UNFILLED:
        draft.move(states.REQUESTED)
        draft.say(interpreting.BookingRequested, on_demand=draft.booking["on_demand"])
    if draft.status == states.REQUESTED:
        draft.move(states.OFFERED)
    draft.booking["offers"] = [*offers.of(draft.booking), *(offer for offer, _ in fresh)]
    if not draft.booking["arrived"]:
        draft.store.waiting.drop(draft.booking["_id"])
    draft.say(interpreting.BookingOffered, offers=tuple(_told(offer, link) for offer, link in fresh))


def declined(draft: Draft, offer: Document) -> None:
    """Who declined is passed over by automatic matching."""
    offers.close(offer, offers.DECLINED, draft.context.now)
    if offer["interpreter_id"] not in draft.booking["refused_by"]:
        draft.booking["refused_by"] = [*draft.booking["refused_by"], offer["interpreter_id"]]
    _requested_again(draft)
    draft.say(interpreting.OfferDeclined, offers=_all_told([offer]))


def run_out(draft: Draft) -> bool:
    """Ends the offers whose time is over; whether there were any."""
    over = [offer for offer in offers.still_open(draft.booking) if offer["expires_at"] <= draft.context.now]
    for offer in over:
        offers.close(offer, offers.EXPIRED, draft.context.now)
    if over:
        _requested_again(draft)
        draft.say(interpreting.OfferExpired, offers=_all_told(over))
    return bool(over)


def withdraw(draft: Draft, offer: Document) -> None:
    """A coordinator takes one back."""
    offers.close(offer, offers.WITHDRAWN, draft.context.now, offers.BY_COORDINATOR)
    _requested_again(draft)
    draft.say(interpreting.OfferWithdrawn, offers=_all_told([offer]), reason=offers.BY_COORDINATOR)


def withdraw_open(draft: Draft, reason: str) -> None:
    """Takes all back, because of what became of the booking; whoever holds it now hears of that, not of their offer."""
    told = []
    for offer in offers.still_open(draft.booking):
        mine = offer["interpreter_id"] == draft.booking["interpreter_id"]
        offers.close(offer, offers.WITHDRAWN, draft.context.now, offers.YOURS if mine else reason)
        if not mine:
            told.append(offer)
    _requested_again(draft)
    if told:
        draft.say(interpreting.OfferWithdrawn, offers=_all_told(told), reason=reason)


def _requested_again(draft: Draft) -> None:
    if draft.status == states.OFFERED and not offers.still_open(draft.booking):
        draft.move(states.REQUESTED)


def _all_told(told: Iterable[Document]) -> tuple[Offer, ...]:
    return tuple(_told(offer) for offer in told)


def _told(offer: Document, sealed_link: str | None = None) -> Offer:
    return Offer(
        offer_id=offer["id"],
        interpreter_id=offer["interpreter_id"],
        interpreter_name=offer["interpreter_name"],
        expires_at=rfc3339(offer["expires_at"]),
        sealed_link=sealed_link,
    )
