"""Operators' actions on events that could not be handled: redrive, discard with a reason, restore, note.

Redriving hands an event, with the same id, only to the consumer that failed, never to the others. Each action and its audit
entry are one transaction: an action that cannot be recorded does not happen. Not here: what operators see (shared/operations).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.broker.envelope import Unreadable, decode
from shared.command_context import CommandContext
from shared.errors import Conflict, IllegalMove, NotFound
from shared.idempotency import requests_index
from shared.ids import new_id
from shared.inbox import deferred_events as deferred
from shared.mongo import Document, Index, in_transaction
from shared.outbox.records import Records

MAX_REDRIVEN = 2000
MAX_DISCARDED = 200
INDEXES = [
    Index("audit", [("time", -1), ("_id", -1)], partial={"action": {"$exists": True}}),
    requests_index("operator_actions"),
    Index("operator_actions", [("time", 1)], expire_after=2 * 24 * 3600),
]
WHY_NOT_REDRIVEN = {
    "unreadable": "no events, as far as this version can read: discard them, or redrive them after an upgrade",
    "foreign": "not from their publisher: never handed over",
}
"""Kinds of deferred events that are never redriven, and why."""
ALLOWED = {deferred.DEAD_LETTERED: ("redrive", "discard", "note"), deferred.DISCARDED: ("restore", "note")}
Which = Mapping[str, Any]


class NoSuchEvent(NotFound, LookupError):
    """No deferred event matches the request."""


class ActionNotAllowed(IllegalMove):
    """The event is not in a state this starts from."""

    def __init__(self, document: Document) -> None:
        super().__init__(f"The event is {document['state']}.", allowed(document))


class EarlierDeferred(Conflict, ValueError):
    """An earlier event of the same subject is deferred, and would be overtaken."""


class CountChanged(Conflict):
    """There are now more or fewer of them than the operator saw."""


@dataclass(frozen=True, slots=True)
class OperatorCommand:
    """The operator and the reason; `source` is the address or machine they act from, `actions` stores the answer to a repeated request."""

    context: CommandContext
    reason: str = ""
    source: str | None = None
    actions: Records | None = None


def allowed(document: Document) -> list[str]:
    """The actions allowed on a deferred event. An unreadable event is decoded again with its group, after an upgrade."""
    possible = ALLOWED.get(document["state"], ("note",))
    return [action for action in possible if action != "redrive" or document["kind"] not in WHY_NOT_REDRIVEN]


def redrive(
    database: Database[Document], which: Which, context: CommandContext, reason: str = "", source: str | None = None
) -> int:
    """Makes all matching dead-lettered events due now; `which` is `{"_id": …}`, `{"cause": …}` or `{}` for all. Returns how many.

    At most as many as are dead-lettered at the start: events that fail again meanwhile are not redriven in a loop.
    """
    done, command = 0, OperatorCommand(context, reason, source)
    there = database.deferred_events.count_documents({**which, "state": deferred.DEAD_LETTERED})
    while done < there and (some := redrive_some(database, which, command)["events"]):
        done += some
    return done


def redrive_some(database: Database[Document], which: Which, command: OperatorCommand) -> Document:
    """Redrives as many matching events as fit into one action and returns its audit entry; `events` is their number.

    An event is checked again as on arrival: its schema, its publisher, that no earlier event is missing. An event dead-lettered
    for a gap is handled in spite of the gap only where it was selected by its id or by that cause; the missing events are still
    accepted if they ever arrive. A message that an older version could not read is decoded again; one that is still not an event,
    or did not come from its publisher, stays dead-lettered.
    """
    _decode_again(database, which)
    query = {**which, "state": deferred.DEAD_LETTERED, "kind": {"$nin": list(WHY_NOT_REDRIVEN)}}

    def work(session: ClientSession) -> tuple[int, int]:
        there = database.deferred_events.count_documents({**which, "state": deferred.DEAD_LETTERED}, session=session)
        ids = [
            row["_id"] for row in database.deferred_events.find(query, {"_id": 1}, session=session).limit(MAX_REDRIVEN)
        ]
        _make_due(database, ids, command, session, past_gap="_id" in which or which.get("cause") == "gap")
        return len(ids), there - len(ids)

    return _with_audit_entry(database, "redrive", which, command, work)


def not_redriven(database: Database[Document], which: Which) -> dict[str, int]:
    """The dead-lettered events that a redrive leaves unchanged: reason → how many."""
    found = database.deferred_events.aggregate(
        [
            {"$match": {**which, "state": deferred.DEAD_LETTERED, "kind": {"$in": list(WHY_NOT_REDRIVEN)}}},
            {"$group": {"_id": "$kind", "count": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
        ]
    )
    return {WHY_NOT_REDRIVEN[row["_id"]]: row["count"] for row in found}


def redrive_one(database: Database[Document], event_id: str, command: OperatorCommand) -> Document:
    """Redrives one event and returns the audit entry. Raises NoSuchEvent and ActionNotAllowed."""
    _decode_again(database, {"_id": event_id})
    return _audited_on_one(
        database,
        "redrive",
        event_id,
        command,
        lambda document, session: _make_due(database, [event_id], command, session, past_gap=True),
    )


def discard(
    database: Database[Document], event_id: str, context: CommandContext, reason: str, source: str | None = None
) -> Document:
    """Discards an event with a reason, as `discard_one`; the events behind it continue. It can be restored."""
    return discard_one(database, event_id, OperatorCommand(context, reason, source))


def discard_one(database: Database[Document], event_id: str, command: OperatorCommand) -> Document:
    """Discards one event and returns the audit entry. Raises NoSuchEvent, ActionNotAllowed, EarlierDeferred, and ValueError without a reason."""
    _check_reason(command)
    return _audited_on_one(
        database, "discard", event_id, command, lambda document, session: _discard(database, document, command, session)
    )


def discard_some(database: Database[Document], which: Which, command: OperatorCommand, seen: int) -> Document:
    """Discards as many matching events as one action takes; `seen` is how many the operator saw. Events behind an earlier one stay.

    Raises ValueError without a reason, CountChanged.
    """
    _check_reason(command)
    query = {**which, "state": deferred.DEAD_LETTERED}

    def work(session: ClientSession) -> tuple[int, int]:
        there = database.deferred_events.count_documents(query, session=session)
        if there != seen:
            raise CountChanged(f"There are now {there} of them, not {seen}; look again.")
        in_order = [("subject_key", 1), ("sequence", 1)]
        found = list(database.deferred_events.find(query, session=session).sort(in_order).limit(MAX_DISCARDED))
        done = sum(_try_discard(database, document, command, session) for document in found)
        return done, there - done

    return _with_audit_entry(database, "discard", which, command, work)


def restore(
    database: Database[Document], event_id: str, context: CommandContext, reason: str = "", source: str | None = None
) -> Document:
    """Returns a discarded event to the dead-lettered ones, as `restore_one`."""
    return restore_one(database, event_id, OperatorCommand(context, reason, source))


def restore_one(database: Database[Document], event_id: str, command: OperatorCommand) -> Document:
    """Restores one event and returns the audit entry; a redrive then handles it, late but once. Raises NoSuchEvent and ActionNotAllowed."""

    def work(document: Document, session: ClientSession) -> None:
        _change(database, [event_id], {"state": deferred.DEAD_LETTERED, "restored": True}, "restored", command, session)

    return _audited_on_one(database, "restore", event_id, command, work)


def note(database: Database[Document], event_id: str, command: OperatorCommand) -> Document:
    """Adds a remark (`reason`) to the event's history and returns the audit entry. Raises NoSuchEvent."""

    def work(document: Document, session: ClientSession) -> None:
        _change(database, [event_id], {}, "note", command, session)

    return _audited_on_one(database, "note", event_id, command, work)


