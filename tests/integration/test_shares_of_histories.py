"""A long history: whoever did the most of it, the last acts of everybody else are among what is shown of it."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from shared.outbox.records import events_of, with_shares
from shared.shares import SHARES, shared_out

START = datetime(2026, 11, 24, tzinfo=UTC)


def logged(database: Database[dict[str, Any]], actors: list[str], subject: str = "a") -> None:
    rows = [
        {"_id": f"{subject}{at:06}", "subject": subject, "kind": "case", "sequence": at + 1, "actor": actor, "time": START + timedelta(seconds=at)}
        for at, actor in enumerate(actors)
    ]  # fmt: skip
    database["event_log"].insert_many(rows)


@pytest.mark.parametrize(
    "actors",
    [
        ["account:desk"] * 3 + ["key:agency"] * 400,
        ["account:desk", "interpreter:i"] * 5 + ["applicant:a"] * 300 + ["timer:t"] * 4 + ["applicant:a"] * 200,
        ["key:agency"] * 300 + ["account:desk"] * 300,
        ["account:desk"] * 30,
    ],
)
def test_nobodys_acts_push_out_the_others(database: Database[dict[str, Any]], actors: list[str]) -> None:
    most = 50
    logged(database, actors)
    logged(database, ["account:other"] * 60, "b")
    shown = events_of(database, "cases", "case", "a", most)
    sequences = [line["sequence"] for line in shown]
    assert sequences == sorted(set(sequences)) and {line["subject"] for line in shown} == {"a"}
    assert sequences[-min(most, len(actors)) :] == list(range(len(actors) + 1))[-min(most, len(actors)) :]
    for actor in set(actors):
        every = [at + 1 for at, one in enumerate(actors) if one == actor]
        last = every[-(most // SHARES) :]
        assert set(last) <= set(sequences), actor


@pytest.mark.parametrize("seed", range(5))
def test_however_they_act_it_is_the_last_and_each_ones_last(database: Database[dict[str, Any]], seed: int) -> None:
    chance, most = random.Random(seed), 40
    actors = chance.choices(
        ["account:a", "account:b", "key:k", "applicant:p"], [1, 2, 30, 60], k=chance.randrange(20, 500)
    )
    logged(database, actors)
    found = with_shares(database["event_log"], {"subject": "a", "kind": "case"}, ("sequence", -1), "actor", most)
    wanted = set(range(max(1, len(actors) - most + 1), len(actors) + 1))
    if len(actors) >= most:
        for actor in set(actors):
            wanted |= {
                at + 1
                for at, one in list(enumerate(actors))
                if one == actor and actors[at:].count(actor) <= most // SHARES
            }
    assert {row["sequence"] for row in found} == wanted and len(found) == len(wanted)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_shown_of_a_list_has_the_first_of_each(seed: int) -> None:
    chance, most = random.Random(seed), 20
    items = list(enumerate(chance.choices("abcd", [1, 1, 40, 80], k=chance.randrange(0, 300))))
    shown = shared_out(items, lambda item: item[1], most)
    assert shown == sorted(shown) and set(items[:most]) <= set(shown)
    for who in "abcd":
        assert [item for item in items if item[1] == who][: most // SHARES] == [
            item for item in shown if item[1] == who
        ][: most // SHARES]
    assert len(shown) <= most + 4 * (most // SHARES)
