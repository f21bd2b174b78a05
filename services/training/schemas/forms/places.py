"""Forms of places: the months shown, a department's limit, a change of dates."""

from marshmallow import fields, validate

from shared.ui.inputs import Day, Month, PageQuery
from shared.web.fields import ID, Schema, Whole


class MonthQuery(PageQuery):
    """The first of the three months shown, for example 2027-02."""

    month = Month(load_default=None)


class LimitForm(Schema):
    """The maximum number of people per day; empty removes the limit."""

    per_day = Whole(load_default=None, validate=validate.Range(1, 1000))


class DateChangeQuery(PageQuery):
    """The dates whose effects are checked; nothing is changed."""

    first_day = Day(load_default=None)
    last_day = Day(load_default=None)
    period_id = fields.String(load_default=None, validate=ID)


class DateChangeForm(Schema):
    """The new dates."""

    first_day = Day(required=True)
    last_day = Day(required=True)
    period_id = fields.String(required=True, validate=ID)
