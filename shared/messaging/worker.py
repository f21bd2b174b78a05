"""The event process of a service, wired from its parts: consumer, relay, retries, timers, heartbeat; a clean stop within 10 s."""

import logging
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.clock import Clock, utc_now
from shared.events import Event
from shared.messaging.broker import publisher
from shared.messaging.consumer import Consumer
from shared.messaging.figures import Figures
from shared.messaging.hearing import Handler, Hearing
from shared.messaging.heartbeat import leave
from shared.messaging.names import Names, broker_user
from shared.messaging.rebuild import Rebuilding
from shared.messaging.relay import Relay
from shared.messaging.retries import Retries
from shared.messaging.timers import Loop, Timer, Timers
from shared.mongo import Document, Index, require_replica_set
from shared.settings import Settings

log = logging.getLogger("imc.worker")
HEARTBEAT_SECONDS = 2.0
STOP_SECONDS = 8.5


class Worker:
    """`indexes` are the service's own: collections with an outbox index are the ones the relay serves."""

    def __init__(
        self,
        settings: Settings,
        database: Database[Document],
        handlers: Mapping[type[Event], Handler],
        parts: Any,
        *,
        indexes: Sequence[Index],
        timers: Sequence[Timer] = (),
        loops: Sequence[Loop] = (),
        clock: Clock = utc_now,
    ) -> None:
        self._settings, self._database, self._loops, self._parts, self._clock = (
            settings,
            database,
            loops,
            parts,
            clock,
        )
        self.stop = threading.Event()
        self.figures = Figures()
        self._failed: list[str] = []
        self._beats: dict[str, float] = {}
        self._id = f"worker:{socket.gethostname()}:{os.getpid()}"
        self._started = clock()
        names = Names(settings.broker_prefix)
        # the embedded broker vouches for nobody, whoever signs in there
        own_user = not settings.embedded_broker and f"//{broker_user(settings.service)}:" in settings.amqp_url
        if not own_user and not settings.embedded_broker:
            log.warning("one broker user serves all services: whether an event is its sayer's is not checked")
        self.hearing = Hearing(settings.service, database, handlers, parts, clock, self.figures, verify_users=own_user)
        records = [index.collection for index in indexes if index.keys[0][0] == "outbox_due"]
        self.relay = Relay(
            database,
            records,
            publisher(settings.amqp_url, names),
            names.events,
            embedded=settings.embedded_broker,
            figures=self.figures,
        )
        again = publisher(settings.amqp_url, names)
        self.retries = Retries(self.hearing, again, names.events)
        self.rebuilding = Rebuilding(self.hearing, names, records)
        self.consumer = Consumer(settings.amqp_url, names, self.hearing, settings.worker_prefetch)
        self._timers = Timers(database, timers, parts, clock, self._id)
        self._held = threading.Event()
        self.hearing.on_held = self._held.set

    def run(self) -> int:
        """Blocks until SIGTERM or SIGINT; returns the exit status: 1 where a part of it died."""
        asked: queue.SimpleQueue[int] = (
            queue.SimpleQueue()
        )  # an Event set by a handler may wait for its own thread's lock
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _: asked.put(got))
        threads = [self._thread(name, work) for name, work in self._work().items()]
        while not self.stop.is_set():
            try:
                asked.get(timeout=0.5)
                self.stop.set()
            except queue.Empty:
                continue
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self._forget()
        for name in self._failed:
            log.error("stopped because %s failed", name)
        return 1 if self._failed else 0

    def _work(self) -> dict[str, Callable[[], Any]]:
        work: dict[str, Callable[[], Any]] = {
            "consumer": lambda: self.consumer.run(self.stop, lambda: self._beat("consumer")),
            "relay": lambda: self.relay.run(self.stop, lambda: self._beat("relay")),
            "retries": self._run_retries,
            "timers": self._run_timers,
            "rebuilding": lambda: self.rebuilding.run(self.stop, self._settings.amqp_url),
        }
        for loop in self._loops:
            work[loop.name] = lambda loop=loop: loop.run(self._parts, self.stop)  # type: ignore[misc]
        return work

    def _thread(self, name: str, work: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                work()
                if not self.stop.is_set():
                    raise RuntimeError(f"{name} ended")
            except BaseException:  # a bad setting is a SystemExit, which a thread would die of without a word
                log.exception("%s failed", name)
                self._failed.append(name)
                self.stop.set()

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _beat(self, name: str) -> None:
        self._beats[name] = time.monotonic()

    def _run_retries(self) -> None:
        while not self.stop.is_set():
            try:
                self.retries.run_due()
            except PyMongoError as error:
                log.warning("retries wait: %s", type(error).__name__)
            self._held.wait(0.5)
            self._held.clear()

    def _run_timers(self) -> None:
        """Timers, and the heartbeat by which `imc status` and health checks see this process."""
        self._check_server()
        beat_at, well = 0.0, False
        while not self.stop.is_set():
            try:
                if time.monotonic() >= beat_at:
                    well = self._heartbeat() or well  # at the start often: whoever waits for it learns at once
                    beat_at = time.monotonic() + (HEARTBEAT_SECONDS if well else 0.0)
                self._timers.run_due()
            except PyMongoError as error:
                log.warning("timers wait: %s", type(error).__name__)
                leave(self._settings.heartbeat_file, f"MongoDB is away ({type(error).__name__})")
            self.stop.wait(0.5 if well else 0.05)

    def _check_server(self) -> None:
        while not self.stop.is_set():
            try:
                require_replica_set(self._database)
                return
            except PyMongoError as error:
                leave(self._settings.heartbeat_file, f"MongoDB is away ({type(error).__name__})")
                self.stop.wait(1.0)

    def _heartbeat(self) -> bool:
        """Leaves it, and says whether this process hears and says."""
        now, fresh = self._clock(), time.monotonic() - 15.0
        alive = {name: at > fresh for name, at in self._beats.items()}
        state = {
            "kind": "worker",
            "at": now,
            "started": self._started,
            "hearing": self.consumer.connected.is_set() and alive.get("consumer", False),
            "saying": alive.get("relay", False),
            "figures": self.figures.read(),
        }
        self._database.meta.update_one({"_id": self._id}, {"$set": state}, upsert=True)
        gone = {"kind": "worker", "at": {"$lt": now - timedelta(seconds=60)}}
        self._database.meta.delete_many(gone)
        missing = [what for what in ("hearing", "saying") if not state[what]]
        leave(self._settings.heartbeat_file, f"not {' and not '.join(missing)}" if missing else "")
        return not missing

    def _forget(self) -> None:
        try:
            with pymongo.timeout(1.0):
                self._database.meta.delete_one({"_id": self._id})
        except PyMongoError:
            log.info("heartbeat left behind")
