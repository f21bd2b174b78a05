"""Marshmallow shapes of the answers of the JSON API: applications, certificates, groups, programmes."""

from typing import Any

from marshmallow import fields

from services.training.rules import overlaps, programmes, reviews, states, turn
from services.training.rules.codes import ATTENDED, DECISIONS, DOCUMENT_STATES, PROFESSIONS, REJECT_REASONS, SCHEMES
from services.training.rules.documents import requirements, tuberculosis
from services.training.rules.reviews import STEPS
from services.training.schemas.fields import (
    LANGUAGES,
    DesignationSchema,
    LocalizedText,
    NameSchema,
    PeriodSchema,
    RequirementSchema,
    ReviewChainSchema,
    SupervisorSchema,
    day,
    one_of,
)
from shared.web.fields import Flag, Id, Moment, Schema, Whole


def time_text(**options: Any) -> fields.String:
    """A time that is stored as text."""
    return fields.String(metadata={"format": "date-time"}, **options)


class NextStepSchema(Schema):
    """The next step: who has to act, what to do, and by when."""

    who = one_of(turn.WHO, required=True)
    what = one_of(turn.WHAT, required=True)
    by = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


class DocumentSchema(Schema):
    """An uploaded document."""

    id = Id(required=True)
    requirement = fields.String(
        required=True, metadata={"description": "code of the required document, `report` or `other`"}
    )
    status = one_of(DOCUMENT_STATES, required=True)
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
    """Another application, possibly of the same person, for some of the same days. It is a hint: no command is refused because of it.

    `first_day` and `last_day` are the days that both share. Readers without access to the other application get null in all fields
    but `by`.
    """

    application_id = Id(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    status = one_of(states.STATES, required=True, allow_none=True)
    programme_id = Id(required=True, allow_none=True)
    first_day = day(required=True, allow_none=True)
    last_day = day(required=True, allow_none=True)
    by = fields.List(one_of(overlaps.KINDS), required=True, metadata={"description": "what both have in common"})


class DocumentStatusReasonSchema(Schema):
    """The reason for the state of a document: a code with its parameters."""

    code = fields.String(required=True)
    params = fields.Dict(keys=fields.String(), required=True)


class DocumentStatusSchema(Schema):
    """The state of a required document: who has to act by when; `wanted` lists the dates that make a document valid."""

    code = fields.String(required=True)
    state = one_of(requirements.STATES, required=True)
    stage = one_of(requirements.STAGES, required=True)
    owner = one_of(requirements.OWNERS, required=True)
    turn = fields.String(required=True, allow_none=True)
    due = day(required=True, allow_none=True)
    overdue = Flag(required=True)
    reason = fields.Nested(DocumentStatusReasonSchema, required=True, allow_none=True)
    wanted = fields.Dict(keys=fields.String(), required=True)
    paper = fields.String(required=True, allow_none=True)


class DateChangeEffectsSchema(Schema):
    """The effects of a change of dates: documents with their new state, codes of all other faults, and overlapping stays."""

    papers = fields.List(fields.Nested(DocumentStatusSchema), required=True)
    others = fields.List(fields.String(), required=True)
    overlaps = fields.List(fields.Nested(OverlapSchema), required=True)


class HoldSchema(Schema):
    """The reason why the application is on hold: its agreement or its host."""

    reason = fields.String(required=True)
    since = time_text(required=True)


class DecisionSchema(Schema):
    """The decision: announced to the applicant at `announced_at`, to be answered by `answer_by`."""

    outcome = one_of(DECISIONS, required=True)
    conditional = Flag(required=True)
    reason = one_of(REJECT_REASONS, required=True, allow_none=True)
    at = time_text(required=True, allow_none=True)
    announced_at = time_text(required=True, allow_none=True)
    answer_by = time_text(required=True, allow_none=True)


class ConditionSchema(Schema):
    """A condition of an offer, met at `met_at`."""

    id = Id(required=True)
    code = fields.String(required=True, allow_none=True)
    text = fields.Nested(LocalizedText, required=True)
    due = day(required=True, allow_none=True)
    met_at = time_text(required=True, allow_none=True)


class VerdictSchema(Schema):
    """The verdict of a reviewer, without the note."""

    step = one_of(reviews.STEPS, required=True)
    verdict = one_of(reviews.VERDICTS, required=True)
    at = time_text(required=True)


class AttendanceSchema(Schema):
    """Attendance on one day."""

    day = day(required=True)
    attended = one_of(ATTENDED, required=True)
    hours = fields.Float(required=True, allow_none=True)
    department = fields.String(required=True, allow_none=True)


class CertificateStatusSchema(Schema):
    """The time when the certificate was issued, or the fault that prevented it."""

    issued_at = time_text(required=True, allow_none=True)
    fault = fields.String(required=True, allow_none=True)


class ScreeningSchema(Schema):
    """Whether the tuberculosis screening before entry is needed, the reason, and what is verified."""

    state = one_of(tuberculosis.NEEDS, required=True)
    reason = one_of(tuberculosis.REASONS, required=True)
    since = day(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    source_verified = Flag(required=True)
    as_of = day(required=True, allow_none=True)
    scheme = one_of(SCHEMES, required=True, allow_none=True)
    verified = Flag(required=True)
    verified_at = time_text(required=True, allow_none=True)
    applied_on = day(required=True, allow_none=True)


class ApplicationBriefSchema(Schema):
    """An application without sealed data: the answer to a command for roles that cannot read applications."""

    id = Id(required=True)
    reference = fields.String(required=True)
    status = one_of(states.STATES, required=True)
    next = fields.Nested(NextStepSchema, required=True)
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
    held = fields.Nested(HoldSchema, required=True, allow_none=True)
    decision = fields.Nested(DecisionSchema, required=True, allow_none=True)
    conditions = fields.List(fields.Nested(ConditionSchema), required=True)
    reviews = fields.List(fields.Nested(VerdictSchema), required=True)
    asked_steps = fields.List(one_of(STEPS), required=True)
    attendance = fields.List(fields.Nested(AttendanceSchema), required=True)
    certificate = fields.Nested(CertificateStatusSchema, required=True, allow_none=True)
    version = Whole(required=True)


class ApplicationRowSchema(ApplicationBriefSchema):
    """A row of a list, with overlapping applications of what may be the same person."""

    overlaps = fields.List(fields.Nested(OverlapSchema), required=True)


class ApplicationSchema(ApplicationRowSchema):
    """An application as staff read it: `written` has the applicant's answers; with documents and their state."""

    written = fields.Dict(
        required=True, metadata={"description": "answers as sent, with `programme_id` and `language`"}
    )
    papers = fields.List(fields.Nested(DocumentSchema), required=True)
    standings = fields.List(fields.Nested(DocumentStatusSchema), required=True)
    start_faults = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "codes of everything that refuses the start of the training"},
    )
    screening = fields.Nested(
        ScreeningSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null while no dates are planned"},
    )
    allowed = fields.List(
        fields.String(), required=True, metadata={"description": "commands that are possible in this state"}
    )


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


