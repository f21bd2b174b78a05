"""Shapes of groups over HTTP: a nomination as entered and shown, people to add."""

from marshmallow import fields, validate

from services.training.rules import nominations
from services.training.schemas.parts import NameSchema, PassportSchema, day, nationality
from shared.web.fields import ID, EmailAddress, Id, Line, Moment, Schema, Whole


class NewGroupSchema(Schema):
    """A nomination: for which period of which programme, by whom, paid by whom. Its name tells of nobody."""

    name = Line(required=True, metadata={"example": "Harbour University, spring 2027"})
    programme_id = fields.String(required=True, validate=ID)
    period_id = fields.String(required=True, validate=ID)
    first_day = day(required=True)
    last_day = day(required=True)
    organization_id = fields.String(required=True, validate=ID)
    funder_id = fields.String(validate=ID, allow_none=True, load_default=None)


class NominatedSchema(Schema):
    """One of the people; the rest they write themselves."""

    name = fields.Nested(NameSchema, required=True)
    birth_date = day(required=True)
    nationality = nationality(required=True)
    passport = fields.Nested(PassportSchema)
    email = EmailAddress()


class PeopleSchema(Schema):
    """People to add, all or none."""

    people = fields.List(
        fields.Nested(NominatedSchema), required=True, validate=validate.Length(1, nominations.MOST_PEOPLE)
    )


class GroupSchema(Schema):
    """A nomination; its people are applications with this `group_id`."""

    id = Id(attribute="_id", required=True)
    reference = fields.String(required=True)
    name = fields.String(required=True)
    programme_id = Id(required=True)
    period_id = Id(required=True)
    first_day = day(required=True)
    last_day = day(required=True)
    organization_id = Id(required=True)
    funder_id = Id(required=True, allow_none=True)
    created_at = Moment(required=True)
    version = Whole(required=True)
