"""The inbox on a real MongoDB, without a broker: whatever the order of delivery, the effects are those of the log once in order."""

import dataclasses
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pymongo
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from shared.broker.delivery import Delivery, PublisherCheck
from shared.command_context import CommandContext
from shared.ids import derived_id
from shared.inbox import dead_letters, deferred_events
from shared.inbox.inbox import Inbox
from shared.inbox.retries import Retries
from shared.inbox.unit_of_work import PermanentFault, PositionMoved
from shared.mongo import declare_indexes
from shared.service_indexes import INDEXES
from tests.integration.messaging.conftest import HANDLERS, Dependencies, note_effect
from tests.integration.messaging.events import EPOCH, delivery


class RecordingPublisher:
    """A publisher that keeps what it was given."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def publish(self, messages: Any) -> None:
        self.messages += messages

    def keep_alive(self) -> None: ...

    def close(self) -> None: ...


class Harness:
    """An inbox with a clock the test moves."""

    def __init__(self, database: Database) -> None:
        declare_indexes(database, INDEXES)
        self.database, self.now = database, EPOCH
        self.faults: dict[str, Any] = {}
        self.publisher = RecordingPublisher()
        self.start_replays(None)

    def start_replays(self, replays: Any) -> None:
        """The inbox again, now with these replays."""
        dependencies = Dependencies(self.database, self.faults)
        self.inbox = Inbox("notify", self.database, HANDLERS, dependencies, self.clock, replays=replays)
        self.retries = Retries(self.inbox, self.publisher, "imc.events")

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        while self.retries.run_due():
            pass

    def order(self, subject: str) -> list[int]:
        row = self.database.orders.find_one({"_id": subject})
        return row["order"] if row else []

    def deferred(self, state: str | None = None) -> list[dict[str, Any]]:
        return list(self.database.deferred_events.find({"state": state} if state else {}).sort("sequence", 1))

    def context(self) -> CommandContext:
        return CommandContext(self.now, "account:operator", "cli")


@pytest.fixture
def harness(database: Database) -> Harness:
    return Harness(database)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.data())
def test_any_permutation_with_duplicates_and_delays_ends_as_the_log_in_order(database: Database, data: Any) -> None:
    for name in database.list_collection_names():
        database[name].delete_many({})
    harness = Harness(database)
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    log = [(f"s{place}", n) for place, length in enumerate(lengths) for n in range(1, length + 1)]
    again = data.draw(st.lists(st.sampled_from(log), max_size=6))
    shuffled = data.draw(st.permutations(log + again))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        harness.inbox.settle([delivery(*item) for item in shuffled[:size]])
        shuffled = shuffled[size:]
        if data.draw(st.booleans()):
            harness.later(data.draw(st.integers(0, 4)))
    harness.later(0)
    for place, length in enumerate(lengths):
        assert harness.order(f"s{place}") == list(range(1, length + 1))
    assert harness.deferred() == []
    assert harness.database.effects.count_documents({}) == len(log)


def test_a_failing_event_holds_back_its_subject_alone_and_is_dead_lettered_after_its_tries(harness: Harness) -> None:
    def fail(event: Any) -> None:
        raise ValueError("secret of a patient")

    harness.faults[derived_id("a", "2")] = fail
    harness.inbox.settle([delivery("a", 1), delivery("b", 1), delivery("a", 2), delivery("a", 3), delivery("b", 2)])
    assert (harness.order("a"), harness.order("b")) == ([1], [1, 2])
    assert [(row["sequence"], row["state"]) for row in harness.deferred()] == [
        (2, deferred_events.WAITING),
        (3, deferred_events.BEHIND),
    ]
    for seconds in deferred_events.RETRY_SECONDS:
        assert harness.deferred(deferred_events.DEAD_LETTERED) == []
        harness.later(seconds)
    (dead_lettered,) = harness.deferred(deferred_events.DEAD_LETTERED)
    assert dead_lettered["attempts"] == 2 + len(deferred_events.RETRY_SECONDS)
    assert "secret" not in str(dead_lettered), "what an exception says stays out of what is kept"
    harness.faults.clear()
    assert dead_letters.redrive(harness.database, {"_id": dead_lettered["_id"]}, harness.context()) == 1
    harness.later(0)
    assert harness.order("a") == [1, 2, 3]
    assert harness.deferred() == []


def test_what_a_crash_left_open_is_no_attempt_of_a_kept_event(harness: Harness) -> None:
    """A transaction of a killed process holds the subject's position until the server ends it, through many tries."""

    def fail(event: Any) -> None:
        raise ValueError("not this time")

    harness.faults[derived_id("a", "1")] = fail
    harness.inbox.settle([delivery("a", 1)])
    harness.faults.clear()
    (waiting,) = harness.deferred(deferred_events.WAITING)
    with harness.database.client.start_session() as left_open:
        left_open.start_transaction()
        harness.database.inbox_positions.update_one(
            {"_id": waiting["subject_key"]}, {"$set": {"touched": 1}}, session=left_open
        )
        for _ in range(2 * len(deferred_events.RETRY_SECONDS)):
            harness.later(max(deferred_events.RETRY_SECONDS))
        (still,) = harness.deferred()
        assert (still["state"], still["attempts"]) == (deferred_events.WAITING, waiting["attempts"])
        left_open.abort_transaction()
    harness.later(1)
    assert harness.order("a") == [1]
    assert harness.deferred() == []


