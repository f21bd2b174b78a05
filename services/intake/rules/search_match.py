"""Matches a search against persons: the index ranges that contain every candidate, and the check of a decrypted person."""

from collections.abc import Callable, Iterable
from itertools import permutations

from services.intake.rules import romaji
from services.intake.rules.name_normalization import loose, words
from services.intake.rules.name_variants import others
from services.intake.rules.records import Name, Passport, Person
from services.intake.rules.search_query import QueryTerm, SearchQuery
from services.intake.rules.search_terms import (
    BIRTH,
    HOSPITAL,
    NAME,
    NAME_FORMS,
    PASSPORT,
    PHONE,
    birth_key,
    hospital_key,
    passport_key,
    phone_key,
    starts,
)
from shared.blind_index import BlindIndex, Kind, Span

EXACT, ALIKE = 2, 1
Clause = list[Span]
"""Ranges of terms. A record matches a clause if one of its terms lies in any of them."""


def clauses(index: BlindIndex, query: SearchQuery) -> list[list[Clause]]:
    """Returns the queries, the narrowest first; each is a list of clauses that a record must match all of."""
    fixed = [_term_clause(index, term) for term in query.terms]
    each_word = [*fixed, *(_spans(index, spellings(word)) for word in query.words)]
    if len(query.words) < 2 or any(is_exact(clause) for clause in fixed):
        return [each_word]
    return [[*fixed, _spans(index, (loose("".join(turn)) for turn in orders(query.words)))], each_word]


def is_exact(clause: Clause) -> bool:
    """Whether a clause has single values only, such as a birth date, which few records share however many there are."""
    return bool(clause) and all(first == last for first, last in clause)


def orders(named: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Returns the orders in which words may appear: all of them for up to three words, else the typed order rotated."""
    if len(named) <= 3:
        return permutations(named)
    return (named[place:] + named[:place] for place in range(len(named)))


def spellings(word: str) -> list[str]:
    """Returns the loose form of a normalized word and of its other spellings, without those that another one covers as a prefix."""
    found = sorted({loose(each) for each in (word, *romaji.spellings(word), *others(word))} - {""}, key=len)
    return [each for place, each in enumerate(found) if not any(each.startswith(kept) for kept in found[:place])]


def _spans(index: BlindIndex, beginnings: Iterable[str]) -> Clause:
    return [span for each in beginnings if (span := index.span(NAME, each))]


def _term_clause(index: BlindIndex, term: QueryTerm) -> Clause:
    spans = [span for born in term.births if (span := index.span(BIRTH, birth_key(born)))]
    spans += [point(index, BIRTH, born[:4]) for born in term.births if len(born) > 4]  # records with the year only
    spans += [span for phone in term.phones if (span := index.span(PHONE, phone))]
    spans += [point(index, PASSPORT, number) for number in term.passports]
    spans += [point(index, HOSPITAL, number) for number in term.hospitals]
    return spans


def point(index: BlindIndex, kind: Kind, text: str) -> Span:
    term = index.term(kind, text)
    return term, term


def matcher(query: SearchQuery) -> Callable[[Person], tuple[int, list[str]] | None]:
    """Returns a check of a decrypted person that gives (rank, reasons) where the whole search matches, else None."""
    named = [(word, tuple(spellings(word))) for word in query.words]

    def fits(person: Person) -> tuple[int, list[str]] | None:
        reasons = [_reason(term, person) for term in query.terms]
        if not all(reasons):
            return None
        rank = _name_rank(named, person.get("name") or Name()) if named else 0
        if rank is None:
            return None
        found = [reason for reason in reasons if reason] + (["name"] if named else [])
        return rank, list(dict.fromkeys(found))

    return fits


def _name_rank(named: list[tuple[str, tuple[str, ...]]], name: Name) -> int | None:
    """Ranks the match of a name: whole words as typed count more than prefixes and other spellings. None where a word does not match."""
    known = starts(name)
    if not all(any(start.startswith(spelled) for start in known) for _, spelled in named):
        return None
    own = {word for form in NAME_FORMS for word in words(name.get(form) or "")}
    return sum(EXACT if word in own else ALIKE for word, _ in named)


def _reason(term: QueryTerm, person: Person) -> str | None:
    born = person.get("birth_date") or ""
    if any(born.startswith(typed) or born == typed[:4] for typed in term.births):
        return "birth_date"
    phone = phone_key(person.get("phone"))
    if any(phone.startswith(typed) for typed in term.phones):
        return "phone"
    if passport_key((person.get("passport") or Passport()).get("number")) in term.passports:
        return "passport"
    return "hospital_number" if hospital_key(person.get("hospital_number")) in term.hospitals else None
