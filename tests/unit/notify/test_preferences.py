"""Preferences, quiet hours and what counts as unread: pure rules, no server."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notify.rules.audience import AGENCY, CHANGES, KINDS, NOTIFICATION_RULES, kind_of, text_keys
from services.notify.rules.inbox import HORIZON, entry_for, read_before_of, unread_count
from services.notify.rules.preferences import (
    ALWAYS_ON,
    SWITCHABLE_CHANNELS,
    complete_choice,
    default_choice,
    is_wanted,
    quiet_until,
    switched_off,
)
from shared.clock import rfc3339

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def quiet_hours(begin: str, end: str) -> dict[str, Any]:
    return default_choice() | {"quiet_hours": {"from": begin, "to": end}}


def notification(**fields: datetime) -> dict[str, Any]:
    return {"fields": {name: rfc3339(time) for name, time in fields.items()}}


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
def test_quiet_hours_are_in_the_hospitals_time_zone(hours: tuple[str, str], now: str, until: str | None) -> None:
    here = datetime.fromisoformat(now).replace(tzinfo=TOKYO).astimezone(UTC)
    found = quiet_until(quiet_hours(*hours), notification(), here, TOKYO)
    assert found == (datetime.fromisoformat(until).replace(tzinfo=TOKYO) if until else None)


def test_quiet_hours_are_longer_in_the_night_when_clocks_go_back() -> None:
    midnight = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN).astimezone(UTC)
    until = quiet_until(quiet_hours("22:00", "07:00"), notification(), midnight, BERLIN)
    assert until == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "goes"), [(1, True), (8.9, True), (9, False), (30, False), (-5, True)])
def test_mail_about_a_visit_soon_after_quiet_hours_is_not_delayed(hours: float, goes: bool) -> None:
    night = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # midnight in Tokyo
    visit = night + timedelta(hours=hours)
    for fields in ({"start": visit}, {"start": night + timedelta(days=9), "previous_start": visit}):
        assert (quiet_until(quiet_hours("22:00", "07:00"), notification(**fields), night, TOKYO) is None) is goes


def test_what_is_always_on_is_wanted_whatever_was_stored() -> None:
    nothing = {"kinds": {kind: dict.fromkeys(SWITCHABLE_CHANNELS, False) for kind in KINDS}}
    wanted = {(kind, channel) for kind in KINDS for channel in SWITCHABLE_CHANNELS if is_wanted(nothing, kind, channel)}
    assert wanted == set(ALWAYS_ON)
    assert is_wanted({"kinds": {}}, "reports", "email"), "a kind that came later is on"


def test_a_partial_choice_is_completed() -> None:
    choice = complete_choice({"kinds": {"reports": {"email": False}}, "quiet_hours": None})
    assert switched_off(choice) == ("reports/email",) and set(choice["kinds"]) == set(KINDS)


def test_every_text_has_a_kind() -> None:
    assert {kind_of(text) for text in text_keys()} <= set(KINDS) and kind_of("unknown") == CHANGES
    for rules in NOTIFICATION_RULES.values():
        assert all(rule.kind in KINDS for rule in rules if rule.audience != AGENCY)


def test_read_before_is_the_latest_of_what_is_known() -> None:
    day = timedelta(days=1)
    assert read_before_of(None, None, NOW) == NOW - HORIZON
    assert read_before_of({"read_before": NOW - day}, NOW - 2 * day, NOW) == NOW - day
    assert read_before_of({}, NOW - day, NOW) == NOW - day
    assert read_before_of({"read_before": NOW - 99 * day}, None, NOW) == NOW - HORIZON


def test_the_unread_count_ends_at_99() -> None:
    assert unread_count(0) == {"count": 0, "more": False}
    assert unread_count(99) == {"count": 99, "more": False}
    assert unread_count(100) == {"count": 99, "more": True}


def test_an_entry_without_a_creation_time_is_read() -> None:
    assert not entry_for({"_id": "n"}, None, NOW)["unread"]
    assert entry_for({"_id": "n", "created_at": NOW}, None, NOW)["unread"]