def test_a_permanent_fault_is_dead_lettered_at_once_and_discarding_lets_the_others_go_on(harness: Harness) -> None:
    def never(event: Any) -> None:
        raise PermanentFault("no such department")

    harness.faults[derived_id("a", "1")] = never
    harness.inbox.settle([delivery("a", 1), delivery("a", 2)])
    (dead_lettered,) = harness.deferred(deferred_events.DEAD_LETTERED)
    assert dead_lettered["reason"] == "PermanentFault: no such department"
    with pytest.raises(ValueError, match="reason"):
        dead_letters.discard(harness.database, dead_lettered["_id"], harness.context(), "  ")
    dead_letters.discard(harness.database, dead_lettered["_id"], harness.context(), "entered twice")
    harness.later(0)
    assert harness.order("a") == [2]
    harness.faults.clear()
    dead_letters.restore(harness.database, dead_lettered["_id"], harness.context())
    dead_letters.redrive(harness.database, {}, harness.context())
    harness.later(0)
    assert harness.order("a") == [2, 1], "restored: handled late, and once"
    harness.inbox.settle([delivery("a", 1), delivery("a", 2)])
    assert harness.database.effects.count_documents({}) == 2
    acts = [row["action"] for row in harness.database.audit.find().sort("_id", 1)]
    assert acts == ["dead.discard", "dead.restore", "dead.redrive"]


def test_a_gap_waits_a_little_is_dead_lettered_and_the_missing_event_is_still_taken(harness: Harness) -> None:
    harness.inbox.settle([delivery("a", 1), delivery("a", 4)])
    assert harness.order("a") == [1]
    for seconds in deferred_events.GAP_SECONDS:
        harness.later(seconds)
    (dead_lettered,) = harness.deferred(deferred_events.DEAD_LETTERED)
    assert dead_lettered["cause"] == "gap"
    harness.inbox.settle([delivery("a", 5)])
    assert [row["state"] for row in harness.deferred()] == [deferred_events.DEAD_LETTERED, deferred_events.BEHIND]
    dead_letters.redrive(harness.database, {"cause": "gap"}, harness.context())
    harness.later(0)
    assert harness.order("a") == [1, 4, 5]
    harness.inbox.settle([delivery("a", 2), delivery("a", 2)])
    harness.inbox.settle([delivery("a", 2)])
    assert harness.order("a") == [1, 4, 5, 2]
    assert harness.database.inbox_positions.find_one()["missing"] == [3]


