"""Names of languages and countries in the reader's language, from CLDR (Babel). Read when first asked for, then kept."""

from functools import cache

from babel import Locale, UnknownLocaleError

_NO_COUNTRY = frozenset(
    ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
)  # CLDR's regions that ISO 3166-1 does not give to a country


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


@cache
def language_name(tag: str, reader: str) -> str:
    """タイ語 for th; a tag that CLDR does not know as it is."""
    known = _locale(reader).languages.get(tag.replace("-", "_"))
    if known:
        return known
    try:
        return _locale(tag).get_display_name(reader) or tag
    except (UnknownLocaleError, ValueError):
        return _locale(reader).languages.get(tag.split("-")[0], tag)


@cache
def languages(reader: str) -> tuple[tuple[str, str], ...]:
    """(tag, name) of every language that CLDR names, in the order of their names."""
    named = _locale(reader).languages.items()
    return tuple(sorted(((tag.replace("_", "-"), name) for tag, name in named), key=lambda pair: pair[1].casefold()))


@cache
def country_name(code: str, reader: str) -> str:
    """タイ for TH."""
    return _locale(reader).territories.get(code, code)


@cache
def countries(reader: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, in the order of their names."""
    named = _locale(reader).territories.items()
    known = [(code, name) for code, name in named if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY]
    return tuple(sorted(known, key=lambda pair: pair[1].casefold()))
