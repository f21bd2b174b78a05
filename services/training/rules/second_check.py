"""The second thing an applicant knows, asked before anything is shown that tells who they are: which it is, and whether an answer is right."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from shared.eras import typed_day
from shared.unicode_forms import normalized

Body = Mapping[str, Any]
BIRTH_DATE, FAMILY_NAME, PASSPORT, PHONE = QUESTIONS = ("birth_date", "family_name", "passport", "phone")
FAMILY_LETTERS = 3
"""A family name written before the given one without a blank has at most so many."""
PHONE_DIGITS = 6


def question(body: Body) -> str | None:
    """What is asked, of what the record has: the birth date, else the family name, else a number; None where there is none of these."""
    if body.get("birth_date"):
        return BIRTH_DATE
    if _words(body):
        return FAMILY_NAME
    if _plain((body.get("passport") or {}).get("number")):
        return PASSPORT
    return PHONE if len(_digits(body.get("phone"))) >= PHONE_DIGITS else None


def is_right(body: Body, typed: str) -> bool:
    """Whether this answers the question; a name counts by any of its words, in any of its scripts, with or without accents."""
    asked = question(body)
    if asked == BIRTH_DATE:
        day = typed_day(typed)
        return day is not None and day.isoformat() == body["birth_date"]
    if asked == FAMILY_NAME:
        return _plain(typed) in _words(body)
    if asked == PASSPORT:
        return _plain(typed) == _plain(body["passport"]["number"])
    digits = _digits(typed).lstrip("0")
    return asked == PHONE and len(digits) >= PHONE_DIGITS and _digits(body["phone"]).endswith(digits)


def _words(body: Body) -> set[str]:
    known: set[str] = set()
    for written in (body.get("name") or {}).values():
        parts = str(written or "").split()
        known |= {_plain(part) for part in [*parts, "".join(parts)]}
        if len(parts) == 1 and not _is_alphabet(parts[0]):
            known |= {_plain(parts[0][:length]) for length in range(1, min(len(parts[0]), FAMILY_LETTERS + 1))}
    return known - {""}


def _plain(text: Any) -> str:
    """Letters and digits alone, without accents, width, case, and one kind of kana."""
    parted = normalized("NFKD", str(text or "")).casefold()
    return "".join(_hiragana(letter) for letter in parted if unicodedata.category(letter)[0] in "LN")


def _hiragana(letter: str) -> str:
    return chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter


def _is_alphabet(word: str) -> bool:
    """Whether it is of a script that parts its words: all but Han, Hangul and kana."""
    return not any(
        unicodedata.name(letter, "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA")) for letter in word
    )


def _digits(text: Any) -> str:
    return "".join(
        str(unicodedata.digit(letter)) for letter in str(text or "") if unicodedata.digit(letter, None) is not None
    )
