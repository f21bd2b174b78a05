"""Days as they are typed in Japan."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.eras import in_era, typed_day


@pytest.mark.parametrize(
    "typed",
    ["19900102", "1990/1/2", "1990-01-02", "1990.1.2", "1990年1月2日", "H2.1.2", "h2/1/2", "H02.01.02", "H020102", "平成2年1月2日",
     "平成2年1月2", "１９９０／１／２", "Ｈ２．１．２", " H2.1.2 ", "平成 2年 1月 2日"],
)  # fmt: skip
def test_one_day_in_every_form(typed: str) -> None:
    assert typed_day(typed) == date(1990, 1, 2)


@pytest.mark.parametrize(
    "typed",
    ["2 Jan 1990", "2 January 1990", "02-JAN-1990", "2nd January, 1990", "Jan 2, 1990", "January 2nd 1990", "JAN. 2, 1990", "2.Jan.1990",
     "Tue 2 Jan 1990", "２ Ｊａｎ １９９０"],
)  # fmt: skip
def test_the_month_in_english(typed: str) -> None:
    assert typed_day(typed) == date(1990, 1, 2)


@pytest.mark.parametrize(
    "typed", ["2 Janu 199", "2 Jam 1990", "31 Feb 1990", "2 Ma 1990", "Jan 1990", "2/1/1990", "2 Jan 90", "May 1990"]
)
def test_what_could_be_two_days_or_none_is_none(typed: str) -> None:
    assert typed_day(typed) is None


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("M6.1.1", date(1873, 1, 1)),
        ("S39.10.10", date(1964, 10, 10)),
        ("平成40年1月1日", date(2028, 1, 1)),
    ],
)
def test_eras(typed: str, day: date) -> None:
    assert typed_day(typed) == day


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "today",
        "2026-02-30",
        "R0.1.1",
        "令和元年4月30日",
        "H2",
        "X2.1.2",
        "1990/13/1",
        "199001",
        "1990-1-2-3",
        "H元",
    ],
)
def test_what_is_no_day(typed: str) -> None:
    assert typed_day(typed) is None


@given(st.dates(date(1873, 1, 1), date(2099, 12, 31)))
def test_a_day_told_in_its_era_is_read_back(day: date) -> None:
    assert typed_day(in_era(day)) == day


@given(st.text())
def test_nothing_typed_raises(text: str) -> None:
    typed_day(text)
