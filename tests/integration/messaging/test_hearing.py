"""Hearing on a real MongoDB, without a broker: whatever the order of delivery, the effects are those of the log once in order."""

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

from shared.ids import derived_id
from shared.messaging import PermanentFault, held, parking
from shared.messaging.hearing import Hearing
from shared.messaging.held import INDEXES, Delivery
from shared.messaging.retries import Retries
from shared.messaging.unit import MarkMoved
from shared.mongo import declare_indexes
from shared.origin import Origin
from tests.integration.messaging.conftest import HANDLERS, Parts, note_effect
from tests.integration.messaging.events import EPOCH, delivery


class Saying:
    """A publisher that keeps what it was given."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def publish(self, messages: Any) -> None:
        self.said += messages

    def keep_alive(self) -> None: ...

    def close(self) -> None: ...


class Ear:
    """A hearing with a clock the test moves."""

    def __init__(self, database: Database) -> None:
        declare_indexes(database, INDEXES)
        self.database, self.now = database, EPOCH
        self.faults: dict[str, Any] = {}
        self.hearing = Hearing("notify", database, HANDLERS, Parts(database, self.faults), self.clock)
        self.saying = Saying()
        self.retries = Retries(self.hearing, self.saying, "imc.events")

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        while self.retries.run_due():
            pass

    def order(self, subject: str) -> list[int]:
        row = self.database.orders.find_one({"_id": subject})
        return row["order"] if row else []

    def kept(self, state: str | None = None) -> list[dict[str, Any]]:
        return list(self.database.held.find({"state": state} if state else {}).sort("sequence", 1))

    def origin(self) -> Origin:
        return Origin(self.now, "account:operator", "cli")


@pytest.fixture
def ear(database: Database) -> Ear:
    return Ear(database)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.data())
def test_any_permutation_with_duplicates_and_delays_ends_as_the_log_in_order(database: Database, data: Any) -> None:
    for name in database.list_collection_names():
        database[name].delete_many({})
    ear = Ear(database)
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    log = [(f"s{place}", n) for place, length in enumerate(lengths) for n in range(1, length + 1)]
    again = data.draw(st.lists(st.sampled_from(log), max_size=6))
    shuffled = data.draw(st.permutations(log + again))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        ear.hearing.take([delivery(*item) for item in shuffled[:size]])
        shuffled = shuffled[size:]
        if data.draw(st.booleans()):
            ear.later(data.draw(st.integers(0, 4)))
    ear.later(0)
    for place, length in enumerate(lengths):
        assert ear.order(f"s{place}") == list(range(1, length + 1))
    assert ear.kept() == []
    assert ear.database.effects.count_documents({}) == len(log)


def test_a_failing_event_holds_back_its_subject_alone_and_is_parked_after_its_tries(ear: Ear) -> None:
    def fail(event: Any) -> None:
        raise ValueError("secret of a patient")

    ear.faults[derived_id("a", "2")] = fail
    ear.hearing.take([delivery("a", 1), delivery("b", 1), delivery("a", 2), delivery("a", 3), delivery("b", 2)])
    assert (ear.order("a"), ear.order("b")) == ([1], [1, 2])
    assert [(row["sequence"], row["state"]) for row in ear.kept()] == [(2, held.WAITING), (3, held.BEHIND)]
    for seconds in held.RETRY_SECONDS:
        assert ear.kept(held.PARKED) == []
        ear.later(seconds)
    (parked,) = ear.kept(held.PARKED)
    assert parked["attempts"] == 2 + len(held.RETRY_SECONDS)
    assert "secret" not in str(parked), "what an exception says stays out of what is kept"
    ear.faults.clear()
    assert parking.redrive(ear.database, {"_id": parked["_id"]}, ear.origin()) == 1
    ear.later(0)
    assert ear.order("a") == [1, 2, 3]
    assert ear.kept() == []


def test_what_a_crash_left_open_is_no_attempt_of_a_kept_event(ear: Ear) -> None:
    """A transaction of a killed process holds the subject's mark until the server ends it, through many tries."""

    def fail(event: Any) -> None:
        raise ValueError("not this time")

    ear.faults[derived_id("a", "1")] = fail
    ear.hearing.take([delivery("a", 1)])
    ear.faults.clear()
    (waiting,) = ear.kept(held.WAITING)
    with ear.database.client.start_session() as left_open:
        left_open.start_transaction()
        ear.database.marks.update_one({"_id": waiting["mark"]}, {"$set": {"touched": 1}}, session=left_open)
        for _ in range(2 * len(held.RETRY_SECONDS)):
            ear.later(max(held.RETRY_SECONDS))
        (still,) = ear.kept()
        assert (still["state"], still["attempts"]) == (held.WAITING, waiting["attempts"])
        left_open.abort_transaction()
    ear.later(1)
    assert ear.order("a") == [1]
    assert ear.kept() == []


