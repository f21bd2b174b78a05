"""Shapes of what we and an organization did together."""

from marshmallow import fields, validate

from shared.web.fields import Id, Schema, Whole

YEARS = ("fiscal", "calendar")


class ActivityQuery(Schema):
    """By calendar year, or by fiscal year (from April)."""

    by = fields.String(load_default="fiscal", validate=validate.OneOf(YEARS))


class SideSchema(Schema):
    """People whose stay began, days they attended (once it is over), people with a place still to come."""

    people = Whole(required=True)
    days = Whole(required=True)
    to_come = Whole(required=True)


class BalanceSchema(Schema):
    """Sent less received."""

    people = Whole(required=True)
    days = Whole(required=True)


class ActivityTotalSchema(Schema):
    """Trainees who came here and who went there."""

    came = fields.Nested(SideSchema, required=True, data_key="in", attribute="in")
    went = fields.Nested(SideSchema, required=True, data_key="out", attribute="out")
    balance = fields.Nested(BalanceSchema, required=True)


class ActivityRowSchema(ActivityTotalSchema):
    """One year under one agreement; null: under none."""

    year = Whole(required=True)
    agreement_id = Id(required=True, allow_none=True)


class ActivitySchema(Schema):
    """What was counted from training's events; a stay counts in the year of its first day."""

    organization_id = Id(required=True)
    by = fields.String(required=True, validate=validate.OneOf(YEARS))
    items = fields.List(fields.Nested(ActivityRowSchema), required=True)
    total = fields.Nested(ActivityTotalSchema, required=True)
