"""Shapes of the roster: an interpreter as registered, changed and read by the coordinator or the interpreter."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from services.interpreting.rules import matching, roster
from services.interpreting.rules.periods import DAYS
from services.interpreting.schemas.parts import GENDER, MODALITY, rows
from shared.web.fields import (
    ID,
    EmailAddress,
    Flag,
    Id,
    Line,
    Moment,
    Paged,
    Schema,
    Text,
    Whole,
    calendar_day,
    each_once,
)


class NameSchema(Schema):
    """A name: `latin` as in the passport, `written` in the person's own script, `kana`."""

    latin = Line(required=True, metadata={"example": "TANAKA Yuki"})
    written = Line(allow_none=True, metadata={"example": "田中 ゆき"})
    kana = Line(allow_none=True, metadata={"example": "タナカ ユキ"})


class SpokenSchema(Schema):
    """A language besides Japanese, which is implied."""

    tag = Line(35, required=True, metadata={"description": "BCP 47 language tag", "example": "th"})
    level = fields.String(required=True, validate=validate.OneOf(matching.LEVELS))


def _clock(value: str) -> None:
    if not roster.CLOCK.fullmatch(value):
        raise ValidationError("expected a time such as 08:30, or 24:00")


class HoursSchema(Schema):
    """Hours on a week day, in the hospital's time zone."""

    day = fields.String(required=True, validate=validate.OneOf(DAYS))
    since = fields.String(required=True, data_key="from", validate=_clock, metadata={"example": "08:30"})
    until = fields.String(required=True, data_key="to", validate=_clock, metadata={"example": "17:15"})


class AbsenceSchema(Schema):
    """A period in which the interpreter is absent, whatever the weekly hours are."""

    start = Moment(required=True, data_key="from")
    end = Moment(required=True, data_key="to")
    reason = Text(allow_none=True)


class CertificateSchema(Schema):
    """A certificate for a language, and the last day it is valid."""

    language = Line(35, required=True)
    name = Line(required=True)
    expires_on = fields.String(allow_none=True, validate=calendar_day, metadata={"format": "date"})


def _modalities(**options: Any) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=MODALITY),
        validate=[validate.Length(1, 3), each_once],
        metadata={"description": "The preferred modality first"},
        **options,
    )


class _RosterFields(Schema):
    """Optional fields."""

    gender = fields.String(validate=GENDER, metadata={"description": "Codes of FHIR's administrative gender"})
    travel_buffer_minutes = Whole(validate=validate.Range(0, 480))
    daily_maximum = Whole(
        allow_none=True,
        validate=validate.Range(1, 48),
        metadata={"description": "Most bookings on one day; null: no limit"},
    )
    email = EmailAddress(allow_none=True)
    account_id = fields.String(allow_none=True, validate=ID)
    certifications = rows(CertificateSchema, 50)
    exceptions = rows(AbsenceSchema, 400, metadata={"description": "Absences"})
    active = Flag()


class NewInterpreterSchema(_RosterFields):
    """An interpreter to register."""

    name = fields.Nested(NameSchema, required=True)
    languages = rows(SpokenSchema, 40, 1, required=True)
    modalities = _modalities(required=True)
    weekly_hours = rows(HoursSchema, 70, required=True)


class InterpreterChangesSchema(_RosterFields):
    """Fields that can be changed. A field that is not given stays as it is; a list that is given is replaced."""

    name = fields.Nested(NameSchema)
    languages = rows(SpokenSchema, 40, 1)
    modalities = _modalities()
    weekly_hours = rows(HoursSchema, 70)


class InterpreterSchema(Schema):
    """An entry of the roster."""

    id = Id(attribute="_id", required=True)
    name = fields.Nested(NameSchema, required=True)
    gender = fields.String(required=True, validate=GENDER)
    languages = rows(SpokenSchema, 40, required=True)
    modalities = _modalities(required=True)
    weekly_hours = rows(HoursSchema, 70, required=True)
    travel_buffer_minutes = Whole(required=True)
    daily_maximum = Whole(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    account_id = Id(required=True, allow_none=True)
    certifications = rows(CertificateSchema, 50, required=True)
    exceptions = rows(AbsenceSchema, 400, required=True)
    active = Flag(required=True)


class InterpreterPageSchema(Schema):
    """A page of the roster."""

    items = fields.List(fields.Nested(InterpreterSchema), required=True)


class InterpreterListQuery(Paged):
    """Filters of the roster; languages match as for bookings (cmn finds zh)."""

    active = fields.Boolean()
    language = Line(35)
    modality = fields.String(validate=MODALITY)


class AvailabilitySchema(Schema):
    """Fields that interpreters change themselves. A field that is not given stays as it is; a list that is given is replaced."""

    weekly_hours = rows(HoursSchema, 70)
    exceptions = rows(AbsenceSchema, 400, metadata={"description": "Absences"})


class LostSchema(Schema):
    """A confirmed booking that no longer fits and is matched again within seconds."""

    booking_id = Id(required=True)
    start = Moment(required=True)
    end = Moment(required=True)
    language = fields.String(required=True)
    place = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    why_not = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)


class ConsequencesSchema(Schema):
    """The confirmed bookings that a change of availability costs."""

    loses = fields.List(fields.Nested(LostSchema), required=True)


class MeSchema(InterpreterSchema):
    """The caller's own entry."""

    calendar_since = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "When the calendar link was created; null: there is none"},
    )


class AvailabilityChangedSchema(MeSchema):
    """The entry after the change, and the bookings it costs."""

    loses = fields.List(fields.Nested(LostSchema), required=True)


class CalendarLinkSchema(Schema):
    """The address of the calendar feed: shown once, valid until it is deleted or replaced."""

    url = fields.String(required=True, metadata={"example": "https://imc.example/interpreting/calendar/….ics"})
    since = Moment(required=True)
