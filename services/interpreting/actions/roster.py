"""The roster: who interprets, when, in which languages. A change makes everybody who might profit be looked at again."""

from collections.abc import Callable, Mapping
from typing import Any

from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import languages, roster
from services.interpreting.rules.roster import BadInterpreter, NoSuchInterpreter
from services.interpreting.store.store import Store, roster_filter
from shared.command_context import CommandContext
from shared.events.interpreting import InterpreterRegistered, InterpreterUpdated
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window

Document = dict[str, Any]
OPTIONAL: Mapping[str, Any] = {
    "gender": "unknown",
    "travel_buffer_minutes": 0,
    "daily_maximum": None,
    "email": None,
    "account_id": None,
    "certifications": [],
    "exceptions": [],
    "active": True,
}


def register_interpreter(deps: Dependencies, entry: Document, context: CommandContext) -> Document:
    """Enters an interpreter. Raises BadInterpreter, also where the account is another's."""
    complete = {**OPTIONAL, **entry}
    roster.check(complete)

    def work(store: Store) -> Document:
        document = {"_id": new_id(), **complete, **roster.search_fields(complete)}
        store.waiting.changed(document["_id"], document["speaks"])
        return store.interpreters.insert(document, [InterpreterRegistered(**told(document))], context)

    return _of_one_account(deps, work)


def update_interpreter(deps: Dependencies, interpreter_id: str, changes: Document, context: CommandContext) -> Document:
    """Puts in what is given. Confirmed bookings that no longer fit are matched anew soon after."""

    def work(store: Store) -> Document:
        document = store.interpreters.load(interpreter_id, context)
        if document is None:
            raise NoSuchInterpreter()
        changed = tuple(sorted(name for name, value in changes.items() if document.get(name) != value))
        spoken = {*document["speaks"]}
        document |= changes
        roster.check(document)
        document |= roster.search_fields(document)
        if not changed:
            return store.interpreters.save(document, [], context)
        store.waiting.changed(interpreter_id, sorted(spoken | {*document["speaks"]}))
        event = InterpreterUpdated(**told(document), fields=changed)
        return store.interpreters.save(document, [event], context)

    return _of_one_account(deps, work)


def _of_one_account(deps: Dependencies, work: Callable[[Store], Document]) -> Document:
    """In a transaction; of two entries that are linked to one account, the index lets only one be."""
    try:
        return deps.store.transaction(work)
    except RecordExists as error:
        if "account_id" in error.key:
            raise BadInterpreter(
                [("#/account_id", "expected an account that no other interpreter is linked to")]
            ) from None
        raise


def told(document: Document) -> dict[str, Any]:
    """What every event about an entry carries."""
    return {
        "interpreter_id": document["_id"],
        "name": roster.display_name(document["name"]),
        "email": document["email"],
        "account_id": document["account_id"],
        "active": document["active"],
    }


def find_interpreter(deps: Dependencies, interpreter_id: str) -> Document:
    """One entry; raises NoSuchInterpreter."""
    document = deps.store.interpreters.get(interpreter_id)
    if document is None:
        raise NoSuchInterpreter()
    return document


def list_interpreters(
    deps: Dependencies, active: bool | None, language: str | None, modality: str | None, window: Window
) -> list[Document]:
    """The roster in order of entry; a language matches as bookings do."""
    key = None if language is None else languages.key_or_unknown(language)
    return deps.store.roster_page(roster_filter(active, key, modality), window)
