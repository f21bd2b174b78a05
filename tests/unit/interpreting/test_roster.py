"""What an entry of the roster must be, and what is read from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.interpreting.rules import roster
from services.interpreting.rules.roster import BadInterpreter

ENTRY: dict[str, Any] = {
    "_id": "i1",
    "name": {"latin": "TANAKA Yuki"},
    "gender": "female",
    "languages": [{"tag": "cmn-Hans", "level": "certified"}, {"tag": "ja", "level": "native"}],
    "modalities": ["on_site"],
    "weekly_hours": [{"day": "mon", "since": "08:30", "until": "24:00"}],
    "travel_buffer_minutes": 20,
    "active": True,
}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({}, []),
        ({"languages": [{"tag": "ja", "level": "native"}]}, ["#/languages"]),
        ({"languages": [{"tag": "zh", "level": "native"}, {"tag": "cmn", "level": "native"}]}, ["#/languages/1/tag"]),
        ({"languages": [{"tag": "klingonese", "level": "native"}]}, ["#/languages/0/tag"]),
        ({"weekly_hours": [{"day": "mon", "since": "17:00", "until": "17:00"}]}, ["#/weekly_hours/0/to"]),
        ({"certifications": [{"language": "th", "name": "x"}]}, ["#/certifications/0/language"]),
        ({"exceptions": [{"start": NOON, "end": NOON}]}, ["#/exceptions/0/to"]),
    ],
)
def test_every_fault_is_named(changes: dict[str, Any], pointers: list[str]) -> None:
    if not pointers:
        roster.check(ENTRY | changes)
        return
    with pytest.raises(BadInterpreter) as refused:
        roster.check(ENTRY | changes)
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_all_faults_at_once() -> None:
    wrong = {
        "languages": [{"tag": "??", "level": "native"}],
        "weekly_hours": [{"day": "mon", "since": "9:00", "until": "x"}],
    }
    with pytest.raises(ValueError, match="expected a time"):
        roster.check(ENTRY | wrong)
    wrong["weekly_hours"] = [{"day": "mon", "since": "10:00", "until": "09:00"}]
    with pytest.raises(BadInterpreter) as refused:
        roster.check(ENTRY | wrong)
    assert len(refused.value.errors) == 2


def test_what_the_search_finds_it_by() -> None:
    fields = roster.search_fields(ENTRY)
    assert fields == {"search_keys": ["zh|*|0", "zh|female|0"], "language_keys": ["zh"], "working_days": [0]}
    assert roster.search_fields(ENTRY | {"active": False})["search_keys"] == []


def test_as_matching_sees_it() -> None:
    certificate = {"language": "zh", "name": "JMIP", "expires_on": "2027-03-31"}
    who = roster.candidate_of(ENTRY | {"certifications": [certificate]})
    assert set(who.languages) == {"zh"}
    assert who.languages["zh"].certified
    assert who.buffer == timedelta(minutes=20)
    assert who.hours[0].until == 1440


@pytest.mark.parametrize("clock", ["24:01", "8:30", "08:60", "", "0830", "08:30 "])
def test_what_is_no_time(clock: str) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        roster.minutes_of(clock)
