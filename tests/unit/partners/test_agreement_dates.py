"""Dates of an agreement: notice dates, renewals that do not drift, reminders sent once, and the timer's next day."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.rules import agreement_dates as dates
from tests.unit.partners.test_agreements import RENEWING
from tests.unit.partners.test_agreements import agreement as bare

DAY = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def agreement(**other: Any) -> dict[str, Any]:
    """Active until 31 March 2027, with its derived dates."""
    return dates.with_derived_dates(bare(**{"reminders_sent": [], "agreed_ends": "2027-03-31"} | other))


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
def test_the_notice_date_is_some_months_before_the_end(ends: str | None, months: int | None, by: str | None) -> None:
    assert dates.notice_date(ends, months) == by


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
def test_last_day_of_a_term(first: str, months: int, last: str) -> None:
    assert dates.last_of_term(date.fromisoformat(first), months).isoformat() == last


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
def test_renewals_do_not_drift(agreed: str, months: int, today: str, ends: str) -> None:
    assert dates.renewed_until(agreed, months, today) == ends


@given(DAY, st.integers(1, 120), st.integers(0, 4000))
def test_after_any_renewal_the_end_is_today_or_within_a_term(agreed: date, months: int, late: int) -> None:
    today = agreed + timedelta(days=1 + late)
    ends = date.fromisoformat(dates.renewed_until(agreed.isoformat(), months, today.isoformat()))
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
def test_status_by_date(other: dict[str, Any], today: str, outcome: str | None) -> None:
    assert dates.status_by_date(agreement(**other), today) == outcome


@pytest.mark.parametrize(
    ("other", "today", "reminder", "passed"),
    [
        ({}, "2026-10-01", None, []),
        ({}, "2026-10-02", "180", ["180"]),
        ({"reminders_sent": ["180"]}, "2026-12-30", None, []),
        ({"reminders_sent": ["180"]}, "2026-12-31", "90", ["90"]),
        ({"reminders_sent": ["180", "90"]}, "2027-03-01", "30", ["30"]),
        ({"reminders_sent": ["180", "30", "90"]}, "2027-03-31", None, []),
        ({"notice_months": 4}, "2026-11-30", "notice", ["180", "notice"]),
        ({"notice_months": 3}, "2026-12-31", "notice", ["180", "90", "notice"]),
        ({"notice_months": 4, "notice_given_on": "2026-11-01"}, "2026-11-30", "180", ["180"]),
        ({"notice_months": 4}, "2027-03-11", "30", ["180", "30", "90", "notice"]),
        ({"terminates_on": "2027-03-20"}, "2027-03-11", None, []),
        ({"status": "signed"}, "2027-03-11", None, []),
        ({"term": "open_ended", "ends": None, "notice_months": 3}, "2027-03-11", None, []),
    ],
)
def test_of_the_passed_reminders_the_latest_is_due(
    other: dict[str, Any], today: str, reminder: str | None, passed: list[str]
) -> None:
    assert dates.due_reminder(agreement(**other), today) == (reminder, passed)


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
def test_a_successor_replaces_an_agreement_that_has_not_ended(
    other: dict[str, Any], starts: str, follows: bool
) -> None:
    assert dates.replaces_in_time(agreement(starts=starts), agreement(**other)) is follows


def test_a_changed_end_rearms_all_reminders_and_a_changed_notice_date_its_own() -> None:
    sent = agreement(notice_months=3, reminders_sent=["180", "90", "notice"])
    assert dates.with_derived_dates(sent | {"title": "x"}, sent)["reminders_sent"] == sent["reminders_sent"]
    assert dates.with_derived_dates(sent | {"ends": "2028-03-31"}, sent)["reminders_sent"] == []
    later = dates.with_derived_dates(sent | {"notice_months": 1}, sent)
    assert later["reminders_sent"] == ["180", "90"] and later["notice_on"] == "2027-02-28"


@pytest.mark.parametrize(
    ("other", "due"),
    [
        ({"status": "draft"}, None),
        ({"status": "in_review"}, None),
        ({"status": "signed"}, "2024-04-01"),
        ({}, "2026-10-02"),
        ({"reminders_sent": ["180"]}, "2026-12-31"),
        ({"reminders_sent": ["180", "30", "90"]}, "2027-04-01"),
        ({"reminders_sent": ["180", "30", "90"], "notice_months": 2}, "2027-01-31"),
        ({"terminates_on": "2026-12-01"}, "2026-12-01"),
        ({"terminates_on": "2027-12-01"}, "2027-04-01"),
        ({"term": "open_ended", "ends": None}, None),
        *(({"status": status}, None) for status in ("expired", "renewed", "terminated", "abandoned")),
    ],
)
def test_when_the_timer_processes_it_next(other: dict[str, Any], due: str | None) -> None:
    assert agreement(**other)["due_on"] == due


@pytest.mark.parametrize(("today", "left"), [("2027-03-31", 0), ("2027-03-01", 30), ("2027-04-01", -1)])
def test_days_left(today: str, left: int) -> None:
    assert dates.days_left(agreement(), today) == left
    assert dates.days_left(agreement(term="open_ended", ends=None), today) is None
