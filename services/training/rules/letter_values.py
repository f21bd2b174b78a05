"""The values of each letter and form of training, and the plain data its template (letters/*.typ) reads. Pure: no I/O, no clock.

Not here: layout and fixed wording (the templates), rendering (shared/pdf).
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import date

import langcodes
import segno

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = (("月", "Mon"), ("火", "Tue"), ("水", "Wed"), ("木", "Thu"), ("金", "Fri"), ("土", "Sat"), ("日", "Sun"))
KINDS = ("observation", "elective", "hands_on", "overseas", "in_house")


@dataclass(frozen=True)
class Words:
    """A text in Japanese and English; where one is missing the other is used."""

    ja: str = ""
    en: str = ""


NOTHING = Words()


@dataclass(frozen=True)
class Name:
    """A name as in the passport, in Latin letters, and as its owner writes it; `language` (BCP 47, such as zh-Hant) decides how it is set."""

    latin: str
    own: str = ""
    language: str = ""


@dataclass(frozen=True)
class Issuer:
    """The issuer: head and foot of every page."""

    hospital: Words
    center: Words
    address: Words
    phone: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True)
class Signer:
    """The person who signs, and their office."""

    name: Words
    title: Words


@dataclass(frozen=True)
class Period:
    """From the first day through the last."""

    begins: date
    ends: date


@dataclass(frozen=True)
class Programme:
    """The programme somebody takes part in; `kind` is one of KINDS."""

    title: Words
    kind: str
    departments: tuple[Words, ...]
    period: Period


@dataclass(frozen=True)
class Certificate:
    """修了証: of a completed programme. `code` is what the page at `url` verifies; the QR code holds `url`."""

    number: str
    issuer: Issuer
    person: Name
    programme: Programme
    place: Words
    issued: date
    signer: Signer
    code: str
    url: str
    days: int | None = None
    hours: int | None = None


@dataclass(frozen=True)
class Stay:
    """One line of a visa's schedule (滞在予定表): day or days, activity, contact, accommodation."""

    period: Period
    what: Words
    contact: Words = NOTHING
    lodging: Words = NOTHING


@dataclass(frozen=True)
class Invitation:
    """招へい理由書 with 滞在予定表: to a Japanese embassy or consulate, for a visa."""

    number: str
    issuer: Issuer
    addressee: Words
    person: Name
    birth_date: date
    nationality: Words
    passport: str
    affiliation: Words
    programme: Programme
    purpose: Words
    background: Words
    relation: Words
    costs: Words
    stays: tuple[Stay, ...]
    contact: Words
    issued: date
    signer: Signer


@dataclass(frozen=True)
class Session:
    """One line of a participant's schedule; `begins` and `ends` as 09:00, both empty for the whole day."""

    day: date
    what: Words
    begins: str = ""
    ends: str = ""
    place: Words = NOTHING
    host: Words = NOTHING


@dataclass(frozen=True)
class Schedule:
    """日程表: a participant's days, hour by hour."""

    issuer: Issuer
    person: Name
    programme: Programme
    sessions: tuple[Session, ...]
    contact: Words
    issued: date
    note: Words = NOTHING


@dataclass(frozen=True)
class Badge:
    """名札, 91 × 55 mm: worn while in the hospital."""

    number: str
    issuer: Issuer
    person: Name
    affiliation: Words
    department: Words
    kind: str
    valid: Period


@dataclass(frozen=True)
class Pledge:
    """誓約書: confidentiality, and what the participant may do (by the programme's kind), signed by hand by the participant."""

    issuer: Issuer
    person: Name
    affiliation: Words
    programme: Programme
    issued: date


@dataclass(frozen=True)
class Letter:
    """受入許可書, or 条件付受入内定書 where `conditions` are still to be met."""

    number: str
    issuer: Issuer
    person: Name
    affiliation: Words
    programme: Programme
    supervisor: Words
    contact: Words
    issued: date
    signer: Signer
    conditions: tuple[Words, ...] = ()
    answer_by: date | None = None
    fee: Words = NOTHING
    enclosed: tuple[Words, ...] = field(default=())


LetterValues = Certificate | Invitation | Schedule | Badge | Pledge | Letter


def template(values: LetterValues) -> str:
    """Returns the template's file name in letters/."""
    return f"{type(values).__name__.lower()}.typ"


def data(values: LetterValues) -> dict[str, object]:
    """Returns the template's data: dataclasses as dicts by their fields' names, with days and names prepared for setting."""
    made = {name: _plain(value) for name, value in vars(values).items()}
    if isinstance(values, Certificate):
        made["qr"] = segno.make(values.url, error="m", micro=False).svg_inline(border=0, dark="#1f2a44")
    return made


def _plain(value: object) -> object:
    match value:
        case Words():
            return {"ja": value.ja or value.en, "en": value.en or value.ja}
        case Name():
            return name(value)
        case date():
            return day(value)
        case tuple():
            return [_plain(each) for each in value]
        case None | str() | int():
            return value
        case _:
            return {key: _plain(each) for key, each in vars(value).items()}


def day(value: date) -> dict[str, str]:
    """Returns 2026年11月2日 and 2 November 2026; in short 11月2日（月） and Mon 2 November."""
    ja, en = WEEKDAYS[value.weekday()]
    return {
        "ja": f"{value.year}年{value.month}月{value.day}日",
        "en": f"{value.day} {MONTHS[value.month - 1]} {value.year}",
        "short_ja": f"{value.month}月{value.day}日（{ja}）",
        "short_en": f"{en} {value.day} {MONTHS[value.month - 1]}",
    }


def name(value: Name) -> dict[str, object]:
    """Returns both forms, and how the own one is set: language, region and script for its glyphs, and the direction of its first letter.

    `own` is empty where it would only repeat the Latin form.
    """
    own = "" if _alike(value.own, value.latin) else value.own
    language = _language(value)
    return {
        "latin": value.latin,
        "own": own,
        "lang": language.language or "en",
        "region": language.territory,
        "script": language.script,
        "rtl": _right_to_left(own),
    }


def _language(value: Name) -> langcodes.Language:
    """Returns the language with script and region; for Chinese those whose forms the fonts have: mainland China's, or Taiwan's for all
    traditional ones."""
    given = langcodes.Language.get(value.language or _guessed(value.own or value.latin)).maximize()
    if given.language in {"zh", "yue", "cmn", "nan", "hak", "wuu"}:
        traditional = given.script == "Hant"
        return langcodes.Language.make(
            "zh", script="Hant" if traditional else "Hans", territory="TW" if traditional else "CN"
        )
    return given


def _guessed(text: str) -> str:
    """Returns a language by the first script that identifies one; kana and hangul before kanji, which identify none."""
    for script, language in SCRIPTS.items():
        if any(script in unicodedata.name(letter, "") for letter in text):
            return language
    return "en"


# Words of Unicode's character names, and a language written so; only the shaping and the order of fonts depend on it.
SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "ja", "ARABIC": "ar", "HEBREW": "he", "DEVANAGARI": "hi",
    "BENGALI": "bn", "GURMUKHI": "pa", "GUJARATI": "gu", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml",
    "SINHALA": "si", "THAI": "th", "LAO ": "lo", "TIBETAN": "bo", "MYANMAR": "my", "KHMER": "km", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "ETHIOPIC": "am", "THAANA": "dv", "GREEK": "el", "CYRILLIC": "ru",
}  # fmt: skip


def _alike(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _right_to_left(text: str) -> bool:
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((found in {"R", "AL"} for found in strong if found in {"L", "R", "AL"}), False)
