"""Checks an interpreter's record, and derives from it what matching and search read."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from services.interpreting.rules.languages import JAPANESE, UnknownLanguage, language_key
from services.interpreting.rules.matching import LEVELS, Candidate, SpokenLanguage
from services.interpreting.rules.periods import DAYS, Absence, Hours, merge_hours
from services.interpreting.rules.records import (
    HoursEntry,
    Interpreter,
    InterpreterEntry,
    LanguageEntry,
    PersonName,
    SearchFields,
)
from shared.errors import InvalidInput, NotFound

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
ANY_GENDER = "*"
Fault = tuple[str, str]


class NoSuchInterpreter(NotFound):
    """No interpreter has this id."""


class BadInterpreter(InvalidInput):
    """An entry with faults that take more than one field to see; lists all of them."""


@lru_cache(maxsize=2048)
def minutes_of(clock: str) -> int:
    """Returns the minutes since midnight: `08:30` → 510; `24:00` is the end of the day. Raises ValueError."""
    if not CLOCK.fullmatch(clock):
        raise ValueError(f"{clock}: expected a time such as 08:30, or 24:00")
    return int(clock[:2]) * 60 + int(clock[3:])


def hours_of(rows: Iterable[HoursEntry]) -> tuple[Hours, ...]:
    """Returns weekly hours as they are calculated with, rows that meet merged."""
    return merge_hours(
        Hours(DAYS.index(row["day"]), minutes_of(row["since"]), minutes_of(row["until"])) for row in rows
    )


def check(entry: InterpreterEntry) -> None:
    """Raises BadInterpreter with every fault that takes more than one field to see."""
    faults = [*_language_faults(entry["languages"]), *_hours_faults(entry["weekly_hours"])]
    keys = {_key(row["tag"]) for row in entry["languages"]}
    for place, certificate in enumerate(entry.get("certifications", ())):
        if _key(certificate["language"]) not in keys:
            faults.append((f"#/certifications/{place}/language", "expected one of the interpreter's languages"))
    for place, absence in enumerate(entry.get("exceptions", ())):
        if absence["start"] >= absence["end"]:
            faults.append((f"#/exceptions/{place}/to", "expected a time after `from`"))
    if faults:
        raise BadInterpreter(faults)


def _key(tag: str) -> str | None:
    try:
        return language_key(tag)
    except UnknownLanguage:
        return None


def _language_faults(rows: Sequence[LanguageEntry]) -> list[Fault]:
    faults, seen = [], set()
    for place, row in enumerate(rows):
        key = _key(row["tag"])
        if key is None:
            faults.append((f"#/languages/{place}/tag", "expected a BCP 47 language tag, such as th or zh-Hant"))
        elif key in seen:
            faults.append((f"#/languages/{place}/tag", "expected each language once"))
        seen.add(key)
    if not faults and not seen - {JAPANESE}:
        faults.append(("#/languages", "expected at least one language besides Japanese, which is implied"))
    return faults


def _hours_faults(rows: Sequence[HoursEntry]) -> list[Fault]:
    faults = []
    for place, row in enumerate(rows):
        if minutes_of(row["since"]) >= minutes_of(row["until"]):
            detail = "expected a time after `from`; for a night, end one row at 24:00 and start the next day's at 00:00"
            faults.append((f"#/weekly_hours/{place}/to", detail))
    return faults


def display_name(name: PersonName) -> str:
    """Returns the interpreter's name as others see it."""
    return name.get("latin") or name.get("written") or ""


def search_fields(entry: InterpreterEntry) -> SearchFields:
    """Returns what the search finds a record by: language and level, each also with the gender (none while inactive); the languages alone;
    the weekdays with hours."""
    levels = {key: row["level"] for row in entry["languages"] if (key := _key(row["tag"])) and key != JAPANESE}
    genders = (ANY_GENDER, entry["gender"])
    keys = [search_key(key, gender, level) for key, level in levels.items() for gender in genders]
    return {
        "search_keys": keys if entry["active"] else [],
        "language_keys": sorted(levels),
        "working_days": sorted({row.day for row in hours_of(entry["weekly_hours"])}),
    }


def search_key(language: str, gender: str, level: str) -> str:
    """Returns a key that sorts the best level first within a language and gender."""
    return f"{language}|{gender}|{LEVELS.index(level)}"


def search_keys(language: str, gender: str) -> list[str]:
    """Returns the keys of all levels of a language, the best first."""
    return [search_key(language, gender, level) for level in LEVELS]


def candidate_of(entry: Interpreter) -> Candidate:
    """Returns a record as matching sees it."""
    until = {_key(one["language"]): one.get("expires_on") for one in entry.get("certifications", ())}
    languages = {}
    for row in entry["languages"]:
        key = _key(row["tag"])
        if key and key != JAPANESE:
            expires = until.get(key)
            valid_until = date.fromisoformat(expires) if expires else None
            languages[key] = SpokenLanguage(row["tag"], row["level"], valid_until, certified=key in until)
    return Candidate(
        id=entry["_id"],
        name=display_name(entry["name"]),
        gender=entry["gender"],
        languages=languages,
        modalities=tuple(entry["modalities"]),
        hours=hours_of(entry["weekly_hours"]),
        absences=tuple(Absence(row["start"], row["end"]) for row in entry.get("exceptions", ())),
        buffer=timedelta(minutes=entry["travel_buffer_minutes"]),
        daily_maximum=entry.get("daily_maximum"),
        active=entry["active"],
    )
