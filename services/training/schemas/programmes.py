"""Shapes of programmes: as entered, changed, read by the house, and as the world sees them."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from services.training.rules import programmes, reviews
from services.training.rules.codes import PROFESSIONS
from services.training.rules.documents import requirements, stored_documents
from services.training.schemas.parts import DEPARTMENT, Number, TitleWords, Words, day, nationality, one_of
from shared.web.fields import ID, Flag, Id, Line, Moment, Paged, Schema, Whole, country, each_once

Document = dict[str, Any]


class PeriodSchema(Schema):
    """A window with places: `slots` nominations (a group takes one), `group_size` people at most in one."""

    id = fields.String(validate=ID)
    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)
    slots = Whole(required=True, validate=validate.Range(0, 10000))
    group_size = Whole(load_default=1, validate=validate.Range(1, 200))
    professions = fields.List(one_of(PROFESSIONS), load_default=list, validate=each_once)
    department = fields.String(validate=DEPARTMENT, allow_none=True)


class SeasonSchema(Schema):
    """Days of the year as MM-DD."""

    since = fields.String(required=True, data_key="from", attribute="from")
    until = fields.String(required=True, data_key="to", attribute="to")
    valid_from = fields.String()


class ValiditySchema(Schema):
    """What an accepted paper must be besides; all that is named must hold."""

    within_days_of_start = Whole(validate=validate.Range(0, 4000))
    covers_visit = Flag()
    from_start = Flag()
    margin_days = Whole(validate=validate.Range(0, 4000))
    season = fields.Nested(SeasonSchema)
    years_valid = Whole(validate=validate.Range(1, 50))
    doses = Whole(validate=validate.Range(1, 10))
    interval_days = Whole(validate=validate.Range(0, 1000))
    valid_days = Whole(validate=validate.Range(1, 4000))
    this_stay = Flag()
    or_titre = Flag()


class AppliesToSchema(Schema):
    """Whom it is asked of; empty is everybody."""

    kinds = fields.List(one_of(programmes.KINDS))
    professions = fields.List(one_of(PROFESSIONS))
    nationalities = fields.List(nationality())
    departments = fields.List(fields.String(validate=DEPARTMENT))
    min_days = Whole(validate=validate.Range(0, 4000))


class RequirementSchema(Schema):
    """A paper a programme asks for, as a rule relative to the stay."""

    code = fields.String(required=True)
    name = fields.Nested(TitleWords, required=True)
    owner = one_of(requirements.OWNERS)
    stage = one_of(requirements.STAGES)
    due_days_before_start = Whole(validate=validate.Range(-400, 400))
    validity = fields.Nested(ValiditySchema)
    applies_to = fields.Nested(AppliesToSchema)


def _sound(value: list[Document]) -> None:
    faults = [f"{pointer}: {detail}" for at, one in enumerate(value) for pointer, detail in stored_documents.requirement_faults(one, f"{at}")]  # fmt: skip
    if faults:
        raise ValidationError(faults)


class ReviewersSchema(Schema):
    """Accounts named for a step; none: whoever has its role."""

    department = fields.List(fields.String(validate=ID))
    chief = fields.List(fields.String(validate=ID))


class ReviewSchema(Schema):
    """The review chain."""

    order = one_of(reviews.ORDERS, load_default="in_order")
    steps = fields.List(one_of(reviews.STEPS), required=True, validate=[validate.Length(1, 2), each_once])
    reviewers = fields.Nested(ReviewersSchema, load_default=dict)


class AwaySchema(Schema):
    """Days the supervisor is away."""

    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)


class SupervisorSchema(Schema):
    """Who guides; `designated_for`: the professions the minister certified them for (臨床修練)."""

    name = Line(required=True)
    title = fields.Nested(Words)
    designated_for = fields.List(one_of(PROFESSIONS))
    away = fields.List(fields.Nested(AwaySchema))


class DesignationSchema(Schema):
    """The minister's designation of the place for clinical training (臨床修練病院等); without `until` it goes on."""

    number = Number(80, required=True)
    since = day(required=True, data_key="from", attribute="from")
    until = day(allow_none=True)


