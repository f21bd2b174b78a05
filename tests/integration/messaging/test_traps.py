"""The traps found in the libraries, one test each, on real servers: what they would do to us, they do not."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import kombu
import pytest
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.broker import connection, topology
from shared.broker.consumer import SettlingEnded
from shared.broker.names import Names
from shared.broker.publisher import AmqpPublisher, EmbeddedPublisher, Message, NotConfirmed
from shared.broker.topology import TopologyDiffers
from shared.clock import utc_now
from shared.events import Next
from shared.events.intake import CaseReviewStarted
from shared.inbox import dead_letters, deferred_events
from shared.outbox.group_commit import GroupCommit
from tests.integration.messaging.conftest import Pair, settings_for, wait_for
from tests.integration.messaging.events import delivery

RABBITMQ = pytest.mark.parametrize("pair", ["rabbitmq"], indirect=True)
EMBEDDED = pytest.mark.parametrize("pair", ["embedded"], indirect=True)


def all_empty(pair: Pair) -> bool:
    names = Names(pair.prefix)
    with kombu.Connection(pair.amqp_url) as connection:
        channel = connection.default_channel
        queues = [queue for service in ("intake", "notify") for queue in names.read_by(service)]
        return all(channel.queue_declare(queue, passive=True).message_count == 0 for queue in queues)


@pytest.mark.parametrize("pair", ["rabbitmq", "borrowed"], indirect=True)
def test_an_event_bound_nowhere_is_dead_lettered_at_its_publisher_and_redrivable(pair: Pair) -> None:
    names = Names(pair.prefix)
    with kombu.Connection(pair.amqp_url) as connection:
        for service in topology.SERVICES:
            connection.default_channel.queue_unbind(names.queue(service), names.events, "intake.referral.received.v1")
    pair.start("intake")
    pair.start("notify")
    case_id = pair.refer()
    wait_for(
        lambda: (
            pair.publisher.deferred_events.count_documents(
                {"state": deferred_events.DEAD_LETTERED, "cause": "unrouted"}
            )
            == 1
        )
    )
    wait_for(lambda: dead_letters.redrive(pair.publisher, {}, pair.context()) == 1)  # seen before a majority has it
    wait_for(lambda: pair.publisher.deferred_events.count_documents({"state": deferred_events.DEAD_LETTERED}) == 1)
    topology.declare(settings_for("intake", pair.mongo_url, pair.amqp_url, pair.prefix))
    dead_letters.redrive(pair.publisher, {}, pair.context())
    wait_for(lambda: pair.effects() == 1)
    wait_for(lambda: pair.publisher.deferred_events.count_documents({}) == 0)
    assert pair.consumer.orders.find_one({"_id": case_id})["order"] == [1]


@EMBEDDED
def test_the_embedded_broker_refuses_what_it_would_drop(pair: Pair) -> None:
    names = Names(pair.prefix)
    publisher = EmbeddedPublisher(pair.amqp_url, names)
    with pytest.raises(NotConfirmed, match="no queue is bound"):
        publisher.publish([Message(names.events, "intake.nothing.at_all.v1", b"{}", "one")])
    publisher.close()


@RABBITMQ
def test_a_handler_longer_than_the_heartbeat_is_not_redelivered(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 1)
    calls: list[str] = []

    def slow(event: Any) -> None:
        calls.append(event.id)
        time.sleep(4)

    case_id = pair.refer()
    pair.faults[case_id] = slow
    pair.start("intake")
    consumer = pair.start("notify")
    wait_for(lambda: pair.effects() == 1)
    wait_for(lambda: consumer.consumer._unsettled == 0)
    assert len(calls) == 1


@RABBITMQ
def test_thirty_clean_restarts_with_prefetched_messages_dead_letter_nothing(pair: Pair) -> None:
    pair.start("intake")
    for _ in range(30):
        for _ in range(5):
            pair.refer()
        stop = threading.Event()
        consumer = pair.worker("notify").consumer
        running = threading.Thread(target=consumer.run, args=(stop,))
        running.start()
        wait_for(consumer.connected.is_set)
        stop.set()
        consumer._wake()
        running.join(10)
        assert not running.is_alive()
    pair.start("notify")
    wait_for(lambda: pair.effects() == 150)
    assert pair.consumer.deferred_events.count_documents({}) == 0
    wait_for(lambda: all_empty(pair))


def test_a_differing_queue_argument_is_a_clear_error(mongo_url: str, rabbitmq_url: str, broker_prefix: str) -> None:
    name = Names(broker_prefix).queue("notify")
    with kombu.Connection(rabbitmq_url) as connection:
        other = {"x-queue-type": "quorum", "x-delivery-limit": 7}
        connection.default_channel.queue_declare(name, durable=True, auto_delete=False, arguments=other)
    with pytest.raises(TopologyDiffers, match=name):
        topology.declare(settings_for("intake", mongo_url, rabbitmq_url, broker_prefix))


def test_version_is_untouched_by_relay_and_a_push_meanwhile_is_kept(pair: Pair) -> None:
    case_id = pair.refer(events=2)
    case = pair.records.get(case_id)
    relay = pair.worker("intake").relay
    outbox = pair.publisher.cases.find_one({"_id": case_id})["outbox"]
    common = {"case_id": case_id, "reference": "R", "status": "received", "next": Next("hospital", "triage")}
    pair.records.save(case, [CaseReviewStarted(**common)], pair.context())
    from shared.outbox.cleanup import DueEntries

    relay._cleanup.settle([DueEntries("cases", case_id, outbox)])
    after = pair.publisher.cases.find_one({"_id": case_id})
    assert (after["version"], after["last_sequence"]) == (3, 3)
    assert [entry["sequence"] for entry in after["outbox"]] == [3]
    assert "outbox_due" in after
    pair.start("intake")
    wait_for(lambda: "outbox_due" not in pair.publisher.cases.find_one({"_id": case_id}))
    assert pair.publisher.cases.find_one({"_id": case_id})["version"] == 3


def test_traceparent_is_carried_to_the_consumer(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    seen: list[Any] = []
    monkeypatch.setattr(Pair, "context", lambda self: replace(old(self), traceparent=trace))
    case_id = pair.refer()
    pair.faults[case_id] = seen.append
    pair.start("intake")
    pair.start("notify")
    wait_for(lambda: pair.effects() == 1)
    assert (seen[0].traceparent, seen[0].context(utc_now(), "notify").traceparent) == (trace, trace)


old = Pair.context


def test_scaling_one_five_two_workers_under_load(pair: Pair) -> None:
    pair.start("intake")
    workers = [pair.start("notify")]
    cases = [pair.refer(events=3) for _ in range(20)]
    workers += [pair.start("notify") for _ in range(4)]
    cases += [pair.refer(events=3) for _ in range(20)]
    for worker in workers[:3]:
        worker.stop.set()
    cases += [pair.refer(events=3) for _ in range(20)]
    wait_for(lambda: pair.effects() == 180, seconds=40)
    orders = {row["_id"]: row["order"] for row in pair.consumer.orders.find()}
    assert orders == {case_id: [1, 2, 3] for case_id in cases}
    wait_for(lambda: pair.consumer.deferred_events.count_documents({}) == 0)


@RABBITMQ
def test_nothing_is_published_on_the_connection_that_consumes(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    from amqp.transport import TCPTransport

    said: dict[int, set[str]] = {}
    methods = {b"\x00\x3c\x00\x28": "says", b"\x00\x3c\x00\x14": "hears"}  # basic.publish, basic.consume
    write = TCPTransport.write

    def noted(self: Any, written: Any) -> Any:
        if (what := methods.get(bytes(written[7:11]))) and written[0] == 1:
            said.setdefault(id(self), set()).add(what)
            kept.append(self)
        return write(self, written)

    kept: list[Any] = []  # so that no id is given twice
    monkeypatch.setattr(TCPTransport, "write", noted)
    pair.start("intake")
    pair.start("notify")
    pair.refer(events=3)
    wait_for(lambda: pair.effects() == 3)
    assert {"says"} in said.values()
    assert {"hears"} in said.values()
    assert {"says", "hears"} not in said.values()


@RABBITMQ
def test_a_message_whose_header_lies_about_compression_is_dead_lettered(pair: Pair) -> None:
    names = Names(pair.prefix)
    good = delivery("a", 1)
    publisher = AmqpPublisher(pair.amqp_url)
    for headers in ({"compression": "zlib"}, {"compression": "no such thing"}, {"\ud800": 1}):
        publisher.publish([Message(names.events, good.routing_key, b"{", "x", headers)])
    publisher.publish([Message(names.events, good.routing_key, good.body, "y")])
    publisher.close()
    worker = pair.start("notify")
    wait_for(lambda: pair.effects() == 1)
    assert (
        pair.consumer.deferred_events.count_documents({"state": deferred_events.DEAD_LETTERED, "cause": "unreadable"})
        == 3
    )
    assert not worker.stop.is_set()


@RABBITMQ
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_settling_thread_that_ends_ends_the_process(pair: Pair) -> None:
    def bad_setting(event: Any) -> None:
        raise SystemExit("IMC_SOMETHING: expected something else")

    case_id = pair.refer()
    pair.faults[case_id] = bad_setting
    pair.start("intake")
    consumer = pair.worker("notify").consumer
    with pytest.raises(SettlingEnded):
        consumer.run(threading.Event())
    assert pair.effects() == 0


def test_a_worker_that_is_told_to_stop_while_it_looks_for_that_stops() -> None:
    script = """
