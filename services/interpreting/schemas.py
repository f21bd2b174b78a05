"""Shapes of what comes in and goes out over HTTP. Nothing of a patient stands here but ids, references and the language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.interpreting.rules import matching, roster, states
from services.interpreting.rules.bookings import CANCEL_REASONS, RELEASE_REASONS
from services.interpreting.rules.periods import DAYS
from shared.web.fields import Flag, Line, Moment, Paged, Schema, Text, Whole

MODALITY = validate.OneOf(matching.MODALITIES)
GENDER = validate.OneOf(matching.GENDERS)
_ID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
_ID = validate.Regexp(_ID_FORM, error="expected an id, as GET gives it")


class NameSchema(Schema):
    """A name: `latin` as in the passport, `written` in the own script, `kana`."""

    latin = Line(required=True, metadata={"example": "TANAKA Yuki"})
    written = Line(allow_none=True, metadata={"example": "田中 ゆき"})
    kana = Line(allow_none=True, metadata={"example": "タナカ ユキ"})


class SpokenSchema(Schema):
    """A language besides Japanese, which is implied."""

    tag = Line(35, required=True, metadata={"description": "BCP 47", "example": "th"})
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
    """A time away, whatever the weekly hours say."""

    start = Moment(required=True, data_key="from")
    end = Moment(required=True, data_key="to")
    reason = Text(allow_none=True)


def _calendar_day(value: str) -> None:
    try:
        known = len(value) == 10 and date.fromisoformat(value)
    except ValueError:
        known = False
    if not known:
        raise ValidationError("expected a date, such as 2026-11-23")


class CertificateSchema(Schema):
    """A certificate for a language, and the last day it is valid."""

    language = Line(35, required=True)
    name = Line(required=True)
    expires_on = fields.String(allow_none=True, validate=_calendar_day, metadata={"format": "date"})


def _rows(shape: type[Schema], most: int, least: int = 0, **options: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(shape), validate=validate.Length(least, most), **options)


def _modalities(**options: Any) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=MODALITY),
        validate=[validate.Length(1, 3), _each_once],
        metadata={"description": "the preferred one first"},
        **options,
    )


def _each_once(values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError("expected each once")


class _RosterFields(Schema):
    """What need not be given."""

    gender = fields.String(validate=GENDER, metadata={"description": "as FHIR's administrative gender"})
    travel_buffer_minutes = Whole(validate=validate.Range(0, 480))
    daily_maximum = Whole(allow_none=True, validate=validate.Range(1, 48), metadata={"description": "bookings a day"})
    email = fields.Email(allow_none=True, validate=validate.Length(max=254))
    account_id = fields.String(allow_none=True, validate=_ID)
    certifications = _rows(CertificateSchema, 50)
    exceptions = _rows(AbsenceSchema, 400, metadata={"description": "absences"})
    active = Flag()


class NewInterpreterSchema(_RosterFields):
    """An interpreter to be entered."""

    name = fields.Nested(NameSchema, required=True)
    languages = _rows(SpokenSchema, 40, 1, required=True)
    modalities = _modalities(required=True)
    weekly_hours = _rows(HoursSchema, 70, required=True)


class InterpreterChangesSchema(_RosterFields):
    """What may be changed; what is not named stays, a list that is named is replaced."""

    name = fields.Nested(NameSchema)
    languages = _rows(SpokenSchema, 40, 1)
    modalities = _modalities()
    weekly_hours = _rows(HoursSchema, 70)


class InterpreterSchema(Schema):
    """An entry of the roster."""

    id = fields.String(attribute="_id", required=True)
    name = fields.Nested(NameSchema, required=True)
    gender = fields.String(required=True, validate=GENDER)
    languages = _rows(SpokenSchema, 40, required=True)
    modalities = _modalities(required=True)
    weekly_hours = _rows(HoursSchema, 70, required=True)
    travel_buffer_minutes = Whole(required=True)
    daily_maximum = Whole(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    account_id = fields.String(required=True, allow_none=True)
    certifications = _rows(CertificateSchema, 50, required=True)
    exceptions = _rows(AbsenceSchema, 400, required=True)
    active = Flag(required=True)


class InterpreterPageSchema(Schema):
    """A page of the roster."""

    items = fields.List(fields.Nested(InterpreterSchema), required=True)


class InterpreterListQuery(Paged):
    """Narrows the roster; a language matches as bookings do (cmn finds zh)."""

    active = fields.Boolean()
    language = Line(35)
    modality = fields.String(validate=MODALITY)


class OverrideSchema(Schema):
    """Why somebody was booked who does not fit, and against which reasons."""

    reason = fields.String(required=True)
    by = fields.String(required=True)
    at = Moment(required=True)
    against = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)


class RankingSchema(Schema):
    """How well an interpreter fits, by criterion, in the order they count."""

    gender_wish = Flag(required=True, allow_none=True, metadata={"description": "null: no wish"})
    level = fields.String(required=True, allow_none=True, validate=validate.OneOf(matching.LEVELS))
    certified = Flag(required=True, metadata={"description": "a certificate for the language, valid that day"})
    modality_preferred = Flag(required=True)
    knows_the_case = Flag(required=True)
    minutes_that_day = Whole(required=True, metadata={"description": "booked already on that day"})
    region_differs = Flag(required=True, metadata={"description": "a warning only: pt-BR asked, pt-PT spoken"})


class MatchSchema(Schema):
    """How the booking came to be as it is: the chosen one's ranking, or how many failed for which reason."""

    at = Moment(required=True)
    ranking = fields.Nested(RankingSchema, required=True, allow_none=True)
    why_nobody = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, allow_none=True)