class _ProgrammeFields(Schema):
    """What need not be given."""

    text = fields.Nested(Words)
    department = fields.String(validate=DEPARTMENT, allow_none=True)
    organization_id = fields.String(validate=ID, allow_none=True)
    country = country(allow_none=True)
    languages = fields.List(Line(35), validate=[validate.Length(1, 20), each_once])
    professions = fields.List(one_of(PROFESSIONS), validate=each_once)
    supervisor = fields.Nested(SupervisorSchema, allow_none=True)
    deadline = Moment(allow_none=True, metadata={"description": "applications are refused from this moment on"})
    requirements = fields.List(fields.Nested(RequirementSchema), validate=[validate.Length(0, 60), _sound])
    review = fields.Nested(ReviewSchema)
    answer_days = Whole(validate=validate.Range(1, 180))
    purpose = one_of(programmes.PURPOSES, allow_none=True)
    designation = fields.Nested(DesignationSchema, allow_none=True)
    periods = fields.List(fields.Nested(PeriodSchema), validate=validate.Length(0, 200))


class NewProgrammeSchema(_ProgrammeFields):
    """A programme to be entered as a draft."""

    kind = one_of(programmes.KINDS, required=True)
    title = fields.Nested(TitleWords, required=True)


class ProgrammeChangesSchema(_ProgrammeFields):
    """What may be changed; what is not named stays, a list that is named is replaced."""

    title = fields.Nested(TitleWords)


class PublicPeriodSchema(Schema):
    """A window as the world sees it: whether a place is free is not promised, how many there are is."""

    id = Id(required=True)
    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)
    slots = Whole(required=True)
    group_size = Whole(required=True)
    professions = fields.List(one_of(PROFESSIONS), required=True)


class PublicProgrammeSchema(Schema):
    """A published programme."""

    id = Id(required=True, attribute="_id")
    reference = fields.String(required=True)
    kind = one_of(programmes.KINDS, required=True)
    title = fields.Nested(Words, required=True)
    text = fields.Nested(Words, required=True)
    department = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    professions = fields.List(one_of(PROFESSIONS), required=True)
    deadline = Moment(required=True, allow_none=True)
    periods = fields.List(fields.Nested(PublicPeriodSchema), required=True)
    requirements = fields.List(fields.Nested(RequirementSchema), required=True)


class ProgrammeSchema(PublicProgrammeSchema):
    """A programme as the house sees it."""

    status = one_of(programmes.STATES, required=True)
    organization_id = Id(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    supervisor = fields.Nested(SupervisorSchema, required=True, allow_none=True)
    review = fields.Nested(ReviewSchema, required=True)
    answer_days = Whole(required=True)
    purpose = one_of(programmes.PURPOSES, required=True, allow_none=True)
    designation = fields.Nested(DesignationSchema, required=True, allow_none=True)
    periods = fields.List(fields.Nested(PeriodSchema), required=True)
    version = Whole(required=True)


class ProgrammeListQuery(Paged):
    """Filters of the list of programmes."""

    status = one_of(programmes.STATES)
    kind = one_of(programmes.KINDS)


class CatalogueQuery(Schema):
    """Filters of the public catalogue."""

    department = fields.String(validate=DEPARTMENT)
    kind = one_of(programmes.PUBLIC)
    language = Line(35)


class LimitSchema(Schema):
    """How many people a department takes on a day, over all programmes; null: as many as its programmes say."""

    per_day = Whole(required=True, allow_none=True, validate=validate.Range(0, 1000))


class LimitShownSchema(Schema):
    """The same, as it stands."""

    department = fields.String(required=True, attribute="_id")
    per_day = Whole(required=True, allow_none=True)
