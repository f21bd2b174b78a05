"""Overlapping stays of one person: hinted where days are shared and persons look alike, and only there."""

from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules import overlaps, people, states

BASE = date(2027, 1, 28)
KEYS = ("passport/a", "passport/b", "name/a", "name/b", "mail/a", "mail/b", "account/a")
NUMBERS = count()


def stay(first: int = 0, days: int = 10, keys: tuple[str, ...] = ("name/a",), **more: Any) -> dict[str, Any]:
    known = {"_id": f"{next(NUMBERS):06d}", "status": states.SUBMITTED, "group_id": None, "match_keys": list(keys)}
    first_day = BASE + timedelta(days=first)
    return {
        **known,
        "first_day": first_day.isoformat(),
        "last_day": (first_day + timedelta(days=days - 1)).isoformat(),
        **more,
    }


def days_of(one: dict[str, Any]) -> set[date]:
    first, last = date.fromisoformat(one["first_day"]), date.fromisoformat(one["last_day"])
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


STAYS = st.builds(
    stay,
    st.integers(0, 60),
    st.integers(1, 30),
    st.sets(st.sampled_from(KEYS), max_size=4).map(tuple),
    status=st.sampled_from(states.STATES),
    group_id=st.sampled_from([None, "g1", "g2"]),
)


@given(st.lists(STAYS, min_size=2, max_size=8))
def test_a_hint_stands_where_days_are_shared_and_persons_alike_and_only_there(stays: list[dict[str, Any]]) -> None:
    found = overlaps.overlaps(stays, stays)
    for one in stays:
        hinted = {row.other["_id"]: row for row in found[one["_id"]]}
        for other in stays:
            common = {key for key in one["match_keys"] if key in other["match_keys"]}
            if one["group_id"] and one["group_id"] == other["group_id"]:
                common = {key for key in common if not key.startswith("mail/")}
            shared = days_of(one) & days_of(other)
            there = one["status"] not in states.NEVER_THERE and other["status"] not in states.NEVER_THERE
            nominated = other["status"] != states.DRAFT or other["group_id"]
            expected = bool(other is not one and common and shared and there and nominated)
            assert (other["_id"] in hinted) == expected
            if expected:
                row = hinted[other["_id"]]
                assert (row.first_day, row.last_day) == (min(shared).isoformat(), max(shared).isoformat())
                assert set(row.by) == {key.partition("/")[0] for key in common}


@pytest.mark.parametrize(
    ("first", "days", "shared"),
    [(9, 5, True), (10, 5, False), (-5, 6, True), (-5, 5, False), (2, 3, True), (-5, 40, True)],
)
def test_both_ends_count(first: int, days: int, shared: bool) -> None:
    one, other = stay(), stay(first, days)
    assert bool(overlaps.overlaps([one], [other])[one["_id"]]) == shared


@pytest.mark.parametrize("gone", [{"first_day": None}, {"last_day": None}, {"match_keys": None}, {"match_keys": []}])
def test_what_is_not_planned_or_not_known_overlaps_nothing(gone: dict[str, Any]) -> None:
    one, other = stay(), stay() | gone
    assert overlaps.overlaps([one], [other])[one["_id"]] == []
    assert overlaps.overlaps([other], [one])[other["_id"]] == []


def test_an_application_from_before_match_keys_is_read() -> None:
    one = stay()
    old = {name: value for name, value in stay().items() if name != "match_keys"}
    assert overlaps.overlaps([one, old], [one, old]) == {one["_id"]: [], old["_id"]: []}


BODY: dict[str, Any] = {
    "name": {"latin": "NGUYEN Thi Hoa", "native": "Nguyễn Thị Hoa"},
    "birth_date": "1990-05-17",
    "passport": {"number": "C1234567", "country": "TH"},
}


@pytest.mark.parametrize(
    ("other", "kinds"),
    [
        ({"name": {"latin": "Thi Hoa Nguyen"}}, {"name", "passport"}),
        ({"name": {"latin": "nguyen thi hoa"}, "passport": {"number": "ｃ１２３４５６７", "country": "TH"}}, {"name", "passport"}),
        ({"birth_date": "1991-05-17"}, {"passport"}),
        ({"passport": {"number": "C7654321", "country": "TH"}}, {"name"}),
        ({"passport": {"number": "C1234567", "country": "VN"}}, {"name"}),
        ({"passport": {}, "birth_date": None}, set()),
    ],
)  # fmt: skip
def test_by_what_one_person_is_known(other: dict[str, Any], kinds: set[str]) -> None:
    one, two = (people.match_keys(b"k", body, None, None) for body in (BODY, BODY | other))
    assert {key.partition("/")[0] for key in set(one) & set(two)} == kinds


def test_match_keys_tell_nobody() -> None:
    told = " ".join(people.match_keys(b"k", BODY, "0f", "acc-1"))
    assert not any(word.casefold() in told.casefold() for word in ("nguyen", "hoa", "1990", "C1234567"))