def test_a_permanent_fault_is_parked_at_once_and_discarding_lets_the_others_go_on(ear: Ear) -> None:
    def never(event: Any) -> None:
        raise PermanentFault("no such department")

    ear.faults[derived_id("a", "1")] = never
    ear.hearing.take([delivery("a", 1), delivery("a", 2)])
    (parked,) = ear.kept(held.PARKED)
    assert parked["reason"] == "PermanentFault: no such department"
    with pytest.raises(ValueError, match="reason"):
        parking.discard(ear.database, parked["_id"], ear.origin(), "  ")
    parking.discard(ear.database, parked["_id"], ear.origin(), "entered twice")
    ear.later(0)
    assert ear.order("a") == [2]
    ear.faults.clear()
    parking.restore(ear.database, parked["_id"], ear.origin())
    parking.redrive(ear.database, {}, ear.origin())
    ear.later(0)
    assert ear.order("a") == [2, 1], "restored: handled late, and once"
    ear.hearing.take([delivery("a", 1), delivery("a", 2)])
    assert ear.database.effects.count_documents({}) == 2
    acts = [row["act"] for row in ear.database.audit.find().sort("_id", 1)]
    assert acts == ["dead.discard", "dead.restore", "dead.redrive"]


def test_a_gap_waits_a_little_is_parked_and_the_missing_event_is_still_taken(ear: Ear) -> None:
    ear.hearing.take([delivery("a", 1), delivery("a", 4)])
    assert ear.order("a") == [1]
    for seconds in held.GAP_SECONDS:
        ear.later(seconds)
    (parked,) = ear.kept(held.PARKED)
    assert parked["cause"] == "gap"
    ear.hearing.take([delivery("a", 5)])
    assert [row["state"] for row in ear.kept()] == [held.PARKED, held.BEHIND]
    parking.redrive(ear.database, {"cause": "gap"}, ear.origin())
    ear.later(0)
    assert ear.order("a") == [1, 4, 5]
    ear.hearing.take([delivery("a", 2), delivery("a", 2)])
    ear.hearing.take([delivery("a", 2)])
    assert ear.order("a") == [1, 4, 5, 2]
    assert ear.database.marks.find_one()["missing"] == [3]


def test_poison_is_parked_with_its_reason_and_good_messages_behind_it_pass(ear: Ear) -> None:
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
    ear.hearing.take([*poison, good])
    assert ear.order("a") == [1]
    parked = ear.kept(held.PARKED)
    assert len(parked) == len(poison)
    assert all(row["cause"] == "unreadable" and row["reason"] for row in parked)
    assert max(row["size"] for row in parked) == 5_000_000


def test_what_the_broker_gave_up_is_parked_and_redrivable(ear: Ear) -> None:
    ear.hearing.take([delivery("a", 1, origin="dead"), delivery("a", 2)])
    assert [row["state"] for row in ear.kept()] == [held.PARKED, held.BEHIND]
    parking.redrive(ear.database, {}, ear.origin())
    ear.later(0)
    assert ear.order("a") == [1, 2]
    ear.hearing.take([delivery("a", 1, origin="dead")])
    assert ear.kept() == []


def test_an_unrouted_event_is_parked_at_its_sayer_and_said_again_when_redriven(ear: Ear) -> None:
    ear.hearing.take([delivery("a", 1, origin="unrouted")])
    assert ear.order("a") == []
    parking.redrive(ear.database, {}, ear.origin())
    ear.later(0)
    (said,) = ear.saying.said
    assert (said.key, said.exchange, said.body) == ("intake.referral.received.v1", "imc.events", delivery("a", 1).body)


def test_an_event_that_another_service_said_in_its_name_is_refused(ear: Ear) -> None:
    strict = Hearing("notify", ear.database, HANDLERS, Parts(ear.database), ear.clock, verify_users=True)
    strict.take([delivery("a", 1, user_id="imc_partners"), delivery("b", 1, user_id="imc_intake"), delivery("c", 1)])
    assert (ear.order("a"), ear.order("b"), ear.order("c")) == ([], [1], [])
    assert [row["cause"] for row in ear.kept(held.PARKED)] == ["foreign user", "foreign user"]


