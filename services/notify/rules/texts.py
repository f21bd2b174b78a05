"""Texts of notifications: one file per language (templates/*.toml), filled in from named fields only.

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
from services.notify.rules.date_format import format_date, format_dates, format_period, format_time
from services.notify.rules.notifications import Notification, TextFields
from shared.texts import fields_of, fill, read_toml

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = ("en", "ja")
TEXT_FIELDS = (
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
CODE_FIELDS = (
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
"""Fields that are codes, replaced by their words."""
DATE_FIELDS = ("ends", "notice_given_on", "notice_on", "terminates_on")
MAIL_FRAMES = {  # the text around an e-mail, by audience; `staff` for the others
    AGENCY: "agency",
    OWNER: "owner",
    PERSON: "person",
    APPLICANT: "applicant",
    TRAINING: "training",
    REVIEWER: "training",
    CHIEF: "training",
}
ABROAD = (AGENCY, APPLICANT)
Departments = Mapping[str, Mapping[str, str]]
"""Names of departments by code and language."""


class BadCatalogue(RuntimeError):
    """A text is missing, or names a field it may not; stops the process at start."""


@dataclass(frozen=True)
class RenderedText:
    """One notification in words: a single line, and the text below it."""

    title: str
    text: str


class Texts:
    """The texts of all languages. A missing text is found at start; each is compiled at first use."""

    def __init__(self, directory: Path = TEMPLATES, zone: ZoneInfo | None = None) -> None:
        self._zone = zone or ZoneInfo("Asia/Tokyo")
        self._words: dict[str, dict[str, dict[str, str]]] = {}
        self._sources: dict[tuple[str, str, str], str] = {}
        for language in LANGUAGES:
            self._load(language, read_toml(directory / f"{language}.toml"))

    def _load(self, language: str, catalogue: Mapping[str, Any]) -> None:
        self._words[language] = catalogue["words"]
        for part in ("staff", *sorted(set(MAIL_FRAMES.values()))):
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
            allowed = {"title", "text", *TEXT_FIELDS} if key == "mail" else set(TEXT_FIELDS)
            unknown = fields_of(source) - allowed
            if unknown:
                raise BadCatalogue(f"{language}.toml: {key} names {', '.join(sorted(unknown))}")

    def render(self, key: str, wanted: str | None, fields: TextFields, departments: Departments) -> RenderedText:
        """Returns a notification in words for a screen. `fields` are the notification's, with `reference` and `link`."""
        language = supported_language(wanted)
        values = self._values(key, language, fields, departments)
        title = self._fill(language, key, "title", values)
        return RenderedText(" ".join(title.split()), self._fill(language, key, "text", values).strip())

    def render_email(self, key: str, wanted: str | None, fields: TextFields, departments: Departments) -> RenderedText:
        """Returns the same as an e-mail: the title as subject, the text between greeting and signature."""
        language = supported_language(wanted)
        rendered = self.render(key, language, fields, departments)
        frame = MAIL_FRAMES.get(audience_of(key), "staff")
        values = self._values(key, language, fields, departments)
        values |= {"title": rendered.title, "text": rendered.text}
        return RenderedText(rendered.title, self._fill(language, "mail", frame, values) + "\n")

    def _fill(self, language: str, key: str, part: str, values: Mapping[str, object]) -> str:
        return fill(self._sources[language, key, part], values)

    def _values(self, key: str, language: str, fields: TextFields, departments: Departments) -> dict[str, object]:
        """Returns the value of every field a text may name, with codes put into words; one that the event does not carry is empty."""
        raw: Mapping[str, object] = fields
        values = {name: "" if raw.get(name) is None else raw[name] for name in TEXT_FIELDS}
        words = self._words[language]
        for name in CODE_FIELDS:
            values[name] = words.get(name, {}).get(str(values[name]), values[name])
        for name in DATE_FIELDS:
            values[name] = format_date(str(raw[name]), language) if raw.get(name) else ""
        code = fields.get("department") or ""
        values["department"] = _name(departments.get(code, {}), language) or words["department"].get(code, code)
        values["agreement"] = _name(fields.get("title") or {}, language)
        if about := fields.get("about"):
            values["about"] = self.render(about, language, fields | {"about": None}, departments).title
        return values | self._times(fields, language, audience_of(key) in ABROAD)

    def _times(self, fields: TextFields, language: str, abroad: bool) -> dict[str, str]:
        """Returns periods, stays and times in words; an empty text for those that the event does not carry."""

        def period(start: str | None, end: str | None) -> str:
            return format_period(start, end, self._zone, language, abroad) if start and end else ""

        def stay(first: str | None, last: str | None) -> str:
            return format_dates(first, last, language) if first and last else ""

        def time(at: str | None) -> str:
            return format_time(at, self._zone, language, abroad) if at else ""

        return {
            "period": period(fields.get("start"), fields.get("end")),
            "previous_period": period(fields.get("previous_start"), fields.get("previous_end")),
            "stay": stay(fields.get("first_day"), fields.get("last_day")),
            "previous_stay": stay(fields.get("previous_first_day"), fields.get("previous_last_day")),
            "until": time(fields.get("expires_at")),
            "answer_by": time(fields.get("answer_by")),
        }


def supported_language(wanted: str | None) -> str:
    """Returns the language used for a BCP 47 tag: its own, else English, the language all agencies share."""
    primary = (wanted or "").split("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def department_codes(notifications: Iterable[Notification]) -> set[str]:
    """Returns the departments that these notifications name."""
    return {code for each in notifications if (code := each.get("fields", TextFields()).get("department"))}


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
