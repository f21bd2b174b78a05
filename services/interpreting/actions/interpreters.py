"""The roster of interpreters: register, change, find, list. A change brings searches forward that might profit from it."""

from collections.abc import Callable

from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import languages, roster
from services.interpreting.rules.event_data import interpreter_data
from services.interpreting.rules.records import (
    Interpreter,
    InterpreterChanges,
    InterpreterEntry,
    NewInterpreter,
    OptionalFields,
)
from services.interpreting.rules.roster import BadInterpreter, NoSuchInterpreter
from services.interpreting.store.store import Store, roster_filter
from shared.command_context import CommandContext
from shared.events.interpreting import InterpreterRegistered, InterpreterUpdated
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window


def defaults() -> OptionalFields:
    """Returns the fields that may be left out of a new entry, with their values."""
    return {
        "gender": "unknown",
        "travel_buffer_minutes": 0,
        "daily_maximum": None,
        "email": None,
        "account_id": None,
        "certifications": [],
        "exceptions": [],
        "active": True,
    }


def register_interpreter(deps: Dependencies, entry: NewInterpreter, context: CommandContext) -> Interpreter:
    """Registers an interpreter. Raises BadInterpreter, also where the account is linked to another."""
    complete: InterpreterEntry = {**defaults(), **entry}
    roster.check(complete)

    def work(store: Store) -> Interpreter:
        record: Interpreter = {
            "_id": new_id(),
            **complete,
            **roster.search_fields(complete),
            "calendar": None,
            "version": 0,
        }
        store.search_queue.note_entry_changed(record["_id"], record["language_keys"])
        return store.interpreters.insert(record, [InterpreterRegistered(**interpreter_data(record))], context)

    return _with_unique_account(deps, work)


def update_interpreter(
    deps: Dependencies, interpreter_id: str, changes: InterpreterChanges, context: CommandContext
) -> Interpreter:
    """Changes the fields given. Confirmed bookings that no longer fit are matched again soon after."""

    def work(store: Store) -> Interpreter:
        record = store.interpreters.load(interpreter_id, context)
        if record is None:
            raise NoSuchInterpreter()
        changed = tuple(sorted(name for name, value in changes.items() if record.get(name) != value))
        before = {*record["language_keys"]}
        record = {**record, **changes}
        roster.check(record)
        record = {**record, **roster.search_fields(record)}
        if not changed:
            return store.interpreters.save(record, [], context)
        store.search_queue.note_entry_changed(interpreter_id, sorted(before | {*record["language_keys"]}))
        event = InterpreterUpdated(**interpreter_data(record), fields=changed)
        return store.interpreters.save(record, [event], context)

    return _with_unique_account(deps, work)


def _with_unique_account(deps: Dependencies, work: Callable[[Store], Interpreter]) -> Interpreter:
    """Runs `work` in a transaction; the index admits only one entry per account."""
    try:
        return deps.store.transaction(work)
    except RecordExists as error:
        if "account_id" in error.key:
            raise BadInterpreter(
                [("#/account_id", "expected an account that no other interpreter is linked to")]
            ) from None
        raise


def find_interpreter(deps: Dependencies, interpreter_id: str) -> Interpreter:
    """Returns one entry; raises NoSuchInterpreter."""
    record = deps.store.interpreters.get(interpreter_id)
    if record is None:
        raise NoSuchInterpreter()
    return record


def list_interpreters(
    deps: Dependencies, active: bool | None, language: str | None, modality: str | None, window: Window
) -> list[Interpreter]:
    """Returns the roster in order of registration; a language matches as for bookings."""
    key = None if language is None else languages.key_or_unknown(language)
    return deps.store.list_interpreters(roster_filter(active, key, modality), window)
