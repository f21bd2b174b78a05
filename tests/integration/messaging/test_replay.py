"""Read copies rebuilt during live traffic: equal to the log in the end, and no other effect happens twice, or not at all."""

import dataclasses
import time
from typing import Any

import pytest
from pymongo.database import Database

from shared.broker.delivery import PublisherCheck
from shared.broker.envelope import REPLAY_HEADER
from shared.broker.names import Names
from shared.inbox import deferred_events
from shared.inbox.inbox import Inbox
from shared.inbox.unit_of_work import UnitOfWork, read_copy
from shared.replay import request
from shared.replay.request import LeaseLost, ReplayClient, replay_state, request_replay
from shared.replay.serve import ReplayServer
from tests.integration.messaging.conftest import HANDLERS, Dependencies, Pair, wait_for
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_inbox import Harness

RECEIVED, REVIEWED = HANDLERS


@read_copy("copies")
def keep_copy(event: Any, deps: Any) -> None:
    unit: UnitOfWork = deps.unit
    unit.put("copies", event.subject, {"seen": event.sequence}, event.sequence)


WITH_COPY = {RECEIVED: HANDLERS[RECEIVED], REVIEWED: keep_copy}


def replay_client(database: Database, handlers: Any, clock: Any, check: PublisherCheck | None = None) -> ReplayClient:
    """The consumer's side of notify, without a broker."""
    names = Names("")
    server = ReplayServer("notify", database, clock, names, [])
    return ReplayClient(
        "notify", database, handlers, Dependencies(database), clock, names, check or PublisherCheck(), server
    )


class Building:
    """A consumer in the middle of a replay, without a broker."""

    def __init__(self, database: Database) -> None:
        self.harness = Harness(database)
        self.handlers = dict(WITH_COPY)
        self.replay = replay_client(database, self.handlers, self.harness.clock)
        self.inbox = Inbox(
            "notify", database, self.handlers, Dependencies(database), self.harness.clock, replays=self.replay
        )
        self.id = request_replay(database, None, self.harness.context())
        self.state(state="receiving")

    def state(self, **fields: Any) -> None:
        self.harness.database.replays.update_one({"_id": self.id}, {"$set": fields})

    def publisher_sends(self, *events: Any) -> None:
        self.inbox.settle([dataclasses.replace(event, headers={REPLAY_HEADER: self.id}) for event in events])
        self.state(totals={"intake": len(events)})

    def build(self) -> None:
        self.replay._build(self.replay._refresh())

    def row(self) -> dict[str, Any]:
        return self.harness.database.replays.find_one({"_id": self.id})


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database)


def test_what_is_still_on_its_way_keeps_its_effects(building: Building) -> None:
    log = [delivery("known", 1), delivery("known", 2), delivery("unknown", 1), delivery("unknown", 2)]
    effects = building.harness.database.effects
    building.publisher_sends(*log)
    building.build()
    assert building.row()["state"] == "done"
    assert effects.count_documents({}) == 0, "a replay has no other effects"
    assert {row["_id"]: row["seen"] for row in building.harness.database.copies.find()} == {"known": 2, "unknown": 2}
    building.inbox.settle(log + log)
    assert effects.count_documents({}) == 2, "both first events, once each"
    building.inbox.settle([delivery("unknown", 3)])
    assert building.harness.database.copies.find_one({"_id": "unknown"})["seen"] == 3
    assert building.harness.deferred() == []


def test_a_known_subject_moves_by_consuming_alone(building: Building) -> None:
    building.inbox.settle([delivery("a", 1)])
    building.publisher_sends(delivery("a", 1), delivery("a", 2), delivery("a", 3))
    building.build()
    assert building.harness.database.inbox_positions.find_one()["last_sequence"] == 1
    building.inbox.settle([delivery("a", 2), delivery("a", 3)])
    assert building.harness.database.inbox_positions.find_one()["last_sequence"] == 3


def test_a_handler_that_fails_ends_the_replay_and_not_the_worker(building: Building) -> None:
    building.handlers[REVIEWED] = read_copy("copies")(lambda event, deps: 1 / 0)
    building.publisher_sends(delivery("a", 1), delivery("a", 2))
    building.build()
    assert (building.row()["state"], building.row()["reason"]) == ("failed", "ZeroDivisionError")
    assert building.harness.database.replay_events.count_documents({}) == 0
    assert [name for name in building.harness.database.list_collection_names() if "replay." in name] == []


def test_a_builder_that_was_overtaken_swaps_nothing(building: Building) -> None:
    building.publisher_sends(delivery("a", 1), delivery("a", 2))
    building.state(holder="the other")
    with pytest.raises(LeaseLost):
        building.replay._swap(building.id, {"intake"}, "a zombie")
    assert building.harness.database.copies.count_documents({}) == 0


def test_a_worker_busy_with_another_replay_records_live_events_all_the_same(building: Building) -> None:
    building.replay._fresh_until = 0.0
    building.replay._active = ()
    building.inbox.settle([delivery("a", 1), delivery("a", 2)])
    assert building.harness.database.replay_events.count_documents({"live": True}) == 1


def test_an_entry_that_cannot_be_read_ends_the_replay(building: Building) -> None:
    building.publisher_sends(dataclasses.replace(delivery("a", 1), body=b"{"))
    assert building.row()["state"] == "failed"
    assert [row["cause"] for row in building.harness.deferred(deferred_events.DEAD_LETTERED)] == ["unreadable"]


def test_a_replay_among_live_events_ends_equal_to_the_log(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.messaging.conftest.HANDLERS", WITH_COPY)
    monkeypatch.setattr(request, "SETTLE_SECONDS", 1.0)
    pair.start("intake")
    pair.start("notify")
    cases = [pair.refer(events=2) for _ in range(15)]
    wait_for(lambda: pair.effects() == 15)
    pair.consumer.copies.delete_many({"_id": cases[0]})
    replay = request_replay(pair.consumer, "intake", pair.context())
    while replay_state(pair.consumer, replay)["state"] != "done":
        cases.append(pair.refer(events=3))
        time.sleep(0.05)
        assert len(cases) < 500
    wait_for(lambda: pair.effects() == len(cases))
    log = {row["_id"]: row["last_sequence"] for row in _last_published(pair)}
    wait_for(lambda: {row["_id"]: row["seen"] for row in pair.consumer.copies.find()} == log)
    assert pair.consumer.deferred_events.count_documents({}) == 0


def _last_published(pair: Pair) -> Any:
    wait_for(lambda: pair.publisher.cases.count_documents({"outbox_due": {"$exists": True}}) == 0)
    return pair.publisher.event_log.aggregate([{"$group": {"_id": "$subject", "last_sequence": {"$max": "$sequence"}}}])