def _check_reason(command: OperatorCommand) -> None:
    if not command.reason.strip():
        raise ValueError("reason: expected one")


def _decode_again(database: Database[Document], which: Which) -> None:
    for document in database.deferred_events.find({**which, "state": deferred.DEAD_LETTERED, "kind": "unreadable"}):
        try:
            event = decode(bytes(document["body"]), document["content_type"])
        except Unreadable:
            continue
        known = {
            "kind": "event",
            "subject_key": event.subject_key,
            "sequence": event.sequence,
            "type": event.type,
        }
        database.inbox_positions.update_one(
            {"_id": event.subject_key}, {"$setOnInsert": {"last_sequence": 0}}, upsert=True
        )
        database.deferred_events.update_one({"_id": document["_id"]}, {"$set": known})


def _make_due(
    database: Database[Document], ids: list[str], command: OperatorCommand, session: ClientSession, past_gap: bool
) -> None:
    change = {
        "state": deferred.WAITING,
        "due": command.context.now,
        "attempts": 0,
        "leased_until": None,
        "forced": past_gap,
    }
    _change(database, ids, change, "redriven", command, session)


def _change(
    database: Database[Document],
    ids: list[str],
    change: Document,
    what: str,
    command: OperatorCommand,
    session: ClientSession,
) -> None:
    line = deferred.history_line(command.context.now, what, command.context.actor, command.reason)
    update = ({"$set": change} if change else {}) | {"$push": {"history": line}}
    database.deferred_events.update_many({"_id": {"$in": ids}}, update, session=session)


