"""The operator console of a web process: one method per query and per action. Not here: the HTTP routes (routes.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.clock import Clock, parse_rfc3339
from shared.command_context import CommandContext
from shared.errors import Conflict
from shared.inbox import dead_letters, deferred_events
from shared.inbox.dead_letters import OperatorCommand
from shared.mongo import Document, Index
from shared.operations import service_status
from shared.operations.event_trace import event_trace, published_event
from shared.operations.processes import WebBeat, processes
from shared.operations.queues import Queues
from shared.operations.redaction import redacted_event, redacted_reason
from shared.outbox.records import Records, outbox_collections
from shared.paging import Window, onward
from shared.sealing import service_key
from shared.settings import Settings

Notices = Callable[[str | None, str | None], list[Document]]
CaseIdOf = Callable[[str], str | None]
Deliveries = Callable[[Database[Document], datetime], list[Document]]
LATEST_FIRST = [("time", -1), ("_id", -1)]
OLDEST_FIRST = [("deferred_at", 1), ("_id", 1)]
SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-"


class NothingDeadLettered(Conflict):
    """There are no failed events of this kind, or no longer."""


def is_service_healthy(has_worker: bool, dead_lettered: int, deliveries: Sequence[Document]) -> bool:
    """Whether a worker is healthy, no event is dead-lettered, and deliveries go out."""
    return has_worker and dead_lettered == 0 and all(one["healthy"] for one in deliveries)


def no_cases(reference: str) -> str | None:
    """Finds no case, for services that own none."""
    return None


def no_notices(case_id: str | None, event_id: str | None) -> list[Document]:
    """Finds no notices, for services that send none."""
    return []


def no_deliveries(database: Database[Document], now: datetime) -> list[Document]:
    """Returns no deliveries, for services that deliver nothing to others."""
    return []


@dataclass(frozen=True)
class Operations:
    """The console, made by build_app. `actions` stores answers to repeated requests, `notices` finds what the service sent because of a
    case's events, `case_id_of` finds a case by its reference, `deliveries` returns what is still to be delivered.
    """

    settings: Settings
    database: Database[Document]
    clock: Clock
    records: Sequence[str]
    actions: Records
    queues: Queues
    beat: WebBeat
    version: str
    notices: Notices = no_notices
    case_id_of: CaseIdOf = no_cases
    deliveries: Deliveries = no_deliveries

    # -- queries

    def overview(self) -> Document:
        """Processes, queues, unpublished events, deferred events and their causes."""
        now = self.clock()
        self.beat.write(now)
        running, groups = processes(self.database, now), service_status.groups(self.database)
        counts, queues = service_status.counts_of(groups), self.queues.depths()
        deliveries = self.deliveries(self.database, now)
        has_worker = any(one["healthy"] for one in running if one["kind"] == "worker")
        return {
            "service": self.settings.service,
            "time": now,
            "version": self.version,
            "healthy": queues is not None and is_service_healthy(has_worker, counts["dead_lettered"], deliveries),
            "processes": running,
            "queues": queues,
            **service_status.unpublished(self.database, self.records, now),
            **counts,
            "groups": groups,
            "deliveries": deliveries,
        }

    def failed_events(self, filters: Document, window: Window) -> list[Document]:
        """A page of deferred events, the oldest first, filtered by state, cause and type."""
        query = onward(filters, OLDEST_FIRST, _in_time(window))
        found = (
            self.database.deferred_events.find(query, service_status.WITHOUT_CONTENT)
            .sort(OLDEST_FIRST)
            .limit(window.rows)
        )
        return [to_response(document) for document in found]

    def count(self, filters: Document) -> int:
        """The number of matching deferred events."""
        return self.database.deferred_events.count_documents(filters)

    def failed_event(self, event_id: str) -> Document:
        """One deferred event with its history and the visible part of its content; raises NoSuchEvent."""
        document = service_status.deferred_event(self.database, event_id)
        history = [{**line, "reason": line.get("reason")} for line in document["history"]]
        if document["kind"] == "unreadable":
            history = [line | {"reason": redacted_reason({**document, **line})} for line in history]
        return to_response(document) | {
            "history": history,
            "event": redacted_event(document),
            "version": len(document["history"]),
        }

    def history(self, window: Window) -> list[Document]:
        """A page of operator actions, the latest first."""
        query = onward({"action": {"$exists": True}}, LATEST_FIRST, _in_time(window))
        return [action_entry(entry) for entry in self.database.audit.find(query).sort(LATEST_FIRST).limit(window.rows)]

    def action(self, action_id: str) -> Document | None:
        """One action by its id."""
        found: Document | None = self.database.audit.find_one({"_id": action_id, "action": {"$exists": True}})
        return found

    def trace(self, case_id: str | None, event_id: str | None, subjects: Sequence[str]) -> Document:
        """The trace of a case (by id, or by reference where this service owns cases) or one event through this service."""
        case_id = (case_id and self.case_id_of(case_id)) or case_id
        found = event_trace(
            self.database,
            self.settings.service,
            self.records,
            case_id=case_id,
            event_id=event_id,
            subjects=subjects,
        )
        return {
            "service": self.settings.service,
            "case_id": case_id,
            "published": [published_event(entry) for entry in found["published"]],
            "consumed": found["consumed"],
            "failed_events": [to_response(document) for document in found["deferred"]],
            "notices": self.notices(case_id, event_id),
        }

    # -- actions

    def command(self, context: CommandContext, source: str, reason: str | None) -> OperatorCommand:
        """Returns who acts and why, for the methods below."""
        return OperatorCommand(context, reason or "", source, self.actions)

    def redrive(self, event_id: str, command: OperatorCommand) -> Document:
        return dead_letters.redrive_one(self.database, event_id, command)

    def discard(self, event_id: str, command: OperatorCommand) -> Document:
        return dead_letters.discard_one(self.database, event_id, command)

    def restore(self, event_id: str, command: OperatorCommand) -> Document:
        return dead_letters.restore_one(self.database, event_id, command)

    def note(self, event_id: str, command: OperatorCommand) -> Document:
        return dead_letters.note(self.database, event_id, command)

    def redrive_group(self, which: Document, command: OperatorCommand) -> Document:
        """Redrives the failed events of a cause (and type), or all where `which` is empty; as many as one action takes.

        Raises NothingDeadLettered.
        """
        return _not_empty(dead_letters.redrive_some(self.database, which, command))

    def discard_group(self, which: Document, seen: int, command: OperatorCommand) -> Document:
        """Discards all failed events of a cause (and type), `seen` in number; as many as one action takes.

        Raises CountChanged, NothingDeadLettered.
        """
        return _not_empty(dead_letters.discard_some(self.database, which, command, seen))


def operations_of(
    settings: Settings,
    database: Database[Document],
    indexes: Sequence[Index],
    clock: Clock,
    version: str,
    notices: Notices = no_notices,
    case_id_of: CaseIdOf = no_cases,
    deliveries: Deliveries = no_deliveries,
) -> Operations:
    """Returns the console of one web process; it reads and connects nothing yet."""
    return Operations(
        settings=settings,
        database=database,
        clock=clock,
        records=outbox_collections(indexes),
        actions=Records(
            database["operator_actions"],
            answers=lambda _: service_key(bytes.fromhex(settings.secret("master_key").decode())),
        ),
        queues=Queues(settings),
        beat=WebBeat(database, clock()),
        version=version,
        notices=notices,
        case_id_of=case_id_of,
        deliveries=deliveries,
    )


def to_response(document: Document) -> Document:
    """A deferred event without its content."""
    return {
        "id": document["_id"],
        "state": document["state"],
        "type": document["type"],
        "subject": document["subject_key"],
        "sequence": document["sequence"],
        "cause": document["cause"],
        "reason": redacted_reason(document),
        "attempts": document["attempts"],
        "due": document["due"],
        "deferred_at": document["deferred_at"],
        "size": document["size"],
        "content_type": _plain(document["content_type"]),
        "allowed": dead_letters.allowed(document),
    }


def action_entry(entry: Document) -> Document:
    """The response for an action's audit entry; the action was about all failed events where it names neither event nor cause."""
    which = entry["which"]
    return {
        "id": entry["_id"],
        "time": entry["time"],
        "actor": entry["actor"],
        "source": entry["from"],
        "action": entry["action"].removeprefix("dead."),
        "event_id": which.get("_id"),
        "cause": which.get("cause"),
        "type": which.get("type"),
        "reason": entry["reason"],
        "events": entry["events"],
        "remaining": entry["remaining"],
    }


def group_of(cause: str, *type_: str | None) -> Document:
    """The filter of a group of failed events: of one cause, and of one type where that is given (None: of no known type)."""
    return {"cause": cause} | ({"type": type_[0]} if type_ else {})


def _not_empty(entry: Document) -> Document:
    if not entry["events"]:
        raise NothingDeadLettered("There are no failed events of this kind, or no longer.")
    return entry


def _plain(text: Any) -> str | None:
    """The text where it is a technical name, else None: a publisher may have sent anything."""
    return text if isinstance(text, str) and len(text) <= 80 and set(text) <= set(SAFE) else None


def _in_time(window: Window) -> Window:
    """The window with its cursor's time parsed from text."""
    if window.after is None:
        return window
    moment, id_ = window.after
    at: datetime = parse_rfc3339(moment)
    return Window((at, id_), window.limit)


STATES = {
    "waiting": service_status.WAITING_STATES,
    "dead_lettered": (deferred_events.DEAD_LETTERED,),
    "discarded": (deferred_events.DISCARDED,),
}
"""The states a list can be filtered by; `waiting` are retries, events behind another, and gaps."""