def test_two_workers_on_the_same_events_have_one_effect(ear: Ear) -> None:
    others = [Hearing("notify", ear.database, HANDLERS, Parts(ear.database), ear.clock) for _ in range(4)]
    batch = [delivery(f"s{n % 5}", n // 5 + 1) for n in range(50)]
    start = threading.Barrier(4)

    def hear(hearing: Hearing) -> None:
        start.wait()
        for place in range(0, 50, 10):
            hearing.take(batch[place : place + 10])

    threads = [threading.Thread(target=hear, args=(hearing,)) for hearing in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ear.later(0)
    assert [ear.order(f"s{n}") for n in range(5)] == [list(range(1, 11))] * 5
    assert ear.kept() == []


def test_a_redrive_twice_long_after_is_single(ear: Ear) -> None:
    def fail(event: Any) -> None:
        raise PermanentFault("not yet")

    ear.faults["a"] = fail
    ear.hearing.take([delivery("a", 1)])
    ear.faults.clear()
    assert parking.redrive(ear.database, {}, ear.origin()) == 1
    assert parking.redrive(ear.database, {}, ear.origin()) == 0
    ear.later(0)
    ear.hearing.take([delivery("a", 1)] * 3)
    ear.later(100_000)
    assert ear.order("a") == [1]


def test_a_follower_kept_meanwhile_by_another_worker_is_seen_at_once(ear: Ear) -> None:
    other = Hearing("notify", ear.database, HANDLERS, Parts(ear.database), ear.clock)
    for first in (1, 3):
        (event,) = ear.hearing._readable([delivery("a", first)])
        plan = ear.hearing._plan([event])
        other.take([delivery("a", first + 1)])
        with pytest.raises(MarkMoved):
            ear.hearing._write(plan)
        ear.hearing.take([delivery("a", first)])
        ear.later(0)
        assert ear.order("a") == list(range(1, first + 2))


class Commands(CommandListener):
    """What is sent to the server, by the commands' names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: Any) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: Any) -> None: ...

    def failed(self, event: Any) -> None: ...


@pytest.fixture
def watched(database: Database, mongo_url: str) -> Iterator[tuple[Ear, Commands]]:
    commands = Commands()
    with pymongo.MongoClient(mongo_url, tz_aware=True, event_listeners=[commands]) as client:
        ear = Ear(client[database.name])
        commands.names.clear()
        yield ear, commands


def test_the_next_events_of_their_subjects_need_no_reading(watched: tuple[Ear, Commands]) -> None:
    ear, commands = watched
    for place in (1, 2):
        ear.hearing.take([delivery("a", place), delivery("b", place)])
    effects = ["insert", "update", "commitTransaction"]
    first, later = ["insert", *effects], ["update", *effects]
    assert commands.names == [*first, *later], "first marks are inserted, later ones are compared, none is read"
    assert ear.order("a") == ear.order("b") == [1, 2]


def test_a_wrong_guess_writes_nothing_and_the_marks_are_read(watched: tuple[Ear, Commands]) -> None:
    ear, commands = watched
    ear.hearing.take([delivery("a", 1)])
    commands.names.clear()
    ear.hearing.take([delivery("a", 1), delivery("a", 2)])
    assert ear.order("a") == [1, 2] and ear.database.effects.count_documents({}) == 2
    assert commands.names[:3] == ["insert", "abortTransaction", "find"], "marks first: no effect was sent"
    commands.names.clear()
    ear.hearing.take([delivery("a", 3)])
    assert commands.names[0] == "find", "for some batches nothing is guessed"


def test_before_a_handler_reads_the_marks_are_written_and_a_wrong_guess_is_known(watched: tuple[Ear, Commands]) -> None:
    ear, commands = watched
    read: list[int] = []

    def reads(event: Any, parts: Parts) -> None:
        ear.database.effects.find_one({"_id": event.id}, session=parts.unit.session)
        read.append(event.sequence)
        note_effect(event, parts)

    ear.hearing.handlers = dict.fromkeys(ear.hearing.handlers, reads)
    ear.hearing.take([delivery("a", 1)])
    assert commands.names == ["insert", "find", "insert", "update", "commitTransaction"]
    ear.hearing.take([delivery("a", 1), delivery("a", 2)])
    assert read == [1, 2] and ear.order("a") == [1, 2]


def test_effects_that_are_there_already_are_found_out_and_left(ear: Ear) -> None:
    """A subject's first event again, whose mark a restored backup has lost: what it adds is there, and stays as it is."""
    ear.hearing.take([delivery("a", 1), delivery("b", 1)])
    ear.database.marks.delete_many({})
    ear.database.effects.update_many({}, {"$set": {"seen": True}})
    ear.hearing.take([delivery("a", 1), delivery("c", 1)])
    assert ear.database.effects.count_documents({"seen": True}) == 2
    assert ear.database.effects.count_documents({}) == 3 and ear.database.marks.count_documents({}) == 2


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("first", [1, 2])
def test_a_connection_that_breaks_under_a_batch_leaves_each_effect_once(
    ear: Ear, monkeypatch: pytest.MonkeyPatch, first: int, done: bool
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

    ear.hearing.take([delivery("a", place) for place in range(1, first)])
    monkeypatch.setattr(Collection, "bulk_write", breaks)
    ear.hearing.take([delivery("a", first), delivery("b", 1)])
    assert Collection.bulk_write is bulk_write, "it broke once"
    assert ear.order("a") == list(range(1, first + 1)) and ear.order("b") == [1]


def test_a_statement_that_the_server_refuses_unread_is_no_commit_without_it(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a refusal ends no transaction at the server: it is the hearer who must not commit."""
    bulk_write = Collection.bulk_write

    def spoiled(collection: Collection, operations: Any, **given: Any) -> Any:
        if collection.name != "effects":
            return bulk_write(collection, operations, **given)
        monkeypatch.undo()
        refused = {"insert": "effects", "no such field": 1, "documents": []}
        return collection.database.command(refused, session=given["session"])

    monkeypatch.setattr(Collection, "bulk_write", spoiled)
    ear.hearing.take([delivery("a", 1)])
    assert Collection.bulk_write is bulk_write, "it was refused once"
    assert ear.order("a") == [1] and ear.database.effects.count_documents({}) == 1


def test_a_first_event_that_fails_for_good_and_comes_again_is_known(ear: Ear) -> None:
    """Its handler runs before its mark is read, and what it raises is no news."""

    def never(event: Any) -> None:
        raise PermanentFault("never")

    ear.faults["a"] = never
    for _ in range(2):
        ear.hearing.take([delivery("a", 1)])
    (parked,) = ear.database.held.find()
    assert parked["state"] == held.PARKED and ear.database.effects.count_documents({}) == 0


@pytest.mark.parametrize("first", [1, 3])
def test_a_guess_is_wrong_where_another_worker_kept_an_event_of_the_subject(ear: Ear, first: int) -> None:
    ear.hearing.take([delivery("a", place) for place in range(1, first)])
    other = Hearing("notify", ear.database, HANDLERS, Parts(ear.database), ear.clock)
    other.take([delivery("a", first + 1)])
    ear.hearing.take([delivery("a", first)])
    ear.later(0)
    assert ear.order("a") == list(range(1, first + 2)) and ear.kept() == []


def test_a_subject_that_once_had_to_wait_is_guessed_like_any_other(watched: tuple[Ear, Commands]) -> None:
    ear, commands = watched
    ear.hearing.take([delivery("a", 2)])
    ear.hearing.take([delivery("a", 1)])
    ear.later(0)
    ear.hearing._looks = 0
    commands.names.clear()
    ear.hearing.take([delivery("a", 3)])
    assert commands.names == ["update", "insert", "update", "commitTransaction"] and ear.order("a") == [1, 2, 3]


def test_what_is_added_and_is_there_already_is_left_as_it_is(ear: Ear) -> None:
    """Such as what another path drafted under the same derived id: the batch does not fall apart for it."""
    ear.database.effects.insert_one({"_id": derived_id("a", "1"), "before": True})
    ear.hearing.take([delivery("a", 1), delivery("b", 1)])
    assert (ear.order("a"), ear.order("b")) == ([1], [1])
    assert ear.database.effects.find_one({"_id": derived_id("a", "1")}) == {"_id": derived_id("a", "1"), "before": True}
    assert ear.database.effects.count_documents({}) == 2
    assert "failed_attempts" not in ear.hearing.figures.read()
