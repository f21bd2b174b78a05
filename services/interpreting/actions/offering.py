"""Offers by hand: a coordinator asks several, each answers their own, the first valid acceptance wins, the clock ends the rest.

Every answer is one transaction over the booking and the interpreter's days: of many at once, one is written, and the
others look again and find it taken.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.interpreting.actions import asking, filling
from services.interpreting.actions.draft import Draft
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.matching import Fit
from services.interpreting.store.store import Store
from shared import signed_links
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.ids import new_id

Document = dict[str, Any]
TIMER = "offers"


def offer(
    deps: Dependencies,
    booking_id: str,
    interpreters: Sequence[str],
    minutes: int,
    override: str | None,
    context: CommandContext,
) -> Document:
    """Asks these interpreters. Raises NoSuchBooking, BookingCannot, AlreadyOffered, TooLateToOffer, OverrideNeeded, …

    Whoever has an open offer keeps it as it is. Who does not fit is asked only with `override`, the reason, which is kept.
    """

    def work(store: Store) -> Document:
        draft = _draft(store, booking_id, context)
        states.require("offer", draft.status)
        asking.run_out(draft)
        until = offers.ends(draft.booking, minutes, context.now)
        asked = {one["interpreter_id"] for one in offers.still_open(draft.booking)}
        fits = [_fit(draft, who, place) for place, who in enumerate(interpreters) if who not in asked]
        if not fits:
            raise offers.AlreadyOffered("All of these interpreters already have an open offer of this booking.")
        asking.make(draft, [_fresh(deps, draft, fit, until, override) for fit in fits])
        return draft.save()

    return deps.store.transaction(work)


def _draft(store: Store, booking_id: str, context: CommandContext) -> Draft:
    booking = store.bookings.load(booking_id, context)
    if booking is None:
        raise NoSuchBooking()
    return Draft(store, booking, context)


def _fit(draft: Draft, interpreter_id: str, place: int) -> Fit:
    fit = draft.store.search.one(interpreter_id, draft.ask())
    if fit is None:
        raise InvalidInput([(f"#/interpreter_ids/{place}", "expected the id of an interpreter on the roster")])
    return fit


def _fresh(deps: Dependencies, draft: Draft, fit: Fit, until: datetime, override: str | None) -> tuple[Document, str]:
    """The offer and the sealed path that answers it; the path shows the outcome until the visit's end."""
    against = matching.require_assignable(fit, override)
    made = offers.made(new_id(), fit, draft.booking, until, draft.context.actor, draft.context.now)
    made["override"] = override if against else None
    link = signed_links.Link(draft.booking["_id"], made["id"], draft.booking["end"])
    token = signed_links.token_of(deps.secrets.links, link)
    return made, deps.secrets.seal_to_notify(f"/interpreting/offers/{token}")


def accept(
    deps: Dependencies, booking_id: str, offer_id: str, own: Collection[str] | None, context: CommandContext
) -> Document:
    """The first valid acceptance confirms the booking; said twice it changes nothing. `own`: who may answer, None: checked.

    Raises NoSuchOffer, OfferOver with the outcome, InterpreterAlreadyBooked, InterpreterInactive, OfferNoLongerFits.
    """

    def work(store: Store) -> Document:
        draft, found = _answered(store, booking_id, offer_id, own, context)
        if found["status"] == offers.ACCEPTED:
            return draft.booking
        _require_open(draft, found)
        draft.booking["start"] = bookings.starting_now(draft.booking, context.now)
        fit = store.search.one(found["interpreter_id"], draft.ask())
        against = offers.require_able(found, fit)
        assert fit is not None
        offers.close(found, offers.ACCEPTED, context.now)
        kept = {"reason": found["override"], "by": found["by"], "at": found["at"], "against": against}
        filling.give(draft, fit, "offer", kept if against else None)
        return draft.save()

    return deps.store.transaction(work)


def decline(
    deps: Dependencies, booking_id: str, offer_id: str, own: Collection[str] | None, context: CommandContext
) -> Document:
    """With the last open offer the booking is matched anew; said twice it changes nothing. Raises NoSuchOffer, OfferOver."""

    def work(store: Store) -> Document:
        draft, found = _answered(store, booking_id, offer_id, own, context)
        if found["status"] == offers.DECLINED:
            return draft.booking
        _require_open(draft, found)
        asking.declined(draft, found)
        return _matched_anew(draft)

    return deps.store.transaction(work)


def _answered(
    store: Store, booking_id: str, offer_id: str, own: Collection[str] | None, context: CommandContext
) -> tuple[Draft, Document]:
    """Whose offer it is comes before If-Match: nobody else learns that it is there."""
    booking = store.bookings.get(booking_id)
    found = offers.find(booking, offer_id)
    if booking is None or (own is not None and found["interpreter_id"] not in own):
        raise offers.NoSuchOffer()
    context.expects(booking)
    return Draft(store, booking, context), found


def _require_open(draft: Draft, offer: Document) -> None:
    """Raises OfferOver with what became of it; of the booking's other offers, those whose time is over end."""
    offers.require_open(offer, draft.context.now)
    asking.run_out(draft)


def _matched_anew(draft: Draft) -> Document:
    if draft.status == states.REQUESTED:
        filling.fill(draft)
    return draft.save()


def withdraw(deps: Dependencies, booking_id: str, offer_id: str, context: CommandContext) -> Document:
    """The coordinator takes an offer back. Raises NoSuchBooking, NoSuchOffer, OfferOver."""

    def work(store: Store) -> Document:
        draft = _draft(store, booking_id, context)
        found = offers.find(draft.booking, offer_id)
        _require_open(draft, found)
        asking.withdraw(draft, found)
        return _matched_anew(draft)

    return deps.store.transaction(work)


def run_out(deps: Dependencies, now: datetime) -> int:
    """The timer: ends offers whose time is over, each booking in a transaction of its own; how many bookings."""
    context = CommandContext(now=now, actor=f"timer:{TIMER}", cause=new_id())
    return sum(_ran_out(deps, booking_id, context) for booking_id in deps.store.offers_due(now))


def _ran_out(deps: Dependencies, booking_id: str, context: CommandContext) -> bool:
    def work(store: Store) -> bool:
        booking = store.bookings.get(booking_id)
        draft = Draft(store, booking, context) if booking else None
        if draft is None or not asking.run_out(draft):
            return False
        _matched_anew(draft)
        return True

    return deps.store.transaction(work)


def by_link(deps: Dependencies, token: str, now: datetime) -> tuple[Document, Document]:
    """The booking and the offer a signed link stands for; raises NoSuchLink."""
    link = signed_links.read(deps.secrets.links, token, now)
    booking = deps.store.bookings.get(link.record_id)
    try:
        found = offers.find(booking, link.part_id)
    except offers.NoSuchOffer:
        raise signed_links.NoSuchLink() from None
    assert booking is not None
    return booking, found


def answer_by_link(deps: Dependencies, token: str, accepted: bool, context: CommandContext) -> Document:
    """Accepts or declines as the interpreter the link was sent to; raises NoSuchLink and what `accept` and `decline` raise."""
    booking, found = by_link(deps, token, context.now)
    told = replace(context, actor=f"interpreter:{found['interpreter_id']}")
    answer = accept if accepted else decline
    return answer(deps, booking["_id"], found["id"], None, told)