class CandidateSchema(Schema):
    """One interpreter looked at now."""

    interpreter_id = fields.String(required=True)
    name = fields.String(required=True)
    fits = Flag(required=True)
    why_not = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)
    gave_back = Flag(required=True, metadata={"description": "gave this booking back: never chosen automatically"})
    ranking = fields.Nested(RankingSchema, required=True)


class BookingSchema(Schema):
    """A booking. `language` as it was told."""

    id = fields.String(attribute="_id", required=True)
    status = fields.String(required=True, validate=validate.OneOf(states.STATES))
    interpreter_id = fields.String(required=True, allow_none=True)
    interpreter_name = fields.String(required=True, allow_none=True)
    visit_id = fields.String(required=True)
    case_id = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    start = Moment(required=True)
    end = Moment(required=True)
    language = fields.String(required=True)
    department = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    modality = fields.String(required=True)
    urgency = fields.String(required=True)
    gender_wish = fields.String(required=True, allow_none=True)
    on_demand = Flag(required=True)
    outcome = fields.String(required=True, allow_none=True, validate=validate.OneOf(states.OUTCOMES))
    filled_by = fields.String(required=True, allow_none=True, validate=validate.OneOf(("automatic", "by_hand")))
    override = fields.Nested(OverrideSchema, required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    started_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    match = fields.Nested(MatchSchema, required=True, allow_none=True)


class BookingPageSchema(Schema):
    """A page of bookings."""

    items = fields.List(fields.Nested(BookingSchema), required=True)


class ExplainedBookingSchema(BookingSchema):
    """A booking with everybody who could be asked, the best first, then who cannot and why (100 at most)."""

    candidates = fields.List(fields.Nested(CandidateSchema))


class BookingListQuery(Paged):
    """Narrows the list of bookings; `from` and `to`: the period touches it."""

    case_id = fields.String(validate=_ID)
    visit_id = fields.String(validate=_ID)
    interpreter_id = fields.String(validate=_ID)
    status = fields.String(validate=validate.OneOf(states.STATES))
    since = Moment(data_key="from")
    until = Moment(data_key="to")


class AssignSchema(Schema):
    """Who is to do it; `override` is the reason why, where they do not fit."""

    interpreter_id = fields.String(required=True, validate=_ID)
    override = Text(500, load_default=None, allow_none=True)


class ReleaseSchema(Schema):
    """Why the interpreter does not do it."""

    reason = fields.String(load_default="given_back", validate=validate.OneOf(RELEASE_REASONS))


class CancelSchema(Schema):
    """Why no interpreter is needed."""

    reason = fields.String(load_default="not_needed", validate=validate.OneOf(CANCEL_REASONS))


def explained(booking: Mapping[str, Any], fits: list[matching.Fit]) -> dict[str, Any]:
    """A booking with its candidates, for ExplainedBookingSchema."""
    return {**booking, "candidates": [_candidate(fit, booking["refused_by"]) for fit in fits]}


def _candidate(fit: matching.Fit, refused: list[str]) -> dict[str, Any]:
    return {
        "interpreter_id": fit.candidate.id,
        "name": fit.candidate.name,
        "fits": fit.fits,
        "why_not": fit.why_not,
        "gave_back": fit.candidate.id in refused,
        "ranking": fit.ranking,
    }
