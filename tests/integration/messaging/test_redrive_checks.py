"""Redrive checks again what was checked when an event first came: its publisher, its schema, that no earlier one is missing."""

import dataclasses
from typing import Any

import pytest
from pymongo.database import Database

from deploy.cli import dead_letters as command
from deploy.cli.rebuilds import progress
from shared.broker.delivery import Delivery, PublisherCheck
from shared.inbox import dead_letters, deferred_events
from shared.inbox.inbox import Inbox
from shared.replay import request
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_inbox import Harness


@pytest.fixture
def harness(database: Database[Any]) -> Harness:
    return Harness(database)


@pytest.fixture
def checking(harness: Any) -> Any:
    """A harness whose broker vouches for who published what."""
    harness.inbox.publisher_check = PublisherCheck(True)
    return harness


def published_by(user: str | None, *args: Any, **more: Any) -> Delivery:
    return dataclasses.replace(delivery(*args, **more), user_id=user)


REFUSED = {
    "another service": lambda: published_by("imc_notify", "a", 1),
    "nobody": lambda: published_by(None, "a", 1),
    "a person": lambda: published_by("guest", "a", 1),
    "given up by the broker": lambda: published_by("imc_notify", "a", 1, queue="dead"),
    "after a gap": lambda: published_by("imc_partners", "a", 7),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_forged_event_is_let_in_by_no_redrive(checking: Any, kind: str) -> None:
    checking.inbox.settle([REFUSED[kind]()])
    (dead_lettered,) = checking.deferred(deferred_events.DEAD_LETTERED)
    assert dead_lettered["cause"] == "foreign user"
    for which in ({}, {"cause": "foreign user"}, {"_id": dead_lettered["_id"]}):
        try:
            dead_letters.redrive(checking.database, which, checking.context())
        except dead_letters.ActionNotAllowed:
            pass
        checking.later(0)
    assert checking.order("a") == [] and len(checking.deferred(deferred_events.DEAD_LETTERED)) == 1
    assert "never handed over" in str(dead_letters.not_redriven(checking.database, {}))


def test_one_that_only_a_newer_version_can_read_is_checked_when_it_is_read(
    checking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unreadable at first, so that its publisher was not looked at."""
    good, forged = published_by("imc_intake", "a", 1), published_by("imc_notify", "b", 1)
    unknown = [dataclasses.replace(one, content_type="application/vnd.newer") for one in (good, forged)]
    checking.inbox.settle(unknown)
    assert {row["cause"] for row in checking.deferred(deferred_events.DEAD_LETTERED)} == {"unreadable"}
    checking.database.deferred_events.update_many({}, {"$set": {"content_type": good.content_type}})
    assert dead_letters.redrive(checking.database, {}, checking.context()) == 2
    checking.later(0)
    assert (checking.order("a"), checking.order("b")) == ([1], [])
    (dead_lettered,) = checking.deferred(deferred_events.DEAD_LETTERED)
    assert (dead_lettered["cause"], dead_lettered["kind"]) == ("foreign user", "foreign")
    writes = checking.database.client.local["oplog.rs"].find(
        {"ns": f"{checking.database.name}.deferred_events", "op": "u", "o2._id": dead_lettered["_id"]}
    )
    changes = [write["o"].get("diff", {}).get("u", {}) for write in writes]
    assert [change["state"] for change in changes if change.get("kind") == "foreign"] == [
        deferred_events.DEAD_LETTERED
    ], "in one write"
    assert dead_letters.redrive(checking.database, {}, checking.context()) == 0


def test_what_waits_for_a_retry_is_checked_again(checking: Any) -> None:
    checking.faults["a"] = lambda event: (_ for _ in ()).throw(RuntimeError("not now"))
    checking.inbox.settle([published_by("imc_intake", "a", 1)])
    checking.faults.clear()
    checking.database.deferred_events.update_many({}, {"$set": {"user_id": "imc_notify"}})
    checking.later(deferred_events.RETRY_SECONDS[0])
    assert checking.order("a") == []
    assert [row["cause"] for row in checking.deferred(deferred_events.DEAD_LETTERED)] == ["foreign user"]


@pytest.mark.parametrize("named", ["cause", "_id"])
@pytest.mark.parametrize("first", [2, 4, 900])
def test_redriving_all_goes_past_no_gap_and_what_is_named_does(harness: Any, first: int, named: str) -> None:
    harness.inbox.settle([delivery("a", first)])
    for seconds in deferred_events.GAP_SECONDS:
        harness.later(seconds)
    assert [row["cause"] for row in harness.deferred(deferred_events.DEAD_LETTERED)] == ["gap"]
    assert dead_letters.redrive(harness.database, {}, harness.context()) == 1
    harness.later(0)
    assert harness.order("a") == []
    for seconds in deferred_events.GAP_SECONDS:
        harness.later(seconds)
    (dead_lettered,) = harness.deferred(deferred_events.DEAD_LETTERED)
    assert dead_letters.redrive(harness.database, {named: dead_lettered[named]}, harness.context()) == 1
    harness.later(0)
    assert harness.order("a") == [first]


def test_a_gap_that_would_make_the_rest_of_a_subject_old_is_passed_by_nobody(harness: Any) -> None:
    """What comes after a position that jumped too far would be taken for repeats, and dropped."""
    harness.inbox.settle([delivery("a", 1), delivery("a", 2 + deferred_events.MAX_MISSING * 2)])
    for seconds in deferred_events.GAP_SECONDS:
        harness.later(seconds)
    (dead_lettered,) = harness.deferred(deferred_events.DEAD_LETTERED)
    dead_letters.redrive(harness.database, {"_id": dead_lettered["_id"]}, harness.context())
    harness.later(0)
    assert harness.order("a") == [1] and len(harness.deferred(deferred_events.DEAD_LETTERED)) == 1
    harness.inbox.settle([delivery("a", 2)])
    harness.later(0)
    assert harness.order("a") == [1, 2]


def test_a_gap_that_closes_within_minutes_alarms_nobody(harness: Any) -> None:
    harness.inbox.settle([delivery("a", 2)])
    for seconds in deferred_events.GAP_SECONDS[:3]:
        harness.later(seconds)
    assert harness.deferred(deferred_events.DEAD_LETTERED) == []
    harness.inbox.settle([delivery("a", 1)])
    harness.later(0)
    assert harness.order("a") == [1, 2] and harness.deferred() == []


def test_why_others_stay_is_said(checking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = [dataclasses.replace(delivery(str(one), 1), body=b"{") for one in range(4)]
    checking.inbox.settle([*poison, published_by("imc_notify", "a", 1), published_by("imc_intake", "b", 3)])
    for seconds in deferred_events.GAP_SECONDS:
        checking.later(seconds)
    monkeypatch.setattr(command, "_each", lambda operators, service, ask: {"notify": ask(checking.database)})
    lines = command.redrive(None, None, {}, "")  # type: ignore[arg-type]
    assert lines[0] == "1 of 6 redriven"
    assert {line.split(" left")[0] for line in lines[1:]} == {"4", "1"}
    with pytest.raises(dead_letters.NoSuchEvent, match="4 left as they are: no events"):
        command.redrive(None, None, {"cause": "unreadable"}, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"state": "requested", "received": 0, "total": 0, "counted": False}, "requested"),
        ({"state": "receiving", "received": 5455, "total": 0, "counted": False}, "receiving, 5455 events so far"),
        ({"state": "receiving", "received": 5455, "total": 12, "counted": False}, "receiving, 5455 events so far"),
        ({"state": "receiving", "received": 5455, "total": 6000, "counted": True}, "receiving, 5455 of 6000 events"),
        ({"state": "receiving", "received": 0, "total": 0, "counted": True}, "receiving, 0 of 0 events"),
        ({"state": "done", "received": 0, "total": 6000, "counted": True}, "done, 6000 events"),
        ({"state": "failed", "received": 3, "total": 0, "counted": False}, "failed"),
    ],
)
def test_how_far_a_replay_is_in_true_words(found: dict[str, Any], words: str) -> None:
    assert progress(found) == words


def test_the_publishers_that_have_counted(harness: Any) -> None:
    assert isinstance(harness.inbox, Inbox)
    row = {"_id": "r", "state": "receiving", "publishers": ["intake", "partners"], "totals": {"intake": 12}}
    harness.database.replays.insert_one(row)
    assert request.replay_state(harness.database, "r")["counted"] is False
    harness.database.replays.update_one({"_id": "r"}, {"$set": {"totals.partners": 3}})
    found = request.replay_state(harness.database, "r")
    assert (found["counted"], found["total"]) == (True, 15)
