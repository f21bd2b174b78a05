"""Blind terms: prefixes are ranges, kinds and keys are apart, and numbers fit MongoDB's 64 bits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.blind_index import BlindIndex, Kind, blind_index

SEEDED = settings(max_examples=300, deadline=None, derandomize=True)

WORD = Kind("word", ((1, 2), (2, 1), (4, 2), (8, 3)))
OTHER = Kind("other", ((1, 2), (2, 1), (4, 2), (8, 3)))
INDEX = BlindIndex(b"k" * 32)
texts = st.text(min_size=1, max_size=12)


@SEEDED
@given(texts, st.integers(1, 12))
def test_a_text_lies_in_the_range_of_each_of_its_prefixes(text, length):
    first, last = INDEX.span(WORD, text[:length])
    assert -(2**63) <= first <= INDEX.term(WORD, text) <= last < 2**63


@SEEDED
@given(texts, texts)
def test_other_prefixes_are_other_ranges(one, other):
    if one[:2] != other[:2] and min(len(one), len(other)) >= 2:
        first, last = INDEX.span(WORD, one[:2])
        assert not first <= INDEX.term(WORD, other) <= last


@SEEDED
@given(texts)
def test_kinds_and_keys_have_nothing_in_common(text):
    term = INDEX.term(WORD, text)
    assert term == BlindIndex(b"k" * 32).term(WORD, text)
    assert term not in (INDEX.term(OTHER, text), BlindIndex(b"l" * 32).term(WORD, text))


def test_what_is_shorter_than_the_first_level_has_no_range():
    assert INDEX.span(Kind("tail", ((4, 8),)), "123") is None


def test_a_whole_text_is_one_point():
    first, last = INDEX.span(WORD, "12345678")
    assert first == last == INDEX.term(WORD, "12345678") == INDEX.term(WORD, "123456789")


def test_a_kind_has_eight_bytes():
    with pytest.raises(ValueError, match="8 bytes"):
        Kind("short", ((1, 2), (2, 4)))


def test_the_key_is_derived_and_not_the_master_itself():
    assert blind_index(b"m" * 32).term(WORD, "a") != BlindIndex(b"m" * 32).term(WORD, "a")
