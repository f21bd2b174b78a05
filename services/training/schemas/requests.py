"""Marshmallow shapes of the bodies and queries that the JSON API accepts: applications, groups, programmes."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from services.training.rules import nominations, programmes, reviews, states
from services.training.rules.codes import (
    ATTENDED,
    END_REASONS,
    EVALUATED,
    PROFESSIONS,
    REJECT_REASONS,
    SCHEMES,
    SEXES,
    WITHDRAW_REASONS,
)
from services.training.rules.documents import stored_documents
from services.training.schemas.fields import (
    DEPARTMENT,
    LANGUAGES,
    DesignationSchema,
    EmergencyContactSchema,
    LicenceSchema,
    LocalizedText,
    LocalizedTitle,
    NameSchema,
    Number,
    PassportSchema,
    PeriodSchema,
    Phone,
    RequirementSchema,
    ReviewChainSchema,
    SupervisorSchema,
    day,
    nationality,
    one_of,
)
from shared.web.fields import ID, EmailAddress, Flag, Line, Moment, Paged, Schema, Text, Whole, country, each_once

Document = dict[str, Any]
VERIFY_LIMIT = ("verify", 10)
"""Name of the counter, and how many codes of certificates one address may try in a minute, on pages and API together."""


class RotationSchema(Schema):
    """A part of the stay in one department."""

    department = fields.String(required=True, validate=DEPARTMENT)
    first_day = day(required=True)
    last_day = day(required=True)
    supervisor = Line(allow_none=True, load_default=None)
    place = Line(allow_none=True, load_default=None)


class ApplicationChangesSchema(Schema):
    """Answers of an applicant, saved at every step, complete or not; null removes a value."""

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


class NewApplicationSchema(ApplicationChangesSchema):
    """An application entered by the training office: for a group (`group_id`), a partner, or a member of staff (`applicant_id`)."""

    programme_id = fields.String(required=True, validate=ID)
    group_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
    funder_id = fields.String(validate=ID)
    applicant_id = fields.String(validate=ID, metadata={"description": "account of a member of staff"})


class ApplicationListQuery(Paged):
    """Filters of the list of applications."""

    status = one_of(states.STATES)
    programme_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
    group_id = fields.String(validate=ID)
    reference = Line(40)


class WithdrawalSchema(Schema):
    """The reason why an application is withdrawn."""

    reason = one_of(WITHDRAW_REASONS, load_default="applicant")


class TerminationSchema(Schema):
    """The reason why the training ends early."""

    reason = one_of(END_REASONS, required=True)


class ReturnSchema(Schema):
    """The message to the applicant, and the documents that are missing or wrong."""

    message = Text(4000, required=True)
    papers = fields.List(Line(40), load_default=list, validate=validate.Length(0, 60))


class NewVerdictSchema(Schema):
    """The verdict of a reviewer."""

    step = one_of(reviews.STEPS, required=True)
    verdict = one_of(reviews.VERDICTS, required=True)
    note = Text(4000, allow_none=True, load_default=None)


class NewConditionSchema(Schema):
    """A condition of an offer that is not one of the programme's documents."""

    text = fields.Nested(LocalizedText, required=True)
    code = Line(40, allow_none=True)
    due = day(allow_none=True)


class AcceptSchema(Schema):
    """Conditions in addition to those of the programme."""

    conditions = fields.List(fields.Nested(NewConditionSchema), load_default=list, validate=validate.Length(0, 30))


class RejectSchema(Schema):
    """The reason, from a list, and a message to the applicant."""

    reason = one_of(REJECT_REASONS, required=True)
    message = Text(4000, allow_none=True, load_default=None)


class DateChangeSchema(Schema):
    """New dates, with or without another period."""

    first_day = day(required=True)
    last_day = day(required=True)
    period_id = fields.String(validate=ID, allow_none=True, load_default=None)


class AgreementSchema(Schema):
    """The agreement that covers the stay; null removes it."""

    agreement_id = fields.String(required=True, allow_none=True, validate=ID)


class WaiverSchema(Schema):
    """The reason of the chief why no agreement is needed."""

    because = Text(2000, required=True)


class PermissionSchema(Schema):
    """The minister's permission for hands-on training."""

    number = Number(80, required=True)
    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)


class HandsOnSupervisorSchema(Schema):
    """The supervisor of hands-on training."""

    name = Line(required=True)
    designated_for = fields.List(one_of(PROFESSIONS), load_default=list)


class HandsOnSchema(Schema):
    """The requirements of the Act for hands-on training (臨床修練)."""

    permission = fields.Nested(PermissionSchema, allow_none=True)
    supervisor = fields.Nested(HandsOnSupervisorSchema, allow_none=True)
    languages_shown = Flag()


