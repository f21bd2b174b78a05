"""Read copies built anew while life goes on: equal to the log in the end, and nothing else happens twice, or not at all."""

import dataclasses
import time
from typing import Any

import pytest
from pymongo.database import Database

from shared.messaging import Unit, held, read_copy
from shared.messaging import rebuild as rebuilds
from shared.messaging.hearing import Hearing
from shared.messaging.held import AGAIN_HEADER
from shared.messaging.names import Names
from shared.messaging.rebuild import LeaseLost, Rebuilding
from tests.integration.messaging.conftest import HANDLERS, Pair, Parts, wait_for
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_hearing import Ear

RECEIVED, REVIEWED = HANDLERS


@read_copy("copies")
def keep_copy(event: Any, parts: Any) -> None:
    unit: Unit = parts.unit
    unit.put("copies", event.subject, {"seen": event.sequence}, event.sequence)


WITH_COPY = {RECEIVED: HANDLERS[RECEIVED], REVIEWED: keep_copy}


class Building:
    """A hearer in the midst of a rebuild, without a broker."""

    def __init__(self, database: Database) -> None:
        self.ear = Ear(database)
        self.hearing = Hearing("notify", database, WITH_COPY, Parts(database), self.ear.clock)
        self.rebuilding = Rebuilding(self.hearing, Names(""), [])
        self.id = rebuilds.ask(database, None, self.ear.origin())
        self.state(state="gathering")

    def state(self, **fields: Any) -> None:
        self.ear.database.rebuilds.update_one({"_id": self.id}, {"$set": fields})

    def owner_says(self, *events: Any) -> None:
        self.hearing.take([dataclasses.replace(event, headers={AGAIN_HEADER: self.id}) for event in events])
        self.state(ended={"intake": len(events)})

    def build(self) -> None:
        self.rebuilding._build(self.rebuilding._refresh())

    def row(self) -> dict[str, Any]:
        return self.ear.database.rebuilds.find_one({"_id": self.id})


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database)


def test_what_is_still_on_its_way_keeps_its_effects(building: Building) -> None:
    log = [delivery("known", 1), delivery("known", 2), delivery("unknown", 1), delivery("unknown", 2)]
    effects = building.ear.database.effects
    building.owner_says(*log)
    building.build()
    assert building.row()["state"] == "done"
    assert effects.count_documents({}) == 0, "a rebuild has no other effects"
    assert {row["_id"]: row["seen"] for row in building.ear.database.copies.find()} == {"known": 2, "unknown": 2}
    building.hearing.take(log + log)
    assert effects.count_documents({}) == 2, "both first events, once each"
    building.hearing.take([delivery("unknown", 3)])
    assert building.ear.database.copies.find_one({"_id": "unknown"})["seen"] == 3
    assert building.ear.kept() == []


def test_a_known_subject_moves_by_hearing_alone(building: Building) -> None:
    building.hearing.take([delivery("a", 1)])
    building.owner_says(delivery("a", 1), delivery("a", 2), delivery("a", 3))
    building.build()
    assert building.ear.database.marks.find_one()["last"] == 1
    building.hearing.take([delivery("a", 2), delivery("a", 3)])
    assert building.ear.database.marks.find_one()["last"] == 3


def test_a_handler_that_fails_ends_the_rebuild_and_not_the_worker(building: Building) -> None:
    building.hearing.handlers[REVIEWED.TYPE] = read_copy("copies")(lambda event, parts: 1 / 0)
    building.owner_says(delivery("a", 1), delivery("a", 2))
    building.build()
    assert (building.row()["state"], building.row()["reason"]) == ("failed", "ZeroDivisionError")
    assert building.ear.database.again_events.count_documents({}) == 0
    assert [name for name in building.ear.database.list_collection_names() if "rebuilding" in name] == []


def test_a_builder_that_was_overtaken_swaps_nothing(building: Building) -> None:
    building.owner_says(delivery("a", 1), delivery("a", 2))
    building.state(holder="the other")
    with pytest.raises(LeaseLost):
        building.rebuilding._swap(building.id, {"intake"}, "a zombie")
    assert building.ear.database.copies.count_documents({}) == 0


def test_a_worker_busy_with_another_rebuild_gathers_all_the_same(building: Building) -> None:
    building.rebuilding._fresh_until = 0.0
    building.rebuilding._active = ()
    building.hearing.take([delivery("a", 1), delivery("a", 2)])
    assert building.ear.database.again_events.count_documents({"live": True}) == 1


def test_an_entry_that_cannot_be_read_ends_the_rebuild(building: Building) -> None:
    building.owner_says(dataclasses.replace(delivery("a", 1), body=b"{"))
    assert building.row()["state"] == "failed"
    assert [row["cause"] for row in building.ear.kept(held.PARKED)] == ["unreadable"]


def test_a_rebuild_among_live_events_ends_equal_to_the_log(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.messaging.conftest.HANDLERS", WITH_COPY)
    monkeypatch.setattr(rebuilds, "SETTLE_SECONDS", 1.0)
    pair.start("intake")
    pair.start("notify")
    cases = [pair.refer(events=2) for _ in range(15)]
    wait_for(lambda: pair.effects() == 15)
    pair.hearer.copies.delete_many({"_id": cases[0]})
    asked = rebuilds.ask(pair.hearer, "intake", pair.origin())
    while rebuilds.state(pair.hearer, asked)["state"] != "done":
        cases.append(pair.refer(events=3))
        time.sleep(0.05)
        assert len(cases) < 500
    wait_for(lambda: pair.effects() == len(cases))
    log = {row["_id"]: row["last"] for row in _last_said(pair)}
    wait_for(lambda: {row["_id"]: row["seen"] for row in pair.hearer.copies.find()} == log)
    assert pair.hearer.held.count_documents({}) == 0


def _last_said(pair: Pair) -> Any:
    wait_for(lambda: pair.sayer.cases.count_documents({"outbox_due": {"$exists": True}}) == 0)
    return pair.sayer.said.aggregate([{"$group": {"_id": "$subject", "last": {"$max": "$sequence"}}}])
