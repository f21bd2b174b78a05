"""The trace of a case or of one event through one service: events published, events consumed, events deferred and why.

The whole trace is combined from every service's part: each knows its own events, and its positions in those of others.
A subject is named by its key, `<publisher>/<kind>/<id>`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pymongo
from pymongo.database import Database

from shared.broker.envelope import subject_key_of
from shared.events import CATALOGUE
from shared.mongo import Document
from shared.operations.redaction import redacted_data
from shared.operations.service_status import WITHOUT_CONTENT

MAX_ROWS = 500
OUTBOX_SECONDS = 1.0


def event_trace(
    database: Database[Document],
    service: str,
    records: Sequence[str],
    *,
    case_id: str | None = None,
    event_id: str | None = None,
    subjects: Sequence[str] = (),
) -> Document:
    """Returns `{published, consumed, deferred}`; `subjects` are other services' subjects that belong to the case and may be consumed here."""
    published = _logged(database, case_id, event_id) + _in_outboxes(database, records, case_id, event_id)
    deferred = _deferred(database, event_id)
    known = {*subjects, *_cases(case_id), *(row["subject_key"] for row in deferred if row["subject_key"])}
    others = sorted(name for name in known if not name.startswith(f"{service}/") and _is_consumed(service, name))
    return {
        "published": sorted(published, key=_time_and_sequence)[:MAX_ROWS],
        "consumed": _positions(database, others),
        "deferred": deferred + [row for row in _deferred_of(database, others) if row["_id"] != event_id],
    }


def published_event(entry: Mapping[str, Any]) -> Document:
    """One event of this service; `published_at` is None while the broker has not confirmed it."""
    definition = CATALOGUE.get(entry["type"])
    subject = subject_key_of(definition, entry["subject"]) if definition else entry["subject"]
    return {
        "id": entry["_id"],
        "type": entry["type"],
        "subject": subject,
        "sequence": entry["sequence"],
        "time": entry["time"],
        "published_at": entry["at"],
        "actor": entry["actor"],
        "correlation_id": entry["correlationid"],
        "causation_id": entry["causationid"],
        "consumers": list(definition.consumers) if definition else [],
        "data": redacted_data(entry["data"]),
    }


def _time_and_sequence(entry: Mapping[str, Any]) -> tuple[datetime, int]:
    return entry["time"], entry["sequence"]


def _logged(database: Database[Document], case_id: str | None, event_id: str | None) -> list[Document]:
    query = {"_id": event_id} if event_id else {"correlationid": case_id}
    return list(database.event_log.find(query).sort("time", 1).limit(MAX_ROWS))


def _in_outboxes(
    database: Database[Document], records: Iterable[str], case_id: str | None, event_id: str | None
) -> list[Document]:
    """The events still in outboxes, found among the records with a due entry: usually none."""
    field, value = ("outbox.id", event_id) if event_id else ("outbox.correlationid", case_id)
    found: dict[str, Document] = {}
    with pymongo.timeout(OUTBOX_SECONDS):
        for name in records:
            query = {"outbox_due": {"$exists": True}, field: value}
            for record in database[name].find(query, {"outbox": 1}).limit(MAX_ROWS):
                for entry in record["outbox"]:
                    if value in (entry["id"], entry["correlationid"]):
                        found[entry["id"]] = entry | {"_id": entry["id"], "subject": record["_id"], "at": None}
    logged = database.event_log.find({"_id": {"$in": list(found)}}, {"_id": 1})
    for row in logged:
        del found[row["_id"]]
    return list(found.values())


def _cases(case_id: str | None) -> list[str]:
    """The keys of the case as a subject, for the services that publish events about cases."""
    return [f"{service}/case/{case_id}" for service in sorted(_publishers_of_cases())] if case_id else []


def _publishers_of_cases() -> set[str]:
    return {definition.service for definition in CATALOGUE.values() if definition.subject == "case"}


def _is_consumed(service: str, subject: str) -> bool:
    publisher, _, rest = subject.partition("/")
    kind = rest.partition("/")[0]
    return any((d.service, d.subject) == (publisher, kind) and service in d.consumers for d in CATALOGUE.values())


def _positions(database: Database[Document], subjects: Sequence[str]) -> list[Document]:
    """How far each subject was consumed; 0 where no event was yet."""
    positions = {row["_id"]: row for row in database.inbox_positions.find({"_id": {"$in": list(subjects)}})}
    return [
        {
            "subject": subject,
            "last_sequence": positions.get(subject, {}).get("last_sequence", 0),
            "missing": sorted(positions.get(subject, {}).get("missing", ()))[:MAX_ROWS],
        }
        for subject in subjects
    ]


def _deferred(database: Database[Document], event_id: str | None) -> list[Document]:
    return list(database.deferred_events.find({"_id": event_id}, WITHOUT_CONTENT)) if event_id else []


def _deferred_of(database: Database[Document], subjects: Sequence[str]) -> list[Document]:
    query = {"subject_key": {"$in": list(subjects)}}
    return list(
        database.deferred_events.find(query, WITHOUT_CONTENT)
        .sort([("subject_key", 1), ("sequence", 1)])
        .limit(MAX_ROWS)
    )
