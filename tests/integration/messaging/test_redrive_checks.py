"""Redrive checks again what was checked when an event first came: its sayer, its schema, that no earlier one is missing."""

import dataclasses
from typing import Any

import pytest
from pymongo.database import Database

from deploy.cli import dead_letters
from deploy.cli.rebuilds import progress
from shared.messaging import held, parking, rebuild
from shared.messaging.hearing import Hearing
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_hearing import Ear


@pytest.fixture
def ear(database: Database[Any]) -> Ear:
    return Ear(database)


@pytest.fixture
def checking(ear: Any) -> Any:
    """An ear whose broker vouches for who said what."""
    ear.hearing._verify_users = True
    return ear


def said_by(user: str | None, *args: Any, **more: Any) -> held.Delivery:
    return dataclasses.replace(delivery(*args, **more), user_id=user)


REFUSED = {
    "another service": lambda: said_by("imc_notify", "a", 1),
    "nobody": lambda: said_by(None, "a", 1),
    "a person": lambda: said_by("guest", "a", 1),
    "given up by the broker": lambda: said_by("imc_notify", "a", 1, origin="dead"),
    "after a gap": lambda: said_by("imc_partners", "a", 7),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_forged_event_is_let_in_by_no_redrive(checking: Any, kind: str) -> None:
    checking.hearing.take([REFUSED[kind]()])
    (parked,) = checking.kept(held.PARKED)
    assert parked["cause"] == "foreign user"
    for which in ({}, {"cause": "foreign user"}, {"_id": parked["_id"]}):
        try:
            parking.redrive(checking.database, which, checking.origin())
        except parking.NotPossible:
            pass
        checking.later(0)
    assert checking.order("a") == [] and len(checking.kept(held.PARKED)) == 1
    assert "never handed over" in str(parking.staying(checking.database, {}))


def test_one_that_only_a_newer_version_can_read_is_checked_when_it_is_read(
    checking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unreadable at first, so that its sayer was not looked at."""
    good, forged = said_by("imc_intake", "a", 1), said_by("imc_notify", "b", 1)
    unknown = [dataclasses.replace(one, content_type="application/vnd.newer") for one in (good, forged)]
    checking.hearing.take(unknown)
    assert {row["cause"] for row in checking.kept(held.PARKED)} == {"unreadable"}
    checking.database.held.update_many({}, {"$set": {"content_type": good.content_type}})
    assert parking.redrive(checking.database, {}, checking.origin()) == 2
    checking.later(0)
    assert (checking.order("a"), checking.order("b")) == ([1], [])
    (parked,) = checking.kept(held.PARKED)
    assert (parked["cause"], parked["origin"]) == ("foreign user", "foreign")
    writes = checking.database.client.local["oplog.rs"].find(
        {"ns": f"{checking.database.name}.held", "op": "u", "o2._id": parked["_id"]}
    )
    changes = [write["o"].get("diff", {}).get("u", {}) for write in writes]
    assert [change["state"] for change in changes if change.get("origin") == "foreign"] == [held.PARKED], "in one write"
    assert parking.redrive(checking.database, {}, checking.origin()) == 0


def test_what_waits_for_a_retry_is_checked_again(checking: Any) -> None:
    checking.faults["a"] = lambda event: (_ for _ in ()).throw(RuntimeError("not now"))
    checking.hearing.take([said_by("imc_intake", "a", 1)])
    checking.faults.clear()
    checking.database.held.update_many({}, {"$set": {"user_id": "imc_notify"}})
    checking.later(held.RETRY_SECONDS[0])
    assert checking.order("a") == []
    assert [row["cause"] for row in checking.kept(held.PARKED)] == ["foreign user"]


@pytest.mark.parametrize("named", ["cause", "_id"])
@pytest.mark.parametrize("first", [2, 4, 900])
def test_redriving_all_goes_past_no_gap_and_what_is_named_does(ear: Any, first: int, named: str) -> None:
    ear.hearing.take([delivery("a", first)])
    for seconds in held.GAP_SECONDS:
        ear.later(seconds)
    assert [row["cause"] for row in ear.kept(held.PARKED)] == ["gap"]
    assert parking.redrive(ear.database, {}, ear.origin()) == 1
    ear.later(0)
    assert ear.order("a") == []
    for seconds in held.GAP_SECONDS:
        ear.later(seconds)
    (parked,) = ear.kept(held.PARKED)
    assert parking.redrive(ear.database, {named: parked[named]}, ear.origin()) == 1
    ear.later(0)
    assert ear.order("a") == [first]


def test_a_gap_that_would_make_the_rest_of_a_subject_old_is_passed_by_nobody(ear: Any) -> None:
    """What comes after a mark that jumped too far would be taken for repeats, and dropped."""
    ear.hearing.take([delivery("a", 1), delivery("a", 2 + held.MOST_MISSING * 2)])
    for seconds in held.GAP_SECONDS:
        ear.later(seconds)
    (parked,) = ear.kept(held.PARKED)
    parking.redrive(ear.database, {"_id": parked["_id"]}, ear.origin())
    ear.later(0)
    assert ear.order("a") == [1] and len(ear.kept(held.PARKED)) == 1
    ear.hearing.take([delivery("a", 2)])
    ear.later(0)
    assert ear.order("a") == [1, 2]


def test_a_gap_that_closes_within_minutes_alarms_nobody(ear: Any) -> None:
    ear.hearing.take([delivery("a", 2)])
    for seconds in held.GAP_SECONDS[:3]:
        ear.later(seconds)
    assert ear.kept(held.PARKED) == []
    ear.hearing.take([delivery("a", 1)])
    ear.later(0)
    assert ear.order("a") == [1, 2] and ear.kept() == []


def test_why_others_stay_is_said(checking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = [dataclasses.replace(delivery(str(one), 1), body=b"{") for one in range(4)]
    checking.hearing.take([*poison, said_by("imc_notify", "a", 1), said_by("imc_intake", "b", 3)])
    for seconds in held.GAP_SECONDS:
        checking.later(seconds)
    monkeypatch.setattr(dead_letters, "_each", lambda operators, service, ask: {"notify": ask(checking.database)})
    lines = dead_letters.redrive(None, None, {}, "")  # type: ignore[arg-type]
    assert lines[0] == "1 of 6 redriven"
    assert {line.split(" stay")[0] for line in lines[1:]} == {"4", "1"}
    with pytest.raises(parking.NothingSuch, match="4 stay parked: no events"):
        dead_letters.redrive(None, None, {"cause": "unreadable"}, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"state": "asked", "gathered": 0, "total": 0, "counted": False}, "asked"),
        ({"state": "gathering", "gathered": 5455, "total": 0, "counted": False}, "gathering, 5455 events so far"),
        ({"state": "gathering", "gathered": 5455, "total": 12, "counted": False}, "gathering, 5455 events so far"),
        ({"state": "gathering", "gathered": 5455, "total": 6000, "counted": True}, "gathering, 5455 of 6000 events"),
        ({"state": "gathering", "gathered": 0, "total": 0, "counted": True}, "gathering, 0 of 0 events"),
        ({"state": "done", "gathered": 0, "total": 6000, "counted": True}, "done, 6000 events"),
        ({"state": "failed", "gathered": 3, "total": 0, "counted": False}, "failed"),
    ],
)
def test_how_far_a_rebuild_is_in_true_words(found: dict[str, Any], words: str) -> None:
    assert progress(found) == words


def test_the_owners_that_have_counted(ear: Any) -> None:
    assert isinstance(ear.hearing, Hearing)
    row = {"_id": "r", "state": "gathering", "sources": ["intake", "partners"], "ended": {"intake": 12}}
    ear.database.rebuilds.insert_one(row)
    assert rebuild.state(ear.database, "r")["counted"] is False
    ear.database.rebuilds.update_one({"_id": "r"}, {"$set": {"ended.partners": 3}})
    found = rebuild.state(ear.database, "r")
    assert (found["counted"], found["total"]) == (True, 15)
