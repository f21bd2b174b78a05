"""What several shapes of interpreting have in common: ids, modalities, periods."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.interpreting.rules import matching
from shared.web.fields import Moment, Schema

MODALITY = validate.OneOf(matching.MODALITIES)
GENDER = validate.OneOf(matching.GENDERS)
ID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
ID = validate.Regexp(ID_FORM, error="expected an id, as GET gives it")


class PeriodSchema(Schema):
    """From `start` up to, but not including, `end`."""

    start = Moment(required=True)
    end = Moment(required=True)


def calendar_day(value: str) -> None:
    """A validator: a date as 2026-11-23, and nothing that only looks like one."""
    try:
        known = date.fromisoformat(value).isoformat() == value
    except ValueError:
        known = False
    if not known:
        raise ValidationError("expected a date, such as 2026-11-23")


def each_once(values: list[str]) -> None:
    """A validator: no value twice."""
    if len(set(values)) < len(values):
        raise ValidationError("expected each once")


def rows(shape: type[Schema], most: int, least: int = 0, **options: Any) -> fields.List[Any]:
    """A list of such objects, of limited length."""
    return fields.List(fields.Nested(shape), validate=validate.Length(least, most), **options)
