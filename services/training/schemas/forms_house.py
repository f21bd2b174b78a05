"""What is typed on the pages of places, moves, groups, people and reports."""

from marshmallow import fields, validate

from services.training.actions.letters import BATCH_KINDS
from services.training.rules import nominations, stay_counts, whereabouts
from services.training.schemas.parts import Number, nationality, one_of
from shared.ui.inputs import Asked, Day, Month
from shared.web.fields import ID, EmailAddress, Line, Schema, Text, Whole, country


class MonthQuery(Asked):
    """Which months: the first of three, as 2027-02."""

    month = Month(load_default=None)


class LimitForm(Schema):
    """How many people a day, nothing: no limit."""

    per_day = Whole(load_default=None, validate=validate.Range(1, 1000))


class MoveQuery(Asked):
    """Dates to be looked at; nothing is moved by it."""

    first_day = Day(load_default=None)
    last_day = Day(load_default=None)
    period_id = fields.String(load_default=None, validate=ID)


class MoveForm(Schema):
    """Dates that were looked at."""

    first_day = Day(required=True)
    last_day = Day(required=True)
    period_id = fields.String(required=True, validate=ID)


class GroupForm(Schema):
    """A nomination: for which period of which programme (`<programme id>.<period id>`), by whom, paid by whom."""

    name = Line(required=True)
    period = fields.String(required=True, validate=validate.Length(1, 100))
    first_day = Day(required=True)
    last_day = Day(required=True)
    organization_id = fields.String(required=True, validate=ID)
    funder_id = fields.String(load_default=None, validate=ID)


class PersonForm(Schema):
    """One person of a group."""

    latin = Line(required=True)
    native = Line(load_default=None)
    birth_date = Day(required=True)
    nationality = nationality(required=True)
    passport = Number(40, load_default=None)
    expires_on = Day(load_default=None)
    email = EmailAddress(load_default=None)


class PeopleForm(Schema):
    """A list of people: a file, or rows pasted from a spreadsheet."""

    text = Text(nominations.MOST_TEXT, load_default=None)


class BatchForm(Schema):
    """Which papers to make for everybody."""

    kind = one_of(BATCH_KINDS, required=True)


class SafetyForm(Schema):
    """Whom to ask: everybody in a country, with how many they are."""

    country = country(required=True)
    count = Whole(required=True)


class AnswerForm(Schema):
    """Safe, or not."""

    answer = one_of(whereabouts.ANSWERS, required=True)


class ReportQuery(Asked):
    """Which year, of which kind; the present fiscal year where none is named."""

    year = Whole(load_default=None, validate=validate.Range(1990, 2200))
    by = one_of(stay_counts.YEARS, load_default="fiscal")


class FileQuery(ReportQuery):
    """The same as a file: one table."""

    table = one_of(stay_counts.BY, load_default="country")