def _try_discard(
    database: Database[Document], document: Document, command: OperatorCommand, session: ClientSession
) -> bool:
    try:
        _discard(database, document, command, session)
    except EarlierDeferred:
        return False
    return True


def _discard(
    database: Database[Document], document: Document, command: OperatorCommand, session: ClientSession
) -> None:
    event_id, now = document["_id"], command.context.now
    change_state = {"state": deferred.DISCARDED, "due": None}
    if not document["subject_key"]:
        _change(database, [event_id], change_state, "discarded", command, session)
        return
    position = database.inbox_positions.find_one({"_id": document["subject_key"]}, session=session) or {
        "last_sequence": 0
    }
    before = {
        "subject_key": document["subject_key"],
        "sequence": {"$gt": position["last_sequence"], "$lt": document["sequence"]},
    }
    if database.deferred_events.find_one({**before, "state": {"$ne": deferred.DISCARDED}}, {"_id": 1}, session=session):
        raise EarlierDeferred(
            f"{event_id}: expected no earlier event of its subject deferred; redrive or discard that one first"
        )
    _change(database, [event_id], change_state, "discarded", command, session)
    skipped = deferred.skipped_sequences(position["last_sequence"], document["sequence"])
    change: Document = {"$pull": {"deferred": {"id": event_id}}, "$max": {"last_sequence": document["sequence"]}}
    if skipped:
        change["$push"] = {"missing": {"$each": skipped}}
    database.inbox_positions.update_one({"_id": document["subject_key"]}, change, session=session)
    deferred.release_next(
        database, document["subject_key"], max(position["last_sequence"], document["sequence"]), now, session
    )


def _audited_on_one(
    database: Database[Document],
    action: str,
    event_id: str,
    command: OperatorCommand,
    work: Callable[[Document, ClientSession], None],
) -> Document:
    def checked(session: ClientSession) -> tuple[int, int]:
        document = database.deferred_events.find_one({"_id": event_id}, session=session)
        if document is None:
            raise NoSuchEvent(f"no failed event {event_id}")
        command.context.expects({"version": len(document["history"])})
        if action not in allowed(document):
            raise ActionNotAllowed(document)
        work(document, session)
        return 1, 0

    return _with_audit_entry(database, action, {"_id": event_id}, command, checked)


def _with_audit_entry(
    database: Database[Document],
    action: str,
    which: Which,
    command: OperatorCommand,
    work: Callable[[ClientSession], tuple[int, int]],
) -> Document:
    """Writes the action and its audit entry; an action on no event leaves none. `remaining` is how many matching events are still dead-lettered."""

    def both(session: ClientSession) -> Document:
        events, left = work(session)
        entry = {
            "_id": new_id(),
            "time": command.context.now,
            "actor": command.context.actor,
            "from": command.source or command.context.cause,
            "action": f"dead.{action}",
            "which": {str(key): None if value is None else str(value) for key, value in which.items()},
            "reason": command.reason,
            "request_id": command.context.cause,
            "events": events,
            "remaining": left,
        }
        if events:
            database.audit.insert_one(entry, session=session)
            if command.actions is not None:
                command.actions.within(session).insert(dict(entry), [], command.context)
        return entry

    return in_transaction(database, both)
