"""Self-service of interpreters: their entry and offers, their working hours and absences, their calendar link."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import TypedDict

from services.interpreting.actions.interpreters import update_interpreter
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, feed, matching, offers, roster
from services.interpreting.rules.event_data import interpreter_data
from services.interpreting.rules.offers import OfferedBooking, OwnOffer
from services.interpreting.rules.records import Booking, CalendarLink, Interpreter, InterpreterChanges, Offer
from services.interpreting.rules.roster import NoSuchInterpreter
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.errors import NotFound
from shared.events.interpreting import InterpreterUpdated
from shared.paging import Window

PAST_OFFERS = timedelta(days=14)
"""How long after the visit an interpreter still sees an offer."""
MAX_AHEAD = timedelta(days=3 * 366)
"""How far ahead an interpreter's own bookings are read."""


class LostBooking(TypedDict):
    """A confirmed booking that a change of availability costs, with the reasons."""

    booking_id: str
    start: datetime
    end: datetime
    language: str
    place: str | None
    reference: str | None
    why_not: list[str]


class NoSuchCalendar(NotFound):
    """No calendar has this address, or it was replaced or deleted."""


class NotOnTheRoster(NotFound):
    """The account that signed in is not linked to an interpreter."""

    slug, title = "not-on-the-roster", "This account is not linked to an interpreter"


def own_entry(deps: Dependencies, account_id: str) -> Interpreter:
    """Returns the roster entry of the account that signed in; raises NotOnTheRoster."""
    entry = deps.store.interpreter_of(account_id)
    if entry is None:
        raise NotOnTheRoster("Your account is not linked to an interpreter. Contact the coordinator.")
    return entry


def own_ids(deps: Dependencies, account_id: str) -> list[str]:
    """Returns the ids of the roster entries of the account that signed in."""
    return deps.store.interpreter_ids_of(account_id)


def own_offers(deps: Dependencies, account_id: str, window: Window, now: datetime) -> list[OfferedBooking]:
    """Returns bookings offered to this interpreter with their last offer, by the visit's start."""
    ids = deps.store.interpreter_ids_of(account_id)
    found = deps.store.offered_to(ids, now - PAST_OFFERS, window)
    latest = [(booking, offers.latest_to(booking, ids)) for booking in found]
    return [{"booking": booking, "offer": own_offer(deps, booking, offer, now)} for booking, offer in latest if offer]


def own_offer(deps: Dependencies, booking: Booking, offer: Offer, now: datetime) -> OwnOffer:
    """Returns an offer as its interpreter sees it; while it is open, with the reasons why they cannot accept it now."""
    against: set[str] = set()
    if offers.outcome(offer, now) == offers.OPEN:
        fit = deps.store.search.one(offer["interpreter_id"], bookings.requirements_of(booking))
        against = set(fit.why_not) - set(offer["against"]) if fit else {"inactive"}
    return offers.own_offer(booking, offer, now, [code for code in matching.WHY_NOT if code in against])


def own_bookings(deps: Dependencies, account_id: str, since: datetime) -> list[Booking]:
    """Returns the bookings of this interpreter that end after `since`, by start."""
    return deps.store.assigned_between(deps.store.interpreter_ids_of(account_id), since, since + MAX_AHEAD)


def consequences(
    deps: Dependencies, entry: Interpreter, changes: InterpreterChanges, now: datetime
) -> list[LostBooking]:
    """Returns confirmed bookings that this change of an entry would cost, except those lost already. Raises BadInterpreter."""
    changed: Interpreter = {**entry, **changes}
    roster.check(changed)
    found = []
    for booking_id in reversed(deps.store.upcoming(entry["_id"], now)):
        booking = deps.store.bookings.get(booking_id)
        assert booking is not None
        required = bookings.requirements_of(booking)
        before, after = (set(deps.store.search.entry_fit(one, required).why_not) for one in (entry, changed))
        if against := after - before - bookings.tolerated_reasons(booking):
            found.append(_lost_booking(booking, [code for code in matching.WHY_NOT if code in against]))
    return found


def _lost_booking(booking: Booking, why_not: list[str]) -> LostBooking:
    return {
        "booking_id": booking["_id"],
        "start": booking["start"],
        "end": booking["end"],
        "language": booking["language"],
        "place": booking["place"],
        "reference": booking["reference"],
        "why_not": why_not,
    }


def change_availability(
    deps: Dependencies, account_id: str, changes: InterpreterChanges, context: CommandContext
) -> Interpreter:
    """Changes the interpreter's own hours and absences; bookings that no longer fit are released and matched again soon after."""
    return update_interpreter(deps, own_entry(deps, account_id)["_id"], changes, context)


def create_calendar_link(deps: Dependencies, account_id: str, token: str, context: CommandContext) -> Interpreter:
    """Makes `token` the address of the interpreter's calendar; an earlier address stops working."""
    link: CalendarLink = {"hash": _hashed(deps, token), "since": context.now}
    return _save_link(deps, account_id, link, context)


def delete_calendar_link(deps: Dependencies, account_id: str, context: CommandContext) -> Interpreter:
    """Deletes the address of the interpreter's calendar."""
    return _save_link(deps, account_id, None, context)


def new_token() -> str:
    """Returns 256 random bits."""
    return secrets.token_urlsafe(32)


def _save_link(deps: Dependencies, account_id: str, link: CalendarLink | None, context: CommandContext) -> Interpreter:
    def work(store: Store) -> Interpreter:
        entry = store.interpreters.load(own_entry(deps, account_id)["_id"], context)
        if entry is None:
            raise NoSuchInterpreter()
        if link is None and entry.get("calendar") is None:
            return store.interpreters.save(entry, [], context)
        entry["calendar"] = link
        event = InterpreterUpdated(**interpreter_data(entry), fields=("calendar_link",))
        return store.interpreters.save(entry, [event], context)

    return deps.store.transaction(work)


def _hashed(deps: Dependencies, token: str) -> str:
    return hmac.digest(deps.secrets.calendars, token.encode(), "sha256").hex()


def calendar(deps: Dependencies, token: str, now: datetime) -> bytes:
    """Returns the feed of a calendar link; raises NoSuchCalendar."""
    entry = deps.store.interpreter_of_calendar(_hashed(deps, token))
    if entry is None:
        raise NoSuchCalendar()
    found = deps.store.calendar_bookings(entry["_id"], now - feed.BACK, now + feed.AHEAD)
    return feed.calendar(entry["_id"], found, deps.store.zone, now)
