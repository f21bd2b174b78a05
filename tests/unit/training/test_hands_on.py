"""Hands-on training: what stands against it, and that nobody starts without permission."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules.documents.validity import Visit
from services.training.rules.hands_on import (
    PROFESSIONS,
    Applicant,
    Designation,
    Permission,
    Supervisor,
    hands_on_faults,
    practised_years_on,
)

TODAY = date(2026, 11, 26)
VISIT = Visit(date(2027, 1, 12), date(2027, 6, 30), "hands_on")
PERMISSION = Permission("厚生労働省発医政第1号", date(2027, 1, 12), date(2027, 6, 30))
PLACE = Designation("厚生労働省告示第1号", date(2010, 4, 1))
READY = Applicant(
    "doctor",
    date(2015, 4, 1),
    PERMISSION,
    Supervisor("s1", frozenset({"doctor"})),
    languages_shown=True,
    designation=PLACE,
)


def codes(applicant: Applicant, visit: Visit = VISIT, today: date = TODAY) -> list[str]:
    return [fault.code for fault in hands_on_faults(applicant, visit, today)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="all there, permission to the day"),
        pytest.param({"permission": None}, ["permission_missing"], id="no permission"),
        pytest.param(
            {"permission": replace(PERMISSION, number=" ")}, ["permission_missing"], id="permission without a number"
        ),
        pytest.param(
            {"permission": replace(PERMISSION, valid_from=date(2027, 1, 13))},
            ["permission_starts_after"],
            id="a day late",
        ),
        pytest.param(
            {"permission": replace(PERMISSION, valid_until=date(2027, 6, 29))},
            ["permission_ends_before"],
            id="a day short",
        ),
        pytest.param(
            {"permission": Permission("1", date(2027, 2, 1), date(2027, 3, 1))},
            ["permission_starts_after", "permission_ends_before"],
            id="both",
        ),
        pytest.param({"supervisor": None}, ["supervisor_missing"], id="no supervisor"),
        pytest.param({"supervisor": Supervisor("s2")}, ["supervisor_not_designated"], id="supervisor not designated"),
        pytest.param(
            {"supervisor": Supervisor("s2", frozenset({"nurse"}))},
            ["supervisor_not_designated"],
            id="for another profession",
        ),
        pytest.param({"licensed_on": None}, ["licence_date_unknown"], id="licence date not known"),
        pytest.param({"licensed_on": date(2026, 11, 27)}, ["licence_date_unknown"], id="licence of tomorrow"),
        pytest.param({"licensed_on": TODAY}, ["licence_under_three_years"], id="licence of today"),
        pytest.param({"licensed_on": date(2024, 1, 12)}, [], id="three years on the first day"),
        pytest.param({"licensed_on": date(2024, 1, 13)}, ["licence_under_three_years"], id="three years a day later"),
        pytest.param({"languages_shown": False}, ["language_not_shown"], id="no language shown"),
        pytest.param({"designation": None}, ["designation_missing"], id="the place is not designated"),
        pytest.param(
            {"designation": replace(PLACE, number=" ")}, ["designation_missing"], id="designated without a number"
        ),
        pytest.param(
            {"designation": replace(PLACE, valid_from=date(2027, 1, 13))},
            ["designation_starts_after"],
            id="designated a day late",
        ),
        pytest.param(
            {"designation": replace(PLACE, valid_until=date(2027, 6, 29))},
            ["designation_ends_before"],
            id="designated a day short",
        ),
        pytest.param({"designation": replace(PLACE, valid_until=date(2027, 6, 30))}, [], id="designated to the day"),
        pytest.param(
            {"profession": "pharmacist", "supervisor": Supervisor("s", frozenset({"pharmacist"}))},
            ["profession_not_covered"],
            id="pharmacist: not in the Act",
        ),
    ],
)
def test_what_stands_against_it(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(replace(READY, **changes)) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        pytest.param(date(2027, 1, 11), date(2027, 6, 30), ["permission_starts_after"], id="moved a day earlier"),
        pytest.param(date(2027, 1, 13), date(2027, 7, 1), ["permission_ends_before"], id="moved a day later"),
        pytest.param(date(2027, 2, 1), date(2027, 5, 31), [], id="shorter"),
    ],
)
def test_a_moved_visit(first: date, last: date, expected: list[str]) -> None:
    assert codes(READY, replace(VISIT, first_day=first, last_day=last)) == expected


@pytest.mark.parametrize(
    ("licensed_on", "full_on"),
    [
        pytest.param(date(2024, 2, 29), date(2027, 3, 1), id="29 February: full on 1 March"),
        pytest.param(date(2024, 2, 28), date(2027, 2, 28), id="28 February"),
        pytest.param(date(2025, 3, 1), date(2028, 3, 1), id="into a leap year"),
        pytest.param(date(2020, 12, 31), date(2023, 12, 31), id="last of the year"),
    ],
)
def test_three_calendar_years(licensed_on: date, full_on: date) -> None:
    assert practised_years_on(licensed_on) == full_on
    young = replace(READY, licensed_on=licensed_on, permission=Permission("1", date(2020, 1, 1), date(2030, 1, 1)))
    visit = Visit(full_on, full_on, "hands_on")
    before = Visit(full_on - timedelta(days=1), full_on, "hands_on")
    assert (codes(young, visit), codes(young, before)) == ([], ["licence_under_three_years"])


def test_who_observes_needs_none_of_it() -> None:
    nobody, watching = Applicant("pharmacist"), replace(VISIT, kind="observation")
    assert codes(nobody, watching) == []


def test_what_is_told_with_a_missing_permission() -> None:
    (fault,) = hands_on_faults(replace(READY, permission=None), VISIT, TODAY)
    assert fault.params == {"first_day": date(2027, 1, 12), "days_left": 47}


def test_the_professions_of_the_act() -> None:
    assert len(PROFESSIONS) == 15
    assert "pharmacist" not in PROFESSIONS


@given(st.dates(date(2000, 1, 1), date(2026, 11, 26)), st.integers(0, 4000))
def test_an_older_licence_is_never_worse(licensed_on: date, days: int) -> None:
    older = replace(READY, licensed_on=licensed_on - timedelta(days=days))
    assert len(codes(older)) <= len(codes(replace(READY, licensed_on=licensed_on)))


@given(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.dates(date(2026, 1, 1), date(2028, 1, 1)))
def test_a_permission_carries_the_whole_visit_or_none_of_it(since: date, until: date) -> None:
    held = replace(READY, permission=Permission("1", since, until))
    assert (codes(held) == []) == (since <= VISIT.first_day and VISIT.last_day <= until)