class ScreeningChangesSchema(Schema):
    """An exemption from the tuberculosis screening with its proof (null removes it), and the day of the application for COE or visa."""

    scheme = one_of(SCHEMES, allow_none=True)
    proof = Text(1000)
    applied_on = day(allow_none=True)


class DocumentUploadSchema(Schema):
    """The fields beside `file` of an uploaded document; `titre_on` is the date of the antibody test."""

    requirement = Line(40, required=True)
    name = Line(allow_none=True)
    issued_on = day()
    valid_from = day()
    valid_until = day()
    titre_on = day()


class DocumentDatesSchema(Schema):
    """Dates read from the document."""

    issued_on = day(allow_none=True)
    valid_from = day(allow_none=True)
    valid_until = day(allow_none=True)
    titre_on = day(allow_none=True)
    doses = fields.List(day(), validate=validate.Length(0, 10))


class DocumentRejectionSchema(Schema):
    """The reason why a document is rejected; the applicant can read it."""

    reason = Text(2000, required=True)


class NewAttendanceSchema(Schema):
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


class CertificateRequestSchema(Schema):
    """`in_latin` shows the name in Latin letters only, for scripts without a font."""

    in_latin = Flag(load_default=False)


class NewGroupSchema(Schema):
    """A nomination by a partner for a period of a programme. The name must not identify a person."""

    name = Line(required=True, metadata={"example": "Harbour University, spring 2027"})
    programme_id = fields.String(required=True, validate=ID)
    period_id = fields.String(required=True, validate=ID)
    first_day = day(required=True)
    last_day = day(required=True)
    organization_id = fields.String(required=True, validate=ID)
    funder_id = fields.String(validate=ID, allow_none=True, load_default=None)


class NewPersonSchema(Schema):
    """One of the nominated people; they enter the rest themselves."""

    name = fields.Nested(NameSchema, required=True)
    birth_date = day(required=True)
    nationality = nationality(required=True)
    passport = fields.Nested(PassportSchema)
    email = EmailAddress()


class NewPeopleSchema(Schema):
    """People to add to a group; all are added, or none."""

    people = fields.List(
        fields.Nested(NewPersonSchema), required=True, validate=validate.Length(1, nominations.MAX_PEOPLE)
    )


def _check_requirements(value: list[Document]) -> None:
    faults = [
        f"{pointer}: {detail}"
        for at, one in enumerate(value)
        for pointer, detail in stored_documents.requirement_faults(one, f"{at}")
    ]
    if faults:
        raise ValidationError(faults)


class _ProgrammeFields(Schema):
    """Optional fields of a programme."""

    text = fields.Nested(LocalizedText)
    department = fields.String(validate=DEPARTMENT, allow_none=True)
    organization_id = fields.String(validate=ID, allow_none=True)
    country = country(allow_none=True)
    languages = fields.List(Line(35), validate=[validate.Length(1, 20), each_once])
    professions = fields.List(one_of(PROFESSIONS), validate=each_once)
    supervisor = fields.Nested(SupervisorSchema, allow_none=True)
    deadline = Moment(allow_none=True, metadata={"description": "applications are refused from this moment on"})
    requirements = fields.List(fields.Nested(RequirementSchema), validate=[validate.Length(0, 60), _check_requirements])
    review = fields.Nested(ReviewChainSchema)
    answer_days = Whole(validate=validate.Range(1, 180))
    purpose = one_of(programmes.PURPOSES, allow_none=True)
    designation = fields.Nested(DesignationSchema, allow_none=True)
    periods = fields.List(fields.Nested(PeriodSchema), validate=validate.Length(0, 200))


class NewProgrammeSchema(_ProgrammeFields):
    """A programme to create as a draft."""

    kind = one_of(programmes.KINDS, required=True)
    title = fields.Nested(LocalizedTitle, required=True)


class ProgrammeChangesSchema(_ProgrammeFields):
    """Changes to a programme; fields left out stay, a list is replaced as a whole."""

    title = fields.Nested(LocalizedTitle)


class ProgrammeListQuery(Paged):
    """Filters of the list of programmes."""

    status = one_of(programmes.STATES)
    kind = one_of(programmes.KINDS)


class CatalogueQuery(Schema):
    """Filters of the public catalogue."""

    department = fields.String(validate=DEPARTMENT)
    kind = one_of(programmes.PUBLIC)
    language = Line(35)


class NewLimitSchema(Schema):
    """The number of people that a department takes on a day, over all programmes; null removes the limit."""

    per_day = Whole(required=True, allow_none=True, validate=validate.Range(0, 1000))
