"""`imc dead`: events that could not be handled, over all services or one. What may be done with them is parking.py's."""

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
from shared.messaging import parking, standing
from shared.mongo import Document, connect


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


def parked(target: Target, service: str | None) -> list[Document]:
    """Parked events with the service that could not handle each, oldest first, without their bodies."""
    found = _each(target, service, standing.list_held)
    rows = [{"service": name, **row} for name, held in found.items() for row in held]
    return sorted(rows, key=lambda row: row["held_at"])


def show(target: Target, service: str | None, event_id: str) -> list[Document]:
    """The event with body and history, at every service that keeps it; raises NothingSuch."""
    found = _each(target, service, lambda database: _or_none(database, event_id))
    rows = [{"service": name, **row} for name, row in found.items() if row]
    if not rows:
        raise parking.NothingSuch(f"no kept event {event_id}")
    return rows


def _or_none(database: Database[Document], event_id: str) -> Document | None:
    try:
        return standing.show(database, event_id)
    except parking.NothingSuch:
        return None


def redrive(target: Target, service: str | None, which: Document, why: str) -> list[str]:
    """Hands parked events to the hearers that failed; returns lines on how many that were, and why others stay.

    Raises NothingSuch where none fits.
    """
    origin = by_operator()
    redriven = _each(target, service, lambda database: parking.redrive(database, which, origin, why, _here()))
    stay: Counter[str] = Counter()
    for left in _each(target, service, lambda database: parking.staying(database, which)).values():
        stay.update(left)
    done, all_ = sum(redriven.values()), sum(redriven.values()) + stay.total()
    reasons = [f"{count} stay parked: {why_}" for why_, count in stay.items()]
    if not done and which:
        raise parking.NothingSuch("; ".join(reasons) or "no parked event fits")
    return [f"{done} of {all_} redriven" if stay else f"{done} redriven", *reasons]


def discard(target: Target, service: str | None, event_id: str, why: str) -> list[str]:
    """Gives it up, restorably; returns the services that kept it."""
    hand = parking.Hand(by_operator(), why, _here())
    return _act(target, service, event_id, lambda database: parking.discard_one(database, event_id, hand))


def restore(target: Target, service: str | None, event_id: str, why: str) -> list[str]:
    """Parks a discarded event again."""
    hand = parking.Hand(by_operator(), why, _here())
    return _act(target, service, event_id, lambda database: parking.restore_one(database, event_id, hand))


def _act(target: Target, service: str | None, event_id: str, act: Callable[[Database[Document]], Any]) -> list[str]:
    keepers = [row["service"] for row in show(target, service, event_id)]
    for keeper in keepers:
        with _database(target, keeper) as database:
            act(database)
    return keepers


def _here() -> str:
    """From where it is done, for the audit."""
    return f"imc on {socket.gethostname()}"


def as_json(found: Any) -> str:
    return json.dumps(found, default=_plain, indent=2)


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return rfc3339(value) if isinstance(value, datetime) else str(value)
