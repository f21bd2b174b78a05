"""The event process of notify whole: events over a real RabbitMQ, webhooks and mail going out, a clean stop, no gap, nothing parked."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pymongo.database import Database

import services.notify.store.indexes
from services.notify.worker import create_worker
from shared.broker import topology
from shared.broker.envelope import encode
from shared.broker.names import Names
from shared.broker.publisher import Message, publisher
from shared.broker.topology import delete
from shared.clock import utc_now
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import WebhookChanged
from shared.hpke import seal_to
from shared.ids import new_id
from shared.outbox.records import outbox_entries
from shared.service_indexes import INDEXES
from shared.worker import Worker
from tests.integration.signing_in import FreshSettings, declare, settings_of
from tests.unit.notify.world import SECRET, Case, Receiver


class Running:
    """Notify's worker on threads of this process, and a publisher that says what other services would."""

    def __init__(self, settings: FreshSettings, root: Path) -> None:
        self.settings, self.root = settings, root
        self._names = Names(settings.broker_prefix)
        self._publisher = publisher(settings.amqp_url, self._names)
        self._sequences: dict[str, int] = {}
        self.worker: Worker = create_worker(settings)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._threads = [self.worker._thread(name, work) for name, work in self.worker._work().items()]

    def say(self, subject: str, *events: Event) -> None:
        last_sequence = self._sequences.get(subject, 0)
        lines = outbox_entries(events, last_sequence, CommandContext(utc_now(), "account:desk", new_id()), subject)
        self._sequences[subject] = last_sequence + len(lines)
        exchange = self._names.events
        self._publisher.publish([Message(exchange, row["type"], encode(row, subject), row["id"]) for row in lines])

    def endpoint(self, url: str) -> None:
        public = (self.root / "partners" / "notify_public_key").read_bytes()
        last_sequence = WebhookChanged(
            organization_id="agency",
            endpoint_id="hook",
            url=url,
            events=("*",),
            status="active",
            sealed_secrets=(seal_to(public, SECRET.encode()),),
        )
        self.say("agency", last_sequence)

    def stop(self) -> bool:
        """Whether every thread ended in time."""
        self.worker.stop.set()
        ends = time.monotonic() + 10
        for thread in self._threads:
            thread.join(max(0.1, ends - time.monotonic()))
        self._publisher.close()
        return not any(thread.is_alive() for thread in self._threads)


@pytest.fixture
def running(
    mongo_url: str, database: Database, rabbitmq_url: str, broker_prefix: str, tmp_path: Path
) -> Iterator[Running]:
    declare(database, [*services.notify.store.indexes.INDEXES, *INDEXES])
    settings = settings_of("notify", mongo_url, database.name, tmp_path, IMC_WEBHOOK_ALLOW="127.0.0.1")
    settings = replace(settings, amqp_url=rabbitmq_url, broker_prefix=broker_prefix)
    topology.declare(settings)
    whole = Running(settings, tmp_path)
    yield whole
    whole.stop()
    delete(rabbitmq_url, broker_prefix)


def wait_for(what: Callable[[], bool], seconds: float = 40.0) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "not in time"
        time.sleep(0.02)


def test_the_main_job_reaches_the_agency_in_order_and_is_published(running: Running, database: Database) -> None:
    agency = Receiver()
    running.start()
    running.endpoint(agency.url)
    wait_for(lambda: database.organizations.count_documents({}) == 1)
    case, start = Case(), utc_now()
    running.say(case.case_id, case.received(), case.accepted(), case.booked(start), case.scheduled())
    running.say(f"b-{case.visit_id}", case.confirmed(start))
    wait_for(lambda: len(agency.got) == 5)
    wait_for(lambda: database.event_log.count_documents({"type": "notify.notification.delivered.v1"}) == 5)
    assert running.stop()
    states = {n["status"] for n in database.notifications.find({"channel": "webhook"})}
    assert states == {"delivered"} and database.deferred_events.count_documents({}) == 0
    assert database.notifications.count_documents({"outbox_due": {"$exists": True}}) == 0
    inbox = database.notifications.count_documents({"recipient": "role:front_desk"})
    assert inbox == 2 and database.notifications.count_documents({"status": "suppressed", "reason": "no_smtp"}) == 1
    agency.close()


def test_it_stops_cleanly_with_a_running_attempt(running: Running, database: Database) -> None:
    released = threading.Event()
    agency = Receiver(wait=released)
    running.start()
    running.endpoint(agency.url)
    wait_for(lambda: database.organizations.count_documents({}) == 1)
    case = Case()
    running.say(case.case_id, case.received(), case.accepted())
    wait_for(lambda: len(agency.got) == 1)
    threading.Timer(0.5, released.set).start()
    assert running.stop()
    states = sorted(n["status"] for n in database.notifications.find({"channel": "webhook"}))
    assert states == ["delivered", "queued"] and len(agency.got) == 1
    agency.close()
