"""Strict marshmallow fields and the base of all schemas: unknown fields are rejected, no value is coerced from another type."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from unicodedata import category

import marshmallow as ma
from marshmallow import fields, validate

from shared import calendar_bounds, direction, mail_addresses, places
from shared.clock import parse_rfc3339, rfc3339
from shared.web.single_pass import text_only

WORDS = {
    "Missing data for required field.": "expected; it is required",
    "Field may not be null.": "expected a value, not null",
    "Unknown field.": "not expected here",
    "Invalid input type.": "expected an object",
    "Not a valid string.": "expected text",
    "Not a valid integer.": "expected a whole number",
    "Not a valid number.": "expected a number",
    "Not a valid boolean.": "expected true or false",
    "Not a valid list.": "expected a list",
    "Not a valid mapping type.": "expected an object",
    "Not a valid date.": "expected a date, such as 2026-11-23",
    "Not a valid datetime.": "expected a time with an offset, such as 2026-11-23T09:00:00+09:00",
    "Not a valid UUID.": "expected a UUID",
    "Not a valid URL.": "expected a URL",
}
PATTERNS = (
    (re.compile(r"Must be one of: (.*)\.", re.DOTALL), r"expected one of \1"),
    (re.compile(r"Length must be between (\d+) and (\d+)\."), r"expected a length of \1 to \2"),
    (re.compile(r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\."), r"expected \1 to \2"),
    (re.compile(r"Longer than maximum length (\d+)\."), r"expected a length of at most \1"),
    (re.compile(r"Shorter than minimum length (\d+)\."), r"expected a length of at least \1"),
)
_CONTROLS = ("Cc", "Zl", "Zp")
ID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
ID = validate.Regexp(ID_FORM, error="expected an id, as GET gives it")


def calendar_day(value: str) -> None:
    """Validates a date as 2026-11-23, in exactly that form, within shared/calendar_bounds.py."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ma.ValidationError("expected a date, such as 2026-11-23")
    if not calendar_bounds.is_taken(day):
        raise ma.ValidationError(calendar_bounds.EXPECTED)


def each_once(values: list[str]) -> None:
    """Validates that no value is there twice."""
    if len(set(values)) < len(values):
        raise ma.ValidationError("expected each once")


def worded(message: str) -> str:
    """marshmallow's message, reworded as what is expected."""
    for pattern, words in PATTERNS:
        if found := pattern.fullmatch(message):
            return found.expand(words)
    return WORDS.get(message, message)


class Schema(ma.Schema):
    """The base of all schemas."""

    class Meta:
        unknown = ma.RAISE


class Whole(fields.Integer):
    """A strict integer: rejects 1.9, "1" and true."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, **options)


class Flag(fields.Boolean):
    """A strict boolean: true or false; rejects 1, "yes" and "on"."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> bool:
        if value is True or value is False:
            return bool(value)
        raise self.make_error("invalid", input=value)


class ConvertedText(fields.String):
    """Text from which `convert` makes the loaded value; a subclass overrides nothing else."""

    def convert(self, text: str) -> Any:
        """Returns the value; raises ValidationError with what was expected."""
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return self.convert(super()._deserialize(value, attr, data, **more))


class TextOrObject(ConvertedText):
    """Text, or an object as responses have it for the same value; `convert` accepts both."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        is_object = isinstance(value, Mapping)
        return self.convert(value) if is_object else super()._deserialize(value, attr, data, **more)


@text_only
class Text(fields.String):
    """Text of 1 to `most` characters that is not blank; line ends and tabs stay, other control characters are rejected."""

    controls = frozenset("\n\r\t")

    def __init__(self, most: int = 200, **options: Any) -> None:
        own = options.pop("validate", [])
        checks = [own] if callable(own) else list(own)
        super().__init__(validate=[validate.Length(min=1, max=most), _not_blank, self._plain, *checks], **options)

    def _plain(self, value: str) -> None:
        if not value.isprintable() and any(category(c) in _CONTROLS and c not in self.controls for c in value):
            raise ma.ValidationError("expected no control characters" if self.controls else "expected one line")


@text_only
class Line(Text):
    """Text on one line, such as a name: safe in a header, a mail's subject, a log or beside other words."""

    controls = frozenset()

    def _plain(self, value: str) -> None:
        super()._plain(value)
        if direction.turns(value):
            raise ma.ValidationError(direction.EXPECTED)


class Id(fields.String):
    """An id in a response; ids in requests are validated by `ID`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "uuid"} | options.pop("metadata", {}), **options)


@text_only
class Place(ConvertedText):
    """A code of a country, nationality or passport issuer, checked by `check` (a function of shared/places.py)."""

    def __init__(self, check: Callable[[str], str], **options: Any) -> None:
        super().__init__(metadata={"example": "TH"}, **options)
        self._check = check

    def convert(self, text: str) -> str:
        try:
            return self._check(text)
        except places.NoPlace as error:
            raise ma.ValidationError(str(error)) from None


country = partial(Place, places.country)


@text_only
class EmailAddress(ConvertedText):
    """An e-mail address that mail can be sent to, stored as entered without invisible characters (shared/mail_addresses.py)."""

    def __init__(self, **options: Any) -> None:
        about = {"format": "email", "maxLength": mail_addresses.MOST, "example": "name@example.jp"}
        super().__init__(metadata=about, **options)

    def convert(self, text: str) -> str:
        try:
            return mail_addresses.read(text)
        except mail_addresses.NotAnAddress as error:
            raise ma.ValidationError(str(error)) from None


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ma.ValidationError("expected more than spaces")


class Moment(fields.Field[datetime]):
    """A time with an offset (RFC 3339), within shared/calendar_bounds.py; loaded as a datetime in UTC, cut to milliseconds."""

    default_error_messages = {"invalid": WORDS["Not a valid datetime."]}  # noqa: RUF012 - as marshmallow declares it

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper():
            raise self.make_error("invalid")
        try:
            moment = parse_rfc3339(value)
        except ValueError:
            raise self.make_error("invalid") from None
        if not calendar_bounds.moment_is_taken(moment):
            raise ma.ValidationError(calendar_bounds.EXPECTED)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def _serialize(self, value: Any, *rest: Any, **more: Any) -> str | None:
        return rfc3339(value) if value is not None else None


class Paged(Schema):
    """The base of every list's query; the filters of a list derive from it."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200), metadata={"description": "rows on a page"})
    cursor = fields.String(
        validate=[
            validate.Length(1, 1000),
            validate.Regexp(r"^[A-Za-z0-9_-]+$", error="expected a cursor, from the Link header"),
        ],
        metadata={"description": "from the Link header"},
    )
