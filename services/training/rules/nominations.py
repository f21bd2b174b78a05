"""Reads a partner's list of nominated people, CSV or cells pasted from a spreadsheet, row by row with every fault named.

Not here: what happens with the people (actions/groups.py). Nothing is guessed: a row that cannot be read is reported, not dropped.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.training.rules.people import folded_name
from services.training.rules.records.applicants import ApplicantData, Identity, PersonName
from shared import calendar_bounds, digits, direction, mail_addresses, places
from shared.eras import typed_day
from shared.named import NotNamed
from shared.unicode_forms import normalized

MAX_PEOPLE = 200
MAX_TEXT = 300_000
"""The most characters of a list: 200 people need a tenth of it."""
MAX_LETTERS = 200
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "latin": ("name", "name as in passport", "name (passport)", "passport name", "full name", "氏名（旅券のローマ字）", "氏名(旅券のローマ字)", "氏名（旅券）", "氏名(旅券)", "旅券氏名", "ローマ字氏名", "氏名"),
    "native": ("native name", "name in own script", "own script", "氏名（本人の表記）", "氏名(本人の表記)", "漢字氏名"),
    "birth_date": ("birth date", "date of birth", "birthday", "dob", "生年月日"),
    "nationality": ("nationality", "country", "国籍"),
    "passport": ("passport", "passport number", "passport no", "passport no.", "旅券番号", "パスポート番号"),
    "expires_on": ("passport expires", "passport expiry", "expiry", "expires", "旅券有効期限", "有効期限"),
    "email": ("e-mail", "email", "mail", "メール", "メールアドレス"),
}  # fmt: skip
"""Columns by their possible headings, in any case and width."""
NEEDED = ("latin", "birth_date", "nationality")
PROTECTED = re.compile(r"'[=+\-@0-9]")
NUMBER = re.compile(r"[A-Z0-9]{5,20}")
Fault = tuple[int, str, str]


@dataclass
class ParsedList:
    """`people` as they were read; `faults` as (line, column, code), line 1 being the headings."""

    people: list[ApplicantData] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def decoded_text(content: bytes) -> str:
    """Returns a file as text: UTF-8, UTF-16 as spreadsheets save it, or Shift_JIS (cp932). Raises UnicodeDecodeError."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp932")


def parse_list(text: str, known: Iterable[tuple[str, str]] = ()) -> ParsedList:
    """Returns the people of a list. `known` are those already in the group, as keys of `same`."""
    listed = ParsedList()
    lines = _lines(text) if len(text) <= MAX_TEXT else []
    if len(text) > MAX_TEXT or len(lines) > MAX_PEOPLE + 1:
        listed.faults.append((1, "", "too_many"))
        return listed
    if not lines:
        listed.faults.append((1, "", "empty"))
        return listed
    columns = [_column(cell) for cell in lines[0][1]]
    listed.faults += [(1, name, "no_column") for name in NEEDED if name not in columns]
    if listed.faults:
        return listed
    seen = dict.fromkeys(known, 0)
    for number, cells in lines[1:]:
        _read_row(listed, seen, number, dict(zip(columns, cells, strict=False)))
    if not listed.people and not listed.faults:
        listed.faults.append((1, "", "empty"))
    return listed


def person_key(person: ApplicantData | Identity) -> tuple[str, str]:
    """Returns the key by which two rows are one person: the name in any spelling of it, and the birth date."""
    return folded_name(str((person.get("name") or {}).get("latin") or "")), str(person.get("birth_date") or "")


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Returns the rows that are not empty, with their line numbers."""
    first = text.lstrip("\ufeff\n\r").split("\n", 1)[0]
    separator = max("\t;,", key=first.count)
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator)
    try:
        numbered = [(rows.line_num, [_plain(cell) for cell in row]) for row in rows]
    except csv.Error:
        return []
    return [(number, cells) for number, cells in numbered if any(cells)]


def _plain(cell: str) -> str:
    """Returns a cell without surrounding spaces, and without what protects it from being a formula."""
    plain = normalized("NFC", " ".join(cell.split()))
    return plain[1:] if PROTECTED.match(plain) else plain


def _column(heading: str) -> str:
    wanted = normalized("NFKC", heading).casefold().replace("_", " ").strip(" *")
    for name, words in COLUMNS.items():
        if wanted == name.replace("_", " ") or wanted in (normalized("NFKC", word) for word in words):
            return name
    return f"?{heading}"


def _read_row(listed: ParsedList, seen: dict[tuple[str, str], int], number: int, cells: dict[str, str]) -> None:
    before = len(listed.faults)
    listed.faults += [(number, name, "missing") for name in NEEDED if not cells.get(name)]
    days = {name: _day(cells[name]) if cells.get(name) else None for name in ("birth_date", "expires_on")}
    listed.faults += [(number, name, "no_day") for name, day in days.items() if cells.get(name) and day is None]
    country = country_of(cells.get("nationality", ""))
    email = _address(cells.get("email", ""))
    passport = digits.closed_up(cells.get("passport", "")).upper()
    listed.faults += [(number, name, "no_line") for name in ("latin", "native") if not _is_line(cells.get(name, ""))]
    for name, wrong in (
        ("nationality", bool(cells.get("nationality")) and country is None),
        ("passport", bool(passport) and not NUMBER.fullmatch(passport)),
        ("email", bool(cells.get("email")) and email is None),
    ):
        listed.faults += [(number, name, f"no_{name}")] if wrong else []
    person = _person(cells | {"email": email or ""}, days, country, passport)
    who = person_key(person)
    if len(listed.faults) == before and who in seen:
        listed.faults.append((number, "latin", "twice" if seen[who] else "in_group"))
    seen.setdefault(who, number)
    if len(listed.faults) == before:
        listed.people.append(person)


def _day(typed: str) -> date | None:
    day = typed_day(typed)
    return day if day and calendar_bounds.is_taken(day) else None


def _address(typed: str) -> str | None:
    try:
        return mail_addresses.read(typed)
    except mail_addresses.NotAnAddress:
        return None


def _is_line(name: str) -> bool:
    """Whether a form would accept it: one line, no longer than the limit."""
    plain = not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)
    return len(name) <= MAX_LETTERS and plain and not direction.turns(name)


def _person(
    cells: Mapping[str, str], days: Mapping[str, date | None], country: str | None, passport: str
) -> ApplicantData:
    person: ApplicantData = {}
    name: PersonName = {}
    if cells.get("latin"):
        name["latin"] = cells["latin"]
    if cells.get("native"):
        name["native"] = cells["native"]
    if name:
        person["name"] = name
    if birth_date := days["birth_date"]:
        person["birth_date"] = birth_date.isoformat()
    if country:
        person["nationality"] = country
    if cells.get("email"):
        person["email"] = cells["email"]
    if passport:
        expires_on = days["expires_on"]
        person["passport"] = {
            "number": passport,
            "country": country,
            "expires_on": expires_on.isoformat() if expires_on else None,
        }
    return person


def country_of(written: str) -> str | None:
    """Returns TH for TH, THA, Thailand or タイ, XXA for 無国籍; None for what is neither a whole name nor a code of travel documents."""
    code = written.strip().upper()
    try:
        return places.nationality(code if len(code) > 1 else "")
    except places.NoPlace:
        pass
    try:
        return places.nationality_names().find(written)
    except NotNamed:
        return None
