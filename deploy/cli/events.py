"""`imc events tail`: the events that services publish, from their event logs: the latest ones, then new ones as they are published."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from deploy.cli.target import Target
from shared.clock import rfc3339
from shared.mongo import Document, connect

LATEST = 20


def tail(target: Target, case: str | None, follow: bool = True, latest: int = LATEST) -> Iterator[Document]:
    """Yields events in the order they happened, of one case (its reference or id) or of all; endless with `follow`."""
    logs = [
        connect(settings.mongo_url, settings.database, "imc-events", pool=2)["event_log"]
        for settings in target.settings_of.values()
    ]
    wanted = _of_case(case)
    streams = [log.watch(_inserted(wanted), max_await_time_ms=100) for log in logs] if follow else []
    seen: set[str] = set()
    past = [entry for log in logs for entry in log.find(wanted).sort("time", -1).limit(latest)]
    for entry in sorted(past, key=lambda entry: entry["time"])[-latest:]:
        seen.add(entry["_id"])
        yield entry
    while streams:
        for stream in streams:
            change = stream.try_next()
            if change and change["fullDocument"]["_id"] not in seen:
                yield change["fullDocument"]


def _of_case(case: str | None) -> Document:
    if not case:
        return {}
    fields = ("correlationid", "subject", "data.case_id", "data.reference")
    return {"$or": [{field: case} for field in fields]}


def _inserted(wanted: Document) -> list[dict[str, Any]]:
    either = [{f"fullDocument.{field}": value} for part in wanted.get("$or", []) for field, value in part.items()]
    return [{"$match": {"operationType": "insert", **({"$or": either} if either else {})}}]


def as_text(entry: Document) -> str:
    """One line for people; events contain no names."""
    data = entry["data"]
    about = data.get("reference") or entry["subject"]
    return f"{rfc3339(entry['time'])}  {entry['type']:<42} {about}  {data.get('status', '')}".rstrip()


def as_json(entry: Document) -> str:
    """One line for programs."""
    return json.dumps({("id" if name == "_id" else name): value for name, value in entry.items()}, default=_plain)


def _plain(value: object) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)
