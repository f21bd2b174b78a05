"""Phone numbers (ITU-T E.164, E.123): parses a dialled number into the one number it reaches; ambiguous and invalid ones are rejected.

Numbering plans and prefixes are libphonenumber's, which is loaded at first use: most processes never need it.
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
_CARRIERS_OF_JAPAN = r"00\d{1,4}010"  # a carrier's prefix, then 010: 0033-010, 0061-010, 001-010
_ONE_ZERO = "0"  # of Samoa and Cape Verde; in every other country a zero begins a national number


class NoPhone(ValueError):
    """The text is not a phone number, or in no numbering plan; the message says what is expected."""


@dataclass(frozen=True)
class Phone:
    """A phone number: `e164` for dialling, `shown` in the readable form (E.123), with an extension where there is one."""

    e164: str
    shown: str


def read(typed: str, region: str | None) -> Phone:
    """Parses a typed number. Without a region only an international number is accepted, since a national one would be a guess.

    A number with an international prefix of any country is the number after the prefix.
    Raises NoPhone, also where the number is ambiguous.
    """
    found = {number.e164: number for number in _readings(dashed(typed), region)} if len(typed) <= MOST else {}
    if len(found) != 1:
        raise NoPhone(EXPECTED if region else EXPECTED_ABROAD)
    return next(iter(found.values()))


def given(value: str | Mapping[str, Any], region: str | None) -> tuple[str, Phone]:
    """The typed text and its number: of a text as `read` parses it, or of a value from a response, `{typed, e164}`.

    There `e164` is the number; `typed` must be the same number, as dialled from here or within its own country.
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
    """Yields every valid number that a text can mean; a valid number of the region excludes others."""
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
    """Patterns of the international prefixes of all countries, and of the carriers' prefixes in Japan."""
    import phonenumbers as library

    plans = (library.PhoneMetadata.metadata_for_region(region, None) for region in library.SUPPORTED_REGIONS)
    known = {plan.international_prefix for plan in plans if plan is not None and plan.international_prefix}
    return tuple(re.compile(prefix) for prefix in sorted(known - {_ONE_ZERO} | {_CARRIERS_OF_JAPAN}))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _after(text: str, many: int) -> str:
    """The text after its first `many` digits."""
    for place, letter in enumerate(text):
        many -= letter.isdigit()
        if not many:
            return text[place + 1 :].lstrip(" -).~")
    return ""
