"""Schemas and fields that requests, responses and forms share: names, languages, hours, periods."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from services.interpreting.rules import matching, roster
from services.interpreting.rules.periods import DAYS
from shared.web.fields import Line, Moment, Schema, Text, calendar_day, each_once

MODALITY = validate.OneOf(matching.MODALITIES)
GENDER = validate.OneOf(matching.GENDERS)


class PeriodSchema(Schema):
    """From `start` up to, but not including, `end`."""

    start = Moment(required=True)
    end = Moment(required=True)


class NameSchema(Schema):
    """A name: `latin` as in the passport, `written` in the person's own script, `kana`."""

    latin = Line(required=True, metadata={"example": "TANAKA Yuki"})
    written = Line(allow_none=True, metadata={"example": "田中 ゆき"})
    kana = Line(allow_none=True, metadata={"example": "タナカ ユキ"})


class SpokenSchema(Schema):
    """A language besides Japanese, which is implied."""

    tag = Line(35, required=True, metadata={"description": "BCP 47 language tag", "example": "th"})
    level = fields.String(required=True, validate=validate.OneOf(matching.LEVELS))


def _require_clock(value: str) -> None:
    if not roster.CLOCK.fullmatch(value):
        raise ValidationError("expected a time such as 08:30, or 24:00")


class HoursSchema(Schema):
    """Hours on a week day, in the hospital's time zone."""

    day = fields.String(required=True, validate=validate.OneOf(DAYS))
    since = fields.String(required=True, data_key="from", validate=_require_clock, metadata={"example": "08:30"})
    until = fields.String(required=True, data_key="to", validate=_require_clock, metadata={"example": "17:15"})


class AbsenceSchema(Schema):
    """A period in which the interpreter is absent, whatever the weekly hours are."""

    start = Moment(required=True, data_key="from")
    end = Moment(required=True, data_key="to")
    reason = Text(allow_none=True)


class CertificateSchema(Schema):
    """A certificate for a language, and the last day it is valid."""

    language = Line(35, required=True)
    name = Line(required=True)
    expires_on = fields.String(allow_none=True, validate=calendar_day, metadata={"format": "date"})


def rows(schema: type[Schema], max_length: int, min_length: int = 0, **options: Any) -> fields.List[Any]:
    """A list of such objects, of limited length."""
    return fields.List(fields.Nested(schema), validate=validate.Length(min_length, max_length), **options)


def modalities(**options: Any) -> fields.List[Any]:
    """A list of modalities, each once."""
    return fields.List(
        fields.String(validate=MODALITY),
        validate=[validate.Length(1, 3), each_once],
        metadata={"description": "The preferred modality first"},
        **options,
    )
