"""Unicode normalisation at a cost that is linear in the text, whatever stands in it.

Normalising sorts the marks on a letter, at a cost that is quadratic in their number: 40,000 marks on one letter take tens of
seconds. The Stream-Safe Text Process (UAX #15, section 13) bounds a run of marks to 30; no script in use comes near that.
"""

import re
import unicodedata
from functools import cache
from typing import Literal, NamedTuple

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
MOST_MARKS = 30
LONGEST = 20_000  # characters of a text that any field may take; a longer one is left as it is, for the field to refuse
_JOINER = "\u034f"  # COMBINING GRAPHEME JOINER: a starter that shows nothing
_FIRST, _AFTER = 0x300, 0x1F000  # no mark lies outside; a test looks at all characters
_RARE = re.compile("[\U00010000-\U0001efff]")  # where the marks outside the basic plane are


def normalized(form: Form, text: str) -> str:
    """The text in this form; runs of more than 30 marks are parted first, as the Stream-Safe Text Process says."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, stream_safe(text))


def composed(text: str) -> str:
    """What comes in, in NFC; a text too long for any field as it is."""
    return normalized("NFC", text) if len(text) <= LONGEST else text


def stream_safe(text: str) -> str:
    """The text with a joiner after every 30 marks in a row, but for the last."""
    return text if is_stream_safe(text) else _patterns().thirty.sub(rf"\g<0>{_JOINER}", text)


def is_stream_safe(text: str) -> bool:
    """Whether no more than 30 marks stand in a row anywhere."""
    patterns = _patterns()
    if patterns.usual.search(text):
        return False
    return not _RARE.search(text) or patterns.any.search(text) is None


class _Patterns(NamedTuple):
    """31 marks of the basic plane, whose set `re` looks up in one step; 31 of any; 30 before another."""

    usual: re.Pattern[str]
    any: re.Pattern[str]
    thirty: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Made when the first text comes that is not ASCII."""
    marks = "".join(c for c in map(chr, range(_FIRST, _AFTER)) if is_mark(c))
    usual, every = f"[{''.join(c for c in marks if c <= chr(0xFFFF))}]", f"[{marks}]"
    return _Patterns(
        re.compile(f"{usual}{{{MOST_MARKS + 1}}}"),
        re.compile(f"{every}{{{MOST_MARKS + 1}}}"),
        re.compile(f"{every}{{{MOST_MARKS}}}(?={every})"),
    )


def is_mark(character: str) -> bool:
    """Whether this character is a non-starter, or one that decomposes into something that begins with a non-starter."""
    if unicodedata.combining(character):
        return True
    return bool(unicodedata.decomposition(character)) and bool(
        unicodedata.combining(unicodedata.normalize("NFKD", character)[0])
    )
