"""What happens to a booking's offers while it changes: sent, declined, expired, withdrawn; each publishes its event.

Not here: who may do it, and in which transaction (offer_commands.py).
"""

from collections.abc import Sequence

from services.interpreting.actions.booking_change import BookingChange
from services.interpreting.rules import offers, states
from services.interpreting.rules.event_data import offer_data, offers_data
from services.interpreting.rules.records import Offer
from shared.events import interpreting


def send(change: BookingChange, new: Sequence[tuple[Offer, str]]) -> None:
    """Sends offers, each with the sealed link that answers it. A booking that was `unfilled` is requested again first."""
    if change.status == states.UNFILLED:
        change.set_status(states.REQUESTED)
        change.publish(interpreting.BookingRequested(**change.event_data(), on_demand=change.booking["on_demand"]))
    if change.status == states.REQUESTED:
        change.set_status(states.OFFERED)
    change.booking["offers"] = [*offers.offers_of(change.booking), *(offer for offer, _ in new)]
    if not change.booking["arrived"]:
        change.store.search_queue.remove(change.booking["_id"])
    sent = tuple(offer_data(offer, link) for offer, link in new)
    change.publish(interpreting.BookingOffered(**change.event_data(), offers=sent))


def decline(change: BookingChange, offer: Offer) -> None:
    """Declines an offer for its interpreter, who is skipped by automatic matching from now on."""
    offers.close(offer, offers.DECLINED, change.context.now)
    if offer["interpreter_id"] not in change.booking["excluded_interpreters"]:
        excluded = [*change.booking["excluded_interpreters"], offer["interpreter_id"]]
        change.booking["excluded_interpreters"] = excluded
    _request_if_none_open(change)
    change.publish(interpreting.OfferDeclined(**change.event_data(), offers=offers_data([offer])))


def expire(change: BookingChange) -> bool:
    """Ends the offers that are past their end; returns whether there were any."""
    expired = [offer for offer in offers.open_offers(change.booking) if offer["expires_at"] <= change.context.now]
    for offer in expired:
        offers.close(offer, offers.EXPIRED, change.context.now)
    if expired:
        _request_if_none_open(change)
        change.publish(interpreting.OfferExpired(**change.event_data(), offers=offers_data(expired)))
    return bool(expired)


def withdraw(change: BookingChange, offer: Offer) -> None:
    """Withdraws one offer for the coordinator."""
    offers.close(offer, offers.WITHDRAWN, change.context.now, offers.BY_COORDINATOR)
    _request_if_none_open(change)
    change.publish(
        interpreting.OfferWithdrawn(**change.event_data(), offers=offers_data([offer]), reason=offers.BY_COORDINATOR)
    )


def withdraw_open(change: BookingChange, reason: str) -> None:
    """Withdraws all open offers because the booking changed; the assigned interpreter is notified of the booking, not of their offer."""
    published = []
    for offer in offers.open_offers(change.booking):
        assigned = offer["interpreter_id"] == change.booking["interpreter_id"]
        offers.close(offer, offers.WITHDRAWN, change.context.now, offers.YOURS if assigned else reason)
        if not assigned:
            published.append(offer)
    _request_if_none_open(change)
    if published:
        change.publish(interpreting.OfferWithdrawn(**change.event_data(), offers=offers_data(published), reason=reason))


def _request_if_none_open(change: BookingChange) -> None:
    if change.status == states.OFFERED and not offers.open_offers(change.booking):
        change.set_status(states.REQUESTED)
