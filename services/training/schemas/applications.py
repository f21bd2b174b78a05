"""Shapes of applications: what is written, commands, and how the house reads one."""

from typing import Any

from marshmallow import fields, validate

from services.training.rules import overlaps, programmes, reviews, states, turn
from services.training.rules.codes import (
    ATTENDED,
    DECISIONS,
    END_REASONS,
    EVALUATED,
    PAPER_STATES,
    PROFESSIONS,
    REJECT_REASONS,
    SCHEMES,
    SEXES,
    WITHDRAW_REASONS,
)
from services.training.rules.documents import requirements, tuberculosis
from services.training.rules.reviews import STEPS
from services.training.schemas.parts import (
    DEPARTMENT,
    LANGUAGES,
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
from shared.web.fields import ID, EmailAddress, Flag, Id, Line, Moment, Paged, Schema, Text, Whole, country


class RotationSchema(Schema):
    """A part of the stay in one department."""

    department = fields.String(required=True, validate=DEPARTMENT)
    first_day = day(required=True)
    last_day = day(required=True)
    supervisor = Line(allow_none=True, load_default=None)
    place = Line(allow_none=True, load_default=None)


class WrittenSchema(Schema):
    """The answers of an applicant; saved at every step, complete or not. null removes a value."""

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
    """An application that the training office enters: of a group (`group_id`), of a partner, or of a member of staff (`applicant_id`)."""

    programme_id = fields.String(required=True, validate=ID)
    group_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
    funder_id = fields.String(validate=ID)
    applicant_id = fields.String(validate=ID, metadata={"description": "account of a member of staff"})


class ReasonSchema(Schema):
    """Why an application is withdrawn."""

    reason = one_of(WITHDRAW_REASONS, load_default="applicant")


class EndSchema(Schema):
    """Why the training ends early."""

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
    """A condition of an offer that is not one of the programme's documents."""

    text = fields.Nested(Words, required=True)
    code = Line(40, allow_none=True)
    due = day(allow_none=True)


class AcceptSchema(Schema):
    """Conditions beside the programme's own."""

    conditions = fields.List(fields.Nested(ConditionSchema), load_default=list, validate=validate.Length(0, 30))


class RejectSchema(Schema):
    """The reason, from a list, and a message to the applicant."""

    reason = one_of(REJECT_REASONS, required=True)
    message = Text(4000, allow_none=True, load_default=None)


class MoveSchema(Schema):
    """Other dates, or another period."""

    first_day = day(required=True)
    last_day = day(required=True)
    period_id = fields.String(validate=ID, allow_none=True, load_default=None)


class AgreementSchema(Schema):
    """The agreement that covers the stay; null removes it."""

    agreement_id = fields.String(required=True, allow_none=True, validate=ID)


class WaiverSchema(Schema):
    """The chief's reason why no agreement is needed."""

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
    """What the Act requires for hands-on training (臨床修練)."""

    permission = fields.Nested(PermissionSchema, allow_none=True)
    supervisor = fields.Nested(DesignatedSchema, allow_none=True)
    languages_shown = Flag()


class ScreeningSchema(Schema):
    """An exemption from the tuberculosis screening with its proof (null removes it), and the day of the application for COE or visa."""

    scheme = one_of(SCHEMES, allow_none=True)
    proof = Text(1000)
    applied_on = day(allow_none=True)


class PaperUploadSchema(Schema):
    """The fields beside `file` of an uploaded document; `titre_on` is the date of the antibody test."""

    requirement = Line(40, required=True)
    name = Line(allow_none=True)
    issued_on = day()
    valid_from = day()
    valid_until = day()
    titre_on = day()


class PaperDatesSchema(Schema):
    """Dates as read from the document."""

    issued_on = day(allow_none=True)
    valid_from = day(allow_none=True)
    valid_until = day(allow_none=True)
    titre_on = day(allow_none=True)
    doses = fields.List(day(), validate=validate.Length(0, 10))


class RefusePaperSchema(Schema):
    """Why a document is rejected; the applicant can read it."""

    reason = Text(2000, required=True)


class AttendanceSchema(Schema):
    """Attendance on one day."""

    day = day(required=True)
    attended = one_of(ATTENDED, required=True)
    hours = fields.Float(allow_none=True, load_default=None, validate=validate.Range(0, 24))


class EvaluationSchema(Schema):
    """Scores from 1 to 5 by question, and a comment."""

    of = one_of(EVALUATED, required=True)
    scores = fields.Dict(
        keys=Line(40), values=Whole(validate=validate.Range(1, 5)), load_default=dict, validate=validate.Length(0, 30)
    )
    text = Text(4000, allow_none=True, load_default=None)


class CertificateAgainSchema(Schema):
    """`in_latin`: shows the name in Latin letters only, for scripts that no font here has."""

    in_latin = Flag(load_default=False)


class NextSchema(Schema):
    """Whose turn it is, for what, by when."""

    who = one_of(turn.WHO, required=True)
    what = one_of(turn.WHAT, required=True)
    by = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


class PaperSchema(Schema):
    """An uploaded document."""

    id = Id(required=True)
    requirement = fields.String(
        required=True, metadata={"description": "code of the required document, `report` or `other`"}
    )
    status = one_of(PAPER_STATES, required=True)
    name = fields.String()
    media_type = fields.String(required=True)
    size = Whole(required=True)
    at = Moment(required=True)
    issued_on = day()
    valid_from = day()
    valid_until = day()
    titre_on = day()
    doses = fields.List(day())
    why = fields.String()


class OverlapSchema(Schema):
    """Another application of somebody who looks like the same person, for some of the same days. A hint: nothing is refused for it.

    `first_day` and `last_day` are those that both share. All null for who may not read that one: the training office knows.
    """

    application_id = Id(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    status = one_of(states.STATES, required=True, allow_none=True)
    programme_id = Id(required=True, allow_none=True)
    first_day = day(required=True, allow_none=True)
    last_day = day(required=True, allow_none=True)
    by = fields.List(one_of(overlaps.KINDS), required=True, metadata={"description": "what both have in common"})


class StandingReasonSchema(Schema):
    """Why a document is not in order: a code with its parameters."""

    code = fields.String(required=True)
    params = fields.Dict(keys=fields.String(), required=True)


class StandingSchema(Schema):
    """The state of a required document: whose turn it is and until when; `wanted` is what a document must show to be valid."""

    code = fields.String(required=True)
    state = one_of(requirements.STATES, required=True)
    stage = one_of(requirements.STAGES, required=True)
    owner = one_of(requirements.OWNERS, required=True)
    turn = fields.String(required=True, allow_none=True)
    due = day(required=True, allow_none=True)
    overdue = Flag(required=True)
    reason = fields.Nested(StandingReasonSchema, required=True, allow_none=True)
    wanted = fields.Dict(keys=fields.String(), required=True)
    paper = fields.String(required=True, allow_none=True)


class BreaksSchema(Schema):
    """The effects of a change of dates: documents with their new state, codes of all other faults, and the stays it would overlap."""

    papers = fields.List(fields.Nested(StandingSchema), required=True)
    others = fields.List(fields.String(), required=True)
    overlaps = fields.List(fields.Nested(OverlapSchema), required=True)


def _time(**options: Any) -> fields.String:
    """A time that is text already."""
    return fields.String(metadata={"format": "date-time"}, **options)


class HeldSchema(Schema):
    """Why the application is on hold: the agreement or the host."""

    reason = fields.String(required=True)
    since = _time(required=True)


class DecisionSchema(Schema):
    """The decision: announced to the applicant at `announced_at`, to be answered by `answer_by`."""

    outcome = one_of(DECISIONS, required=True)
    conditional = Flag(required=True)
    reason = one_of(REJECT_REASONS, required=True, allow_none=True)
    at = _time(required=True, allow_none=True)
    announced_at = _time(required=True, allow_none=True)
    answer_by = _time(required=True, allow_none=True)


class ShownConditionSchema(Schema):
    """A condition of an offer, met at `met_at`."""

    id = Id(required=True)
    code = fields.String(required=True, allow_none=True)
    text = fields.Nested(Words, required=True)
    due = day(required=True, allow_none=True)
    met_at = _time(required=True, allow_none=True)


class ShownReviewSchema(Schema):
    """A reviewer's verdict, without the note."""

    step = one_of(reviews.STEPS, required=True)
    verdict = one_of(reviews.VERDICTS, required=True)
    at = _time(required=True)


class ShownAttendanceSchema(Schema):
    """One day."""

    day = day(required=True)
    attended = one_of(ATTENDED, required=True)
    hours = fields.Float(required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)


class ShownCertificateSchema(Schema):
    """When the certificate was made, or why it could not be."""

    issued_at = _time(required=True, allow_none=True)
    fault = fields.String(required=True, allow_none=True)


class ShownScreeningSchema(Schema):
    """Whether the tuberculosis screening before entry is needed, why, and what of it is verified."""

    state = one_of(tuberculosis.NEEDS, required=True)
    reason = one_of(tuberculosis.REASONS, required=True)
    since = day(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    source_verified = Flag(required=True)
    as_of = day(required=True, allow_none=True)
    scheme = one_of(SCHEMES, required=True, allow_none=True)
    verified = Flag(required=True)
    verified_at = _time(required=True, allow_none=True)
    applied_on = day(required=True, allow_none=True)


class ApplicationBriefSchema(Schema):
    """An application without sealed data: the answer to a command for roles that cannot read applications."""

    id = Id(required=True)
    reference = fields.String(required=True)
    status = one_of(states.STATES, required=True)
    next = fields.Nested(NextSchema, required=True)
    programme_id = Id(required=True)
    kind = one_of(programmes.KINDS, required=True)
    direction = one_of(programmes.DIRECTIONS, required=True)
    period_id = Id(required=True, allow_none=True)
    first_day = day(required=True, allow_none=True)
    last_day = day(required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)
    group_id = Id(required=True, allow_none=True)
    organization_id = Id(required=True, allow_none=True)
    agreement_id = Id(required=True, allow_none=True)
    held = fields.Nested(HeldSchema, required=True, allow_none=True)
    decision = fields.Nested(DecisionSchema, required=True, allow_none=True)
    conditions = fields.List(fields.Nested(ShownConditionSchema), required=True)
    reviews = fields.List(fields.Nested(ShownReviewSchema), required=True)
    asked_steps = fields.List(one_of(STEPS), required=True)
    attendance = fields.List(fields.Nested(ShownAttendanceSchema), required=True)
    certificate = fields.Nested(ShownCertificateSchema, required=True, allow_none=True)
    version = Whole(required=True)


class ApplicationRowSchema(ApplicationBriefSchema):
    """A row of a list, with overlapping applications of what may be the same person."""

    overlaps = fields.List(fields.Nested(OverlapSchema), required=True)


class ApplicationSchema(ApplicationRowSchema):
    """An application as staff read it: `written` has the applicant's answers; with documents and their state."""

    written = fields.Dict(
        required=True, metadata={"description": "answers as sent, with `programme_id` and `language`"}
    )
    papers = fields.List(fields.Nested(PaperSchema), required=True)
    standings = fields.List(fields.Nested(StandingSchema), required=True)
    start_faults = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "codes of everything that refuses the start of the training"},
    )
    screening = fields.Nested(
        ShownScreeningSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null while no dates are planned"},
    )
    allowed = fields.List(
        fields.String(), required=True, metadata={"description": "commands that are possible in this state"}
    )


class ApplicationListQuery(Paged):
    """Filters of the list of applications."""

    status = one_of(states.STATES)
    programme_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
    group_id = fields.String(validate=ID)
    reference = Line(40)


class ContactSchema(Schema):
    """How to reach an applicant now, the link that a notice may contain, and the announced state: a notice of another state is not sent."""

    email = fields.String(required=True, allow_none=True, metadata={"format": "email"})
    name = fields.String(required=True, allow_none=True)
    language = one_of(LANGUAGES, required=True)
    status = one_of(states.STATES, required=True)
    link = fields.String(required=True, metadata={"format": "uri"})
    link_number = fields.Integer(
        required=True,
        metadata={"description": "number of this link; when it is sent, links with lower numbers end"},
    )
