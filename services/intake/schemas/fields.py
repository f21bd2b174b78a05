"""Fields shared by requests, responses and forms: values checked by rules/values.py, codes, languages, needs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rules import values
from services.intake.rules.needs import PROVIDERS
from shared import phones
from shared.web.fields import ConvertedText, Flag, Moment, Schema, TextOrObject
from shared.web.single_pass import fields_only, text_only


@text_only
class Checked(ConvertedText):
    """Text validated by a function of rules/values.py, whose result is loaded."""

    def __init__(self, check: Callable[[str], Any], **options: Any) -> None:
        super().__init__(**options)
        self._check = check

    def convert(self, text: str) -> Any:
        try:
            return self._check(text)
        except values.Unfit as error:
            raise ma.ValidationError(str(error)) from None


class Phone(TextOrObject, Checked):
    """A phone number as text, or as the object in responses; `check` of rules/values.py accepts both."""

    def __init__(self, check: Callable[..., Any], region: str | None) -> None:
        example = "03-1234-5678" if region else "+66 2 123 4567"
        super().__init__(partial(check, region=region), metadata=phones.TEXT_OR_OBJECT | {"example": example})


def line(most: int = values.MAX_NAME, **options: Any) -> Checked:
    """Text on one line."""
    return Checked(partial(values.line, most=most), metadata={"minLength": 1, "maxLength": most}, **options)


def number(most: int, **options: Any) -> Checked:
    """A number or code, such as that of a passport or a policy."""
    return Checked(partial(values.number, most=most), metadata={"minLength": 1, "maxLength": most}, **options)


def words(most: int, **options: Any) -> Checked:
    """Text over several lines."""
    return Checked(partial(values.words, most=most), metadata={"minLength": 1, "maxLength": most}, **options)


def code(known: Sequence[str], **options: Any) -> fields.String:
    """One of a list of codes."""
    return fields.String(validate=validate.OneOf(known, error=f"expected one of {', '.join(known)}"), **options)


def calendar_date(**options: Any) -> Checked:
    """A date, loaded as text."""
    return Checked(lambda text: values.calendar_date(text).isoformat(), metadata={"format": "date"}, **options)


class Since(Moment):
    """A time in a query string, where an unescaped + arrives as a blank."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> datetime:
        return super()._deserialize(value.replace(" ", "+") if isinstance(value, str) else value, *rest, **more)


@fields_only
class LanguageSchema(Schema):
    """A language of the patient; the order in the list is the order of preference."""

    tag = Checked(values.language, required=True, metadata={"example": "th", "description": "BCP 47"})
    level = code(values.LEVELS)


def distinct(languages: list[dict[str, Any]]) -> None:
    """Raises ValidationError where a language is listed twice."""
    if len({language["tag"] for language in languages}) != len(languages):
        raise ma.ValidationError("expected each language once")


def languages(**options: Any) -> fields.List:
    """The patient's languages, at least one."""
    return fields.List(
        fields.Nested(LanguageSchema),
        validate=[validate.Length(1, 20, error="expected 1 to 20 languages"), distinct],
        **options,
    )


@fields_only
class WaiverSchema(Schema):
    """Who of the family interprets, and why."""

    who = line(required=True)
    why = words(500, required=True)
    child = Flag(load_default=False)


@fields_only
class NeedSchema(Schema):
    """An interpreter need; omitted fields follow from the case, the patient, or the languages."""

    required = Flag()
    provided_by = code(PROVIDERS)
    gender_wish = code(values.GENDERS, allow_none=True)
    for_ = code(values.INTERPRET_FOR, data_key="for", attribute="for")
    waiver = fields.Nested(WaiverSchema)


@fields_only
class NeedsSchema(Schema):
    """Standing needs."""

    interpreter = fields.Nested(NeedSchema)
    religion = words(500)
    prayer = words(500)
    diet = words(500)
    access = words(500)


@fields_only
class NameSchema(Schema):
    """A name as entered: at least one of latin, native, kana, preferred. It is never split or transliterated."""

    latin = line()
    native = line()
    kana = line()
    preferred = line()
    family = line()
    given = line()