def test_poison_is_dead_lettered_with_its_reason_and_good_messages_behind_it_pass(harness: Harness) -> None:
    good = delivery("a", 1)
    poison = [
        dataclasses.replace(good, body=b"{not json"),
        dataclasses.replace(good, body=b"\xff\xfe"),
        dataclasses.replace(good, content_type="text/plain"),
        dataclasses.replace(good, body=good.body.replace(b"referral.received", b"referral.vanished")),
        dataclasses.replace(good, body=good.body.replace(b".v1", b".v9")),
        dataclasses.replace(good, body=b"x" * 5_000_000),
        dataclasses.replace(good, body=good.body.replace(b'"department":"cardiology"', b'"department":5')),
        dataclasses.replace(good, body=good.body.replace(b'"source":"/imc/intake"', b'"source":"/imc/notify"')),
        Delivery(
            body=b"[" * 100_000, content_type=good.content_type, headers={"x": [datetime(2026, 1, 1), 2**80, {1: b"b"}]}
        ),
    ]
    harness.inbox.settle([*poison, good])
    assert harness.order("a") == [1]
    dead_lettered = harness.deferred(deferred_events.DEAD_LETTERED)
    assert len(dead_lettered) == len(poison)
    assert all(row["cause"] == "unreadable" and row["reason"] for row in dead_lettered)
    assert max(row["size"] for row in dead_lettered) == 5_000_000


def test_what_the_broker_gave_up_is_dead_lettered_and_redrivable(harness: Harness) -> None:
    harness.inbox.settle([delivery("a", 1, queue="dead"), delivery("a", 2)])
    assert [row["state"] for row in harness.deferred()] == [deferred_events.DEAD_LETTERED, deferred_events.BEHIND]
    dead_letters.redrive(harness.database, {}, harness.context())
    harness.later(0)
    assert harness.order("a") == [1, 2]
    harness.inbox.settle([delivery("a", 1, queue="dead")])
    assert harness.deferred() == []


def test_an_unrouted_event_is_dead_lettered_at_its_publisher_and_published_again_when_redriven(
    harness: Harness,
) -> None:
    harness.inbox.settle([delivery("a", 1, queue="unrouted")])
    assert harness.order("a") == []
    dead_letters.redrive(harness.database, {}, harness.context())
    harness.later(0)
    (said,) = harness.publisher.messages
    assert (said.key, said.exchange, said.body) == ("intake.referral.received.v1", "imc.events", delivery("a", 1).body)


def test_an_event_that_another_service_published_in_its_name_is_refused(harness: Harness) -> None:
    strict = Inbox(
        "notify",
        harness.database,
        HANDLERS,
        Dependencies(harness.database),
        harness.clock,
        publisher_check=PublisherCheck(True),
    )
    strict.settle([delivery("a", 1, user_id="imc_partners"), delivery("b", 1, user_id="imc_intake"), delivery("c", 1)])
    assert (harness.order("a"), harness.order("b"), harness.order("c")) == ([], [1], [])
    assert [row["cause"] for row in harness.deferred(deferred_events.DEAD_LETTERED)] == ["foreign user", "foreign user"]


