"""What several shapes of training have in common: days, countries, languages, names."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared import phones, places
from shared.digits import code
from shared.web.fields import EmailAddress, Line, Place, Schema, Text, calendar_day, country

LANGUAGES = ("ja", "en")
DEPARTMENT = validate.Regexp(r"[a-z_]{2,40}\Z", error="expected a department's code, such as cardiology")


def one_of(known: Any, **options: Any) -> fields.String:
    """One of a list of codes."""
    return fields.String(validate=validate.OneOf(known, error=f"expected one of {', '.join(known)}"), **options)


def day(**options: Any) -> fields.String:
    """A date, kept as text."""
    return fields.String(validate=calendar_day, metadata={"format": "date"}, **options)


nationality = partial(Place, places.nationality)
issuer = partial(Place, places.issuer)


class Phone(Line):
    """A phone number with its country, as text or an object; kept as it is dialled from anywhere: +66 2 123 4567."""

    def __init__(self, **options: Any) -> None:
        super().__init__(phones.MOST, metadata=phones.TEXT_OR_OBJECT | {"example": "+66 2 123 4567"}, **options)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        given = value if isinstance(value, Mapping) else super()._deserialize(value, *rest, **more)
        try:
            return phones.given(given, None)[1].shown
        except phones.NoPhone as error:
            raise ValidationError(str(error)) from None


class Number(Line):
    """A number or code of letters and digits; full-width ones as plain ones."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        return code(super()._deserialize(value, *rest, **more))


class Words(Schema):
    """A text in Japanese and English."""

    ja = Text(4000)
    en = Text(4000)


class TitleWords(Schema):
    """A line in Japanese and English."""

    ja = Line(300, required=True)
    en = Line(300, required=True)


class NameSchema(Schema):
    """A name: `latin` as in the passport, `native` in the own script; a single name is a name."""

    latin = Line(allow_none=True, metadata={"example": "SOMCHAI Jaidee"})
    native = Line(allow_none=True, metadata={"example": "สมชาย ใจดี"})
    kana = Line(allow_none=True)
    preferred = Line(allow_none=True)


class PassportSchema(Schema):
    """The passport one travels with."""

    number = Number(40, allow_none=True)
    country = issuer(allow_none=True)
    expires_on = day(allow_none=True)


class LicenceSchema(Schema):
    """The licence to practise, where there is one."""

    number = Number(80, allow_none=True)
    country = country(allow_none=True)
    licensed_on = day(allow_none=True)


class EmergencyContactSchema(Schema):
    """Who is to be told when something happens."""

    name = Line(allow_none=True)
    relation = Line(80, allow_none=True)
    phone = Phone(allow_none=True)
    email = EmailAddress(allow_none=True)
