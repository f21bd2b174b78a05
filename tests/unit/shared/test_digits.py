"""Digits and codes as keyboards give them: any width, any blank, any dash-like mark; a wrong letter stays wrong."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import digits
from shared.eras import typed_day, typed_time

BLANKS = [chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) in ("Zs", "Cf")]
DASHES = [chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) == "Pd"] + list("ーｰ−－〜～~─━")
NUMERALS = [chr(code) for code in range(0x20000) if unicodedata.category(chr(code)) == "Nd"]


@pytest.mark.parametrize("between", [*BLANKS, *DASHES], ids=lambda letter: f"U+{ord(letter):04X}")
def test_blanks_and_dashes_between_groups_are_left_out(between: str) -> None:
    assert digits.closed_up(f"123{between}456") == "123456"
    assert digits.closed_up(f"{between}１２３{between}{between}４５６{between}") == "123456"


@given(st.lists(st.sampled_from(NUMERALS), min_size=1, max_size=20))
def test_digits_of_every_script_are_digits(typed: list[str]) -> None:
    assert digits.closed_up("".join(typed)) == "".join(str(unicodedata.decimal(letter)) for letter in typed)


@pytest.mark.parametrize("wrong", ["123x456", "12345一", "123.456", "123+456", "１２３４５", "O12345"])
def test_what_is_no_digit_stays(wrong: str) -> None:
    assert digits.closed_up(wrong) != "123456"
    assert not digits.closed_up(wrong).isdigit() or len(digits.closed_up(wrong)) == 5


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ＡＢ１２３４５６７", "AB1234567"),
        ("１２ー３４", "12-34"),
        ("AB\u200b12\u00a034", "AB12 34"),
        ("診-12", "診-12"),
        ("ばんごう１２", "ばんごう１２"),
        ("\u200b", "\u200b"),
        ("１" * 300, "１" * 300),
    ],
)
def test_a_code_is_kept_in_plain_letters_where_it_is_one(typed: str, kept: str) -> None:
    assert digits.code(typed) == kept


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("１２，０００", "12000"),
        ("−5", "-5"),
        ("ー５", "-5"),
        ("1 200", "1200"),
        ("７．５", "7.5"),
        ("1,2", "1,2"),
        ("viele", "viele"),
        ("", ""),
    ],
)
def test_amounts(typed: str, read: str) -> None:
    assert digits.amount(typed) == read


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("9", "09:00"), ("9:00", "09:00"), ("14", "14:00"), ("930", "09:30"), ("0930", "09:30"), ("９：３０", "09:30"),
        ("１４", "14:00"), ("9.30", "09:30"), ("9時", "09:00"), ("９時３０分", "09:30"), ("9時半", "09:30"), ("0", "00:00"),
        ("午後2時半", "14:30"), ("午前 0:15", "00:15"), ("2:30 pm", "14:30"), ("12am", "00:00"), ("14h30", "14:30"), (" 23:59\u00a0", "23:59"),
    ],
)  # fmt: skip
def test_times_as_they_are_typed(typed: str, clock: str) -> None:
    assert typed_time(typed) == clock


@pytest.mark.parametrize(
    "typed",
    ["", "24", "24:00", "9:60", "25", "9:5", "午後14時", "am 9 pm", "-9", "9-30", "9：", "noon", "9" * 61, "12345"],
)
def test_what_is_no_time(typed: str) -> None:
    assert typed_time(typed) is None


def test_a_day_ends_at_24() -> None:
    assert [typed_time(typed, ends=True) for typed in ("24", "24:00", "２４：００", "2400", "24時")] == ["24:00"] * 5
    assert typed_time("24:01", ends=True) is None


@pytest.mark.parametrize(
    "typed",
    [
        "1990ー01ー02",
        "１９９０／１／２",
        "1990\u20111\u20112",
        "19900102\u200b",
        "平成２年１月２日",
        "H2.1.2",
        "1990−1−2",
    ],
)
def test_days_with_marks_of_any_keyboard(typed: str) -> None:
    day = typed_day(typed)
    assert day is not None and day.isoformat() == "1990-01-02"
