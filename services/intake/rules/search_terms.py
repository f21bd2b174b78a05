"""What a person is found by: the search terms stored unencrypted. They are few, because each is an index entry of every referral.

One term for each word of a name, and one each for the birth date, the phone, the passport and the hospital number. Variants a searcher
may type (another order or spelling, half a word, a date with a typing error) are derived from the search and not stored.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from services.intake.rules.name_normalization import loose, words
from services.intake.rules.records import Contact, Identity, Name, Passport, Person, Phone
from shared.blind_index import BlindIndex, Kind

NAME = Kind("name", ((1, 2), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1), (12, 1)))
BIRTH = Kind("birth", ((4, 3), (6, 2), (8, 3)))
PHONE = Kind("phone", ((4, 3), (7, 2), (9, 1), (15, 2)))
PASSPORT = Kind("passport", ((40, 8),))
HOSPITAL = Kind("hospital", ((40, 8),))

NameForm = Literal["latin", "native", "kana", "preferred", "family", "given"]
NAME_FORMS: tuple[NameForm, ...] = ("latin", "native", "kana", "preferred", "family", "given")
MAX_STARTS, MAX_PLACES, LONGEST = 120, 30, 40
"""Limits for the longest names. A passport's nine words need nine terms; nearly everybody's name needs three."""
NOTHING = [0]
"""The terms of a person with nothing to search by. They differ from those of a person whose terms are not computed yet."""

_RUN_ON = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]{3,}\\Z")
_SEPARATORS = re.compile(r"[\W_]+")
_LIKE_DIGITS = str.maketrans("OIL", "011")


def terms_of(index: BlindIndex, identity: Identity | Person, contact: Contact | Person) -> list[int]:
    """Returns a person's terms, as stored in the record's `search`."""
    found = [index.term(NAME, start) for start in starts(identity.get("name") or Name())]
    if born := birth_key(identity.get("birth_date")):
        found.append(index.term(BIRTH, born))
    if phone := phone_key(contact.get("phone")):
        found.append(index.term(PHONE, phone))
    if number := passport_key((identity.get("passport") or Passport()).get("number")):
        found.append(index.term(PASSPORT, number))
    if number := hospital_key(identity.get("hospital_number")):
        found.append(index.term(HOSPITAL, number))
    return found or NOTHING


def starts(name: Name) -> list[str]:
    """Returns every beginning a name can be found by: the words rotated to start at each word, joined, in loose form.

    For example, `Nguyễn Thị Hương` is found by `huong`, `thi h` and `huong nguyen`, each with one range of the index.
    """
    found = _starts(name, NAME_FORMS)
    return found if len(found) <= MAX_STARTS else _starts(name, ("family", *NAME_FORMS))[:MAX_STARTS]


def _starts(name: Name, forms: Iterable[NameForm]) -> list[str]:
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
    """Returns a name's words joined, rotated to each word; kanji, kana and hangul without blanks are rotated to each character."""
    if len(parts) != 1:
        return ("".join(parts[place:] + parts[:place]) for place in range(len(parts)))
    word = parts[0]
    if not _RUN_ON.match(word):
        return parts
    return (word[place:] + word[:place] for place in range(min(len(word) - 1, MAX_PLACES)))


def birth_key(born: str | None) -> str:
    """Returns `19900102`, or `1990` where only the year is known."""
    return "" if not born or born == "unknown" else born.replace("-", "")


def tail_first(phone: str) -> str:
    """Returns a phone's digits in reverse order, so that a number without country or area code is a prefix of the whole."""
    return "".join(digit for digit in reversed(phone) if digit.isdigit())


def phone_key(phone: Phone | None) -> str:
    """Returns the digits of a phone number as `tail_first`, empty where there is none."""
    return tail_first(phone["e164"]) if phone else ""


def passport_key(number: str | None) -> str:
    """Returns a passport number with O as 0 and I as 1, since people type either."""
    return "".join(_letters(number)).translate(_LIKE_DIGITS)


def hospital_key(number: str | None) -> str:
    """Returns a hospital number without leading zeros and separators."""
    return "".join(_letters(number)).lstrip("0")


def _letters(number: str | None) -> Iterator[str]:
    yield from (part.upper() for part in words(_SEPARATORS.sub("", number or "")))
