"""What a person is found by, and the terms of it that stand in the open: few, because every one is an index entry of every referral.

One term for each word of a name, the last of many too, one for the birth date, the phone, the passport, the hospital number. What a
searcher may type instead (another order, another spelling, half a word, a date with a slip) is made of the question, not kept.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from services.intake.rules.folding import loose, words
from shared.blind_index import BlindIndex, Kind

NAME = Kind("name", ((1, 2), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1), (12, 1)))
BIRTH = Kind("birth", ((4, 3), (6, 2), (8, 3)))
PHONE = Kind("phone", ((4, 3), (7, 2), (9, 1), (15, 2)))
PASSPORT = Kind("passport", ((40, 8),))
HOSPITAL = Kind("hospital", ((40, 8),))

NAME_FORMS = ("latin", "native", "kana", "preferred", "family", "given")
MOST_STARTS, MOST_PLACES, LONGEST = 120, 30, 40
"""Of the longest names there are: a passport's nine words take nine terms, and nearly everybody's name three."""
NOTHING = [0]
"""The terms of a person of whom nothing can be searched: told apart from one whose terms are not made yet."""

_RUN_ON = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]{3,}\\Z")
_SEPARATORS = re.compile(r"[\W_]+")
_LIKE_DIGITS = str.maketrans("OIL", "011")


def terms_of(index: BlindIndex, identity: dict[str, Any], contact: dict[str, Any]) -> list[int]:
    """The terms of a person, as they stand in the record's `search`."""
    found = [index.term(NAME, start) for start in starts(identity.get("name") or {})]
    if born := birth_key(identity.get("birth_date")):
        found.append(index.term(BIRTH, born))
    if phone := contact.get("phone"):
        found.append(index.term(PHONE, tail_first(phone["e164"])))
    if number := passport_key((identity.get("passport") or {}).get("number")):
        found.append(index.term(PASSPORT, number))
    if number := hospital_key(identity.get("hospital_number")):
        found.append(index.term(HOSPITAL, number))
    return found or NOTHING


def starts(name: dict[str, Any]) -> list[str]:
    """Every beginning a name may be asked by: from each of its words on, the words before it after the last, run together, loose.

    So `Nguyễn Thị Hương` is found by `huong`, `thi h` and `huong nguyen`, each with one range of the index.
    """
    found = _starts(name, NAME_FORMS)
    return found if len(found) <= MOST_STARTS else _starts(name, ("family", *NAME_FORMS))[:MOST_STARTS]


def _starts(name: dict[str, Any], forms: Iterable[str]) -> list[str]:
    found: list[str] = []
    read: list[list[str]] = []
    for form in forms:
        if (text := name.get(form)) and (parts := words(text)) not in read:
            read.append(parts)
            for turned in turns(parts):
                start = loose(turned[:LONGEST])
                if start and not any(known.startswith(start) for known in found):
                    found.append(start)
    return found


def turns(parts: list[str]) -> Iterable[str]:
    """A name's words in a ring, run together, from each word on; kanji, kana and hangul without blanks from each character on."""
    if len(parts) != 1:
        return ("".join(parts[place:] + parts[:place]) for place in range(len(parts)))
    word = parts[0]
    if not _RUN_ON.match(word):
        return parts
    return (word[place:] + word[:place] for place in range(min(len(word) - 1, MOST_PLACES)))


def birth_key(born: str | None) -> str:
    """`19900102`, or `1990` where the year alone is known."""
    return "" if not born or born == "unknown" else born.replace("-", "")


def tail_first(phone: str) -> str:
    """A phone's digits from the last on, so that a number without its country or area is a beginning of the whole."""
    return "".join(digit for digit in reversed(phone) if digit.isdigit())


def passport_key(number: str | None) -> str:
    """O and 0, I and 1 are one in a passport's number: people type either."""
    return "".join(_letters(number)).translate(_LIKE_DIGITS)


def hospital_key(number: str | None) -> str:
    """Without leading zeros and separators."""
    return "".join(_letters(number)).lstrip("0")


def _letters(number: str | None) -> Iterator[str]:
    yield from (part.upper() for part in words(_SEPARATORS.sub("", number or "")))
