"""Languages by their BCP 47 tags: the canonical form, the name in a reader's language, the language of a typed name.

Names are from CLDR, or in English from ISO 639-3 where CLDR has none. Not here: mutually intelligible languages (interpreting).
"""

import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from shared.named import READERS, Names, cldr_names

_NO_LANGUAGE = frozenset(("mis", "mul", "und", "zxx"))
EXPECTED = "expected a BCP 47 language tag such as th or zh-Hans"

# Languages that patients in Japan speak most (Immigration Services Agency, statistics of foreign residents, by nationality), and sign languages.
SPOKEN = (
    "ja", "en", "zh-Hans", "zh-Hant", "yue", "nan", "ko", "vi", "th", "ne", "pt", "es", "id", "ms", "fil", "my", "km", "lo", "mn", "si",
    "ta", "te", "hi", "bn", "ur", "pa", "fa", "ps", "ar", "tr", "uz", "kk", "ru", "uk", "fr", "de", "it", "nl", "pl", "ro", "sw", "am",
    "jsl", "ase",
)  # fmt: skip


class NoLanguage(ValueError):
    """The text is not a language tag; the message says what is expected."""


@lru_cache(maxsize=2048)
def canonical(tag: str) -> str:
    """The canonical form of a BCP 47 tag, `TH` as `th`, `prs` as `fa-AF`; raises NoLanguage."""
    import langcodes

    if not 2 <= len(tag) <= 35 or not tag.isascii():
        raise NoLanguage(EXPECTED)
    try:
        known = langcodes.standardize_tag(tag)
        if not langcodes.tag_is_valid(known):
            raise NoLanguage(EXPECTED)
    except (LookupError, ValueError) as error:
        raise NoLanguage(EXPECTED) from error
    return known


@cache
def name(tag: str, reader: str) -> str:
    """The language's name, タイ語 for th; ISO 639-3's English name where CLDR has none; an unknown tag unchanged."""
    from babel import Locale, UnknownLocaleError

    known = cldr_names(reader, "languages")
    if found := known.get(tag.replace("-", "_")):
        return found
    try:
        shown = Locale.parse(tag.replace("-", "_")).get_display_name(reader)
    except (UnknownLocaleError, ValueError):
        shown = None
    primary = tag.split("-")[0]
    return shown or known.get(primary) or _iso().get(primary, tag)


def find(typed: str) -> str:
    """The tag of a language typed by its whole name, or as a tag of several parts. Raises NotNamed."""
    if "-" in typed and (known := _known(typed.strip())):
        return known
    return typed_names().find(typed)


@cache
def typed_names() -> Names:
    """The index of all languages by all their names."""
    return Names(_named(), SPOKEN)


@cache
def _iso() -> dict[str, str]:
    import pycountry

    return {getattr(each, "alpha_2", each.alpha_3): each.name for each in pycountry.languages}


def _named() -> Iterator[tuple[str, str]]:
    cldr = {tag.replace("_", "-") for reader in READERS for tag in cldr_names(reader, "languages")}
    for tag in (*cldr, *SPOKEN):
        if (known := _known(tag)) and known not in _NO_LANGUAGE:
            yield from ((known, name(tag, reader)) for reader in READERS)
    also = tomllib.loads((Path(__file__).parent / "languages.toml").read_text("utf-8"))["also"]
    yield from ((canonical(tag), other) for tag, names in also.items() for other in names)
    for code, title in _iso().items():
        if code not in cldr and (one := _known(code)) and one not in _NO_LANGUAGE:
            yield one, title


def _known(tag: str) -> str | None:
    try:
        return canonical(tag)
    except NoLanguage:
        return None
