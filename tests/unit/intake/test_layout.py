"""A day's visits side by side: lanes, quarters of an hour, hours shown, and what cannot both be kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rules.layout import CLOSES, OPENS, Span, conflicts, hours, lanes, place
from tests.unit.intake.cases import case, visit

MIDNIGHT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def span(begin: str, end: str) -> Span:
    return Span(moment(begin), moment(end))


def moment(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return MIDNIGHT + timedelta(hours=int(hour), minutes=int(minute))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([("09:00", "10:00")], [0]),
        ([("09:00", "10:00"), ("10:00", "11:00")], [0, 0]),
        ([("09:00", "10:00"), ("09:30", "10:30")], [1, 2]),
        ([("09:00", "10:00"), ("09:00", "10:00"), ("09:00", "10:00")], [1, 2, 3]),
        ([("09:00", "12:00"), ("09:30", "10:00"), ("10:00", "10:30"), ("13:00", "14:00")], [1, 2, 2, 0]),
        ([("09:00", "09:30"), ("09:15", "11:00"), ("09:30", "10:00")], [1, 2, 1]),
    ],
    ids=["nobody", "one", "one_after_another", "two", "three_at_once", "a_long_one", "a_lane_is_taken_again"],
)
def test_lanes(spans: list[tuple[str, str]], expected: list[int]) -> None:
    assert lanes([span(*each) for each in spans]) == expected


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 12)), max_size=25))
def test_no_two_in_one_lane_ever_meet_and_who_is_alone_has_the_width(given_: list[tuple[int, int]]) -> None:
    quarter = timedelta(minutes=15)
    spans = sorted(Span(MIDNIGHT + begin * quarter, MIDNIGHT + (begin + lasts) * quarter) for begin, lasts in given_)
    found = lanes(spans)
    for at, one in enumerate(spans):
        meets = [other for other, span_ in enumerate(spans) if other != at and one.meets(span_)]
        assert (found[at] == 0) == (not meets)
        assert all(found[other] != found[at] for other in meets)


def test_periods_are_half_open() -> None:
    assert not span("09:00", "10:00").meets(span("10:00", "11:00"))
    assert span("09:00", "10:01").meets(span("10:00", "11:00"))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], (OPENS, CLOSES)),
        ([("09:00", "10:00")], (OPENS, CLOSES)),
        ([("07:45", "08:15")], (7, CLOSES)),
        ([("17:30", "18:00")], (OPENS, 18)),
        ([("17:30", "18:01")], (OPENS, 19)),
        ([("00:00", "00:30"), ("23:30", "24:30")], (0, 24)),
    ],
)
def test_a_day_shows_its_usual_hours_and_what_lies_outside(
    spans: list[tuple[str, str]], expected: tuple[int, int]
) -> None:
    assert hours([span(*each) for each in spans], MIDNIGHT) == expected


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("08:00", "09:00", (0, 4)),
        ("09:15", "09:45", (5, 2)),
        ("09:05", "09:20", (4, 2)),
        ("09:20", "09:25", (5, 1)),
        ("17:45", "19:00", (39, 1)),
    ],
)
def test_where_a_visit_stands_in_quarters_of_an_hour(begin: str, end: str, expected: tuple[int, int]) -> None:
    assert place(span(begin, end), MIDNIGHT, 8, 18) == expected


def held(
    number: int, begin: str, end: str, patient: str | None = None, **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    each = visit(number=number, start=moment(begin), end=moment(end), **more)
    return case("scheduled", each, _id=f"case-{number}", patient_id=patient), each


def test_one_person_is_not_at_two_places_at_once() -> None:
    found = conflicts(
        [held(1, "09:00", "10:00", "p"), held(2, "09:30", "10:30", "p"), held(3, "09:30", "10:30", "other")],
        {},
    )
    assert found == {"visit-1": ("patient",), "visit-2": ("patient",)}


def test_a_case_that_nobody_is_linked_to_is_a_person_of_its_own() -> None:
    (one, first), (_, second) = held(1, "09:00", "10:00"), held(2, "09:30", "10:30")
    assert conflicts([(one, first), (one, second)], {}) == {"visit-1": ("patient",), "visit-2": ("patient",)}
    assert conflicts([held(1, "09:00", "10:00"), held(2, "09:30", "10:30")], {}) == {}


def test_a_room_holds_one_patient_at_a_time() -> None:
    room = {"place": "Room 3"}
    assert conflicts([held(1, "09:00", "10:00", **room), held(2, "09:30", "10:30", **room)], {}) == {
        "visit-1": ("place",), "visit-2": ("place",),
    }  # fmt: skip
    assert conflicts([held(1, "09:00", "10:00", **room), held(2, "10:00", "11:00", **room)], {}) == {}
    assert conflicts([held(1, "09:00", "10:00"), held(2, "09:30", "10:30")], {}) == {}, "no place is no room"


def test_where_a_department_receives_everybody_there_is_room_for_many() -> None:
    floor = {"place": "Outpatient 3F"}
    both = [held(1, "09:00", "10:00", **floor), held(2, "09:30", "10:30", **floor)]
    assert conflicts(both, {"cardiology": "Outpatient 3F"}) == {}
    assert set(conflicts(both, {"cardiology": "Outpatient 2F"})) == {"visit-1", "visit-2"}


@pytest.mark.parametrize("online", [1, 2])
def test_who_is_seen_online_takes_no_room_whichever_is_first(online: int) -> None:
    kinds = {number: {"place": "Room 3", "kind": "online" if number == online else "outpatient"} for number in (1, 2)}
    assert conflicts([held(1, "09:00", "10:00", **kinds[1]), held(2, "09:30", "10:30", **kinds[2])], {}) == {}


@pytest.mark.parametrize("by_phone", [1, 2])
def test_an_interpreter_on_the_phone_leaves_the_patient_in_the_room(by_phone: int) -> None:
    ways = {number: {"place": "Room 3", "modality": "phone" if number == by_phone else "on_site"} for number in (1, 2)}
    found = conflicts([held(1, "09:00", "10:00", **ways[1]), held(2, "09:30", "10:30", **ways[2])], {})
    assert found == {"visit-1": ("place",), "visit-2": ("place",)}


def test_what_is_over_or_called_off_is_in_nobodys_way() -> None:
    for status in ("completed", "cancelled", "no_show", "left"):
        assert conflicts([held(1, "09:00", "10:00", "p"), held(2, "09:30", "10:30", "p", status=status)], {}) == {}


def test_a_long_visit_meets_what_begins_after_a_short_one_between() -> None:
    found = conflicts(
        [held(1, "09:00", "12:00", "p"), held(2, "09:30", "10:00", "q"), held(3, "11:00", "11:30", "p")], {}
    )
    assert set(found) == {"visit-1", "visit-3"}
