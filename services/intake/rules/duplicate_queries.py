"""Queries for a person who may be registered already. The term ranges are wide on purpose; similarity.py then scores the matches."""

from collections.abc import Iterable

from services.intake.rules.name_normalization import words
from services.intake.rules.records import Name, Passport, Person
from services.intake.rules.search_match import Clause, point, spellings
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
)
from services.intake.rules.similarity import slips, swapped
from shared.blind_index import BlindIndex

A_BEGINNING = 3
"""How many first letters of a word must match where the birth date matches only nearly."""


def lookups(index: BlindIndex, person: Person) -> list[list[Clause]]:
    """Returns the queries, the most reliable first; each is a list of clauses that a record must match all of.

    A name alone is not searched for: without a number or a similar birth date it is no evidence.
    """
    named = [parts for form in NAME_FORMS if (parts := words((person.get("name") or Name()).get(form) or ""))]
    beginnings = _names(index, (each[:A_BEGINNING] for parts in named for word in parts for each in spellings(word)))
    born = person.get("birth_date") or "unknown"
    phone = phone_key(person.get("phone"))
    phones = [point(index, PHONE, phone)] if phone else []
    exact = _births(index, born)
    tried = [_numbers(index, person), [exact, beginnings], [_near(index, born), beginnings], [phones], [exact]]
    return [clauses for clauses in tried if all(clauses)]


def _numbers(index: BlindIndex, person: Person) -> list[Clause]:
    passport = passport_key((person.get("passport") or Passport()).get("number"))
    hospital = hospital_key(person.get("hospital_number"))
    found = [point(index, PASSPORT, passport)] if passport else []
    return [found + ([point(index, HOSPITAL, hospital)] if hospital else [])]


def _names(index: BlindIndex, beginnings: Iterable[str]) -> Clause:
    return [span for each in sorted(set(beginnings)) if (span := index.span(NAME, each))]


def _births(index: BlindIndex, born: str) -> Clause:
    """Returns the clause for the date, and for the year alone, which is all that some records have."""
    if born == "unknown":
        return []
    if len(born) == 4:
        span = index.span(BIRTH, born)
        return [span] if span else []
    return [point(index, BIRTH, birth_key(born)), point(index, BIRTH, born[:4])]


def _near(index: BlindIndex, born: str) -> Clause:
    if len(born) != 10:
        return []
    turned = swapped(born)
    return [point(index, BIRTH, birth_key(each)) for each in sorted(slips(born) | ({turned} if turned else set()))]