import signal, threading
from pathlib import Path
from tests.integration.messaging.conftest import Dependencies, settings_for
from shared.worker import Worker
import pymongo
database = pymongo.MongoClient("mongodb://127.0.0.1:1/", serverSelectionTimeoutMS=100).x
worker = Worker(settings_for("notify", "", "amqp://127.0.0.1:1//", ""), database, {}, Dependencies(database), indexes=[])
lock = worker.stop._cond
class Told:
    told = False
    def __enter__(self):
        lock.__enter__()
        if not Told.told and threading.current_thread() is threading.main_thread():
            Told.told = True
            signal.raise_signal(signal.SIGTERM)
    def __exit__(self, *error): lock.__exit__(*error)
    def __getattr__(self, name): return getattr(lock, name)
worker.stop._cond = Told()
threading.Timer(1.0, signal.raise_signal, [signal.SIGTERM]).start()
worker._work = lambda: {}
raise SystemExit(worker.run())
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=20, check=False).returncode == 0


def test_importing_every_module_connects_to_nothing() -> None:
    script = """
import importlib, pkgutil, socket, threading
def refuse(*_): raise AssertionError("connected at import")
socket.socket.connect = socket.socket.connect_ex = refuse
import services, shared
for package in (services, shared):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
import gc, pymongo
assert not [one for one in gc.get_objects() if isinstance(one, pymongo.MongoClient)]
assert threading.active_count() == 1, threading.enumerate()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_when_what_lies_beside_fails_no_record_of_the_group_counts_as_stored(database: Database) -> None:
    group = GroupCommit(database.cases)
    database.keys.insert_one({"_id": "taken"})
    jobs = [("a", "fresh"), ("b", "taken"), ("c", "other")]
    failed: list[str] = []

    def insert(name: str, key: str) -> None:
        try:
            group.insert({"_id": name}, [(database.keys, {"_id": key})])
        except (BulkWriteError, DuplicateKeyError):
            failed.append(name)

    threads = [threading.Thread(target=insert, args=job) for job in jobs]
    gathering = group._batcher
    gathering._working = True
    for thread in threads:
        thread.start()
    wait_for(lambda: len(gathering._waiting) == 3)
    gathering._do_waiting()
    for thread in threads:
        thread.join()
    stored = {row["_id"] for row in database.cases.find()}
    assert stored | set(failed) == {"a", "b", "c"}, "whoever was told nothing of a fault has his record stored"
