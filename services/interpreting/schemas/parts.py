"""Parts that several shapes of interpreting share: modalities, periods."""

from typing import Any

from marshmallow import fields, validate

from services.interpreting.rules import matching
from shared.web.fields import Moment, Schema

MODALITY = validate.OneOf(matching.MODALITIES)
GENDER = validate.OneOf(matching.GENDERS)


class PeriodSchema(Schema):
    """From `start` up to, but not including, `end`."""

    start = Moment(required=True)
    end = Moment(required=True)


def rows(shape: type[Schema], most: int, least: int = 0, **options: Any) -> fields.List[Any]:
    """A list of such objects, of limited length."""
    return fields.List(fields.Nested(shape), validate=validate.Length(least, most), **options)
