"""Normalising at a linear cost: what comes out is one form, and no run of marks is long enough to sort for seconds."""

import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.unicode_forms import MAX_MARKS, is_mark, is_stream_safe, normalized, stream_safe
from tests.hostile import texts

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
MARKS = [c for c in map(chr, range(sys.maxunicode + 1)) if is_mark(c)]


def longest_run(text: str) -> int:
    """Of characters that sorting moves, once the text is taken apart."""
    longest = run = 0
    for c in unicodedata.normalize("NFKD", text):
        run = run + 1 if unicodedata.combining(c) else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("mark", [*MARKS[:: len(MARKS) // 97], "\u0344", "\u0f73", "\U0001e8d0"])
def test_every_mark_counts(mark: str) -> None:
    assert not is_stream_safe("a" + mark * (MAX_MARKS + 1))
    assert is_stream_safe("a" + mark * MAX_MARKS)


def test_no_mark_of_unicode_is_overlooked() -> None:
    for start in range(0, len(MARKS), MAX_MARKS + 1):
        run = "".join(MARKS[start : start + MAX_MARKS + 1])
        assert is_stream_safe(f"a{run}b") == (len(run) <= MAX_MARKS), run.encode("unicode-escape")


@given(st.text(st.sampled_from([*"aé漢\u1100\u1161", *MARKS[::31], "\u0344", "\u0f73"]), max_size=400))
def test_runs_are_bounded_and_nothing_else_is_changed(text: str) -> None:
    safe = stream_safe(text)
    assert safe.replace("\u034f", "") == text.replace("\u034f", "")
    assert is_stream_safe(safe)
    assert longest_run(safe) <= 2 * MAX_MARKS  # a mark is two at most
    for form in FORMS:
        assert unicodedata.is_normalized(form, normalized(form, text))  # type: ignore[arg-type]
        if is_stream_safe(text):
            assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", texts(3000))
def test_dear_texts(name: str) -> None:
    assert longest_run(stream_safe(texts(3000)[name])) <= 2 * MAX_MARKS


def test_nothing_else_normalises() -> None:
    """Whatever calls unicodedata.normalize by itself may be given 40,000 marks on one letter."""
    calls = re.compile(r"unicodedata(\.normalize|.*import.*\bnormalize)")
    files = (path for folder in ("services", "shared", "deploy") for path in Path(folder).rglob("*.py"))
    assert [str(path) for path in files if path.name != "unicode_forms.py" and calls.search(path.read_text())] == []
