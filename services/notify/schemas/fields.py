"""Shapes shared by requests and responses: ids, and a person's preferences."""

from marshmallow import fields, validate

from shared.web.fields import Flag, Schema

ID = validate.Length(1, 120)


def time_of_day(name: str) -> fields.String:
    """Returns a field with a time of day, called `name` over HTTP too."""
    form = validate.Regexp(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z", error="expected a time of day, such as 22:00")
    return fields.String(required=True, attribute=name, data_key=name, validate=form, metadata={"example": "22:00"})


class SwitchesSchema(Schema):
    """The channels of one kind of notification."""

    inbox = Flag()
    email = Flag()


class KindsSchema(Schema):
    """By kind; a kind that is not given is on. Offers and changes stay on in the inbox."""

    offers = fields.Nested(SwitchesSchema)
    changes = fields.Nested(SwitchesSchema)
    reminders = fields.Nested(SwitchesSchema)
    reports = fields.Nested(SwitchesSchema)


class QuietHoursSchema(Schema):
    """From one time of day to another, past midnight if the end is earlier; in the hospital's time zone."""

    begin = time_of_day("from")
    end = time_of_day("to")
