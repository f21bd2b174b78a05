"""The processes of one service, from its database: workers by their heartbeat, web processes that answered an operator recently.

A web process writes a heartbeat only when it answers an operator.
"""

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared.mongo import Document
from shared.operations.service_status import is_healthy, workers

SEEN = timedelta(seconds=60)
WRITE_EVERY = timedelta(seconds=5)


class WebBeat:
    """The heartbeat of a web process; one per process."""

    def __init__(self, database: Database[Document], started: datetime) -> None:
        self._meta, self._started = database.meta, started
        self._written: datetime | None = None

    def write(self, now: datetime) -> None:
        """Stores that this process answers, at most every few seconds, and deletes processes that ended long ago."""
        if self._written is not None and abs(now - self._written) < WRITE_EVERY:
            return
        state = {"kind": "web", "at": now, "started": self._started}
        self._meta.update_one({"_id": f"web:{socket.gethostname()}:{os.getpid()}"}, {"$set": state}, upsert=True)
        self._meta.delete_many({"kind": "web", "at": {"$lt": now - SEEN}})
        self._written = now


def processes(database: Database[Document], now: datetime) -> list[Document]:
    """The web processes that answered within a minute, then the living workers."""
    webs = database.meta.find({"kind": "web", "at": {"$gte": now - SEEN}}).sort("_id", 1)
    return [_to_response(beat, healthy=True) for beat in webs] + [
        _to_response(beat, is_healthy(beat)) for beat in workers(database, now)
    ]


def _to_response(beat: Mapping[str, Any], healthy: bool) -> Document:
    _, _, name = str(beat["_id"]).partition(":")
    counters = beat.get("counters", {})
    return {
        "kind": beat["kind"],
        "name": name,
        "started": beat["started"],
        "at": beat["at"],
        "healthy": healthy,
        "consuming": beat.get("consuming"),
        "publishing": beat.get("publishing"),
        "handled": int(counters.get("handled", 0)) if counters else None,
        "event_age_seconds": counters.get("event_age_seconds"),
    }
