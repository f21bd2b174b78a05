"""Hearing against crashes in the wrong place and sayers that mean harm: nothing blocks a queue, nothing is lost for it."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

from shared.failpoints import POINTS
from shared.ids import derived_id
from shared.messaging import PermanentFault, hearing, held, parking, retries
from shared.messaging.consumer import Consumer
from shared.messaging.hearing import Outage
from shared.messaging.held import AGAIN_CONTENT_TYPE, AGAIN_HEADER, Delivery
from shared.messaging.names import Names
from shared.messaging.rebuild import Rebuilding
from shared.messaging.retries import Retries
from shared.messaging.timers import Timer, Timers
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_hearing import Ear


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def ear(database: Database) -> Ear:
    return Ear(database)


def changed(good: Delivery, **fields: Any) -> Delivery:
    return dataclasses.replace(good, body=json.dumps(json.loads(good.body) | fields).encode())


def never(event: Any) -> None:
    raise PermanentFault("no such department")


@pytest.mark.parametrize("module", [hearing, retries])
def test_a_crash_right_after_the_commit_leaves_nobody_waiting_for_ever(
    ear: Ear, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear.faults["a"] = never
    ear.hearing.take([delivery("a", 1), delivery("a", 2), delivery("a", 3)])
    ear.faults.clear()
    parking.redrive(ear.database, {}, ear.origin())
    point = {hearing: "consumer.after_commit", retries: "held.after_commit"}[module]
    assert point in POINTS

    def die(name: str) -> None:
        if name == point:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, "failpoint", die)
        with pytest.raises(Killed):
            if module is hearing:
                ear.hearing.take([delivery("b", 1)])
            ear.later(0)
    ear.later(60)
    assert ear.order("a") == [1, 2, 3]
    assert ear.kept() == []


def test_a_missing_event_that_comes_late_and_fails_is_kept_and_blocks_nobody(ear: Ear) -> None:
    ear.hearing.take([delivery("a", 1), delivery("a", 3)])
    for seconds in held.GAP_SECONDS:
        ear.later(seconds)
    parking.redrive(ear.database, {"cause": "gap"}, ear.origin())
    ear.later(0)
    ear.faults[derived_id("a", "2")] = never
    ear.hearing.take([delivery("a", 2)])
    assert [row["state"] for row in ear.kept()] == [held.PARKED]
    ear.hearing.take([delivery("a", 4), delivery("a", 2)])
    assert ear.order("a") == [1, 3, 4]
    ear.faults.clear()
    assert parking.redrive(ear.database, {}, ear.origin()) == 1
    ear.later(0)
    assert ear.order("a") == [1, 3, 4, 2]
    assert ear.kept() == []


def test_what_was_parked_for_a_gap_goes_on_by_itself_when_the_gap_closes(ear: Ear) -> None:
    ear.hearing.take([delivery("a", 1), delivery("a", 3), delivery("a", 4)])
    for seconds in held.GAP_SECONDS:
        ear.later(seconds)
    assert [row["state"] for row in ear.kept()] == [held.PARKED, held.BEHIND]
    ear.hearing.take([delivery("a", 2)])
    ear.later(0)
    assert ear.order("a") == [1, 2, 3, 4]


def test_numbers_times_and_headers_that_no_database_can_keep_are_parked(ear: Ear) -> None:
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
    ear.hearing.take([*poison, good])
    assert ear.order("a") == [1]
    assert len(ear.kept(held.PARKED)) == len(poison)


def test_notes_and_entries_of_a_rebuild_that_are_none_are_parked(ear: Ear) -> None:
    Rebuilding(ear.hearing, Names(""), [])
    note = {"what": "end", "rebuild": "r", "hearer": "notify", "source": "intake", "total": 1}
    notes = [note | {"source": ""}, note | {"source": "a.b"}, note | {"total": 2**70}, note | {"hearer": "nobody"}]
    poison = [Delivery(json.dumps(one).encode(), AGAIN_CONTENT_TYPE) for one in notes]
    poison += [dataclasses.replace(delivery("a", 1), body=b"{", headers={AGAIN_HEADER: "r"})]
    ear.hearing.take([*poison, delivery("a", 1)])
    assert ear.order("a") == [1]
    assert len(ear.kept(held.PARKED)) == len(poison)
    ear.hearing.take([dataclasses.replace(delivery("a", 1), headers={AGAIN_HEADER: "of no rebuild"})])
    assert ear.database.again_events.count_documents({}) == 0, "what no rebuild waits for is not gathered"


def test_a_rebuild_takes_only_what_its_sayer_says(ear: Ear) -> None:
    strict = hearing.Hearing("notify", ear.database, {}, ear.hearing.parts, ear.clock, verify_users=True)
    Rebuilding(strict, Names(""), [])
    ear.database.rebuilds.insert_one({"_id": "r", "state": "gathering", "from": None, "ended": {}})
    forged = dataclasses.replace(delivery("a", 1), headers={AGAIN_HEADER: "r"}, user_id="imc_partners")
    end = {"what": "end", "rebuild": "r", "hearer": "notify", "source": "intake", "total": 0}
    strict.take([forged, Delivery(json.dumps(end).encode(), AGAIN_CONTENT_TYPE, user_id="imc_partners")])
    assert ear.database.again_events.count_documents({}) == 0
    assert ear.database.rebuilds.find_one()["ended"] == {}
    assert len(ear.kept(held.PARKED)) == 2
    strict.take([dataclasses.replace(forged, user_id="imc_intake")])
    assert ear.database.again_events.count_documents({}) == 1


def test_a_duplicate_key_in_a_handler_is_an_attempt_and_does_not_spin(ear: Ear) -> None:
    ear.database.names.create_index("name", unique=True)
    ear.database.names.insert_one({"_id": 1, "name": "taken"})

    def note(event: Any, parts: Any) -> None:
        parts.unit.write("names", pymongo.InsertOne({"_id": event.id, "name": "taken"}))

    ear.hearing.handlers = dict.fromkeys(ear.hearing.handlers, note)
    ear.hearing.take([delivery("a", 1), delivery("a", 2)])
    assert [row["state"] for row in ear.kept()] == [held.WAITING, held.BEHIND]


def test_an_unrouted_event_said_again_in_vain_is_parked_again(ear: Ear) -> None:
    ear.hearing.take([delivery("a", 1, origin="unrouted")])
    parking.redrive(ear.database, {}, ear.origin())

    class StillUnrouted:
        def publish(self, messages: Any) -> None:
            ear.hearing.take([delivery("a", 1, origin="unrouted")])

        def keep_alive(self) -> None: ...

        def close(self) -> None: ...

    again = Retries(ear.hearing, StillUnrouted(), "imc.events")
    assert again.run_due() == 1
    assert [row["state"] for row in ear.kept()] == [held.PARKED]


def test_an_event_behind_another_that_is_kept_cannot_be_discarded_first(ear: Ear) -> None:
    ear.faults[derived_id("a", "1")] = never
    ear.hearing.take([delivery("a", 1)])
    ear.hearing.take([delivery("a", 2, origin="dead"), delivery("a", 3)])
    with pytest.raises(ValueError, match="earlier"):
        parking.discard(ear.database, derived_id("a", "2"), ear.origin(), "not needed")
    assert [row["state"] for row in ear.kept()] == [held.PARKED, held.PARKED, held.BEHIND]
    parking.discard(ear.database, derived_id("a", "1"), ear.origin(), "not needed")
    parking.discard(ear.database, derived_id("a", "2"), ear.origin(), "not needed")
    ear.later(0)
    assert ear.order("a") == [3]


def test_what_an_older_version_could_not_read_is_redriven_by_a_newer_one(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.messaging import envelope

    known = dict(envelope.CATALOGUE)
    event = delivery("a", 1)
    with monkeypatch.context() as older:
        older.setattr(envelope, "CATALOGUE", {name: d for name, d in known.items() if name != event.routing_key})
        ear.hearing.take([event])
    assert [row["cause"] for row in ear.kept(held.PARKED)] == ["unreadable"]
    ear.hearing.take([delivery("a", 2)])
    assert parking.redrive(ear.database, {"cause": "unreadable"}, ear.origin()) == 1
    ear.later(0)
    assert ear.order("a") == [1, 2]
    assert ear.kept() == []


def test_an_event_of_a_foreign_user_is_never_redriven(ear: Ear) -> None:
    strict = hearing.Hearing("notify", ear.database, {}, ear.hearing.parts, ear.clock, verify_users=True)
    strict.take([delivery("a", 1, user_id="imc_partners")])
    assert parking.redrive(ear.database, {}, ear.origin()) == 0


def test_a_batch_too_heavy_for_its_time_is_taken_in_smaller_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[list[int]] = []

    class Slow:
        service = "notify"

        def take(self, deliveries: Any) -> None:
            if len(deliveries) > 3:
                raise Outage("timed out") from TimeoutError()
            taken.append(list(deliveries))

    monkeypatch.setattr("shared.messaging.consumer.time.sleep", lambda seconds: None)
    consumer = Consumer("amqp://nowhere", Names(""), Slow(), 10)  # type: ignore[arg-type]
    consumer._settle(list(range(20)))  # type: ignore[arg-type]
    assert [one for batch in taken for one in batch] == list(range(20))


def test_a_timer_goes_on_after_the_clock_was_put_back(ear: Ear) -> None:
    runs: list[Any] = []
    timer = Timer("tick", 5.0, lambda parts, now: runs.append(now))
    timers = Timers(ear.database, [timer], None, ear.clock, "one")
    timers.run_due()
    ear.now -= timedelta(hours=1)
    timers.run_due()
    timers.run_due()
    assert len(runs) == 2