def test_two_workers_on_the_same_events_have_one_effect(harness: Harness) -> None:
    others = [
        Inbox("notify", harness.database, HANDLERS, Dependencies(harness.database), harness.clock) for _ in range(4)
    ]
    batch = [delivery(f"s{n % 5}", n // 5 + 1) for n in range(50)]
    start = threading.Barrier(4)

    def consume(inbox: Inbox) -> None:
        start.wait()
        for place in range(0, 50, 10):
            inbox.settle(batch[place : place + 10])

    threads = [threading.Thread(target=consume, args=(inbox,)) for inbox in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    harness.later(0)
    assert [harness.order(f"s{n}") for n in range(5)] == [list(range(1, 11))] * 5
    assert harness.deferred() == []


def test_a_redrive_twice_long_after_is_single(harness: Harness) -> None:
    def fail(event: Any) -> None:
        raise PermanentFault("not yet")

    harness.faults["a"] = fail
    harness.inbox.settle([delivery("a", 1)])
    harness.faults.clear()
    assert dead_letters.redrive(harness.database, {}, harness.context()) == 1
    assert dead_letters.redrive(harness.database, {}, harness.context()) == 0
    harness.later(0)
    harness.inbox.settle([delivery("a", 1)] * 3)
    harness.later(100_000)
    assert harness.order("a") == [1]


def test_a_follower_kept_meanwhile_by_another_worker_is_seen_at_once(harness: Harness) -> None:
    other = Inbox("notify", harness.database, HANDLERS, Dependencies(harness.database), harness.clock)
    for first in (1, 3):
        (event,) = harness.inbox._decoded([delivery("a", first)])
        plan = harness.inbox._plan([event])
        other.settle([delivery("a", first + 1)])
        with pytest.raises(PositionMoved):
            harness.inbox.applier.apply(plan)
        harness.inbox.settle([delivery("a", first)])
        harness.later(0)
        assert harness.order("a") == list(range(1, first + 2))


class Commands(CommandListener):
    """What is sent to the server, by the commands' names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: Any) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: Any) -> None: ...

    def failed(self, event: Any) -> None: ...


@pytest.fixture
def watched(database: Database, mongo_url: str) -> Iterator[tuple[Harness, Commands]]:
    commands = Commands()
    with pymongo.MongoClient(mongo_url, tz_aware=True, event_listeners=[commands]) as client:
        harness = Harness(client[database.name])
        commands.names.clear()
        yield harness, commands


def test_the_next_events_of_their_subjects_need_no_reading(watched: tuple[Harness, Commands]) -> None:
    harness, commands = watched
    for place in (1, 2):
        harness.inbox.settle([delivery("a", place), delivery("b", place)])
    effects = ["insert", "update", "commitTransaction"]
    first, later = ["insert", *effects], ["update", *effects]
    assert commands.names == [*first, *later], "first positions are inserted, later ones are compared, none is read"
    assert harness.order("a") == harness.order("b") == [1, 2]


def test_a_wrong_assumption_writes_nothing_and_the_positions_are_read(watched: tuple[Harness, Commands]) -> None:
    harness, commands = watched
    harness.inbox.settle([delivery("a", 1)])
    commands.names.clear()
    harness.inbox.settle([delivery("a", 1), delivery("a", 2)])
    assert harness.order("a") == [1, 2] and harness.database.effects.count_documents({}) == 2
    assert commands.names[:3] == ["insert", "abortTransaction", "find"], "positions first: no effect was sent"
    commands.names.clear()
    harness.inbox.settle([delivery("a", 3)])
    assert commands.names[0] == "find", "for some batches nothing is assumed"


def test_before_a_handler_reads_the_positions_are_written_and_a_wrong_assumption_is_known(
    watched: tuple[Harness, Commands],
) -> None:
    harness, commands = watched
    read: list[int] = []

    def reads(event: Any, deps: Dependencies) -> None:
        harness.database.effects.find_one({"_id": event.id}, session=deps.unit.session)
        read.append(event.sequence)
        note_effect(event, deps)

    harness.inbox.applier.handlers = dict.fromkeys(harness.inbox.applier.handlers, reads)
    harness.inbox.settle([delivery("a", 1)])
    assert commands.names == ["insert", "find", "insert", "update", "commitTransaction"]
    harness.inbox.settle([delivery("a", 1), delivery("a", 2)])
    assert read == [1, 2] and harness.order("a") == [1, 2]


def test_effects_that_are_there_already_are_found_out_and_left(harness: Harness) -> None:
    """A subject's first event again, whose position a restored backup has lost: what it adds is there, and stays as it is."""
    harness.inbox.settle([delivery("a", 1), delivery("b", 1)])
    harness.database.inbox_positions.delete_many({})
    harness.database.effects.update_many({}, {"$set": {"seen": True}})
    harness.inbox.settle([delivery("a", 1), delivery("c", 1)])
    assert harness.database.effects.count_documents({"seen": True}) == 2
    assert (
        harness.database.effects.count_documents({}) == 3 and harness.database.inbox_positions.count_documents({}) == 2
    )


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("first", [1, 2])
def test_a_connection_that_breaks_under_a_batch_leaves_each_effect_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, first: int, done: bool
) -> None:
    """What was done by then is undone, and the same is done once more; no answer is left for somebody else."""
    bulk_write = Collection.bulk_write

    def breaks(collection: Collection, operations: Any, **given: Any) -> Any:
        if collection.name != "effects":
            return bulk_write(collection, operations, **given)
        monkeypatch.undo()
        if done:
            bulk_write(collection, operations, **given)
        raise pymongo.errors.AutoReconnect("the network broke", {"errorLabels": ["TransientTransactionError"]})

    harness.inbox.settle([delivery("a", place) for place in range(1, first)])
    monkeypatch.setattr(Collection, "bulk_write", breaks)
    harness.inbox.settle([delivery("a", first), delivery("b", 1)])
    assert Collection.bulk_write is bulk_write, "it broke once"
    assert harness.order("a") == list(range(1, first + 1)) and harness.order("b") == [1]


def test_a_statement_that_the_server_refuses_unread_is_no_commit_without_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a refusal ends no transaction at the server: it is the consumer who must not commit."""
    bulk_write = Collection.bulk_write

    def spoiled(collection: Collection, operations: Any, **given: Any) -> Any:
        if collection.name != "effects":
            return bulk_write(collection, operations, **given)
        monkeypatch.undo()
        refused = {"insert": "effects", "no such field": 1, "documents": []}
        return collection.database.command(refused, session=given["session"])

    monkeypatch.setattr(Collection, "bulk_write", spoiled)
    harness.inbox.settle([delivery("a", 1)])
    assert Collection.bulk_write is bulk_write, "it was refused once"
    assert harness.order("a") == [1] and harness.database.effects.count_documents({}) == 1


def test_a_first_event_that_fails_for_good_and_comes_again_is_known(harness: Harness) -> None:
    """Its handler runs before its position is read, and what it raises is no news."""

    def never(event: Any) -> None:
        raise PermanentFault("never")

    harness.faults["a"] = never
    for _ in range(2):
        harness.inbox.settle([delivery("a", 1)])
    (dead_lettered,) = harness.database.deferred_events.find()
    assert dead_lettered["state"] == deferred_events.DEAD_LETTERED and harness.database.effects.count_documents({}) == 0


@pytest.mark.parametrize("first", [1, 3])
def test_an_assumption_is_wrong_where_another_worker_deferred_an_event_of_the_subject(
    harness: Harness, first: int
) -> None:
    harness.inbox.settle([delivery("a", place) for place in range(1, first)])
    other = Inbox("notify", harness.database, HANDLERS, Dependencies(harness.database), harness.clock)
    other.settle([delivery("a", first + 1)])
    harness.inbox.settle([delivery("a", first)])
    harness.later(0)
    assert harness.order("a") == list(range(1, first + 2)) and harness.deferred() == []


def test_a_subject_that_once_had_to_wait_is_guessed_like_any_other(watched: tuple[Harness, Commands]) -> None:
    harness, commands = watched
    harness.inbox.settle([delivery("a", 2)])
    harness.inbox.settle([delivery("a", 1)])
    harness.later(0)
    harness.inbox._reads_to_do = 0
    commands.names.clear()
    harness.inbox.settle([delivery("a", 3)])
    assert commands.names == ["update", "insert", "update", "commitTransaction"] and harness.order("a") == [1, 2, 3]


def test_what_is_added_and_is_there_already_is_left_as_it_is(harness: Harness) -> None:
    """Such as what another path drafted under the same derived id: the batch does not fall apart for it."""
    harness.database.effects.insert_one({"_id": derived_id("a", "1"), "before": True})
    harness.inbox.settle([delivery("a", 1), delivery("b", 1)])
    assert (harness.order("a"), harness.order("b")) == ([1], [1])
    assert harness.database.effects.find_one({"_id": derived_id("a", "1")}) == {
        "_id": derived_id("a", "1"),
        "before": True,
    }
    assert harness.database.effects.count_documents({}) == 2
    assert "failed_attempts" not in harness.inbox.counters.read()
