"""Handouts for patients: their languages, the languages printed side by side, and sentences filled in. Texts are in templates/sheets.

A translation that nobody has reviewed is printed between Japanese and English. Interpreters appear by role, never by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from services.intake.rules.records import Json, Language
from shared.texts import fill, read_toml

HOUSE, SECOND, EASY = "ja", "en", "easy"
LANGUAGES = ("en", "zh-Hans", "ko", "vi", "th", "ne", "pt", "id", "ar", EASY)
FOLDER = Path(__file__).parents[1] / "templates" / "sheets"
SURE = ("confirmed", "in_progress", "completed")
PAYS_WITH = {"self": "payment", "japanese_insurance": "insurance"}


@dataclass(frozen=True)
class Text:
    """The texts of one language; `tag` and `direction` are the HTML attributes."""

    code: str
    name: str
    version: str
    reviewed: bool
    parts: Mapping[str, Mapping[str, str]]

    @property
    def tag(self) -> str:
        return HOUSE if self.code == EASY else self.code

    @property
    def direction(self) -> str:
        return str(self._locale.text_direction)

    @property
    def _locale(self) -> Locale:
        return Locale.parse({"en": "en_GB"}.get(self.tag, self.tag).replace("-", "_"))

    def word(self, name: str) -> str:
        return self.parts["words"][name]

    def day(self, moment: datetime, zone: ZoneInfo) -> str:
        """Returns the date with its weekday, as this language writes it (CLDR), in Latin numerals."""
        at = moment.astimezone(zone)
        if self.tag == HOUSE:
            weekday = "月火水木金土日"[at.weekday()]
            return f"{at.year}年{at.month}月{at.day}日（{weekday}{'よう日' if self.code == EASY else ''}）"
        return format_date(at.date(), "full", locale=self._locale)

    def kind(self, code: str) -> str:
        return self.parts["kind"][code]

    def interpreter(self, status: str, need: Json, modality: str, language: str) -> str:
        """Returns who interprets, as a role: found, being looked for, provided by somebody else, or not needed."""
        fields = {"language": self._locale.languages.get(language.replace("-", "_"), self._primary(language))}
        if status == "not_needed":
            return self.parts["interpreter"]["none"]
        if status == "provided":
            return fill(self.parts["interpreter"][need["provided_by"]], fields)
        kind = "sure" if status in SURE else "looking"
        return fill(self.parts["interpreter"][kind], fields | {"how": self.parts["how"][modality]})

    def bring(self, payer: str) -> list[str]:
        """Returns what to bring to the visit."""
        pays = PAYS_WITH.get(payer, "guarantee")
        return [self.parts["bring"][name] for name in ("paper", "identity", pays, "medicines", "letters")]

    def _primary(self, language: str) -> str:
        primary = language.partition("-")[0]
        return str(self._locale.languages.get(primary, language))


@cache
def text(code: str) -> Text:
    """Returns the texts of a language; raises KeyError if there are none."""
    if code not in (HOUSE, *LANGUAGES):
        raise KeyError(code)
    known = read_toml(FOLDER / f"{code}.toml")
    parts = {name: part for name, part in known.items() if isinstance(part, dict)}
    return Text(code, known["name"], known["version"], known["reviewed"], parts)


def beside(code: str) -> list[Text]:
    """Returns the columns of a handout: Japanese, the language, and English where the translation is not reviewed."""
    codes = [HOUSE, code] if text(code).reviewed or code == SECOND else [HOUSE, code, SECOND]
    return [text(each) for each in codes]


def language_for(spoken: Iterable[Language]) -> str:
    """Returns the first of a person's languages that has a handout; if none, easy Japanese for somebody who knows some, else English.

    Traditional Chinese, and languages not written like Mandarin, do not get the simplified Chinese handout but English.
    """
    tags = [each["tag"] for each in spoken]
    for tag in tags:
        if found := _known(tag):
            return found
    return EASY if any(tag.partition("-")[0] == HOUSE for tag in tags) else SECOND


def _known(tag: str) -> str | None:
    primary, *rest = tag.split("-")
    if primary in ("zh", "cmn"):
        return None if {"Hant", "TW", "HK", "MO"} & set(rest) else "zh-Hans"
    return primary if primary in LANGUAGES else None
