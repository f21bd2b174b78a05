"""A publisher and a consumer on real servers: intake says, notify hears, each with its own database."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pymongo
import pytest
from pymongo.database import Database

from shared.broker import topology
from shared.broker.topology import delete
from shared.clock import utc_now
from shared.command_context import CommandContext
from shared.events import Next
from shared.events.intake import CaseReviewStarted, ReferralReceived
from shared.ids import new_id
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import declare_indexes
from shared.outbox.records import Records, outbox_index
from shared.service_indexes import INDEXES
from shared.settings import Settings
from shared.worker import Worker

RECORDS = [outbox_index("cases")]


def settings_for(service: str, mongo_url: str, amqp_url: str, prefix: str) -> Settings:
    """Settings as a process would load them."""
    return Settings(
        service=service,
        mongo_url=mongo_url,
        amqp_url=amqp_url,
        secret_dir=Path("/nonexistent"),
        public_url="http://127.0.0.1:8000",
        internal_url="http://127.0.0.1:8000",
        smtp_url="",
        broker_prefix=prefix,
        log_level="INFO",
        web_workers=1,
        worker_prefetch=100,
        rate_limit=0,
        time_zone=ZoneInfo("Asia/Tokyo"),
        webhook_allow=(),
    )


@dataclass(frozen=True)
class Dependencies:
    """What the test's handlers need: the unit they write with, and a switch to make them fail."""

    database: Database
    faults: dict[str, Any] = field(default_factory=dict)
    unit: UnitOfWork | None = None

    def within(self, unit: UnitOfWork) -> "Dependencies":
        return replace(self, unit=unit)


def note_effect(event: Any, deps: Dependencies) -> None:
    """The handler under test: one effect per event, with the order it was written in."""
    fault = deps.faults.get(event.subject) or deps.faults.get(event.id)
    if fault is not None:
        fault(event)
    deps.unit.add("effects", {"_id": event.id, "subject": event.subject, "sequence": event.sequence})
    last = {"$push": {"order": event.sequence}}
    deps.unit.write("orders", pymongo.UpdateOne({"_id": event.subject}, last, upsert=True))


HANDLERS = {ReferralReceived: note_effect, CaseReviewStarted: note_effect}


@dataclass
class Pair:
    """intake's records on one side, notify's effects on the other."""

    publisher: Database
    consumer: Database
    amqp_url: str
    prefix: str
    mongo_url: str
    faults: dict[str, Any] = field(default_factory=dict)
    running: list[tuple[Worker, threading.Thread]] = field(default_factory=list)

    @property
    def records(self) -> Records:
        return Records(self.publisher.cases)

    def context(self) -> CommandContext:
        return CommandContext(utc_now(), "key:test", "request-1")

    def refer(self, events: int = 1) -> str:
        """A case with this many events."""
        case_id = new_id()
        common = {
            "case_id": case_id,
            "reference": "R-26-00001-X",
            "status": "received",
            "next": Next("hospital", "triage"),
        }
        first = ReferralReceived(**common, department="cardiology", urgency="routine")
        case = self.records.insert({"_id": case_id, "status": "received"}, [first], self.context())
        for _ in range(events - 1):
            case = self.records.save(case, [CaseReviewStarted(**common)], self.context())
        return case_id

    def worker(self, service: str) -> Worker:
        database = self.publisher if service == "intake" else self.consumer
        settings = settings_for(service, self.mongo_url, self.amqp_url, self.prefix)
        handlers = HANDLERS if service == "notify" else {}
        own = (
            database.client[database.name]
            if self.running == []
            else pymongo.MongoClient(self.mongo_url, tz_aware=True)[database.name]
        )
        return Worker(settings, own, handlers, Dependencies(own, self.faults), indexes=RECORDS)

    def start(self, service: str) -> Worker:
        """A worker's parts on threads of this process (signals stay with the test)."""
        worker = self.worker(service)
        threads = [worker._thread(name, work) for name, work in worker._work().items()]
        self.running += [(worker, thread) for thread in threads]
        return worker

    def stop(self) -> None:
        for worker, _ in self.running:
            worker.stop.set()
        for _, thread in self.running:
            thread.join(12)
        self.running.clear()

    def effects(self) -> int:
        return self.consumer.effects.count_documents({})


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Waits until it holds; the deadline only ends a test that would hang."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


@pytest.fixture(params=["rabbitmq", "borrowed", "embedded"])
def pair(request: pytest.FixtureRequest, mongo_url: str, broker_prefix: str) -> Iterator[Pair]:
    """On both brokers; `borrowed`: on a RabbitMQ that was merely found, with the one classic queue a service has there."""
    client: pymongo.MongoClient = pymongo.MongoClient(mongo_url, tz_aware=True, w="majority", journal=True)
    token = secrets.token_hex(5)
    if request.param == "borrowed":
        broker_prefix = f"imc-{secrets.token_hex(4)}."
    if request.param != "embedded":
        amqp_url = request.getfixturevalue("rabbitmq_url")
    else:
        amqp_url = mongo_url.replace("/?", f"/broker_{token}?")
    pair = Pair(client[f"say_{token}"], client[f"hear_{token}"], amqp_url, broker_prefix, mongo_url)
    for database in (pair.publisher, pair.consumer):
        declare_indexes(database, [*INDEXES, *RECORDS])
    topology.declare(settings_for("intake", mongo_url, amqp_url, broker_prefix))
    yield pair
    pair.stop()
    if request.param != "embedded":
        delete(amqp_url, broker_prefix)
    for name in (pair.publisher.name, pair.consumer.name, f"broker_{token}"):
        client.drop_database(name)
    client.close()
