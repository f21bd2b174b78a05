"""Texts of notifications: one catalogue file per language (templates/*.toml), filled in from named fields only.

Not here: who reads which language (the sender and the inbox know their reader).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.notify.rules.audience import (
    AGENCY,
    APPLICANT,
    CHIEF,
    OWNER,
    PERSON,
    REVIEWER,
    TRAINING,
    audience_of,
    text_keys,
)
from services.notify.rules.moments import day, days, moment, period
from shared.texts import fields_of, fill, read_toml

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = ("en", "ja")
NAMED = (
    "about",
    "agency_reference",
    "agreement",
    "answer_by",
    "channel",
    "conditional",
    "count",
    "days_left",
    "department",
    "ends",
    "interpreter_name",
    "kind",
    "language",
    "link",
    "mail_reason",
    "mark",
    "modality",
    "notice_given_on",
    "notice_on",
    "outcome",
    "password_known",
    "period",
    "place",
    "previous_period",
    "previous_stay",
    "reason",
    "reference",
    "renews_months",
    "status",
    "stay",
    "terminates_on",
    "to",
    "until",
    "urgency",
    "wanted_by",
    "what",
)
"""The fields a text may name."""
WORDED = (
    "channel",
    "kind",
    "language",
    "mail_reason",
    "modality",
    "outcome",
    "reason",
    "status",
    "urgency",
    "wanted_by",
    "what",
)
DAYS = ("ends", "notice_given_on", "notice_on", "terminates_on")
FRAMES = {  # of an e-mail; staff otherwise
    AGENCY: "agency",
    OWNER: "owner",
    PERSON: "person",
    APPLICANT: "applicant",
    TRAINING: "training",
    REVIEWER: "training",
    CHIEF: "training",
}
ABROAD = (AGENCY, APPLICANT)
Document = dict[str, Any]


class BadCatalogue(RuntimeError):
    """A text is missing, or names a field it may not; stops the process at start."""


@dataclass(frozen=True)
class Written:
    """One notification in words: a single line, and the text below it."""

    title: str
    text: str


class Texts:
    """All catalogues. A missing text is found at start; each is compiled at first use."""

    def __init__(self, directory: Path = TEMPLATES, zone: ZoneInfo | None = None) -> None:
        self._zone = zone or ZoneInfo("Asia/Tokyo")
        self._words: dict[str, dict[str, dict[str, str]]] = {}
        self._sources: dict[tuple[str, str, str], str] = {}
        for language in LANGUAGES:
            self._load(language, read_toml(directory / f"{language}.toml"))

    def _load(self, language: str, catalogue: Document) -> None:
        self._words[language] = catalogue["words"]
        for part in ("staff", *sorted(set(FRAMES.values()))):
            self._sources[language, "mail", part] = catalogue["mail"][part].strip()
        for key in text_keys():
            audience, _, name = key.partition(".")
            entry = catalogue.get(audience, {}).get(name, {})
            for part in ("title", "text"):
                if not entry.get(part):
                    raise BadCatalogue(f"{language}.toml: {key} lacks its {part}")
                self._sources[language, key, part] = entry[part].strip()

    def check(self) -> None:
        """Checks every text; raises BadCatalogue where one names a field it may not. For the tests: it would double the start time."""
        for (language, key, _), source in self._sources.items():
            allowed = {"title", "text", *NAMED} if key == "mail" else set(NAMED)
            unknown = fields_of(source) - allowed
            if unknown:
                raise BadCatalogue(f"{language}.toml: {key} names {', '.join(sorted(unknown))}")

    def _render(self, language: str, key: str, part: str, named: Document) -> str:
        return fill(self._sources[language, key, part], named)

    def write(
        self, key: str, wanted: str | None, fields: Document, departments: Mapping[str, Mapping[str, str]]
    ) -> Written:
        """Returns a notification in words for a screen. `fields` are the notification's, with `reference` and `link`."""
        language = chosen(wanted)
        named = self._named(key, language, fields, departments)
        title = self._render(language, key, "title", named)
        return Written(" ".join(title.split()), self._render(language, key, "text", named).strip())

    def write_mail(
        self, key: str, wanted: str | None, fields: Document, departments: Mapping[str, Mapping[str, str]]
    ) -> Written:
        """Returns the same as an e-mail: the title as subject, the text between greeting and signature."""
        language = chosen(wanted)
        written = self.write(key, language, fields, departments)
        frame = FRAMES.get(audience_of(key), "staff")
        named = self._named(key, language, fields, departments)
        named |= {"title": written.title, "text": written.text}
        return Written(written.title, self._render(language, "mail", frame, named) + "\n")

    def _named(
        self, key: str, language: str, fields: Document, departments: Mapping[str, Mapping[str, str]]
    ) -> Document:
        """Returns every named field, with codes put into words; a field that the event does not carry is empty."""
        named: Document = {name: "" if fields.get(name) is None else fields[name] for name in NAMED}
        words = self._words[language]
        for name in WORDED:
            named[name] = words.get(name, {}).get(named[name], named[name])
        code = fields.get("department") or ""
        named["department"] = _name(departments.get(code, {}), language) or words["department"].get(code, code)
        abroad = audience_of(key) in ABROAD
        for name, prefix in (("period", ""), ("previous_period", "previous_")):
            start, end = fields.get(f"{prefix}start"), fields.get(f"{prefix}end")
            named[name] = period(start, end, self._zone, language, abroad) if start and end else ""
        for name, prefix in (("stay", ""), ("previous_stay", "previous_")):
            first, last = fields.get(f"{prefix}first_day"), fields.get(f"{prefix}last_day")
            named[name] = days(first, last, language) if first and last else ""
        for name in DAYS:
            named[name] = day(fields[name], language) if fields.get(name) else ""
        named["agreement"] = _name(fields.get("title") or {}, language)
        ends = fields.get("expires_at")
        if named["about"]:
            whole = fields | {"about": None}
            named["about"] = self.write(named["about"], language, whole, departments).title
        named["until"] = moment(ends, self._zone, language, abroad) if ends else ""
        answer = fields.get("answer_by")
        named["answer_by"] = moment(answer, self._zone, language, abroad) if answer else ""
        return named


def chosen(wanted: str | None) -> str:
    """Returns the language used for a BCP 47 tag: its own, else English, the language all agencies share."""
    primary = (wanted or "").split("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def department_codes(notices: Iterable[Mapping[str, Any]]) -> set[str]:
    """Returns the departments that these notifications name."""
    return {notice["fields"]["department"] for notice in notices if notice.get("fields", {}).get("department")}


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
