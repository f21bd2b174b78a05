"""The pairs of people of tests/data/name_pairs.txt, read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import name as unicode_name

from services.intake.rules.name_normalization import words

TABLE = Path(__file__).parent / "data" / "name_pairs.txt"
Person = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """`verdict`: same, different, relative."""

    verdict: str
    shows: str
    one: Person
    other: Person
    line: str


def pairs() -> list[Pair]:
    """All of the table."""
    return list(_read(TABLE.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Pair]:
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            verdict, shows, one, other = (part.strip() for part in line.split("|"))
            yield Pair(verdict, shows, person(one), person(other), line)


def person(text: str) -> Person:
    """A person as the table writes one."""
    names, _, facts = (part.strip() for part in text.partition("/"))
    found: Person = {"name": {}, "birth_date": "unknown"}
    for name in (part.strip() for part in names.split(";")):
        found["name"][_form(name)] = name.removeprefix("n:")
    for fact in facts.split():
        found |= _fact(fact)
    return found


def _form(name: str) -> str:
    if name.startswith("n:"):
        return "native"
    return "kana" if unicode_name(words(name)[0][0]).startswith("KATAKANA") else "latin"


def _fact(fact: str) -> Person:
    if fact in ("m", "f"):
        return {"sex": {"m": "male", "f": "female"}[fact]}
    if fact.startswith("+"):
        return {"phone": {"typed": fact, "e164": fact}}
    if fact.startswith("P:"):
        return {"passport": {"number": fact[2:], "country": "XX"}}
    if fact.startswith("H:"):
        return {"hospital_number": fact[2:]}
    return {"nationality": fact} if fact.isalpha() else {"birth_date": fact}
