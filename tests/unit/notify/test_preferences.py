"""Preferences, quiet hours and what counts as unread: pure rules, no server."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notify.rules.audience import AGENCY, CHANGES, KINDS, TOLD, kind_of, text_keys
from services.notify.rules.inbox import HORIZON, as_seen, counted, floor_of
from services.notify.rules.preferences import FIXED, SWITCHED, checked, held_until, switched_off, usual, wants
from shared.clock import rfc3339

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def quiet(begin: str, end: str) -> dict[str, Any]:
    return usual() | {"quiet_hours": {"from": begin, "to": end}}


def notice(**fields: datetime) -> dict[str, Any]:
    return {"fields": {name: rfc3339(moment) for name, moment in fields.items()}}


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (("22:00", "07:00"), "2026-11-23T21:59:59", None),
        (("22:00", "07:00"), "2026-11-23T22:00:00", "2026-11-24T07:00:00"),
        (("22:00", "07:00"), "2026-11-24T00:00:00", "2026-11-24T07:00:00"),
        (("22:00", "07:00"), "2026-11-24T06:59:59", "2026-11-24T07:00:00"),
        (("22:00", "07:00"), "2026-11-24T07:00:00", None),
        (("12:00", "13:00"), "2026-11-24T12:30:00", "2026-11-24T13:00:00"),
        (("12:00", "13:00"), "2026-11-24T13:00:00", None),
        (("00:00", "06:00"), "2026-11-24T00:00:00", "2026-11-24T06:00:00"),
        (("00:01", "00:00"), "2026-12-31T23:59:00", "2027-01-01T00:00:00"),
    ],
)
def test_quiet_hours_end_where_the_hospital_is(hours: tuple[str, str], now: str, until: str | None) -> None:
    here = datetime.fromisoformat(now).replace(tzinfo=TOKYO).astimezone(UTC)
    found = held_until(quiet(*hours), notice(), here, TOKYO)
    assert found == (datetime.fromisoformat(until).replace(tzinfo=TOKYO) if until else None)


def test_the_clock_that_is_put_back_makes_the_night_longer() -> None:
    midnight = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN).astimezone(UTC)
    until = held_until(quiet("22:00", "07:00"), notice(), midnight, BERLIN)
    assert until == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "goes"), [(1, True), (8.9, True), (9, False), (30, False), (-5, True)])
def test_what_begins_soon_after_the_night_is_not_held(hours: float, goes: bool) -> None:
    night = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # midnight in Tokyo
    visit = night + timedelta(hours=hours)
    for fields in ({"start": visit}, {"start": night + timedelta(days=9), "previous_start": visit}):
        assert (held_until(quiet("22:00", "07:00"), notice(**fields), night, TOKYO) is None) is goes


def test_what_is_fixed_is_wanted_whatever_was_stored() -> None:
    nothing = {"kinds": {kind: dict.fromkeys(SWITCHED, False) for kind in KINDS}}
    wanted = {(kind, channel) for kind in KINDS for channel in SWITCHED if wants(nothing, kind, channel)}
    assert wanted == set(FIXED)
    assert wants({"kinds": {}}, "reports", "email"), "a kind that came later is on"


def test_a_wish_is_made_complete() -> None:
    chosen = checked({"kinds": {"reports": {"email": False}}, "quiet_hours": None})
    assert switched_off(chosen) == ("reports/email",) and set(chosen["kinds"]) == set(KINDS)


def test_every_text_has_a_kind() -> None:
    assert {kind_of(text) for text in text_keys()} <= set(KINDS) and kind_of("unknown") == CHANGES
    for all_told in TOLD.values():
        assert all(told.kind in KINDS for told in all_told if told.audience != AGENCY)


def test_the_floor_is_the_latest_of_what_is_known() -> None:
    day = timedelta(days=1)
    assert floor_of(None, None, NOW) == NOW - HORIZON
    assert floor_of({"floor": NOW - day}, NOW - 2 * day, NOW) == NOW - day
    assert floor_of({}, NOW - day, NOW) == NOW - day
    assert floor_of({"floor": NOW - 99 * day}, None, NOW) == NOW - HORIZON


def test_99_and_more() -> None:
    assert counted(0) == {"count": 0, "more": False}
    assert counted(99) == {"count": 99, "more": False}
    assert counted(100) == {"count": 99, "more": True}


def test_an_entry_without_a_time_of_telling_is_read() -> None:
    assert not as_seen({"_id": "n"}, None, NOW)["unread"]
    assert as_seen({"_id": "n", "told_at": NOW}, None, NOW)["unread"]
