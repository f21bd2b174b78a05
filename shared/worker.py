"""The event process of a service: consumer, inbox, relay, retries, replays, timers and heartbeat; it stops cleanly within 10 s."""

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

from shared.broker.consumer import Consumer
from shared.broker.delivery import PublisherCheck
from shared.broker.names import Names, broker_user
from shared.broker.publisher import NotConfirmed, publisher
from shared.clock import Clock, utc_now
from shared.counters import Counters
from shared.events import Event
from shared.heartbeat import write_heartbeat
from shared.inbox.apply import Handler, HandlerDependencies
from shared.inbox.inbox import Inbox
from shared.inbox.retries import Retries
from shared.mongo import Document, Index, require_replica_set
from shared.outbox.records import outbox_collections
from shared.outbox.relay import Relay
from shared.replay.request import LeaseLost, ReplayClient
from shared.replay.serve import ReplayServer
from shared.scheduling.timers import BackgroundLoop, Timer, Timers
from shared.settings import Settings

log = logging.getLogger("imc.worker")
HEARTBEAT_SECONDS = 2.0
STOP_SECONDS = 8.5


class Worker:
    """A service's event process. `indexes` are the service's own: the relay serves the collections with an outbox index."""

    def __init__(
        self,
        settings: Settings,
        database: Database[Document],
        handlers: Mapping[type[Event], Handler],
        dependencies: HandlerDependencies,
        *,
        indexes: Sequence[Index],
        timers: Sequence[Timer] = (),
        loops: Sequence[BackgroundLoop] = (),
        clock: Clock = utc_now,
    ) -> None:
        self._settings, self._database, self._clock = settings, database, clock
        self._loops, self._dependencies = loops, dependencies
        self.stop = threading.Event()
        self.counters = Counters()
        self._failed: list[str] = []
        self._beats: dict[str, float] = {}
        self._id = f"worker:{socket.gethostname()}:{os.getpid()}"
        self._started = clock()
        names = Names(settings.broker_prefix)
        # the embedded broker validates no user id
        own_user = not settings.embedded_broker and f"//{broker_user(settings.service)}:" in settings.amqp_url
        if not own_user and not settings.embedded_broker:
            log.warning("one broker user serves all services: who published an event is not checked")
        check = PublisherCheck(own_user)
        service, amqp_url = settings.service, settings.amqp_url
        records = outbox_collections(indexes)
        self._event_deferred = threading.Event()
        self.replay_server = ReplayServer(service, database, clock, names, records)
        self.replay_client = ReplayClient(
            service, database, handlers, dependencies, clock, names, check, self.replay_server
        )
        self.inbox = Inbox(
            service,
            database,
            handlers,
            dependencies,
            clock,
            counters=self.counters,
            publisher_check=check,
            replays=self.replay_client,
            on_deferred=self._event_deferred.set,
        )
        self.relay = Relay(
            database,
            records,
            publisher(amqp_url, names),
            names.events,
            embedded=settings.embedded_broker,
            counters=self.counters,
        )
        self.retries = Retries(self.inbox, publisher(amqp_url, names), names.events)
        self._replay_publisher = publisher(amqp_url, names)
        self.consumer = Consumer(amqp_url, names, service, self.inbox.settle, settings.worker_prefetch)
        self._timers = Timers(database, timers, dependencies, clock, self._id)

    def run(self) -> int:
        """Runs until SIGTERM or SIGINT; returns the exit status: 1 where one of its threads failed."""
        signals: queue.SimpleQueue[int] = (
            queue.SimpleQueue()
        )  # an Event set in a signal handler could deadlock with its own thread
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _: signals.put(got))
        threads = [self._thread(name, work) for name, work in self._work().items()]
        while not self.stop.is_set():
            try:
                signals.get(timeout=0.5)
                self.stop.set()
            except queue.Empty:
                continue
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self._delete_heartbeat()
        for name in self._failed:
            log.error("stopped because %s failed", name)
        return 1 if self._failed else 0

    def _work(self) -> dict[str, Callable[[], Any]]:
        work: dict[str, Callable[[], Any]] = {
            "consumer": lambda: self.consumer.run(self.stop, lambda: self._beat("consumer")),
            "relay": lambda: self.relay.run(self.stop, lambda: self._beat("relay")),
            "retries": self._run_retries,
            "timers": self._run_timers,
            "replays": self._run_replays,
        }
        for loop in self._loops:
            work[loop.name] = lambda loop=loop: loop.run(self._dependencies, self.stop)  # type: ignore[misc]
        return work

    def _thread(self, name: str, work: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                work()
                if not self.stop.is_set():
                    raise RuntimeError(f"{name} ended")
            except BaseException:  # a bad setting is a SystemExit, which would end a thread silently
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
            self._event_deferred.wait(0.5)
            self._event_deferred.clear()

    def _run_replays(self) -> None:
        """Runs replays, checking twice a second; during an outage of MongoDB or the broker it waits."""
        while not self.stop.is_set():
            try:
                self.replay_client.work(self._replay_publisher)
                self.replay_server.serve(self._replay_publisher)
                self._replay_publisher.keep_alive()
            except (PyMongoError, NotConfirmed, LeaseLost) as error:
                log.warning("replays wait: %s", type(error).__name__)
            self.stop.wait(0.5)
        self._replay_publisher.close()

    def _run_timers(self) -> None:
        """Runs the timers, and writes the heartbeat that `imc status` and health checks read."""
        self._check_server()
        beat_at, healthy = 0.0, False
        while not self.stop.is_set():
            try:
                if time.monotonic() >= beat_at:
                    healthy = (
                        self._heartbeat() or healthy
                    )  # often at the start, so that a waiting start finishes at once
                    beat_at = time.monotonic() + (HEARTBEAT_SECONDS if healthy else 0.0)
                self._timers.run_due()
            except PyMongoError as error:
                log.warning("timers wait: %s", type(error).__name__)
                write_heartbeat(self._settings.heartbeat_file, f"MongoDB is away ({type(error).__name__})")
            self.stop.wait(0.5 if healthy else 0.05)

    def _check_server(self) -> None:
        while not self.stop.is_set():
            try:
                require_replica_set(self._database)
                return
            except PyMongoError as error:
                write_heartbeat(self._settings.heartbeat_file, f"MongoDB is away ({type(error).__name__})")
                self.stop.wait(1.0)

    def _heartbeat(self) -> bool:
        """Writes the heartbeat; returns whether this process consumes and publishes."""
        now, fresh = self._clock(), time.monotonic() - 15.0
        alive = {name: at > fresh for name, at in self._beats.items()}
        state = {
            "kind": "worker",
            "at": now,
            "started": self._started,
            "consuming": self.consumer.connected.is_set() and alive.get("consumer", False),
            "publishing": alive.get("relay", False),
            "counters": self.counters.read(),
        }
        self._database.meta.update_one({"_id": self._id}, {"$set": state}, upsert=True)
        gone = {"kind": "worker", "at": {"$lt": now - timedelta(seconds=60)}}
        self._database.meta.delete_many(gone)
        missing = [what for what in ("consuming", "publishing") if not state[what]]
        write_heartbeat(self._settings.heartbeat_file, f"not {' and not '.join(missing)}" if missing else "")
        return not missing

    def _delete_heartbeat(self) -> None:
        try:
            with pymongo.timeout(1.0):
                self._database.meta.delete_one({"_id": self._id})
        except PyMongoError:
            log.info("heartbeat could not be deleted")
