"""What interpreters do for themselves: see their entry and their offers, change when they work, hand out their calendar."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from services.interpreting.actions.roster import told, update_interpreter
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, feed, matching, offers, roster
from services.interpreting.rules.roster import NoSuchInterpreter
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.errors import NotFound
from shared.events.interpreting import InterpreterUpdated
from shared.paging import Window

Document = dict[str, Any]
REMEMBERED = timedelta(days=14)
FARTHEST = timedelta(days=3 * 366)
"""How far ahead an interpreter's own bookings are read."""


class NoSuchCalendar(NotFound):
    """No calendar has this address, or not any more."""


class NotOnTheRoster(NotFound):
    """Who signed in is no interpreter here, or not yet."""

    slug, title = "not-on-the-roster", "This account is not linked to an interpreter"


def entry_of(deps: Dependencies, account_id: str) -> Document:
    """The roster's entry of who signed in; raises NotOnTheRoster."""
    entry = deps.store.entry_of_account(account_id)
    if entry is None:
        raise NotOnTheRoster("Your account is not linked to an interpreter. Contact the coordinator.")
    return entry


def own_ids(deps: Dependencies, account_id: str) -> list[str]:
    """Under which ids on the roster this person is asked."""
    return deps.store.ids_of_account(account_id)


def own_offers(deps: Dependencies, account_id: str, window: Window, now: datetime) -> list[Document]:
    """Bookings offered to this interpreter (`booking`) with the last offer as they see it (`offer`), by the visit's start."""
    own = deps.store.ids_of_account(account_id)
    found = deps.store.offered_page(own, now - REMEMBERED, window)
    latest = [(booking, offers.latest_to(booking, own)) for booking in found]
    return [{"booking": booking, "offer": own_offer(deps, booking, offer, now)} for booking, offer in latest if offer]


def own_offer(deps: Dependencies, booking: Document, offer: Document, now: datetime) -> Document:
    """An offer as its interpreter sees it; while it is open, with what stands against accepting it now."""
    against: set[str] = set()
    if offers.outcome(offer, now) == offers.OPEN:
        fit = deps.store.search.one(offer["interpreter_id"], bookings.ask_of(booking))
        against = set(fit.why_not) - set(offer["against"]) if fit else {"inactive"}
    kept = [code for code in matching.WHY_NOT if code in against]
    return offers.seen_by_asked(booking, offer, now, kept)


def own_bookings(deps: Dependencies, account_id: str, since: datetime) -> list[Document]:
    """What this interpreter holds, or held since then, by start."""
    return deps.store.held_between(deps.store.ids_of_account(account_id), since, since + FARTHEST)


def consequences(deps: Dependencies, entry: Document, changes: Document, now: datetime) -> list[Document]:
    """Confirmed bookings that an entry changed like this would cost, beside those lost already. Raises BadInterpreter."""
    changed = {**entry, **changes}
    roster.check(changed)
    found = []
    for booking_id in reversed(deps.store.ahead(entry["_id"], now)):
        booking = deps.store.bookings.get(booking_id)
        assert booking is not None
        ask = bookings.ask_of(booking)
        before, after = (set(deps.store.search.as_if(one, ask).why_not) for one in (entry, changed))
        if against := after - before - bookings.excused(booking):
            found.append(_lost(booking, [code for code in matching.WHY_NOT if code in against]))
    return found


def _lost(booking: Document, why_not: list[str]) -> Document:
    names = ("start", "end", "language", "place", "reference")
    return {"booking_id": booking["_id"], **{name: booking[name] for name in names}, "why_not": why_not}


def change_availability(deps: Dependencies, account_id: str, changes: Document, context: CommandContext) -> Document:
    """The interpreter's own hours and absences; bookings that no longer fit are released and matched anew soon after."""
    return update_interpreter(deps, entry_of(deps, account_id)["_id"], changes, context)


def new_calendar_link(deps: Dependencies, account_id: str, token: str, context: CommandContext) -> Document:
    """Makes `token` the address of the interpreter's calendar; the one before opens nothing any more."""
    link = {"hash": _hashed(deps, token), "since": context.now}
    return _save_link(deps, account_id, link, context)


def drop_calendar_link(deps: Dependencies, account_id: str, context: CommandContext) -> Document:
    """No address opens the interpreter's calendar any more."""
    return _save_link(deps, account_id, None, context)


def fresh_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def _save_link(deps: Dependencies, account_id: str, link: Document | None, context: CommandContext) -> Document:
    def work(store: Store) -> Document:
        entry = store.interpreters.load(entry_of(deps, account_id)["_id"], context)
        if entry is None:
            raise NoSuchInterpreter()
        if link is None and entry.get("calendar") is None:
            return store.interpreters.save(entry, [], context)
        entry["calendar"] = link
        event = InterpreterUpdated(**told(entry), fields=("calendar_link",))
        return store.interpreters.save(entry, [event], context)

    return deps.store.transaction(work)


def _hashed(deps: Dependencies, token: str) -> str:
    return hmac.digest(deps.secrets.calendars, token.encode(), "sha256").hex()


def calendar(deps: Dependencies, token: str, now: datetime) -> bytes:
    """The feed behind a calendar link; raises NoSuchCalendar."""
    entry = deps.store.entry_of_calendar(_hashed(deps, token))
    if entry is None:
        raise NoSuchCalendar()
    found = deps.store.calendar_of(entry["_id"], now - feed.BACK, now + feed.AHEAD)
    return feed.calendar(entry["_id"], found, deps.store.zone, now)
