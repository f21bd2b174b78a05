"""A case's or one event's way through one service: what it said of it, what it heard, what is kept of it and why.

The whole way is put together from every service's own part: each knows its own events, and of others' how far it heard.
A subject is named as the marks are: `<sayer>/<kind>/<id>`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pymongo
from pymongo.database import Database

from shared.events import CATALOGUE
from shared.messaging.envelope import mark_id
from shared.messaging.shown import data_shown
from shared.messaging.standing import SHOWN
from shared.mongo import Document

MOST = 500
UNSAID_SECONDS = 1.0


def way(
    database: Database[Document],
    service: str,
    records: Sequence[str],
    *,
    case_id: str | None = None,
    event_id: str | None = None,
    subjects: Sequence[str] = (),
) -> Document:
    """`{said, heard, kept}`; `subjects` are others' subjects the case led to, of which this service may have heard."""
    said = _said(database, case_id, event_id) + _unsaid(database, records, case_id, event_id)
    kept = _kept(database, event_id)
    known = {*subjects, *_cases(case_id), *(row["mark"] for row in kept if row["mark"])}
    others = sorted(name for name in known if not name.startswith(f"{service}/") and _is_heard(service, name))
    return {
        "said": sorted(said, key=_in_time)[:MOST],
        "heard": _heard(database, others),
        "kept": kept + [row for row in _kept_of(database, others) if row["_id"] != event_id],
    }


def said_shown(entry: Mapping[str, Any]) -> Document:
    """One event this service said; `said_at` is None while the broker has not confirmed it."""
    definition = CATALOGUE.get(entry["type"])
    subject = mark_id(definition, entry["subject"]) if definition else entry["subject"]
    return {
        "id": entry["_id"],
        "type": entry["type"],
        "subject": subject,
        "sequence": entry["sequence"],
        "time": entry["time"],
        "said_at": entry["at"],
        "actor": entry["actor"],
        "correlation_id": entry["correlationid"],
        "causation_id": entry["causationid"],
        "heard_by": list(definition.heard_by) if definition else [],
        "data": data_shown(entry["data"]),
    }


def _in_time(entry: Mapping[str, Any]) -> tuple[datetime, int]:
    return entry["time"], entry["sequence"]


def _said(database: Database[Document], case_id: str | None, event_id: str | None) -> list[Document]:
    query = {"_id": event_id} if event_id else {"correlationid": case_id}
    return list(database.said.find(query).sort("time", 1).limit(MOST))


def _unsaid(
    database: Database[Document], records: Iterable[str], case_id: str | None, event_id: str | None
) -> list[Document]:
    """What still lies in outboxes, found among the records that have something due: usually none."""
    field, value = ("outbox.id", event_id) if event_id else ("outbox.correlationid", case_id)
    found: dict[str, Document] = {}
    with pymongo.timeout(UNSAID_SECONDS):
        for name in records:
            query = {"outbox_due": {"$exists": True}, field: value}
            for record in database[name].find(query, {"outbox": 1}).limit(MOST):
                for entry in record["outbox"]:
                    if value in (entry["id"], entry["correlationid"]):
                        found[entry["id"]] = entry | {"_id": entry["id"], "subject": record["_id"], "at": None}
    logged = database.said.find({"_id": {"$in": list(found)}}, {"_id": 1})
    for row in logged:
        del found[row["_id"]]
    return list(found.values())


def _cases(case_id: str | None) -> list[str]:
    """The case as a subject: whose owner is whoever says events about cases."""
    return [f"{service}/case/{case_id}" for service in sorted(_sayers_of_cases())] if case_id else []


def _sayers_of_cases() -> set[str]:
    return {definition.service for definition in CATALOGUE.values() if definition.subject == "case"}


def _is_heard(service: str, subject: str) -> bool:
    sayer, _, rest = subject.partition("/")
    kind = rest.partition("/")[0]
    return any((d.service, d.subject) == (sayer, kind) and service in d.heard_by for d in CATALOGUE.values())


def _heard(database: Database[Document], subjects: Sequence[str]) -> list[Document]:
    """How far each subject was heard; 0 where nothing was yet."""
    marks = {mark["_id"]: mark for mark in database.marks.find({"_id": {"$in": list(subjects)}})}
    return [
        {
            "subject": subject,
            "last": marks.get(subject, {}).get("last", 0),
            "missing": sorted(marks.get(subject, {}).get("missing", ()))[:MOST],
        }
        for subject in subjects
    ]


def _kept(database: Database[Document], event_id: str | None) -> list[Document]:
    return list(database.held.find({"_id": event_id}, SHOWN)) if event_id else []


def _kept_of(database: Database[Document], subjects: Sequence[str]) -> list[Document]:
    query = {"mark": {"$in": list(subjects)}}
    return list(database.held.find(query, SHOWN).sort([("mark", 1), ("sequence", 1)]).limit(MOST))
