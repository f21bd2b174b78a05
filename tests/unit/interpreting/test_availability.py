"""When interpreters are free: spans, ways, starts that matching would allow; properties over any hours, bookings and zones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.interpreting.rules import availability
from services.interpreting.rules.matching import Candidate, Requirements, SpokenLanguage, evaluate
from services.interpreting.rules.periods import Absence, Claim, Hours, needs_buffer

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
DAY = date(2026, 10, 25)  # a Sunday, on which clocks go back in Berlin
STEP = timedelta(minutes=15)
SPOKEN = {"th": SpokenLanguage("th", "native")}

quarters = st.integers(0, 96)
places = st.sampled_from([None, "Ward 3", "Radiology"])
modalities = st.sampled_from(["on_site", "video"])
zones = st.sampled_from([TOKYO, BERLIN])


def quarter(zone: ZoneInfo, number: int) -> datetime:
    return availability.day_of(DAY, zone)[0] + number * STEP


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    since = draw(st.integers(0, 95))
    return Hours(draw(st.sampled_from([5, 6, 6, 6, 0])), 15 * since, 15 * draw(st.integers(since + 1, 96)))


@st.composite
def claims(draw: st.DrawFn, zone: ZoneInfo, number: int) -> Claim:
    start = quarter(zone, draw(st.integers(-16, 100)))
    return Claim(f"b{number}", start, start + draw(st.integers(1, 12)) * STEP, draw(modalities), draw(places))


@st.composite
def interpreters(draw: st.DrawFn, zone: ZoneInfo) -> Candidate:
    away = [draw(st.tuples(quarters, st.integers(1, 20))) for _ in range(draw(st.integers(0, 2)))]
    return Candidate(
        id="i1",
        name="TANAKA",
        gender="female",
        languages=SPOKEN,
        modalities=("on_site", "video"),
        hours=tuple(draw(st.lists(hours(), max_size=4))),
        absences=tuple(Absence(quarter(zone, one), quarter(zone, one + length)) for one, length in away),
        buffer=timedelta(minutes=draw(st.sampled_from([0, 15, 40]))),
        daily_maximum=draw(st.sampled_from([None, None, 1, 3])),
        active=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[ZoneInfo, Candidate, list[Claim], Claim]:
    zone = draw(zones)
    held = [draw(claims(zone, number)) for number in range(draw(st.integers(0, 4)))]
    begin = quarter(zone, 0)
    wish = Claim("", begin, begin + draw(st.integers(1, 16)) * STEP, draw(modalities), draw(places))
    return zone, draw(interpreters(zone)), held, wish


@given(worlds())
@settings(max_examples=400, derandomize=True, deadline=None)
def test_a_start_is_free_exactly_where_matching_has_nothing_against_it(
    world: tuple[ZoneInfo, Candidate, list[Claim], Claim],
) -> None:
    zone, who, held, wish = world
    begin, end = availability.day_of(DAY, zone)
    starts = availability.free_starts(who, wish, held, DAY, zone)
    steps = (end - begin) // STEP
    counts = availability.count_free(starts, begin, STEP, steps)
    for number, count in enumerate(counts):
        start = begin + number * STEP
        claim = Claim("", start, start + (wish.end - wish.start), wish.modality, wish.place)
        allowed = evaluate(who, Requirements(claim, "th", "th"), held, zone).fits
        assert allowed == (count == 1), (start.astimezone(zone), count)


@given(st.lists(st.tuples(quarters, quarters)), st.lists(st.tuples(quarters, quarters)))
@settings(derandomize=True)
def test_spans_without_others_are_the_quarters_in_the_one_and_not_in_the_other(one: Any, other: Any) -> None:
    spans, others = (
        [(quarter(TOKYO, min(pair)), quarter(TOKYO, max(pair))) for pair in pairs] for pairs in (one, other)
    )

    def holds(found: list[availability.Span], moment: datetime) -> bool:
        return any(start <= moment < end for start, end in found)

    left = availability.subtract(spans, others)
    for number in range(97):
        moment = quarter(TOKYO, number)
        assert holds(left, moment) == (holds(spans, moment) and not holds(others, moment))
    assert all(start < end for start, end in left)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=UTC)


def claim(name: str, since: datetime, until: datetime, modality: str = "on_site", place: str = "Ward 3") -> Claim:
    return Claim(name, since, until, modality, place)


def test_ways_lie_around_what_is_on_site_and_not_between_neighbours() -> None:
    quarter_hour = timedelta(minutes=15)
    near = [claim("a", at(9), at(10)), claim("b", at(10, 30), at(12))]
    assert availability.travel_times(near, quarter_hour) == [(at(8, 45), at(9)), (at(12), at(12, 15))]
    around_both = [(at(8, 45), at(9)), (at(10), at(10, 15)), (at(10, 45), at(11)), (at(12), at(12, 15))]
    apart = [near[0], claim("b", at(11), at(12))]
    assert availability.travel_times(apart, quarter_hour) == around_both, (
        "time enough to be somewhere else between them"
    )
    assert (
        availability.travel_times([near[0], claim("b", at(11), at(12), place="Radiology")], quarter_hour) == around_both
    )
    assert availability.travel_times([claim("a", at(9), at(10), "video")], quarter_hour) == []
    touching = [near[0], claim("b", at(10, 10), at(11), place="Radiology")]
    assert availability.travel_times(touching, quarter_hour)[1] == (at(10), at(10, 10)), "no way lies inside a booking"
    assert not needs_buffer(near[0], near[1])


def test_days_have_the_hours_they_have() -> None:
    assert [
        (end - begin) // timedelta(hours=1)
        for begin, end in (availability.day_of(DAY, zone) for zone in (TOKYO, BERLIN))
    ] == [24, 25]


def test_counting_starts_at_and_after_the_edges() -> None:
    spans = [(at(9), at(9)), (at(9, 1), at(9, 29)), (at(7), at(8)), (at(9, 45), at(20))]
    assert availability.count_free(spans, at(9), STEP, 4) == [1, 1, 0, 1]
    assert availability.count_free([], at(9), STEP, 0) == []
