"""The second thing an applicant knows: what is asked, and what counts as an answer."""

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.training.rules.second_check import is_right, question

PASSPORT = {"passport": {"number": "C 123-4567", "country": "TH"}}


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"birth_date": "1990-05-17", "name": {"latin": "NGUYEN Hoa"}} | PASSPORT, "birth_date"),
        ({"name": {"native": "山田太郎"}} | PASSPORT, "family_name"),
        ({"name": {"preferred": "Hoa"}, "phone": "+81312345678"}, "family_name"),
        ({"name": {"latin": "—"}} | PASSPORT, "passport"),
        (PASSPORT | {"phone": "+81312345678"}, "passport"),
        ({"phone": "+81312345678"}, "phone"),
        ({"email": "a@b.example", "phone": "12"}, None),
        ({}, None),
    ],
)
def test_what_is_asked_is_the_first_that_the_record_has(body: dict[str, Any], asked: str | None) -> None:
    assert question(body) == asked


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        (
            {"birth_date": "1990-05-17"},
            ["1990-05-17", "1990/5/17", "19900517", "H2.5.17", "平成2年5月17日", "１９９０／５／１７"],
            ["1990-05-18", "1990", "", "17", "NGUYEN", "1990-13-45"],
        ),
        (
            {"name": {"latin": "NGUYEN Thi Hoa", "native": "Nguyễn Thị Hoa"}},
            ["nguyen", "NGUYEN", "Nguyễn", " ＮＧＵＹＥＮ ", "Nguyen Thi Hoa"],
            ["Nguy", "", "-", "N", "Tran"],
        ),
        ({"name": {"native": "山田太郎", "kana": "ヤマダ タロウ"}}, ["山田", "山田 太郎", "やまだ", "ﾔﾏﾀﾞ"], ["太", "郎", "田", "鈴木"]),
        ({"name": {"native": "王小明"}}, ["王", "王小明"], ["明", "李"]),
        ({"name": {"latin": "O'Brien Mary-Jane"}}, ["OBrien", "o’brien", "O'BRIEN"], ["Brien", "Jane"]),
        (PASSPORT, ["C1234567", "c 123 4567", "Ｃ１２３４５６７"], ["1234567", "C123456", ""]),
        ({"phone": "+81312345678"}, ["03-1234-5678", "+81 3 1234 5678", "312345678"], ["5678", "03-1234-5679", ""]),
    ],
)  # fmt: skip
def test_an_answer_counts_as_people_write_it(body: dict[str, Any], right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not is_right(body, text)] == []
    assert [text for text in wrong if is_right(body, text)] == []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(typed=st.text(max_size=60))
def test_nothing_typed_breaks_it_and_nothing_opens_what_has_no_question(typed: str) -> None:
    assert not is_right({}, typed)
    for body in ({"birth_date": "1990-05-17"}, {"name": {"latin": "NGUYEN Hoa"}}, PASSPORT, {"phone": "+81312345678"}):
        assert is_right(body, typed) in (True, False)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    first=st.text(string.ascii_letters, min_size=1, max_size=12),
    last=st.text(string.ascii_letters, min_size=1, max_size=12),
)
def test_every_word_of_a_name_counts_in_any_case(first: str, last: str) -> None:
    body = {"name": {"latin": f"{last} {first}"}}
    assert is_right(body, last.swapcase()) and is_right(body, f" {first.upper()} ")