class CertificateSchema(Schema):
    """A genuine certificate: the name, the programme and the day of issue."""

    name = fields.Nested(NameSchema, required=True)
    title = fields.Nested(LocalizedText, required=True)
    issued_on = day(required=True)


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


class PublicPeriodSchema(Schema):
    """A period in the public catalogue, with its number of places; free places are not published."""

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
    title = fields.Nested(LocalizedText, required=True)
    text = fields.Nested(LocalizedText, required=True)
    department = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    professions = fields.List(one_of(PROFESSIONS), required=True)
    deadline = Moment(required=True, allow_none=True)
    periods = fields.List(fields.Nested(PublicPeriodSchema), required=True)
    requirements = fields.List(fields.Nested(RequirementSchema), required=True)


class ProgrammeSchema(PublicProgrammeSchema):
    """A programme with its internal fields."""

    status = one_of(programmes.STATES, required=True)
    organization_id = Id(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    supervisor = fields.Nested(SupervisorSchema, required=True, allow_none=True)
    review = fields.Nested(ReviewChainSchema, required=True)
    answer_days = Whole(required=True)
    purpose = one_of(programmes.PURPOSES, required=True, allow_none=True)
    designation = fields.Nested(DesignationSchema, required=True, allow_none=True)
    periods = fields.List(fields.Nested(PeriodSchema), required=True)
    version = Whole(required=True)


class LimitSchema(Schema):
    """The limit of a department."""

    department = fields.String(required=True, attribute="_id")
    per_day = Whole(required=True, allow_none=True)
