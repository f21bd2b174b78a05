"""Hours, claims, buffers and the days they touch; properties over any times, also where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.interpreting.rules.periods import (
    Absence,
    Claim,
    Hours,
    clash,
    is_absent,
    merge_hours,
    on_shift,
    overlap,
    touched_days,
)

TOKYO, BERLIN, CHATHAM = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Chatham")
BASE = datetime(2026, 10, 20, tzinfo=UTC)
OFFICE = tuple(Hours(day, 510, 1035) for day in range(5))

minutes = st.integers(0, 14 * 1440)
lengths = st.integers(1, 600)
places = st.sampled_from([None, "Ward 3", "ward 3 ", "Radiology"])
modalities = st.sampled_from(["on_site", "video", "phone"])
zones = st.sampled_from([TOKYO, BERLIN, CHATHAM])


@st.composite
def claims(draw: st.DrawFn, name: str) -> Claim:
    start = BASE + timedelta(minutes=draw(minutes))
    return Claim(name, start, start + timedelta(minutes=draw(lengths)), draw(modalities), draw(places))


def claim(since: int, until: int, name: str = "a", modality: str = "on_site", place: str | None = None) -> Claim:
    return Claim(name, BASE + timedelta(minutes=since), BASE + timedelta(minutes=until), modality, place)


def test_periods_are_half_open() -> None:
    assert not overlap(BASE, BASE + timedelta(hours=1), BASE + timedelta(hours=1), BASE + timedelta(hours=2))
    assert overlap(BASE, BASE + timedelta(hours=1), BASE + timedelta(minutes=59), BASE + timedelta(hours=2))


@pytest.mark.parametrize(
    ("one", "other", "buffer", "found"),
    [
        (claim(0, 60), claim(60, 90, "b"), 0, None),
        (claim(0, 60), claim(59, 90, "b"), 0, "busy"),
        (claim(0, 60), claim(60, 90, "b"), 15, "buffer"),
        (claim(0, 60), claim(75, 90, "b"), 15, None),
        (claim(0, 60), claim(74, 90, "b"), 15, "buffer"),
        (claim(75, 90), claim(0, 60, "b"), 15, None),
        (claim(0, 60, modality="video"), claim(60, 90, "b", "phone"), 15, None),
        (claim(0, 60, modality="video"), claim(60, 90, "b"), 15, "buffer"),
        (claim(0, 60, place="Ward 3"), claim(60, 90, "b", place="ward 3"), 15, None),
        (claim(0, 60, place="Ward 3"), claim(60, 90, "b", place="Ward 4"), 15, "buffer"),
        (claim(0, 60), claim(60, 90, "b"), 15, "buffer"),
        (claim(0, 60), claim(30, 90, "a"), 15, None),
    ],
)
def test_what_clashes(one: Claim, other: Claim, buffer: int, found: str | None) -> None:
    assert clash(one, [other], timedelta(minutes=buffer)) == found


@given(claims("a"), claims("b"), st.integers(0, 480))
def test_clashing_is_mutual_and_overlap_always_counts(one: Claim, other: Claim, buffer: int) -> None:
    gap = timedelta(minutes=buffer)
    assert clash(one, [other], gap) == clash(other, [one], gap)
    if overlap(one.start, one.end, other.start, other.end):
        assert clash(one, [other], gap) == "busy"
    if clash(one, [other], timedelta(0)) is None:
        assert clash(one, [other], gap) in (None, "buffer")


@given(claims("a"), claims("b"), st.integers(0, 480), st.integers(0, 480), zones)
def test_two_that_clash_touch_a_day_in_common(
    one: Claim, other: Claim, buffer: int, later: int, zone: ZoneInfo
) -> None:
    """Also where the buffer was changed in between: the guard of that day is what makes a claim race-proof."""
    before, now = timedelta(minutes=buffer), timedelta(minutes=later)
    if clash(other, [one], now):
        assert set(touched_days(one.start, one.end, before, zone)) & set(
            touched_days(other.start, other.end, now, zone)
        )


@given(claims("a"), zones)
def test_touched_days_are_the_days_of_every_moment(one: Claim, zone: ZoneInfo) -> None:
    moments = [one.start + timedelta(minutes=step) for step in range(int((one.end - one.start).total_seconds()) // 60)]
    days = sorted({moment.astimezone(zone).date().isoformat() for moment in moments})
    assert list(touched_days(one.start, one.end, timedelta(0), zone)) == days


hours = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)).filter(lambda row: row[1] < row[2]),
    max_size=12,
).map(lambda rows: [Hours(*row) for row in rows])


@settings(max_examples=300)
@given(hours, claims("a"))
def test_on_shift_is_every_minute_within_the_hours(rows: list[Hours], one: Claim) -> None:
    """In a zone whose clocks never change, minute by minute."""

    def within(moment: datetime) -> bool:
        local = moment.astimezone(TOKYO)
        minute = local.hour * 60 + local.minute
        return any(row.day == local.weekday() and row.since <= minute < row.until for row in rows)

    steps = range(int((one.end - one.start).total_seconds()) // 60)
    expected = all(within(one.start + timedelta(minutes=step)) for step in steps)
    assert on_shift(rows, one.start, one.end, TOKYO) is expected
    assert on_shift(merge_hours(rows), one.start, one.end, TOKYO) is expected


def test_nights_are_two_rows_that_meet_at_midnight() -> None:
    nights = [Hours(2, 1200, 1440), Hours(3, 0, 360)]
    start = datetime(2026, 11, 25, 23, tzinfo=TOKYO)
    assert on_shift(nights, start, start + timedelta(hours=3), TOKYO)
    assert not on_shift(nights, start, start + timedelta(hours=8), TOKYO)


def test_sunday_night_reaches_into_monday() -> None:
    start = datetime(2026, 11, 29, 23, 30, tzinfo=TOKYO)
    assert on_shift([Hours(6, 1380, 1440), Hours(0, 0, 60)], start, start + timedelta(hours=1), TOKYO)


def test_hours_are_wall_clock_time_before_and_after_the_clocks_change() -> None:
    for day in (24, 26):  # summer time ends on 25 October 2026 in Berlin
        start = datetime(2026, 10, day, 8, 30, tzinfo=BERLIN)
        office = [Hours(start.weekday(), 510, 1035)]
        assert on_shift(office, start, datetime(2026, 10, day, 17, 15, tzinfo=BERLIN), BERLIN)
        assert not on_shift(office, start - timedelta(minutes=1), start, BERLIN)


def test_on_the_day_clocks_go_back_a_night_has_an_hour_more() -> None:
    start = datetime(2026, 10, 25, 0, tzinfo=BERLIN).astimezone(UTC)
    night = [Hours(6, 0, 360)]
    assert on_shift(night, start, start + timedelta(hours=7), BERLIN)
    assert not on_shift(night, start, start + timedelta(hours=7, minutes=1), BERLIN)


def test_on_the_day_clocks_go_forward_a_night_has_an_hour_less() -> None:
    start = datetime(2026, 3, 29, 0, tzinfo=BERLIN).astimezone(UTC)
    night = [Hours(6, 0, 360)]
    assert on_shift(night, start, start + timedelta(hours=5), BERLIN)
    assert not on_shift(night, start, start + timedelta(hours=5, minutes=1), BERLIN)


def test_absences_are_half_open_too() -> None:
    absence = [Absence(BASE, BASE + timedelta(hours=1))]
    assert is_absent(absence, BASE + timedelta(minutes=59), BASE + timedelta(hours=2))
    assert not is_absent(absence, BASE + timedelta(hours=1), BASE + timedelta(hours=2))


def test_rows_that_meet_are_one() -> None:
    assert merge_hours([Hours(0, 720, 900), Hours(0, 510, 720), Hours(1, 0, 60)]) == (
        Hours(0, 510, 900),
        Hours(1, 0, 60),
    )
