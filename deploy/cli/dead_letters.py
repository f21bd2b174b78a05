"""`imc dead`: events that could not be handled, at all services or one. shared/inbox/dead_letters.py decides which actions are allowed."""

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pymongo.database import Database

from deploy.cli.actor import by_operator
from deploy.cli.target import Target
from shared.clock import rfc3339
from shared.inbox import dead_letters
from shared.mongo import Document, connect
from shared.operations import service_status


@contextmanager
def _database(target: Target, service: str) -> Iterator[Database[Document]]:
    settings = target.settings_of[service]
    database = connect(settings.mongo_url, settings.database, "imc-dead", pool=2)
    with database.client:
        yield database


def _each(target: Target, service: str | None, ask: Callable[[Database[Document]], Any]) -> dict[str, Any]:
    if service and service not in target.settings_of:
        raise LookupError(f"{service}: expected one of {', '.join(target.settings_of)}")
    found = {}
    for name in [service] if service else list(target.settings_of):
        with _database(target, name) as database:
            found[name] = ask(database)
    return found


def failed_events(target: Target, service: str | None) -> list[Document]:
    """Dead-lettered events with the service that failed to handle each, oldest first, without their bodies."""
    found = _each(target, service, service_status.list_deferred)
    rows = [{"service": name, **row} for name, events in found.items() for row in events]
    return sorted(rows, key=lambda row: row["deferred_at"])


def show(target: Target, service: str | None, event_id: str) -> list[Document]:
    """The event with body and history, at every service where it failed; raises NoSuchEvent."""
    found = _each(target, service, lambda database: _or_none(database, event_id))
    rows = [{"service": name, **row} for name, row in found.items() if row]
    if not rows:
        raise dead_letters.NoSuchEvent(f"no failed event {event_id}")
    return rows


def _or_none(database: Database[Document], event_id: str) -> Document | None:
    try:
        return service_status.deferred_event(database, event_id)
    except dead_letters.NoSuchEvent:
        return None


def redrive(target: Target, service: str | None, which: Document, why: str) -> list[str]:
    """Redrives dead-lettered events to the consumers that failed; returns lines with their number, and why others stay.

    Raises NoSuchEvent where none matches.
    """
    context = by_operator()
    redriven = _each(target, service, lambda database: dead_letters.redrive(database, which, context, why, _here()))
    left: Counter[str] = Counter()
    for counts in _each(target, service, lambda database: dead_letters.not_redriven(database, which)).values():
        left.update(counts)
    done, all_ = sum(redriven.values()), sum(redriven.values()) + left.total()
    reasons = [f"{count} left as they are: {reason}" for reason, count in left.items()]
    if not done and which:
        raise dead_letters.NoSuchEvent("; ".join(reasons) or "no failed event matches")
    return [f"{done} of {all_} redriven" if left else f"{done} redriven", *reasons]


def discard(target: Target, service: str | None, event_id: str, why: str) -> list[str]:
    """Discards an event, which can be restored; returns the services where it failed."""
    command = dead_letters.OperatorCommand(by_operator(), why, _here())
    return _act(target, service, event_id, lambda database: dead_letters.discard_one(database, event_id, command))


def restore(target: Target, service: str | None, event_id: str, why: str) -> list[str]:
    """Returns a discarded event to the failed ones; returns the services where it failed."""
    command = dead_letters.OperatorCommand(by_operator(), why, _here())
    return _act(target, service, event_id, lambda database: dead_letters.restore_one(database, event_id, command))


def _act(target: Target, service: str | None, event_id: str, act: Callable[[Database[Document]], Any]) -> list[str]:
    services = [row["service"] for row in show(target, service, event_id)]
    for name in services:
        with _database(target, name) as database:
            act(database)
    return services


def _here() -> str:
    """The machine that the action comes from, for the audit."""
    return f"imc on {socket.gethostname()}"


def as_json(found: Any) -> str:
    return json.dumps(found, default=_plain, indent=2)


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return rfc3339(value) if isinstance(value, datetime) else str(value)
