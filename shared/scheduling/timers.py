"""Scheduled jobs: a timer works on `due_at` fields and publishes ordinary events; it runs in one process at a time, by lease."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.clock import Clock
from shared.failpoints import failpoint
from shared.mongo import Document

log = logging.getLogger("imc.timers")


@dataclass(frozen=True)
class Timer:
    """A job: `run(dependencies, now)` about every `every` seconds. It must be able to continue where a killed run stopped."""

    name: str
    every: float
    run: Callable[[Any, datetime], Any]


@dataclass(frozen=True)
class BackgroundLoop:
    """A job that runs as `run(dependencies, stop)` on its own thread in the worker until `stop` is set; it leases its own records."""

    name: str
    run: Callable[[Any, threading.Event], Any]


class Timers:
    """The timers of one worker process."""

    def __init__(
        self, database: Database[Document], timers: Sequence[Timer], dependencies: Any, clock: Clock, owner: str
    ) -> None:
        self._meta, self._timers, self._dependencies = database.meta, timers, dependencies
        self._clock, self._owner = clock, owner

    def run_due(self) -> None:
        """Runs each timer that is due and that no other process has claimed; an error in one does not stop the others."""
        for timer in self._due():
            if self._claim(timer):
                failpoint("timer.after_claim")
                try:
                    timer.run(self._dependencies, self._clock())
                except PyMongoError as error:
                    log.warning("timer %s will run again: %s", timer.name, type(error).__name__)
                except Exception:
                    log.exception("timer %s failed", timer.name)

    def _due(self) -> list[Timer]:
        """The timers that are due, by one query for all: an idle system queries twice a second."""
        rows = self._meta.find({"_id": {"$in": [_id(timer) for timer in self._timers]}}, {"next": 1})
        following, now = {row["_id"]: row["next"] for row in rows}, self._clock()
        return [
            timer
            for timer in self._timers
            if not now < following.get(_id(timer), now) <= now + timedelta(seconds=timer.every)
        ]

    def _claim(self, timer: Timer) -> bool:
        """Claims a timer; also where its next run is further away than possible, because the clock was set back."""
        now = self._clock()
        until = now + timedelta(seconds=timer.every)
        try:
            self._meta.update_one(
                {"_id": _id(timer), "$or": [{"next": {"$lte": now}}, {"next": {"$gt": until}}]},
                {"$set": {"next": until, "owner": self._owner}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        return True


def _id(timer: Timer) -> str:
    return f"timer:{timer.name}"
