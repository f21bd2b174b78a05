"""Countries, nationalities and passport issuers: the accepted codes, their names, the code of a typed name.

ISO 3166-1 and Kosovo (XK, as in CLDR); for people without a nationality, ICAO Doc 9303-3, section 5. Loaded at first use.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from shared.named import READERS, Names, cldr_names

UNKNOWN = "unknown"
_KOSOVO = "XK"
_OF_DOCUMENTS = {"XKX": _KOSOVO, "RKS": _KOSOVO, "D": "DE"}
"""What stands in documents for a country, besides ISO 3166-1's three letters (ICAO Doc 9303-3, section 5)."""

EXPECTED_COUNTRY = "expected an ISO 3166-1 alpha-2 country code such as TH"
EXPECTED_NATIONALITY = (
    "expected an ISO 3166-1 alpha-2 country code such as TH, a code of ICAO 9303-3 such as XXA or XXB, or unknown"
)


class NoPlace(ValueError):
    """The code is not accepted; the message says what is expected."""


def country(code: str) -> str:
    """The stored code of a country, from its code in documents or lists; raises NoPlace."""
    return _one_of(_countries(), code, EXPECTED_COUNTRY)


def nationality(code: str) -> str:
    """The stored code of a nationality: a country, a code for people without a nationality, or `unknown`; raises NoPlace."""
    return _one_of(_nationalities(), code, EXPECTED_NATIONALITY)


def issuer(code: str) -> str:
    """The stored code of a passport's issuer: a country, another authority, or `unknown`; raises NoPlace."""
    return _one_of(_issuers(), code, EXPECTED_NATIONALITY)


def name(code: str, reader: str) -> str:
    """The name in the reader's language, タイ for TH, 難民 for XXB; an unknown code unchanged."""
    special = _special(code)
    return special.get(reader, special["en"]) if special else cldr_names(reader, "territories").get(code, code)


@cache
def countries(reader: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, ordered by name."""
    return _sorted(_countries(), reader)


@cache
def nationalities(reader: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, followed by the codes for people without a nationality."""
    return countries(reader) + tuple((code, name(code, reader)) for code in (*_data()["nationality"], UNKNOWN))


@cache
def issuers(reader: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, followed by the other authorities that issue passports."""
    others = (*_british(), *_data()["issuer"], UNKNOWN)
    return countries(reader) + tuple((code, name(code, reader)) for code in others)


@cache
def nationality_names() -> Names:
    return Names(_named(_nationalities()), _nationalities())


@cache
def issuer_names() -> Names:
    return Names(_named(_issuers()), _issuers())


def _one_of(known: frozenset[str], code: str, expected: str) -> str:
    found = code if code in known else _of_three().get(code, "")
    if found not in known:
        raise NoPlace(expected)
    return found


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "places.toml").read_text("utf-8"))


def _special(code: str) -> dict[str, str] | None:
    return next((part[code] for kind in ("nationality", "issuer", "unknown") if code in (part := _data()[kind])), None)


@cache
def _countries() -> frozenset[str]:
    import pycountry

    return frozenset(each.alpha_2 for each in pycountry.countries) | {_KOSOVO}


@cache
def _of_three() -> dict[str, str]:
    import pycountry

    return {each.alpha_3: each.alpha_2 for each in pycountry.countries} | _OF_DOCUMENTS


@cache
def _nationalities() -> frozenset[str]:
    return _countries() | _data()["nationality"].keys() | {UNKNOWN}


@cache
def _issuers() -> frozenset[str]:
    return _countries() | set(_british()) | _data()["issuer"].keys() | {UNKNOWN}


def _british() -> list[str]:
    return [code for code in _data()["nationality"] if code.startswith("GB")]


def _sorted(codes: frozenset[str], reader: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, name(code, reader)) for code in codes), key=lambda pair: pair[1].casefold()))


def _named(codes: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yields all names of each code: in the languages of the pages, ISO's long and short names, alpha-3 codes of documents, other usual names."""
    import pycountry

    for code in codes:
        yield from ((code, name(code, reader)) for reader in READERS)
        yield from ((code, other) for other in _data()["also"].get(code, ()))
    for each in pycountry.countries:
        names = (getattr(each, kind, None) for kind in ("name", "common_name", "official_name"))
        yield from ((each.alpha_2, one.removeprefix("The ").removeprefix("the ")) for one in names if one)
