"""The inbox against crashes in the wrong place and publishers that mean harm: nothing blocks a queue, nothing is lost for it."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

from shared.broker.consumer import Consumer
from shared.broker.delivery import Delivery, Outage, PublisherCheck
from shared.broker.envelope import REPLAY_CONTENT_TYPE, REPLAY_HEADER
from shared.broker.names import Names
from shared.failpoints import POINTS
from shared.ids import derived_id
from shared.inbox import apply, dead_letters, deferred_events, retries
from shared.inbox.inbox import Inbox
from shared.inbox.retries import Retries
from shared.inbox.unit_of_work import PermanentFault
from shared.scheduling.timers import Timer, Timers
from tests.integration.messaging.conftest import HANDLERS, Dependencies
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_inbox import Harness
from tests.integration.messaging.test_replay import replay_client


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def harness(database: Database) -> Harness:
    return Harness(database)


def changed(good: Delivery, **fields: Any) -> Delivery:
    return dataclasses.replace(good, body=json.dumps(json.loads(good.body) | fields).encode())


def never(event: Any) -> None:
    raise PermanentFault("no such department")


@pytest.mark.parametrize("module", [apply, retries])
def test_a_crash_right_after_the_commit_leaves_nobody_waiting_for_ever(
    harness: Harness, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.faults["a"] = never
    harness.inbox.settle([delivery("a", 1), delivery("a", 2), delivery("a", 3)])
    harness.faults.clear()
    dead_letters.redrive(harness.database, {}, harness.context())
    point = {apply: "consumer.after_commit", retries: "deferred.after_commit"}[module]
    assert point in POINTS

    def die(name: str) -> None:
        if name == point:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, "failpoint", die)
        with pytest.raises(Killed):
            if module is apply:
                harness.inbox.settle([delivery("b", 1)])
            harness.later(0)
    harness.later(60)
    assert harness.order("a") == [1, 2, 3]
    assert harness.deferred() == []


def test_a_missing_event_that_comes_late_and_fails_is_kept_and_blocks_nobody(harness: Harness) -> None:
    harness.inbox.settle([delivery("a", 1), delivery("a", 3)])
    for seconds in deferred_events.GAP_SECONDS:
        harness.later(seconds)
    dead_letters.redrive(harness.database, {"cause": "gap"}, harness.context())
    harness.later(0)
    harness.faults[derived_id("a", "2")] = never
    harness.inbox.settle([delivery("a", 2)])
    assert [row["state"] for row in harness.deferred()] == [deferred_events.DEAD_LETTERED]
    harness.inbox.settle([delivery("a", 4), delivery("a", 2)])
    assert harness.order("a") == [1, 3, 4]
    harness.faults.clear()
    assert dead_letters.redrive(harness.database, {}, harness.context()) == 1
    harness.later(0)
    assert harness.order("a") == [1, 3, 4, 2]
    assert harness.deferred() == []


def test_what_was_dead_lettered_for_a_gap_goes_on_by_itself_when_the_gap_closes(harness: Harness) -> None:
    harness.inbox.settle([delivery("a", 1), delivery("a", 3), delivery("a", 4)])
    for seconds in deferred_events.GAP_SECONDS:
        harness.later(seconds)
    assert [row["state"] for row in harness.deferred()] == [deferred_events.DEAD_LETTERED, deferred_events.BEHIND]
    harness.inbox.settle([delivery("a", 2)])
    harness.later(0)
    assert harness.order("a") == [1, 2, 3, 4]


def test_numbers_times_and_headers_that_no_database_can_keep_are_dead_lettered(harness: Harness) -> None:
    good = delivery("a", 1)
    poison = [
        changed(good, time="0001-01-01T00:00:00+14:00"),
        changed(good, sequence=2**70),
        changed(good, sequence=2**40),
        changed(good, id=""),
        changed(good, subject="s" * 100_000),
        dataclasses.replace(good, body=b"{", headers={"a\0b": 1, "\ud800": "\ud800", "x": {"y\0": ["\ud800"]}}),
        dataclasses.replace(good, body=b"{", content_type="\ud800", routing_key="\ud800"),
    ]
    harness.inbox.settle([*poison, good])
    assert harness.order("a") == [1]
    assert len(harness.deferred(deferred_events.DEAD_LETTERED)) == len(poison)


def test_notes_and_entries_of_a_replay_that_are_none_are_dead_lettered(harness: Harness) -> None:
    harness.start_replays(replay_client(harness.database, HANDLERS, harness.clock))
    note = {"what": "end", "replay": "r", "consumer": "notify", "publisher": "intake", "total": 1}
    notes = [
        note | {"publisher": ""},
        note | {"publisher": "a.b"},
        note | {"total": 2**70},
        note | {"consumer": "nobody"},
    ]
    poison = [Delivery(json.dumps(one).encode(), REPLAY_CONTENT_TYPE) for one in notes]
    poison += [dataclasses.replace(delivery("a", 1), body=b"{", headers={REPLAY_HEADER: "r"})]
    harness.inbox.settle([*poison, delivery("a", 1)])
    assert harness.order("a") == [1]
    assert len(harness.deferred(deferred_events.DEAD_LETTERED)) == len(poison)
    harness.inbox.settle([dataclasses.replace(delivery("a", 1), headers={REPLAY_HEADER: "of no replay"})])
    assert harness.database.replay_events.count_documents({}) == 0, "what no replay waits for is not stored"


def test_a_replay_takes_only_what_its_publisher_says(harness: Harness) -> None:
    check = PublisherCheck(True)
    replays = replay_client(harness.database, {}, harness.clock, check)
    strict = Inbox(
        "notify",
        harness.database,
        {},
        Dependencies(harness.database),
        harness.clock,
        publisher_check=check,
        replays=replays,
    )
    harness.database.replays.insert_one({"_id": "r", "state": "receiving", "publisher": None, "totals": {}})
    forged = dataclasses.replace(delivery("a", 1), headers={REPLAY_HEADER: "r"}, user_id="imc_partners")
    end = {"what": "end", "replay": "r", "consumer": "notify", "publisher": "intake", "total": 0}
    strict.settle([forged, Delivery(json.dumps(end).encode(), REPLAY_CONTENT_TYPE, user_id="imc_partners")])
    assert harness.database.replay_events.count_documents({}) == 0
    assert harness.database.replays.find_one()["totals"] == {}
    assert len(harness.deferred(deferred_events.DEAD_LETTERED)) == 2
    strict.settle([dataclasses.replace(forged, user_id="imc_intake")])
    assert harness.database.replay_events.count_documents({}) == 1


def test_a_duplicate_key_in_a_handler_is_an_attempt_and_does_not_spin(harness: Harness) -> None:
    harness.database.names.create_index("name", unique=True)
    harness.database.names.insert_one({"_id": 1, "name": "taken"})

    def note(event: Any, deps: Any) -> None:
        deps.unit.write("names", pymongo.InsertOne({"_id": event.id, "name": "taken"}))

    harness.inbox.applier.handlers = dict.fromkeys(harness.inbox.applier.handlers, note)
    harness.inbox.settle([delivery("a", 1), delivery("a", 2)])
    assert [row["state"] for row in harness.deferred()] == [deferred_events.WAITING, deferred_events.BEHIND]


def test_an_unrouted_event_published_again_in_vain_is_dead_lettered_again(harness: Harness) -> None:
    harness.inbox.settle([delivery("a", 1, queue="unrouted")])
    dead_letters.redrive(harness.database, {}, harness.context())

    class StillUnrouted:
        def publish(self, messages: Any) -> None:
            harness.inbox.settle([delivery("a", 1, queue="unrouted")])

        def keep_alive(self) -> None: ...

        def close(self) -> None: ...

    again = Retries(harness.inbox, StillUnrouted(), "imc.events")
    assert again.run_due() == 1
    assert [row["state"] for row in harness.deferred()] == [deferred_events.DEAD_LETTERED]


def test_an_event_behind_another_that_is_kept_cannot_be_discarded_first(harness: Harness) -> None:
    harness.faults[derived_id("a", "1")] = never
    harness.inbox.settle([delivery("a", 1)])
    harness.inbox.settle([delivery("a", 2, queue="dead"), delivery("a", 3)])
    with pytest.raises(ValueError, match="earlier"):
        dead_letters.discard(harness.database, derived_id("a", "2"), harness.context(), "not needed")
    assert [row["state"] for row in harness.deferred()] == [
        deferred_events.DEAD_LETTERED,
        deferred_events.DEAD_LETTERED,
        deferred_events.BEHIND,
    ]
    dead_letters.discard(harness.database, derived_id("a", "1"), harness.context(), "not needed")
    dead_letters.discard(harness.database, derived_id("a", "2"), harness.context(), "not needed")
    harness.later(0)
    assert harness.order("a") == [3]


def test_what_an_older_version_could_not_read_is_redriven_by_a_newer_one(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.broker import envelope

    known = dict(envelope.CATALOGUE)
    event = delivery("a", 1)
    with monkeypatch.context() as older:
        older.setattr(envelope, "CATALOGUE", {name: d for name, d in known.items() if name != event.routing_key})
        harness.inbox.settle([event])
    assert [row["cause"] for row in harness.deferred(deferred_events.DEAD_LETTERED)] == ["unreadable"]
    harness.inbox.settle([delivery("a", 2)])
    assert dead_letters.redrive(harness.database, {"cause": "unreadable"}, harness.context()) == 1
    harness.later(0)
    assert harness.order("a") == [1, 2]
    assert harness.deferred() == []


def test_an_event_of_a_foreign_user_is_never_redriven(harness: Harness) -> None:
    strict = Inbox(
        "notify",
        harness.database,
        {},
        Dependencies(harness.database),
        harness.clock,
        publisher_check=PublisherCheck(True),
    )
    strict.settle([delivery("a", 1, user_id="imc_partners")])
    assert dead_letters.redrive(harness.database, {}, harness.context()) == 0


def test_a_batch_too_heavy_for_its_time_is_settled_in_smaller_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[list[int]] = []

    def slow(deliveries: Any) -> None:
        if len(deliveries) > 3:
            raise Outage("timed out") from TimeoutError()
        settled.append(list(deliveries))

    monkeypatch.setattr("shared.broker.consumer.time.sleep", lambda seconds: None)
    consumer = Consumer("amqp://nowhere", Names(""), "notify", slow, 10)
    consumer._settle(list(range(20)))  # type: ignore[arg-type]
    assert [one for batch in settled for one in batch] == list(range(20))


def test_a_timer_goes_on_after_the_clock_was_put_back(harness: Harness) -> None:
    runs: list[Any] = []
    timer = Timer("tick", 5.0, lambda deps, now: runs.append(now))
    timers = Timers(harness.database, [timer], None, harness.clock, "one")
    timers.run_due()
    harness.now -= timedelta(hours=1)
    timers.run_due()
    timers.run_due()
    assert len(runs) == 2
