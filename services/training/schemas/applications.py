"""Shapes of applications: what is written, commands, and how the house reads one."""

from marshmallow import fields, validate

from services.training.rules import programmes, reviews, states
from services.training.schemas.parts import (
    DEPARTMENT,
    LANGUAGES,
    PROFESSIONS,
    SCHEMES,
    SEXES,
    EmergencyContactSchema,
    LicenceSchema,
    NameSchema,
    Number,
    PassportSchema,
    Phone,
    Words,
    day,
    nationality,
    one_of,
)
from shared.web.fields import ID, EmailAddress, Flag, Line, Moment, Paged, Schema, Text, Whole, country

WITHDRAW_REASONS = ("applicant", "family", "health", "visa", "funding", "other_place", "other")
REJECT_REASONS = ("no_capacity", "not_qualified", "papers", "condition_not_met", "not_offered", "duplicate", "other")
END_REASONS = ("health", "conduct", "family", "visa", "host", "security", "other")


class RotationSchema(Schema):
    """A part of the stay in one department."""

    department = fields.String(required=True, validate=DEPARTMENT)
    first_day = day(required=True)
    last_day = day(required=True)
    supervisor = Line(allow_none=True, load_default=None)
    place = Line(allow_none=True, load_default=None)


class WrittenSchema(Schema):
    """What an applicant writes; saved at every step, complete or not. null takes a value out."""

    name = fields.Nested(NameSchema)
    birth_date = day(allow_none=True)
    sex = one_of(SEXES, allow_none=True)
    nationality = nationality(allow_none=True)
    residence = country(allow_none=True)
    profession = one_of(PROFESSIONS, allow_none=True)
    institution = Line(300, allow_none=True)
    position = Line(allow_none=True)
    exempt_scheme = one_of(SCHEMES, allow_none=True)
    passport = fields.Nested(PassportSchema)
    licence = fields.Nested(LicenceSchema)
    email = EmailAddress(allow_none=True)
    phone = Phone(allow_none=True)
    address = Text(1000, allow_none=True)
    emergency_contact = fields.Nested(EmergencyContactSchema)
    language = one_of(LANGUAGES)
    period_id = fields.String(validate=ID, allow_none=True)
    first_day = day(allow_none=True)
    last_day = day(allow_none=True)
    rotations = fields.List(fields.Nested(RotationSchema), validate=validate.Length(0, 12))
    motivation = Text(10000, allow_none=True)
    experience = Text(10000, allow_none=True)
    health_note = Text(4000, allow_none=True)
    risk_note = Text(10000, allow_none=True)


class NewApplicationSchema(WrittenSchema):
    """An application the house enters: for a nomination (`group_id` of its first), for somebody of its own."""

    programme_id = fields.String(required=True, validate=ID)
    group_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
    funder_id = fields.String(validate=ID)
    applicant_id = fields.String(validate=ID, metadata={"description": "the account of somebody of the house"})


class ReasonSchema(Schema):
    """Why it is taken back."""

    reason = one_of(WITHDRAW_REASONS, load_default="applicant")


class EndSchema(Schema):
    """Why it ends before its time."""

    reason = one_of(END_REASONS, required=True)


class ReturnSchema(Schema):
    """What is missing or wrong."""

    message = Text(4000, required=True)
    papers = fields.List(Line(40), load_default=list, validate=validate.Length(0, 60))


class GiveReviewSchema(Schema):
    """A reviewer's answer."""

    step = one_of(reviews.STEPS, required=True)
    verdict = one_of(reviews.VERDICTS, required=True)
    note = Text(4000, allow_none=True, load_default=None)


class ConditionSchema(Schema):
    """A condition of an offer that is no paper of the programme's."""

    text = fields.Nested(Words, required=True)
    code = Line(40, allow_none=True)
    due = day(allow_none=True)


class AcceptSchema(Schema):
    """Conditions beside the programme's own."""

    conditions = fields.List(fields.Nested(ConditionSchema), load_default=list, validate=validate.Length(0, 30))


class RejectSchema(Schema):
    """Why not, from a list, and words for the applicant."""

    reason = one_of(REJECT_REASONS, required=True)
    message = Text(4000, allow_none=True, load_default=None)


class MoveSchema(Schema):
    """Other dates, or another period."""

    first_day = day(required=True)
    last_day = day(required=True)
    period_id = fields.String(validate=ID, allow_none=True, load_default=None)


class BreaksSchema(Schema):
    """What a move would break: papers by code with the state they would have, and codes of everything else."""

    papers = fields.List(fields.Dict(), required=True)
    others = fields.List(fields.String(), required=True)


class AgreementSchema(Schema):
    """The agreement an application stands under; null takes it out."""

    agreement_id = fields.String(required=True, allow_none=True, validate=ID)


class WaiverSchema(Schema):
    """Why no agreement is needed: the chief's word."""

    because = Text(2000, required=True)


class PermissionSchema(Schema):
    """The minister's permission for hands-on training."""

    number = Number(80, required=True)
    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)


