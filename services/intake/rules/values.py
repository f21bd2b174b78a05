"""Validates and normalizes external values: languages, countries, dates, phones, codes. Each error says what is expected.

The big tables (languages, countries, phone plans) are loaded on first use, because the event process never needs them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from shared import calendar_bounds, direction, languages, phones, places
from shared.digits import code, dashed

LEVELS = ("native", "fluent", "daily", "basic")
SEXES = ("male", "female", "other", "unknown")
RESIDENCES = ("resident", "visitor", "medical_traveller")
URGENCIES = ("routine", "urgent", "emergency")
PAYERS = ("self", "japanese_insurance", "foreign_insurer", "assistance_company")
CHANNELS = ("japanese_clinic", "walk_in", "ambulance", "phone_or_mail", "from_ward", "partner")
ALL_CHANNELS = ("agency", *CHANNELS)
VISIT_KINDS = ("outpatient", "examination", "procedure", "check_up", "online")
MODALITIES = ("on_site", "video", "phone")
WANTED_BY = ("patient", "agency", "hospital", "no_interpreter", "visa")
DECLINE_REASONS = ("no_capacity", "not_offered", "medically_unsuitable", "insufficient_information", "payment_not_secured", "duplicate", "other")  # fmt: skip
CANCEL_REASONS = ("patient_request", "hospital", "medical", "travel", "duplicate", "other")
CLOSE_REASONS = tuple(dict.fromkeys((*DECLINE_REASONS, *CANCEL_REASONS)))
OUTCOMES = ("treated", "stopped", "transferred", "went_home", "died", "lost")
GENDERS = ("female", "male")
INTERPRET_FOR = ("patient", "parent", "partner", "companion")
MAX_NAME = 200
EARLIEST_BIRTH = 1880

_DEPARTMENT = re.compile(r"[a-z_]{2,40}\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_YEAR = re.compile(r"\d{4}\Z", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc, all of it
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Unfit(ValueError):
    """An invalid value. The text says what is expected and never repeats the value."""


def language(tag: str) -> str:
    """Returns a BCP 47 tag in canonical form, `TH` as `th`, `prs` as `fa-AF`; raises Unfit."""
    return _fit(languages.canonical, tag)


def country(code: str) -> str:
    """Returns an ISO 3166-1 alpha-2 code, also for the codes travel documents use; raises Unfit."""
    return _fit(places.country, code)


def nationality(code: str) -> str:
    """Returns a country, a code for persons without a nationality (ICAO 9303-3), or `unknown`; raises Unfit."""
    return _fit(places.nationality, code)


def issuer(code: str) -> str:
    """Returns the issuer of a passport; raises Unfit."""
    return _fit(places.issuer, code)


def _fit(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except (languages.NoLanguage, places.NoPlace) as error:
        raise Unfit(str(error)) from error


def department(code: str) -> str:
    """Returns a department's code as a referral may name it, listed or not; raises Unfit."""
    if not _DEPARTMENT.match(code):
        raise Unfit("expected 2 to 40 of a-z and _, such as cardiology or undecided")
    return code


def phone(given: str | Mapping[str, object], region: str | None) -> dict[str, str]:
    """Returns `{typed, e164}` for a text or such a mapping. Without a region the number must be international."""
    typed, number = _phone(given, region)
    return {"typed": dashed(typed), "e164": number.e164}


def phone_line(given: str | Mapping[str, object], region: str | None) -> str:
    """Returns the number on one line, as dialled from anywhere: +66 2 123 4567."""
    return _phone(given, region)[1].shown


def _phone(given: str | Mapping[str, object], region: str | None) -> tuple[str, phones.Phone]:
    try:
        return phones.given(given, region)
    except phones.NoPhone as error:
        raise Unfit(str(error)) from error


def birth_date(text: str) -> str:
    """Returns an ISO date, a year, or `unknown`; raises Unfit. Callers that know the time check that it is not in the future."""
    if text == "unknown" or (_YEAR.match(text) and is_birth_year(int(text))):
        return text
    try:
        if is_birth_year(calendar_date(text).year):
            return text
    except Unfit:
        pass
    raise Unfit("expected a date such as 1961-04-02, a year such as 1961, or unknown")


def is_birth_year(year: int) -> bool:
    """Whether somebody may have been born in this year, as far as can be said without a clock."""
    return EARLIEST_BIRTH <= year <= calendar_bounds.LAST_DAY.year


def calendar_date(text: str) -> date:
    """Returns an ISO 8601 calendar date within shared/calendar_bounds.py; raises Unfit."""
    if _DATE.match(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            if calendar_bounds.is_taken(day):
                return day
            raise Unfit(calendar_bounds.EXPECTED)
    raise Unfit("expected a date such as 1961-04-02")


def line(text: str, most: int) -> str:
    """Returns one line of text in any script, unchanged but for outer blanks; raises Unfit.

    Not accepted: blank texts, control characters, characters that change the text direction (shared/direction.py).
    """
    kept = text.strip()
    if not 1 <= len(kept) <= most:
        raise Unfit(f"expected 1 to {most} characters that are not blank")
    if _CONTROL.search(kept):
        raise Unfit("expected no control characters")
    if direction.turns(kept):
        raise Unfit(direction.EXPECTED)
    return kept


def number(text: str, most: int) -> str:
    """Returns a number or code of letters and digits on one line, full-width ones converted to plain ones."""
    return line(code(line(text, most)), most)


def words(text: str, most: int) -> str:
    """Returns text over several lines: as `line`, but line ends and tabs are allowed."""
    kept = text.strip()
    if not 1 <= len(kept) <= most:
        raise Unfit(f"expected 1 to {most} characters that are not blank")
    if _CONTROL_IN_LINES.search(kept):
        raise Unfit("expected no control characters but line ends and tabs")
    return kept
