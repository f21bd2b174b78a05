"""What several shapes of training have in common: days, countries, languages, names."""

from typing import Any

import pycountry
from marshmallow import ValidationError, fields, validate

from services.training.rules import hands_on
from shared.ui import Day as AnyDay
from shared.web.fields import EmailAddress, Line, Schema, Text, calendar_day

PROFESSIONS = (*hands_on.PROFESSIONS, "pharmacist", "dietitian", "psychologist", "administrator", "student", "other")
LANGUAGES = ("ja", "en")
DEPARTMENT = validate.Regexp(r"[a-z_]{2,40}\Z", error="expected a department's code, such as cardiology")
EARLIEST, LATEST = "1900-01-01", "2199-12-31"
"""Days of people and plans: years may be added to them, and days taken away."""
SEXES = ("male", "female", "other", "unknown")


def one_of(known: Any, **options: Any) -> fields.String:
    """One of a list of codes."""
    return fields.String(validate=validate.OneOf(known, error=f"expected one of {', '.join(known)}"), **options)


def day(**options: Any) -> fields.String:
    """A date, kept as text."""
    return fields.String(validate=[calendar_day, within_calendars], metadata={"format": "date"}, **options)


def within_calendars(value: str) -> None:
    """A validator: a day somebody may mean."""
    if not EARLIEST <= value <= LATEST:
        raise ValidationError(f"expected a day from {EARLIEST} to {LATEST}")


class Day(AnyDay):
    """The same as it is typed in a form."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        day: str = super()._deserialize(value, *rest, **more)
        within_calendars(day)
        return day


def country(**options: Any) -> fields.String:
    """ISO 3166-1 alpha-2."""
    return fields.String(validate=_country, metadata={"example": "TH"}, **options)


def _country(value: str) -> None:
    if len(value) != 2 or not value.isupper() or pycountry.countries.get(alpha_2=value) is None:
        raise ValidationError("expected a country as two capital letters (ISO 3166-1), such as TH")


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

    number = Line(40, allow_none=True)
    country = country(allow_none=True)
    expires_on = day(allow_none=True)


class LicenceSchema(Schema):
    """The licence to practise, where there is one."""

    number = Line(80, allow_none=True)
    country = country(allow_none=True)
    licensed_on = day(allow_none=True)


class EmergencyContactSchema(Schema):
    """Who is to be told when something happens."""

    name = Line(allow_none=True)
    relation = Line(80, allow_none=True)
    phone = Line(40, allow_none=True)
    email = EmailAddress(allow_none=True)
