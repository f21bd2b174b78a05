"""What a coordinator looks at: bookings that nobody holds with whoever fits best now, what happened to one, names for codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from services.interpreting.actions.roster import find_interpreter
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.matching import Fit

Document = dict[str, Any]
MOST_OPEN = 60
NEAREST = 3


@dataclass(frozen=True)
class Waiting:
    """A booking nobody holds: `best` fits at once, where somebody does; else `near` are the first who speak it, with why not.

    `counts`: how many fail for which reason, beside those in `near`. `asked`: its offers, open or declined.
    """

    booking: Document
    best: Fit | None
    near: list[Fit]
    counts: dict[str, int]
    asked: list[Document]


def open_bookings(deps: Dependencies, now: datetime) -> list[Waiting]:
    """Those that are not over, the next one first."""
    return [_waiting(deps, booking, now) for booking in deps.store.open_ones(now, MOST_OPEN)]


def _waiting(deps: Dependencies, booking: Document, now: datetime) -> Waiting:
    looked_at = {**booking, "start": bookings.starting_now(booking, now)}
    ask = bookings.ask_of(looked_at, deps.store.served_case(booking["case_id"]))
    asked = [offer for offer in offers.of(booking) if offer["status"] in (offers.OPEN, offers.DECLINED)]
    best = matching.best(deps.store.candidates(ask), ask)
    counts = (booking["match"] or {}).get("why_nobody") or {}
    near: list[Fit] = []
    if best is None and booking["status"] == states.UNFILLED and counts.keys() - {"language"}:
        near = matching.ranked(islice(deps.store.search.speakers(ask, NEAREST), NEAREST))
    if 0 < len(near) < NEAREST:
        counts = {code: n for code, n in counts.items() if code == "language"}
    return Waiting(booking, best, near, counts, asked)


@dataclass(frozen=True)
class Happening:
    """One thing that happened to a booking; `type` as `booking.confirmed`, `by` the actor as events carry it."""

    time: datetime
    type: str
    data: Document
    by: str


def history(deps: Dependencies, booking_id: str) -> list[Happening]:
    """Everything, in order."""
    return [_happening(line) for line in deps.store.lines_of(booking_id)]


def changes_since(deps: Dependencies, booking_id: str, version: int) -> tuple[Document, list[Happening]]:
    """The booking as it now is, and what was done to it after it had that version. Raises NoSuchBooking.

    A save raises the version by one and says all it says under one cause: so many causes from the end were not seen yet.
    """
    booking = deps.store.bookings.get(booking_id)
    if booking is None:
        raise NoSuchBooking()
    saves = [list(said) for _, said in groupby(deps.store.lines_of(booking_id), lambda line: line["causationid"])]
    unseen = saves[-(booking["version"] - version) :] if version < booking["version"] else []
    return booking, [_happening(line) for save in unseen for line in save]


def entry_changes(deps: Dependencies, interpreter_id: str, version: int) -> tuple[Document, list[Happening]]:
    """The same of an entry of the roster. Raises NoSuchInterpreter."""
    entry = find_interpreter(deps, interpreter_id)
    lines = deps.store.lines_of_entry(interpreter_id)
    unseen = lines[-(entry["version"] - version) :] if version < entry["version"] else []
    return entry, [_happening(line) for line in unseen]


def _happening(line: Document) -> Happening:
    return Happening(line["time"], ".".join(line["type"].split(".")[1:3]), line["data"], line["actor"])


def department_names(deps: Dependencies, language: str) -> dict[str, str]:
    """By code, in this language, else in English or Japanese."""
    wanted = (language, "en", "ja")
    return {
        code: next((names[tag] for tag in wanted if names.get(tag)), code)
        for code, names in deps.store.copies.departments().items()
    }


def people(deps: Dependencies, actors: Iterable[str]) -> dict[str, str]:
    """Names by actor: who signs in under `account:…`, who is `interpreter:…` on the roster; others are left out."""
    found = {actor: actor.partition(":") for actor in set(actors)}
    accounts = {id_ for kind, _, id_ in found.values() if kind == "account"}
    names = deps.store.copies.usernames(accounts)
    asked = {id_: deps.store.interpreters.get(id_) for kind, _, id_ in found.values() if kind == "interpreter"}
    names |= {id_: entry["name"]["latin"] for id_, entry in asked.items() if entry}
    return {actor: names[id_] for actor, (_, _, id_) in found.items() if id_ in names}


def accounts_of_interpreters(deps: Dependencies) -> dict[str, str]:
    """Who signs in as an interpreter, by account: to be linked with an entry of the roster."""
    return deps.store.copies.interpreters_accounts()
