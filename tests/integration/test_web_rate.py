"""Rate limits: per caller, told in headers, shared between processes by and by, no write per request."""

from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from shared.rate_limit import RateLimit, Verdict
from tests.integration.toy import TickingClock, Toy

ME, OPEN = "/intake/api/v1/whoami", "/intake/api/v1/open"


@pytest.fixture
def clock() -> TickingClock:
    found = TickingClock()
    found.now = found.now.replace(second=0)
    return found


def take(limit: RateLimit, clock: TickingClock, times: int = 1, name: str = "key:1") -> Verdict:
    for _ in range(times):
        found = limit.take(name, clock())
    assert found is not None
    return found


def test_a_caller_over_the_limit_is_told_to_wait(
    mongo_url: str, database: Database, tmp_path: Path, clock: TickingClock
) -> None:
    toy = Toy(mongo_url, database.name, tmp_path, clock, rate_limit=3)
    agency, desk = {"Authorization": toy.add_key()}, {"Authorization": toy.token("front_desk")}
    clock.forward(seconds=15)
    passed = [toy.client.get(ME, headers=agency) for _ in range(3)]
    assert [answer.headers["RateLimit"] for answer in passed] == [f'"default";r={left};t=45' for left in (2, 1, 0)]
    assert passed[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    refused = toy.client.get(ME, headers=agency)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "45")
    assert refused.headers["RateLimit"] == '"default";r=0;t=45'
    assert refused.json["type"] == "urn:imc:problem:too-many-requests"
    assert toy.client.get(ME, headers=desk).status_code == 200  # one flooding caller does not move another
    assert toy.client.get("/intake/healthz").status_code == 200


def test_strangers_are_counted_by_address(
    mongo_url: str, database: Database, tmp_path: Path, clock: TickingClock
) -> None:
    toy = Toy(mongo_url, database.name, tmp_path, clock, rate_limit=2)
    guesses = [toy.client.get(ME, headers={"Authorization": f"Bearer imc_live_{n}"}).status_code for n in range(4)]
    assert guesses == [401, 401, 429, 429]
    assert toy.client.get(OPEN).status_code == 429
    assert toy.client.get(OPEN, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200


def test_no_limit_counts_and_says_nothing(
    mongo_url: str, database: Database, tmp_path: Path, clock: TickingClock
) -> None:
    toy = Toy(mongo_url, database.name, tmp_path, clock, rate_limit=0)
    answer = toy.client.get(OPEN)
    assert "RateLimit" not in answer.headers
    assert toy.app.extensions["imc"].rate.take("key:1", clock()) is None


def test_the_window_slides(database: Database, clock: TickingClock) -> None:
    limit = RateLimit(database, 100, clock)
    assert take(limit, clock, 100).retry_after == 0
    assert take(limit, clock).retry_after == 60
    clock.forward(seconds=60)
    assert take(limit, clock).retry_after == 1  # all of the last minute still counts
    clock.forward(seconds=30)
    assert take(limit, clock).remaining == 49  # half of it has faded
    clock.forward(seconds=120)
    assert take(limit, clock).remaining == 99


def test_a_name_may_have_a_smaller_limit_of_its_own(database: Database, clock: TickingClock) -> None:
    limit = RateLimit(database, 100, clock)
    told = [limit.take("verify:192.0.2.1", clock(), 10) for _ in range(11)]
    assert [verdict.retry_after for verdict in told if verdict] == [0] * 10 + [60]
    assert take(limit, clock, name="address:192.0.2.1").remaining == 99
    assert RateLimit(database, 5, clock).take("verify:192.0.2.2", clock(), 10) == Verdict(5, 4, 60, 0)


@pytest.mark.parametrize("passed", [1, 17, 42])
def test_who_waits_as_told_may_pass(database: Database, clock: TickingClock, passed: int) -> None:
    limit = RateLimit(database, 10, clock)
    take(limit, clock, 10)
    clock.forward(seconds=60 + passed)
    while not (wait := take(limit, clock).retry_after):
        continue
    clock.forward(seconds=wait)
    assert take(limit, clock).retry_after == 0


def test_processes_learn_of_each_other(database: Database, clock: TickingClock) -> None:
    here, there = RateLimit(database, 10, clock), RateLimit(database, 10, clock)
    take(here, clock, 4)
    take(there, clock, 5)
    assert here.synchronise() == there.synchronise() == 1
    assert take(there, clock).remaining == 0
    assert take(here, clock).remaining == 5  # it will hear at its next turn
    here.synchronise()
    assert take(here, clock).retry_after > 0
    assert here.synchronise() == 0
    assert database["rates"].count_documents({}) == 1
    (row,) = database["rates"].find({})
    assert row["until"] > clock() + timedelta(minutes=1)


def test_what_was_counted_elsewhere_a_minute_ago_still_counts(database: Database, clock: TickingClock) -> None:
    here, there = RateLimit(database, 10, clock), RateLimit(database, 10, clock)
    take(there, clock, 10)
    there.synchronise()
    clock.forward(seconds=60)
    take(here, clock)
    here.synchronise()
    assert take(here, clock).retry_after > 0


def test_counts_of_the_past_are_dropped(database: Database, clock: TickingClock) -> None:
    limit = RateLimit(database, 10, clock)
    for n in range(50):
        take(limit, clock, name=f"key:{n}")
    clock.forward(minutes=3)
    take(limit, clock)
    limit.synchronise()
    assert list(limit._counts) == ["key:1"]
