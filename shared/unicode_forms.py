"""Unicode normalisation in linear time for any text.

Normalisation sorts the marks on a letter, in quadratic time: 40,000 marks on one letter take tens of seconds. The Stream-Safe Text
Process (UAX #15, section 13) limits a run of marks to 30; no script in use comes near that.
"""

import re
import unicodedata
from functools import cache
from typing import Literal, NamedTuple

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
MAX_MARKS = 30
LONGEST = 20_000  # the most characters of any field; a longer text is left unchanged, and the field rejects it
_JOINER = "\u034f"  # COMBINING GRAPHEME JOINER: an invisible starter
_FIRST, _AFTER = 0x300, 0x1F000  # no mark is outside; a test checks all characters
_RARE = re.compile("[\U00010000-\U0001efff]")  # where the marks outside the basic plane are


def normalized(form: Form, text: str) -> str:
    """The text in this normal form; runs of more than 30 marks are split first, by the Stream-Safe Text Process."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, stream_safe(text))


def composed(text: str) -> str:
    """Input text in NFC; a text too long for any field is unchanged."""
    return normalized("NFC", text) if len(text) <= LONGEST else text


def stream_safe(text: str) -> str:
    """The text with a joiner after every 30 consecutive marks, except after the last ones."""
    return text if is_stream_safe(text) else _patterns().thirty.sub(rf"\g<0>{_JOINER}", text)


def is_stream_safe(text: str) -> bool:
    """Whether the text has no more than 30 consecutive marks anywhere."""
    patterns = _patterns()
    if patterns.usual.search(text):
        return False
    return not _RARE.search(text) or patterns.any.search(text) is None


class _Patterns(NamedTuple):
    """Patterns: 31 marks of the basic plane, whose set `re` looks up in one step; 31 of any plane; 30 before another."""

    usual: re.Pattern[str]
    any: re.Pattern[str]
    thirty: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """The patterns, compiled at the first text that is not ASCII."""
    marks = "".join(c for c in map(chr, range(_FIRST, _AFTER)) if is_mark(c))
    usual, every = f"[{''.join(c for c in marks if c <= chr(0xFFFF))}]", f"[{marks}]"
    return _Patterns(
        re.compile(f"{usual}{{{MAX_MARKS + 1}}}"),
        re.compile(f"{every}{{{MAX_MARKS + 1}}}"),
        re.compile(f"{every}{{{MAX_MARKS}}}(?={every})"),
    )


def is_mark(character: str) -> bool:
    """Whether this character is a non-starter, or one that decomposes into something that begins with a non-starter."""
    if unicodedata.combining(character):
        return True
    return bool(unicodedata.decomposition(character)) and bool(
        unicodedata.combining(unicodedata.normalize("NFKD", character)[0])
    )
