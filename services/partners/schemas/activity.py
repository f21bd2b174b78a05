"""Shapes of the training activity with an organization."""

from marshmallow import fields, validate

from shared.web.fields import Id, Schema, Whole

YEARS = ("fiscal", "calendar")


class ActivityQuery(Schema):
    """By calendar year, or by fiscal year (from April)."""

    by = fields.String(load_default="fiscal", validate=validate.OneOf(YEARS))


class SideSchema(Schema):
    """People whose stay has started, days they attended (once the stay is over), and people with a place who are still to come."""

    people = Whole(required=True)
    days = Whole(required=True)
    to_come = Whole(required=True)


class BalanceSchema(Schema):
    """Sent minus received."""

    people = Whole(required=True)
    days = Whole(required=True)


class ActivityTotalSchema(Schema):
    """Incoming and outgoing trainees."""

    came = fields.Nested(SideSchema, required=True, data_key="in", attribute="in")
    went = fields.Nested(SideSchema, required=True, data_key="out", attribute="out")
    balance = fields.Nested(BalanceSchema, required=True)


class ActivityRowSchema(ActivityTotalSchema):
    """One year under one agreement; null: without an agreement."""

    year = Whole(required=True)
    agreement_id = Id(required=True, allow_none=True)


class ActivitySchema(Schema):
    """Counted from training's events; a stay counts in the year of its first day."""

    organization_id = Id(required=True)
    by = fields.String(required=True, validate=validate.OneOf(YEARS))
    items = fields.List(fields.Nested(ActivityRowSchema), required=True)
    total = fields.Nested(ActivityTotalSchema, required=True)
