"""The second thing an applicant knows: what is asked, and what counts as an answer."""

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.training.rules.second_check import PARTICLES, is_right, question

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
            ["nguyen", "NGUYEN", "Nguyễn", " ＮＧＵＹＥＮ ", "Nguyen Thi Hoa", "Thi Hoa Nguyen"],
            ["Nguy", "", "-", "N", "Tran", "Hoa", "Thi", "Thi Hoa", "Nguyen Hoa Thi Hoa"],
        ),
        (
            {"name": {"native": "山田太郎", "kana": "ヤマダ タロウ"}},
            ["山田太郎", "山田 太郎", "やまだ", "ﾔﾏﾀﾞ", "たろう やまだ"],
            ["太", "郎", "田", "山", "鈴木", "太郎", "たろう"],
        ),
        ({"name": {"native": "山田 太郎"}}, ["山田", "山田太郎"], ["太郎", "山"]),
        ({"name": {"native": "王小明"}}, ["王小明", "王 小明"], ["王", "明", "小明", "李"]),
        ({"name": {"native": "王 小明", "latin": "WANG Xiaoming"}}, ["王小明", "wang"], ["王", "小明", "xiaoming"]),
        ({"name": {"native": "王"}}, ["王"], ["李", ""]),
        ({"name": {"latin": "Wei Li"}}, ["wei li", "Li, Wei", "WEI LI"], ["wei", "li", "wei wei"]),
        ({"name": {"latin": "John F. Kennedy"}}, ["John Kennedy", "kennedy john f"], ["john", "kennedy", "f", "John F"]),
        ({"name": {"latin": "John F KENNEDY"}}, ["kennedy", "John Kennedy"], ["john", "f", "f kennedy f"]),
        ({"name": {"latin": "Jan van der BERG"}}, ["berg", "van der Berg", "Jan van der Berg"], ["van", "der", "van der", "jan"]),
        ({"name": {"latin": "DE LA CRUZ Maria"}}, ["de la cruz", "DELACRUZ"], ["de", "la", "cruz", "de la", "maria"]),
        ({"name": {"latin": "DE Silva Ana"}}, ["de silva ana"], ["de", "silva", "ana"]),
        ({"name": {"latin": "SILVA Al"}}, ["silva al", "Al Silva"], ["silva", "al"]),
        ({"name": {"latin": "Silva, Ana"}}, ["silva", "Ana Silva"], ["ana", ",", ""]),
        ({"name": {"latin": "O'BRIEN Mary-Jane"}}, ["OBrien", "o’brien", "O'BRIEN"], ["Brien", "Jane", "Mary-Jane"]),
        ({"name": {"latin": "SUHARTO", "preferred": "Wei"}}, ["suharto"], ["wei"]),
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
    first=st.text(string.ascii_lowercase, min_size=2, max_size=12)
    .filter(lambda name: name not in PARTICLES)
    .map(str.title),
    last=st.text(string.ascii_lowercase, min_size=3, max_size=12).filter(lambda name: name not in PARTICLES),
)
def test_no_word_alone_answers_but_a_whole_family_name(first: str, last: str) -> None:
    apart, together = {"name": {"latin": f"{last.upper()} {first}"}}, {"name": {"latin": f"{last.title()} {first}"}}
    assert is_right(apart, last) and is_right(apart, f" {first} {last} ")
    assert is_right(together, f"{first} {last}".swapcase()) and is_right(together, last + first)
    assert not is_right(together, last) and not is_right(together, first)
    assert is_right(apart, first) is (first.lower() == last)
