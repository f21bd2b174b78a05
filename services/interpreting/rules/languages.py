"""Which languages are the same: the primary language after CLDR aliases (BCP 47, RFC 5646; Unicode CLDR supplemental data).

Script never counts; a region is remembered only to warn. Yue and nan are languages of their own, and so are sign languages.
"""

from collections.abc import Iterable
from functools import lru_cache

import langcodes
from langcodes.data_dicts import NORMALIZED_MACROLANGUAGES
from langcodes.tag_parser import LanguageTagError

UNKNOWN = "und"
USUAL = (
    "ar", "bn", "de", "en", "es", "fa", "fil", "fr", "hi", "id", "it", "jsl", "km", "ko", "lo", "mn", "ms", "my", "nan", "ne",
    "pt", "pt-BR", "ro", "ru", "si", "ta", "th", "tr", "uk", "ur", "uz", "vi", "yue", "zh", "zh-Hant",
)  # fmt: skip
"""What a list offers first; any BCP 47 tag may be used."""
JAPANESE = "ja"


class UnknownLanguage(ValueError):
    """Not a well-formed BCP 47 tag, or one that names no language."""


@lru_cache(maxsize=4096)
def language_key(tag: str) -> str:
    """What is compared: `cmn-Hans` → zh, `tl` → fil, `prs` → fa, `sgn-JP` → jsl. Raises UnknownLanguage."""
    primary = _standard(tag).language
    if not primary or primary == UNKNOWN:
        raise UnknownLanguage(f"{tag}: expected a BCP 47 language tag, such as th or zh-Hant")
    return NORMALIZED_MACROLANGUAGES.get(primary, primary)


@lru_cache(maxsize=4096)
def region_of(tag: str) -> str | None:
    """The region a tag names, also by alias (`prs` → AF)."""
    return _standard(tag).territory


def _standard(tag: str) -> langcodes.Language:
    try:
        if not langcodes.tag_is_valid(tag):
            raise UnknownLanguage(f"{tag}: expected a BCP 47 language tag, such as th or zh-Hant")
        return langcodes.Language.get(langcodes.standardize_tag(tag))
    except LanguageTagError as error:
        raise UnknownLanguage(f"{tag}: expected a BCP 47 language tag, such as th or zh-Hant") from error


def key_or_unknown(tag: str) -> str:
    """As `language_key`, for tags that others checked: what cannot be read is `und`, which nobody speaks."""
    try:
        return language_key(tag)
    except UnknownLanguage:
        return UNKNOWN


def asked_language(tags: Iterable[str]) -> str:
    """The tag a booking is for: the first wish that is not Japanese (every interpreter's other language), else `und`."""
    return next((tag for tag in tags if key_or_unknown(tag) not in (JAPANESE, UNKNOWN)), UNKNOWN)


def region_differs(asked: str, spoken: str) -> bool:
    """Whether to warn: both name a region, and not the same one (pt-BR asked, pt-PT spoken)."""
    if UNKNOWN in (key_or_unknown(asked), key_or_unknown(spoken)):
        return False
    ours, theirs = region_of(asked), region_of(spoken)
    return bool(ours and theirs and ours != theirs)
