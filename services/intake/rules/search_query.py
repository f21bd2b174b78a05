"""Parses what was typed into the search box: a reference, dates, phone numbers, other numbers and words of a name, recognised by their form.

A piece may have several meanings (19900102 is a date, the end of a phone number, a hospital number). A person matches if every piece does.
"""

import re
from dataclasses import dataclass, field

from services.intake.rules import birth_dates
from services.intake.rules.name_normalization import loose, words
from services.intake.rules.references import Reference, read_reference
from services.intake.rules.search_terms import hospital_key, passport_key, tail_first
from shared import phones
from shared.digits import folded

MAX_WORDS, MAX_PIECE, MIN_PHONE_DIGITS, MAX_PHONE_DIGITS, MIN_FOREIGN_DIGITS = 6, 6, 4, 15, 9
_DASHES = re.compile(r"(?<=[0-9A-Za-z])[‐‑‒–—―−ー〜~─━](?=[0-9A-Za-z])")
_DIALLED = re.compile(r"\+?[\d().\- ]+\Z", re.ASCII)
_CODED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9\-]{3,40}\Z", re.ASCII)


@dataclass(frozen=True)
class QueryTerm:
    """The possible meanings of one piece; any of them may match. `births` are dates or years, `phones` digits in reverse order."""

    births: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    passports: tuple[str, ...] = ()
    hospitals: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchQuery:
    """A parsed search. `whole` is the text that may be an agency's reference, `words` are normalized, `name` holds the words as typed."""

    whole: str = ""
    reference: Reference | None = None
    terms: tuple[QueryTerm, ...] = ()
    words: tuple[str, ...] = ()
    name: str = ""
    kinds: tuple[str, ...] = field(default=())


def read(typed: str) -> SearchQuery:
    """Returns the parsed search. A text with nothing to search by has neither `terms` nor `words`."""
    text = _DASHES.sub("-", folded(typed))
    reference = read_reference(text)
    if reference is not None and reference.certain:
        return SearchQuery(text, reference, kinds=("reference",) if reference.text else ("mistyped_reference",))
    terms, named, name = _pieces(text.split())
    kinds = ["reference"] if reference else []
    kinds += [kind for term in terms for kind in _kinds(term)] + (["name"] if named else [])
    return SearchQuery(
        text, reference, tuple(terms), tuple(named[:MAX_WORDS]), " ".join(name), tuple(dict.fromkeys(kinds))
    )


def _pieces(tokens: list[str]) -> tuple[list[QueryTerm], list[str], list[str]]:
    """Splits tokens into (meanings, normalized words, words as typed), taking the longest run that is a date or a phone number first."""
    terms: list[QueryTerm] = []
    named: list[str] = []
    name: list[str] = []
    at = 0
    while at < len(tokens):
        for length in range(min(MAX_PIECE, len(tokens) - at), 0, -1):
            if found := _meaning(tokens[at : at + length]):
                terms.append(found)
                break
        else:
            length = 1
            plain = [word for word in words(tokens[at]) if loose(word)]
            named += plain
            name += [tokens[at]] if plain else []
        at += length
    return terms, named, name


def _meaning(tokens: list[str]) -> QueryTerm | None:
    text = " ".join(tokens)
    births = birth_dates.read(text)
    if len(tokens) > 1:
        if births:
            return QueryTerm(births)
        return QueryTerm(phones=_phones(text)) if _one_phone(tokens) and _phones(text) else None
    if births and not text.isdigit():
        return QueryTerm(births)
    if _DIALLED.match(text):
        return _dialled(text, births)
    return QueryTerm(passports=(passport_key(text),), hospitals=(hospital_key(text),)) if _CODED.match(text) else None


def _one_phone(tokens: list[str]) -> bool:
    """Whether groups of digits form one phone number: with a leading + always, else no group is too long and the first is no date or year."""
    alone = (sum(letter.isdigit() for letter in token) > 8 for token in tokens)
    return all(_DIALLED.match(token) for token in tokens) and (
        tokens[0].startswith("+") or not (birth_dates.read(tokens[0]) or any(alone))
    )


def _dialled(text: str, births: tuple[str, ...]) -> QueryTerm | None:
    """Returns the meanings of digits and their separators: a date, a phone number or its end, a passport or a hospital number."""
    number = hospital_key(text)
    found = QueryTerm(
        births, _phones(text), (passport_key(text),) if len(number) > 4 else (), (number,) if number else ()
    )
    return found if found != QueryTerm() else None


def _phones(text: str) -> tuple[str, ...]:
    """Returns the digits a phone number may end in, in reverse order: as typed, and without an international access prefix."""
    digits = tail_first(text.replace("(0)", "")).rstrip("0")
    found = [digits] if MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS else []
    if len(digits) >= MIN_FOREIGN_DIGITS:
        try:
            whole = tail_first(phones.read(text, "JP").e164)
            found += [whole] if not whole.startswith(digits) else []
        except phones.NoPhone:
            pass
    return tuple(found)


def _kinds(term: QueryTerm) -> list[str]:
    named = {
        "birth_date": term.births,
        "phone": term.phones,
        "passport": term.passports,
        "hospital_number": term.hospitals,
    }
    return [kind for kind, values in named.items() if values]
