"""What happened to a booking or an entry of the roster, and the names of the people and departments it mentions."""

from collections.abc import Iterable
from itertools import groupby

from services.interpreting.actions.interpreters import find_interpreter
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.history import HistoryEntry, entry_of
from services.interpreting.rules.records import Booking, Interpreter


def history(deps: Dependencies, booking_id: str) -> list[HistoryEntry]:
    """Returns the events of a booking, in order."""
    return [entry_of(event) for event in deps.store.booking_events(booking_id)]


def booking_changes(deps: Dependencies, booking_id: str, version: int) -> tuple[Booking, list[HistoryEntry]]:
    """Returns the booking as it now is, and its events after it had that version. Raises NoSuchBooking.

    A save raises the version by one and gives all its events one cause: the last causes, as many as versions since, are new.
    """
    booking = deps.store.bookings.get(booking_id)
    if booking is None:
        raise NoSuchBooking()
    events = deps.store.booking_events(booking_id)
    saves = [list(of_one) for _, of_one in groupby(events, lambda event: event["causationid"])]
    new = saves[-(booking["version"] - version) :] if version < booking["version"] else []
    return booking, [entry_of(event) for save in new for event in save]


def interpreter_changes(
    deps: Dependencies, interpreter_id: str, version: int
) -> tuple[Interpreter, list[HistoryEntry]]:
    """Returns the same of an entry of the roster. Raises NoSuchInterpreter."""
    entry = find_interpreter(deps, interpreter_id)
    events = deps.store.interpreter_events(interpreter_id)
    new = events[-(entry["version"] - version) :] if version < entry["version"] else []
    return entry, [entry_of(event) for event in new]


def department_names(deps: Dependencies, language: str) -> dict[str, str]:
    """Returns the names of departments by code, in this language, else in English or Japanese."""
    wanted = (language, "en", "ja")
    return {
        code: next((names[tag] for tag in wanted if names.get(tag)), code)
        for code, names in deps.store.copies.departments().items()
    }


def names_of_actors(deps: Dependencies, actors: Iterable[str]) -> dict[str, str]:
    """Returns names by actor: the user name for `account:…`, the interpreter's for `interpreter:…`; others are left out."""
    found = {actor: actor.partition(":") for actor in set(actors)}
    accounts = {id_ for kind, _, id_ in found.values() if kind == "account"}
    names = deps.store.copies.usernames(accounts)
    entries = {id_: deps.store.interpreters.get(id_) for kind, _, id_ in found.values() if kind == "interpreter"}
    names |= {id_: entry["name"]["latin"] for id_, entry in entries.items() if entry}
    return {actor: names[id_] for actor, (_, _, id_) in found.items() if id_ in names}


def interpreter_accounts(deps: Dependencies) -> dict[str, str]:
    """Returns the accounts with the interpreter role, to be linked with an entry of the roster."""
    return deps.store.copies.interpreter_accounts()
