"""Commands on offers: a coordinator sends them to several interpreters, the first valid acceptance wins, a timer expires the rest.

Every answer is one transaction over the booking and the interpreter's days: of many at once, one is written, and the
others are retried and find it taken.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.interpreting.actions import assignment, offer_lifecycle
from services.interpreting.actions.booking_change import BookingChange, load_for_change
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.matching import Fit
from services.interpreting.rules.records import Booking, Offer, Override
from services.interpreting.store.store import Store
from shared import signed_links
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.ids import new_id

EXPIRY_TIMER = "expire-offers"


def offer(
    deps: Dependencies,
    booking_id: str,
    interpreters: Sequence[str],
    minutes: int,
    override: str | None,
    context: CommandContext,
) -> Booking:
    """Sends offers to these interpreters. Raises NoSuchBooking, CommandNotAllowed, AlreadyOffered, TooLateToOffer, OverrideNeeded, …

    An interpreter who has an open offer keeps it as it is. One who does not fit needs `override`, the reason, which is stored.
    """

    def work(store: Store) -> Booking:
        change = load_for_change(store, booking_id, context)
        states.require("offer", change.status)
        offer_lifecycle.expire(change)
        until = offers.expiry(change.booking, minutes, context.now)
        having_one = {one["interpreter_id"] for one in offers.open_offers(change.booking)}
        fits = [_fit(change, who, place) for place, who in enumerate(interpreters) if who not in having_one]
        if not fits:
            raise offers.AlreadyOffered("All of these interpreters already have an open offer of this booking.")
        offer_lifecycle.send(change, [_new_offer(deps, change, fit, until, override) for fit in fits])
        return change.save()

    return deps.store.transaction(work)


def _fit(change: BookingChange, interpreter_id: str, place: int) -> Fit:
    fit = change.store.search.one(interpreter_id, change.requirements())
    if fit is None:
        raise InvalidInput([(f"#/interpreter_ids/{place}", "expected the id of an interpreter on the roster")])
    return fit


def _new_offer(
    deps: Dependencies, change: BookingChange, fit: Fit, until: datetime, override: str | None
) -> tuple[Offer, str]:
    """Returns the offer and the sealed path that answers it; the path shows the outcome until the visit's end."""
    matching.require_assignable(fit, override)
    context = change.context
    new = offers.new_offer(new_id(), fit, change.booking, until, override, context.actor, context.now)
    link = signed_links.Link(change.booking["_id"], new["id"], change.booking["end"])
    token = signed_links.token_of(deps.secrets.links, link)
    return new, deps.secrets.seal_to_notify(f"/interpreting/offers/{token}")


def accept(
    deps: Dependencies, booking_id: str, offer_id: str, own_ids: Collection[str] | None, context: CommandContext
) -> Booking:
    """Accepts an offer: the first valid acceptance confirms the booking; a repeated one changes nothing.

    `own_ids`: the roster entries of the caller, None where that was checked before. Raises NoSuchOffer, OfferOver with the outcome,
    InterpreterAlreadyBooked, InterpreterInactive, OfferNoLongerFits.
    """

    def work(store: Store) -> Booking:
        change, found = _load(store, booking_id, offer_id, own_ids, context)
        if found["status"] == offers.ACCEPTED:
            return change.booking
        _require_open(change, found)
        change.booking["start"] = bookings.effective_start(change.booking, context.now)
        fit = offers.require_acceptable(found, store.search.one(found["interpreter_id"], change.requirements()))
        offers.close(found, offers.ACCEPTED, context.now)
        assignment.confirm(change, fit, "offer", _override_of(found, fit))
        return change.save()

    return deps.store.transaction(work)


def _override_of(offer: Offer, fit: Fit) -> Override | None:
    """Returns the coordinator's override, where reasons stand against the interpreter."""
    if not fit.why_not:
        return None
    return {"reason": offer["override"], "by": offer["by"], "at": offer["at"], "against": list(fit.why_not)}


def decline(
    deps: Dependencies, booking_id: str, offer_id: str, own_ids: Collection[str] | None, context: CommandContext
) -> Booking:
    """Declines an offer; after the last open one the booking is matched again. A repeated one changes nothing.

    Raises NoSuchOffer, OfferOver.
    """

    def work(store: Store) -> Booking:
        change, found = _load(store, booking_id, offer_id, own_ids, context)
        if found["status"] == offers.DECLINED:
            return change.booking
        _require_open(change, found)
        offer_lifecycle.decline(change, found)
        return _match_and_save(change)

    return deps.store.transaction(work)


def _load(
    store: Store, booking_id: str, offer_id: str, own_ids: Collection[str] | None, context: CommandContext
) -> tuple[BookingChange, Offer]:
    """Checks whose offer it is before If-Match: no other caller learns that it exists."""
    booking = store.bookings.get(booking_id)
    found = offers.find(booking, offer_id)
    if booking is None or (own_ids is not None and found["interpreter_id"] not in own_ids):
        raise offers.NoSuchOffer()
    context.expects(booking)
    return BookingChange(store, booking, context), found


def _require_open(change: BookingChange, offer: Offer) -> None:
    """Raises OfferOver with the offer's outcome; expires the booking's other offers that are past their end."""
    offers.require_open(offer, change.context.now)
    offer_lifecycle.expire(change)


def _match_and_save(change: BookingChange) -> Booking:
    if change.status == states.REQUESTED:
        assignment.fill(change)
    return change.save()


def withdraw(deps: Dependencies, booking_id: str, offer_id: str, context: CommandContext) -> Booking:
    """Withdraws an offer. Raises NoSuchBooking, NoSuchOffer, OfferOver."""

    def work(store: Store) -> Booking:
        change = load_for_change(store, booking_id, context)
        found = offers.find(change.booking, offer_id)
        _require_open(change, found)
        offer_lifecycle.withdraw(change, found)
        return _match_and_save(change)

    return deps.store.transaction(work)


def expire_offers(deps: Dependencies, now: datetime) -> int:
    """Expires offers past their end, each booking in a transaction of its own (a timer); returns the number of bookings."""
    context = CommandContext(now=now, actor=f"timer:{EXPIRY_TIMER}", cause=new_id())
    return sum(_expire_of(deps, booking_id, context) for booking_id in deps.store.with_expired_offers(now))


def _expire_of(deps: Dependencies, booking_id: str, context: CommandContext) -> bool:
    def work(store: Store) -> bool:
        booking = store.bookings.get(booking_id)
        change = BookingChange(store, booking, context) if booking else None
        if change is None or not offer_lifecycle.expire(change):
            return False
        _match_and_save(change)
        return True

    return deps.store.transaction(work)


def find_by_link(deps: Dependencies, token: str, now: datetime) -> tuple[Booking, Offer]:
    """Returns the booking and the offer that a signed link names; raises NoSuchLink."""
    link = signed_links.read(deps.secrets.links, token, now)
    booking = deps.store.bookings.get(link.record_id)
    try:
        found = offers.find(booking, link.part_id)
    except offers.NoSuchOffer:
        raise signed_links.NoSuchLink() from None
    assert booking is not None
    return booking, found


def answer_by_link(deps: Dependencies, token: str, accepted: bool, context: CommandContext) -> Booking:
    """Accepts or declines as the interpreter the link was sent to; raises NoSuchLink and what `accept` and `decline` raise."""
    booking, found = find_by_link(deps, token, context.now)
    as_interpreter = replace(context, actor=f"interpreter:{found['interpreter_id']}")
    answer = accept if accepted else decline
    return answer(deps, booking["_id"], found["id"], None, as_interpreter)
