"""Which languages are the same, and who understands whom. Compared is the primary language after CLDR aliases (BCP 47, RFC 5646), by CLDR's
distances between languages (Unicode TR35, language matching), which differ by direction.

Script never counts; regions are compared only to warn. Yue and nan are languages of their own, and so are sign languages.
"""

from collections.abc import Iterable
from functools import cache, lru_cache

import langcodes
from langcodes.data_dicts import LANGUAGE_DISTANCES, NORMALIZED_MACROLANGUAGES
from langcodes.tag_parser import LanguageTagError

UNKNOWN = "und"
COMMON_LANGUAGES = (
    "ar", "bn", "de", "en", "es", "fa", "fil", "fr", "hi", "id", "it", "jsl", "km", "ko", "lo", "mn", "ms", "my", "nan", "ne",
    "pt", "pt-BR", "ro", "ru", "si", "ta", "th", "tr", "uk", "ur", "uz", "vi", "yue", "zh", "zh-Hant",
)  # fmt: skip
"""The languages a list shows; any BCP 47 tag may be used."""
JAPANESE = "ja"
MAX_SAME_DISTANCE, MAX_DISTANCE = 3, 20
"""CLDR's distances as langcodes reads them. Up to 3 the difference is minor (Bokmål and Norwegian). Up to 24 (between languages alone up to
20) people understand each other with some trouble (Moroccan and standard Arabic, Czech and Slovak), and there is a warning. Beyond, the
languages are not similar: a speaker of one may have learned the other, but has to be asked (deploy/decisions/0020-near-languages.md)."""
RELATED_IN_WRITING_ONLY = frozenset(("yue", "nan"))
"""Languages that are near others only in writing."""


class UnknownLanguage(ValueError):
    """Not a well-formed BCP 47 tag, or one that names no language."""


@lru_cache(maxsize=4096)
def language_key(tag: str) -> str:
    """Returns the key that is compared: `cmn-Hans` → zh, `tl` → fil, `prs` → fa, `sgn-JP` → jsl. Raises UnknownLanguage."""
    primary = _standard(tag).language
    if not primary or primary == UNKNOWN:
        raise UnknownLanguage(f"{tag}: expected a BCP 47 language tag, such as th or zh-Hant")
    return NORMALIZED_MACROLANGUAGES.get(primary, primary)


@lru_cache(maxsize=4096)
def region_of(tag: str) -> str | None:
    """Returns the region a tag names, also by alias (`prs` → AF)."""
    return _standard(tag).territory


def _standard(tag: str) -> langcodes.Language:
    try:
        if not langcodes.tag_is_valid(tag):
            raise UnknownLanguage(f"{tag}: expected a BCP 47 language tag, such as th or zh-Hant")
        return langcodes.Language.get(langcodes.standardize_tag(tag))
    except LanguageTagError as error:
        raise UnknownLanguage(f"{tag}: expected a BCP 47 language tag, such as th or zh-Hant") from error


def key_or_unknown(tag: str) -> str:
    """As `language_key`, for tags checked elsewhere: an unreadable tag is `und`, which nobody speaks."""
    try:
        return language_key(tag)
    except UnknownLanguage:
        return UNKNOWN


def requested_language(tags: Iterable[str]) -> str:
    """Returns the tag a booking is for: the first requested language that is not Japanese (every interpreter's other language), else `und`."""
    return next((tag for tag in tags if key_or_unknown(tag) not in (JAPANESE, UNKNOWN)), UNKNOWN)


@cache
def related_languages() -> dict[str, dict[str, int]]:
    """Returns, by the key of a patient's language, the keys of languages whose interpreters the patient understands, with CLDR's distance,
    nearest first."""
    near: dict[str, dict[str, int]] = {}
    for wanted, known in LANGUAGE_DISTANCES.items():
        for spoken, distance in known.items():
            pair = language_keys(wanted, spoken)
            if pair and distance <= MAX_DISTANCE and not RELATED_IN_WRITING_ONLY & set(pair):
                near.setdefault(pair[0], {})[pair[1]] = min(distance, near.get(pair[0], {}).get(pair[1], distance))
    return {key: dict(sorted(spoken.items(), key=lambda each: (each[1], each[0]))) for key, spoken in near.items()}


def language_keys(wanted: str, spoken: str) -> tuple[str, str] | None:
    """Returns both as keys; None where one is not a language by itself (the table also has scripts and wild cards) or both are the same."""
    if "_" in wanted or "_" in spoken:
        return None
    try:
        pair = language_key(wanted), language_key(spoken)
    except UnknownLanguage:
        return None
    return pair if pair[0] != pair[1] else None


def matching_languages(key: str) -> tuple[str, ...]:
    """Returns the keys of the languages in which a patient of this one is understood: itself, then the nearest."""
    return (key, *related_languages().get(key, {}))


def served_languages(keys: Iterable[str]) -> tuple[str, ...]:
    """Returns the inverse: keys of the languages of patients whom a speaker of these serves."""
    given = tuple(keys)
    return (
        *given,
        *(
            wanted
            for wanted, spoken in related_languages().items()
            if wanted not in given and spoken.keys() & set(given)
        ),
    )


def distance(wanted: str, spoken: str) -> int | None:
    """Returns the distance between two keys, as a patient of the first hears an interpreter of the second; None where they do not match."""
    return 0 if wanted == spoken else related_languages().get(wanted, {}).get(spoken)


def region_differs(requested: str, spoken: str) -> bool:
    """Returns whether to warn: both tags name a region, and not the same one (pt-BR requested, pt-PT spoken)."""
    if UNKNOWN in (key_or_unknown(requested), key_or_unknown(spoken)):
        return False
    first, second = region_of(requested), region_of(spoken)
    return bool(first and second and first != second)
