"""Passports and the length of a stay, at their edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules.documents.passports import months_after, passport_faults, stay_days

FIRST, LAST = date(2027, 1, 12), date(2027, 3, 31)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        pytest.param(date(2027, 1, 12), date(2027, 1, 12), 1, id="one day"),
        pytest.param(date(2027, 1, 1), date(2027, 3, 31), 90, id="ninety days"),
        pytest.param(date(2027, 1, 1), date(2027, 4, 1), 91, id="ninety-one days"),
        pytest.param(date(2028, 1, 1), date(2028, 3, 31), 91, id="the same days with 29 February"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 1), 2, id="over the new year"),
        pytest.param(date(2027, 1, 2), date(2027, 1, 1), 0, id="the wrong way round"),
    ],
)
def test_length_of_a_stay(first: date, last: date, days: int) -> None:
    assert stay_days(first, last) == days


@pytest.mark.parametrize(
    ("valid_until", "faults"),
    [
        pytest.param(None, ["passport_date_unknown"], id="not known"),
        pytest.param(date(2026, 12, 1), ["passport_ends_before_visit"], id="ends before the first day"),
        pytest.param(date(2027, 3, 30), ["passport_ends_before_visit"], id="ends the day before the last"),
        pytest.param(date(2027, 3, 31), [], id="ends on the last day"),
        pytest.param(date(2027, 9, 29), [], id="a day under six months"),
        pytest.param(date(2027, 9, 30), [], id="six months, September has no 31st"),
        pytest.param(date(2035, 1, 1), [], id="ten years"),
    ],
)
def test_a_passport_for_a_visit(valid_until: date | None, faults: list[str]) -> None:
    assert [fault.code for fault in passport_faults(valid_until, FIRST, LAST)] == faults


def test_what_is_told_with_it() -> None:
    (fault,) = passport_faults(date(2027, 3, 1), FIRST, LAST)
    assert fault.params == {"valid_until": date(2027, 3, 1), "last_day": LAST}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        pytest.param(date(2026, 8, 31), 6, date(2027, 2, 28), id="no 31st"),
        pytest.param(date(2027, 8, 31), 6, date(2028, 2, 29), id="no 31st, leap year"),
        pytest.param(date(2026, 12, 15), 1, date(2027, 1, 15), id="over the new year"),
        pytest.param(date(2024, 2, 29), 12, date(2025, 2, 28), id="a year from 29 February"),
        pytest.param(date(2027, 1, 15), -1, date(2026, 12, 15), id="back over the new year"),
    ],
)
def test_months_later(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@given(DAYS, DAYS, st.integers(0, 400))
def test_a_passport_that_lasts_longer_has_no_more_faults(valid_until: date, first: date, more: int) -> None:
    last = first + timedelta(days=80)
    longer = passport_faults(valid_until + timedelta(days=more), first, last)
    assert len(longer) <= len(passport_faults(valid_until, first, last))
