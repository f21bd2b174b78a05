"""Phone numbers (ITU-T E.164, E.123): what was dialled, as the one number it reaches; nothing is guessed, nothing that no plan has is kept.

Plans and prefixes are libphonenumber's. It is loaded when first asked for: most processes never need it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.digits import dashed

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MOST = 40
EXPECTED = "expected a phone number; one of another country begins with + and its country, such as +66 2 123 4567"
EXPECTED_ABROAD = "expected a phone number with its country, such as +66 2 123 4567"
EXPECTED_OBJECT = "expected a phone number as text, or as an answer gives it: e164 and typed, of one number"
TEXT_OR_OBJECT = {
    "type": ["string", "object"],
    "description": "as it is dialled, or the object that answers give",
    "properties": {"typed": {"type": "string"}, "e164": {"type": "string"}},
}
"""Of a field of the API that takes a phone number, for its document: how the object looks where it is none but text."""
_CARRIERS_OF_JAPAN = r"00\d{1,4}010"  # a carrier's number, then 010: 0033-010, 0061-010, 001-010
_ONE_ZERO = "0"  # Samoa's and Cape Verde's; everywhere else a zero begins a number within the country


class NoPhone(ValueError):
    """Not a number, or one that no numbering plan has; its text says what is expected."""


@dataclass(frozen=True)
class Phone:
    """`e164` is what is dialled, `shown` the same as people read it (E.123), with an extension where there is one."""

    e164: str
    shown: str


def read(typed: str, region: str | None) -> Phone:
    """The number somebody typed. Without a region only an international one is taken: a national one would be guessed.

    A number with an international prefix, of whichever country it is dialled from, is the number after the prefix.
    Raises NoPhone, also where it could be two numbers.
    """
    found = {number.e164: number for number in _readings(dashed(typed), region)} if len(typed) <= MOST else {}
    if len(found) != 1:
        raise NoPhone(EXPECTED if region else EXPECTED_ABROAD)
    return next(iter(found.values()))


def given(value: str | Mapping[str, Any], region: str | None) -> tuple[str, Phone]:
    """What was typed, and the number: of a text as `read` reads it, or of what an answer gave, `{typed, e164}`.

    There `e164` is the number; what was typed must be the same one, as it is dialled from here or within its own country.
    """
    if isinstance(value, str):
        return value, read(value, region)
    e164 = value.get("e164")
    typed = value.get("typed", e164)
    if value.keys() - {"typed", "e164"} or not (isinstance(e164, str) and isinstance(typed, str)):
        raise NoPhone(EXPECTED_OBJECT)
    number = read(e164, None)
    if not any(_reads_as(typed, place, number) for place in (region, _region_of(number))):
        raise NoPhone(EXPECTED_OBJECT)
    return typed, number


def _reads_as(typed: str, region: str | None, number: Phone) -> bool:
    try:
        return read(typed, region).e164 == number.e164
    except NoPhone:
        return False


def _region_of(number: Phone) -> str | None:
    import phonenumbers as library

    return library.region_code_for_number(library.parse(number.e164, None))


def _readings(text: str, region: str | None) -> Iterator[Phone]:
    """Every valid number a text may be; one within the region stands alone."""
    if text.removeprefix("tel:").lstrip("( ").startswith("+"):
        yield from _valid(text, None)
        return
    digits = _digits(text)
    if region and not digits.startswith("00"):
        if own := list(_valid(text, region)):
            yield from own
            return
    for length in sorted({found.end() for prefix in _prefixes() if (found := prefix.match(digits))}):
        rest = _after(text, length)
        if rest and not _digits(rest).startswith("0"):
            yield from _valid(f"+{rest}", None)


def _valid(text: str, region: str | None) -> Iterator[Phone]:
    import phonenumbers as library

    try:
        number = library.parse(text, region)
    except library.NumberParseException:
        return
    if library.is_valid_number(number):
        yield Phone(_in(number, library.PhoneNumberFormat.E164), _in(number, library.PhoneNumberFormat.INTERNATIONAL))


def _in(number: "PhoneNumber", form: int) -> str:
    import phonenumbers as library

    return library.format_number(number, form)


@cache
def _prefixes() -> tuple[re.Pattern[str], ...]:
    """What is dialled before a country's number, in every country there is, and by way of a carrier in Japan."""
    import phonenumbers as library

    plans = (library.PhoneMetadata.metadata_for_region(region, None) for region in library.SUPPORTED_REGIONS)
    known = {plan.international_prefix for plan in plans if plan is not None and plan.international_prefix}
    return tuple(re.compile(prefix) for prefix in sorted(known - {_ONE_ZERO} | {_CARRIERS_OF_JAPAN}))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _after(text: str, many: int) -> str:
    """What follows the first so many digits."""
    for place, letter in enumerate(text):
        many -= letter.isdigit()
        if not many:
            return text[place + 1 :].lstrip(" -).~")
    return ""
