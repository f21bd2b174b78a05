"""Forms of groups: a nomination, its people, the letters that are made for all of them."""

from marshmallow import fields, validate

from services.training.actions.letters import BATCH_KINDS
from services.training.rules import nominations
from services.training.schemas.fields import Number, nationality, one_of
from shared.ui.inputs import Day
from shared.web.fields import ID, EmailAddress, Line, Schema, Text


class GroupForm(Schema):
    """A nomination by a partner; `period` is `<programme id>.<period id>`."""

    name = Line(required=True)
    period = fields.String(required=True, validate=validate.Length(1, 100))
    first_day = Day(required=True)
    last_day = Day(required=True)
    organization_id = fields.String(required=True, validate=ID)
    funder_id = fields.String(load_default=None, validate=ID)


class PersonForm(Schema):
    """One person to add to a group."""

    latin = Line(required=True)
    native = Line(load_default=None)
    birth_date = Day(required=True)
    nationality = nationality(required=True)
    passport = Number(40, load_default=None)
    expires_on = Day(load_default=None)
    email = EmailAddress(load_default=None)


class PeopleForm(Schema):
    """A list of people: an uploaded file, or rows pasted from a spreadsheet."""

    text = Text(nominations.MAX_TEXT, load_default=None)


class BatchForm(Schema):
    """The kind of letters to make for everyone in the group."""

    kind = one_of(BATCH_KINDS, required=True)
