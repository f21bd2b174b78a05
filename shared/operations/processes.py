"""The processes of one service as its database knows them: workers by their heartbeat, webs by having answered an operator lately.

A web process leaves no heartbeat of its own accord: nothing is written while nobody looks.
"""

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared.messaging.standing import is_well, workers
from shared.mongo import Document

SEEN = timedelta(seconds=60)
AGAIN = timedelta(seconds=5)


class WebBeat:
    """One per web process."""

    def __init__(self, database: Database[Document], started: datetime) -> None:
        self._meta, self._started = database.meta, started
        self._left: datetime | None = None

    def leave(self, now: datetime) -> None:
        """Notes that this process answers, at most every few seconds, and drops those long gone."""
        if self._left is not None and abs(now - self._left) < AGAIN:
            return
        state = {"kind": "web", "at": now, "started": self._started}
        self._meta.update_one({"_id": f"web:{socket.gethostname()}:{os.getpid()}"}, {"$set": state}, upsert=True)
        self._meta.delete_many({"kind": "web", "at": {"$lt": now - SEEN}})
        self._left = now


def processes(database: Database[Document], now: datetime) -> list[Document]:
    """Webs that answered here within a minute, then living workers."""
    webs = database.meta.find({"kind": "web", "at": {"$gte": now - SEEN}}).sort("_id", 1)
    return [_shown(beat, well=True) for beat in webs] + [_shown(beat, is_well(beat)) for beat in workers(database, now)]


def _shown(beat: Mapping[str, Any], well: bool) -> Document:
    _, _, name = str(beat["_id"]).partition(":")
    figures = beat.get("figures", {})
    return {
        "kind": beat["kind"],
        "name": name,
        "started": beat["started"],
        "at": beat["at"],
        "well": well,
        "hearing": beat.get("hearing"),
        "saying": beat.get("saying"),
        "handled": int(figures.get("handled", 0)) if figures else None,
        "event_age_seconds": figures.get("event_age_seconds"),
    }