class DesignatedSchema(Schema):
    """Who supervises hands-on training."""

    name = Line(required=True)
    designated_for = fields.List(one_of(PROFESSIONS), load_default=list)


class HandsOnSchema(Schema):
    """What the Act asks for hands-on training (臨床修練)."""

    permission = fields.Nested(PermissionSchema, allow_none=True)
    supervisor = fields.Nested(DesignatedSchema, allow_none=True)
    languages_shown = Flag()


class ScreeningSchema(Schema):
    """An exemption from the tuberculosis screening with what proves it (null takes it out); when COE or visa was applied for."""

    scheme = one_of(SCHEMES, allow_none=True)
    proof = Text(1000)
    applied_on = day(allow_none=True)


class PaperUploadSchema(Schema):
    """The fields beside `file` of an uploaded paper; `titre_on` is when antibodies were found to be enough."""

    requirement = Line(40, required=True)
    name = Line(allow_none=True)
    issued_on = day()
    valid_from = day()
    valid_until = day()
    titre_on = day()


class PaperDatesSchema(Schema):
    """Dates as read off the paper."""

    issued_on = day(allow_none=True)
    valid_from = day(allow_none=True)
    valid_until = day(allow_none=True)
    titre_on = day(allow_none=True)
    doses = fields.List(day(), validate=validate.Length(0, 10))


class RefusePaperSchema(Schema):
    """Why a paper is not taken: the applicant reads it."""

    reason = Text(2000, required=True)


class AttendanceSchema(Schema):
    """A day somebody was there, or not."""

    day = day(required=True)
    attended = one_of(("present", "half", "absent"), required=True)
    hours = fields.Float(allow_none=True, load_default=None, validate=validate.Range(0, 24))


class EvaluationSchema(Schema):
    """Scores from 1 to 5 by question, and words."""

    of = one_of(("trainee", "programme"), required=True)
    scores = fields.Dict(
        keys=Line(40), values=Whole(validate=validate.Range(1, 5)), load_default=dict, validate=validate.Length(0, 30)
    )
    text = Text(4000, allow_none=True, load_default=None)


class CertificateAgainSchema(Schema):
    """`in_latin`: with the name in Latin letters alone, where no font here can write it as its owner does."""

    in_latin = Flag(load_default=False)


class NextSchema(Schema):
    """Whose turn it is, for what, by when."""

    who = fields.String(required=True)
    what = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)


class PaperSchema(Schema):
    """A paper as handed in."""

    id = fields.String(required=True)
    requirement = fields.String(required=True)
    status = one_of(("to_check", "accepted", "refused"), required=True)
    name = fields.String()
    media_type = fields.String(required=True)
    size = Whole(required=True)
    at = Moment(required=True)
    issued_on = fields.String()
    valid_from = fields.String()
    valid_until = fields.String()
    titre_on = fields.String()
    doses = fields.List(fields.String())
    why = fields.String()


class ApplicationSchema(Schema):
    """An application as the house reads it; `written` is what the applicant wrote, with papers and how they stand."""

    id = fields.String(required=True)
    reference = fields.String(required=True)
    status = one_of(states.STATES, required=True)
    next = fields.Nested(NextSchema, required=True)
    programme_id = fields.String(required=True)
    kind = one_of(programmes.KINDS, required=True)
    direction = fields.String(required=True)
    period_id = fields.String(required=True, allow_none=True)
    first_day = fields.String(required=True, allow_none=True)
    last_day = fields.String(required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)
    group_id = fields.String(required=True, allow_none=True)
    organization_id = fields.String(required=True, allow_none=True)
    agreement_id = fields.String(required=True, allow_none=True)
    held = fields.Dict(required=True, allow_none=True)
    decision = fields.Dict(required=True, allow_none=True)
    conditions = fields.List(fields.Dict(), required=True)
    reviews = fields.List(fields.Dict(), required=True)
    asked_steps = fields.List(fields.String(), required=True)
    attendance = fields.List(fields.Dict(), required=True)
    certificate = fields.Dict(required=True, allow_none=True)
    version = Whole(required=True)
    written = fields.Dict()
    papers = fields.List(fields.Nested(PaperSchema))
    standings = fields.List(fields.Dict())
    start_faults = fields.List(
        fields.String(),
        metadata={"description": "codes of what stands against the start, told as early as it is known"},
    )
    screening = fields.Dict(
        allow_none=True,
        metadata={"description": "how it stands to the tuberculosis screening before entry, and what is verified"},
    )
    allowed = fields.List(fields.String())


class ApplicationListQuery(Paged):
    """Filters of the list of applications."""

    status = one_of(states.STATES)
    programme_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
    group_id = fields.String(validate=ID)
    reference = Line(40)


class ContactSchema(Schema):
    """How to reach an applicant now, the link a notice may carry, and the state they are told: a notice of another one is not sent."""

    email = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    status = one_of(states.STATES, required=True)
    link = fields.String(required=True)
