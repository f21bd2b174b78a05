"""The days of an agreement: notice dates, renewals that do not drift, marks said once, and when the clock looks again."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.rules import agreement_days as days
from tests.unit.partners.test_agreements import RENEWING
from tests.unit.partners.test_agreements import agreement as bare

DAY = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def agreement(**other: Any) -> dict[str, Any]:
    """Active until 31 March 2027, with what follows from its terms."""
    return days.with_days(bare(**{"marks_said": [], "agreed_ends": "2027-03-31"} | other))


@pytest.mark.parametrize(
    ("ends", "months", "by"),
    [
        ("2027-03-31", 3, "2026-12-31"),
        ("2027-03-31", 1, "2027-02-28"),
        ("2028-03-31", 1, "2028-02-29"),
        ("2027-05-31", 3, "2027-02-28"),
        ("2027-12-31", 6, "2027-06-30"),
        ("2027-02-28", 1, "2027-01-28"),
        ("2027-01-15", 1, "2026-12-15"),
        ("2027-01-15", 13, "2025-12-15"),
        ("2027-03-31", 12, "2026-03-31"),
        ("2028-02-29", 12, "2027-02-28"),
        (None, 3, None),
        ("2027-03-31", None, None),
    ],
)
def test_notice_is_given_so_many_months_before_the_end(ends: str | None, months: int | None, by: str | None) -> None:
    assert days.notice_date(ends, months) == by


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        ("2026-04-01", 12, "2027-03-31"),
        ("2027-03-01", 12, "2028-02-29"),
        ("2028-03-01", 12, "2029-02-28"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2027-01-31", 2, "2027-03-30"),
        ("2027-01-30", 1, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-12-15", 1, "2027-01-14"),
        ("2026-01-01", 12, "2026-12-31"),
    ],
)
def test_a_term_ends_the_day_before_the_same_day_or_with_the_month(first: str, months: int, last: str) -> None:
    assert days.last_of_term(date.fromisoformat(first), months).isoformat() == last


@pytest.mark.parametrize(
    ("agreed", "months", "today", "ends"),
    [
        ("2027-03-31", 12, "2027-04-01", "2028-03-31"),
        ("2027-03-31", 12, "2031-01-01", "2031-03-31"),
        ("2027-02-28", 12, "2027-03-01", "2028-02-29"),
        ("2027-01-30", 1, "2027-01-31", "2027-02-28"),
        ("2027-01-30", 1, "2027-03-01", "2027-03-30"),
        ("2020-03-31", 60, "2026-11-23", "2030-03-31"),
    ],
)
def test_it_renews_itself_as_often_as_it_takes_and_does_not_drift(
    agreed: str, months: int, today: str, ends: str
) -> None:
    assert days.renewed_until(agreed, months, today) == ends


@given(DAY, st.integers(1, 120), st.integers(0, 4000))
def test_after_any_renewal_it_ends_today_or_later_and_not_a_term_too_far(agreed: date, months: int, late: int) -> None:
    today = agreed + timedelta(days=1 + late)
    ends = date.fromisoformat(days.renewed_until(agreed.isoformat(), months, today.isoformat()))
    assert today <= ends <= today + timedelta(days=31 * months)


@pytest.mark.parametrize(
    ("other", "today", "outcome"),
    [
        ({}, "2027-03-31", None),
        ({}, "2027-04-01", "expired"),
        (RENEWING, "2027-03-31", None),
        (RENEWING, "2027-04-01", "renewed"),
        (RENEWING | {"notice_given_on": "2026-12-01"}, "2027-04-01", "expired"),
        (RENEWING | {"terminates_on": "2027-03-31"}, "2027-03-30", None),
        (RENEWING | {"terminates_on": "2027-03-31"}, "2027-04-01", "terminated"),
        ({"terminates_on": "2027-02-01"}, "2027-02-01", "terminated"),
        ({"terminates_on": "2027-02-01", "ends": "2026-12-31"}, "2027-01-01", "expired"),
        ({"terminates_on": "2027-02-01", "ends": "2026-12-31"}, "2027-03-01", "expired"),
        ({"term": "open_ended", "ends": None}, "2090-01-01", None),
        ({"term": "open_ended", "ends": None, "terminates_on": "2089-12-31"}, "2090-01-01", "terminated"),
    ],
)
def test_what_a_day_makes_of_it(other: dict[str, Any], today: str, outcome: str | None) -> None:
    assert days.comes_to(agreement(**other), today) == outcome


@pytest.mark.parametrize(
    ("other", "today", "mark", "passed"),
    [
        ({}, "2026-10-01", None, []),
        ({}, "2026-10-02", "180", ["180"]),
        ({"marks_said": ["180"]}, "2026-12-30", None, []),
        ({"marks_said": ["180"]}, "2026-12-31", "90", ["90"]),
        ({"marks_said": ["180", "90"]}, "2027-03-01", "30", ["30"]),
        ({"marks_said": ["180", "30", "90"]}, "2027-03-31", None, []),
        ({"notice_months": 4}, "2026-11-30", "notice", ["180", "notice"]),
        ({"notice_months": 3}, "2026-12-31", "notice", ["180", "90", "notice"]),
        ({"notice_months": 4, "notice_given_on": "2026-11-01"}, "2026-11-30", "180", ["180"]),
        ({"notice_months": 4}, "2027-03-11", "30", ["180", "30", "90", "notice"]),
        ({"terminates_on": "2027-03-20"}, "2027-03-11", None, []),
        ({"status": "signed"}, "2027-03-11", None, []),
        ({"term": "open_ended", "ends": None, "notice_months": 3}, "2027-03-11", None, []),
    ],
)
def test_of_the_marks_that_are_passed_the_nearest_is_said(
    other: dict[str, Any], today: str, mark: str | None, passed: list[str]
) -> None:
    assert days.mark_of(agreement(**other), today) == (mark, passed)


@pytest.mark.parametrize(
    ("other", "starts", "follows"),
    [
        ({}, "2027-04-01", True),
        ({}, "2027-01-01", True),
        ({}, "2027-04-02", False),
        ({"status": "expired"}, "2027-04-01", False),
        ({"term": "open_ended", "ends": None}, "2040-01-01", True),
        (RENEWING, "2040-01-01", True),
        (RENEWING | {"notice_given_on": "2026-12-01"}, "2040-01-01", False),
    ],
)
def test_a_successor_takes_the_place_of_what_has_not_ended(other: dict[str, Any], starts: str, follows: bool) -> None:
    assert days.follows_in_time(agreement(starts=starts), agreement(**other)) is follows


def test_a_moved_end_arms_all_marks_anew_and_a_moved_notice_date_its_own() -> None:
    told = agreement(notice_months=3, marks_said=["180", "90", "notice"])
    assert days.with_days(told | {"title": "x"}, told)["marks_said"] == told["marks_said"]
    assert days.with_days(told | {"ends": "2028-03-31"}, told)["marks_said"] == []
    later = days.with_days(told | {"notice_months": 1}, told)
    assert later["marks_said"] == ["180", "90"] and later["notice_on"] == "2027-02-28"


@pytest.mark.parametrize(
    ("other", "due"),
    [
        ({"status": "draft"}, None),
        ({"status": "in_review"}, None),
        ({"status": "signed"}, "2024-04-01"),
        ({}, "2026-10-02"),
        ({"marks_said": ["180"]}, "2026-12-31"),
        ({"marks_said": ["180", "30", "90"]}, "2027-04-01"),
        ({"marks_said": ["180", "30", "90"], "notice_months": 2}, "2027-01-31"),
        ({"terminates_on": "2026-12-01"}, "2026-12-01"),
        ({"terminates_on": "2027-12-01"}, "2027-04-01"),
        ({"term": "open_ended", "ends": None}, None),
        *(({"status": status}, None) for status in ("expired", "renewed", "terminated", "abandoned")),
    ],
)
def test_when_the_clock_looks_again(other: dict[str, Any], due: str | None) -> None:
    assert agreement(**other)["due_on"] == due


@pytest.mark.parametrize(("today", "left"), [("2027-03-31", 0), ("2027-03-01", 30), ("2027-04-01", -1)])
def test_days_that_are_left(today: str, left: int) -> None:
    assert days.days_left(agreement(), today) == left
    assert days.days_left(agreement(term="open_ended", ends=None), today) is None
