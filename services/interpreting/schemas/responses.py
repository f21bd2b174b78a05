"""What responses contain, by noun. The only patient data here are ids, references and the language."""

from collections.abc import Collection
from typing import TypedDict

from marshmallow import fields, validate

from services.interpreting.rules import matching, offers, states
from services.interpreting.rules.bookings import FILLED_BY
from services.interpreting.rules.records import Booking, Ranking
from services.interpreting.schemas.fields import (
    GENDER,
    MODALITY,
    AbsenceSchema,
    CertificateSchema,
    HoursSchema,
    NameSchema,
    PeriodSchema,
    SpokenSchema,
    modalities,
    rows,
)
from shared.web.fields import Flag, Id, Moment, Schema, Whole

OWN_OFFER_OUTCOMES = (offers.OPEN, offers.ACCEPTED, offers.DECLINED, offers.EXPIRED, *offers.REASONS)


class OverrideSchema(Schema):
    """Why an interpreter who does not fit was booked, and which reasons were against it."""

    reason = fields.String(required=True)
    by = fields.String(required=True)
    at = Moment(required=True)
    against = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)


class RankingSchema(Schema):
    """How well an interpreter fits, by criterion, in order of weight."""

    gender_wish = Flag(
        required=True, allow_none=True, metadata={"description": "Whether the wish is met; null: there is no wish"}
    )
    level = fields.String(required=True, allow_none=True, validate=validate.OneOf(matching.LEVELS))
    certified = Flag(
        required=True, metadata={"description": "Whether a certificate for the language is valid on that day"}
    )
    modality_preferred = Flag(required=True)
    knows_the_case = Flag(required=True)
    minutes_that_day = Whole(required=True, metadata={"description": "Minutes already booked on that day"})
    region_differs = Flag(
        required=True, metadata={"description": "A warning only: for example, pt-BR is needed and pt-PT is spoken"}
    )
    language_distance = Whole(
        required=True,
        allow_none=True,
        metadata={
            "description": "CLDR's distance from the patient's language to the interpreter's; 0: the same; null: not related"
        },
    )
    near_language = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "A warning only: for example, ary is needed and ar is spoken"},
    )


class MatchSchema(Schema):
    """Result of the last matching: the ranking of the chosen interpreter, or the number of interpreters by reason against them."""

    at = Moment(required=True)
    ranking = fields.Nested(RankingSchema, required=True, allow_none=True)
    why_nobody = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "Number of interpreters by reason, as in `why_not`"},
    )


class CandidateSchema(Schema):
    """One interpreter, evaluated for this booking at present."""

    interpreter_id = Id(required=True)
    name = fields.String(required=True)
    fits = Flag(required=True)
    why_not = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)
    gave_back = Flag(
        required=True,
        metadata={
            "description": "Whether the interpreter declined or withdrew from this booking; such an interpreter is never chosen automatically"
        },
    )
    ranking = fields.Nested(RankingSchema, required=True)


class OfferSchema(Schema):
    """An offer of the booking to one interpreter, as staff see it."""

    id = Id(required=True)
    interpreter_id = Id(required=True)
    interpreter_name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(offers.STATUSES))
    reason = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(offers.REASONS),
        metadata={"description": "Why the offer was withdrawn"},
    )
    at = Moment(required=True)
    expires_at = Moment(required=True)
    answered_at = Moment(required=True, allow_none=True)
    override = fields.String(required=True, allow_none=True)
    against = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)


class BookingSchema(Schema):
    """A booking. `language` as the visit states it."""

    id = Id(attribute="_id", required=True)
    status = fields.String(required=True, validate=validate.OneOf(states.STATES))
    interpreter_id = Id(required=True, allow_none=True)
    interpreter_name = fields.String(required=True, allow_none=True)
    visit_id = Id(required=True)
    case_id = Id(required=True)
    reference = fields.String(required=True, allow_none=True)
    start = Moment(required=True)
    end = Moment(required=True)
    language = fields.String(required=True)
    department = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    modality = fields.String(required=True, validate=MODALITY)
    urgency = fields.String(required=True, validate=validate.OneOf(matching.URGENCIES))
    gender_wish = fields.String(required=True, allow_none=True, validate=GENDER)
    on_demand = Flag(required=True)
    outcome = fields.String(required=True, allow_none=True, validate=validate.OneOf(states.OUTCOMES))
    filled_by = fields.String(required=True, allow_none=True, validate=validate.OneOf(FILLED_BY))
    override = fields.Nested(OverrideSchema, required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    started_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    match = fields.Nested(MatchSchema, required=True, allow_none=True)
    offers = fields.List(
        fields.Nested(OfferSchema), metadata={"description": "The offers made, if any; for staff only"}
    )


class BookingPageSchema(Schema):
    """A page of bookings."""

    items = fields.List(fields.Nested(BookingSchema), required=True)


class ExplainedBookingSchema(BookingSchema):
    """A booking with its candidates: those available first, the best on top, then the others with the reasons (100 at most)."""

    candidates = fields.List(fields.Nested(CandidateSchema))


class OwnOfferSchema(Schema):
    """An offer as the interpreter sees it: before acceptance only language, time, place and setting."""

    id = Id(required=True)
    booking_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OWN_OFFER_OUTCOMES))
    yours = Flag(required=True, metadata={"description": "Whether the booking is assigned to this interpreter now"})
    why_not = fields.List(
        fields.String(validate=validate.OneOf(matching.WHY_NOT)),
        required=True,
        metadata={"description": "Reasons why it cannot be accepted now"},
    )
    sent_at = Moment(required=True)
    expires_at = Moment(required=True)
    answered_at = Moment(required=True, allow_none=True)
    language = fields.String(required=True)
    start = Moment(required=True)
    end = Moment(required=True)
    place = fields.String(required=True, allow_none=True)
    modality = fields.String(required=True, validate=MODALITY)
    department = fields.String(required=True, allow_none=True)
    reference = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The case's reference, once the booking is assigned to this interpreter"},
    )


class InterpreterSchema(Schema):
    """An entry of the roster."""

    id = Id(attribute="_id", required=True)
    name = fields.Nested(NameSchema, required=True)
    gender = fields.String(required=True, validate=GENDER)
    languages = rows(SpokenSchema, 40, required=True)
    modalities = modalities(required=True)
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


class MeSchema(InterpreterSchema):
    """The caller's own entry."""

    calendar_since = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "When the calendar link was created; null: there is none"},
    )


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


class AvailabilityChangedSchema(MeSchema):
    """The entry after the change, and the bookings it costs."""

    loses = fields.List(fields.Nested(LostSchema), required=True)


class CalendarLinkSchema(Schema):
    """The address of the calendar feed: shown once, valid until it is deleted or replaced."""

    url = fields.String(required=True, metadata={"example": "https://imc.example/interpreting/calendar/….ics"})
    since = Moment(required=True)


class DayBookingSchema(PeriodSchema):
    """A booking of that day."""

    id = Id(attribute="_id", required=True)
    status = fields.String(required=True, validate=validate.OneOf(states.STATES))
    language = fields.String(required=True)
    department = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    modality = fields.String(required=True, validate=MODALITY)
    reference = fields.String(required=True, allow_none=True)


class InterpreterDaySchema(Schema):
    """One interpreter's day. `ways`: travel time around bookings; `free`: on duty, neither booked nor travelling."""

    interpreter_id = Id(attribute="_id", required=True)
    name = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    modalities = fields.List(fields.String(validate=MODALITY), required=True)
    travel_buffer_minutes = Whole(required=True)
    on_duty = fields.List(fields.Nested(PeriodSchema), required=True)
    absences = fields.List(fields.Nested(PeriodSchema), required=True)
    bookings = fields.List(fields.Nested(DayBookingSchema), required=True)
    ways = fields.List(fields.Nested(PeriodSchema), required=True)
    free = fields.List(fields.Nested(PeriodSchema), required=True)


class SlotSchema(PeriodSchema):
    """A time at which at least one interpreter fits, and how many do."""

    free = Whole(required=True)


class SlotsSchema(Schema):
    """The next free times, the earliest first; an empty list if no interpreter is free before `to`."""

    items = fields.List(fields.Nested(SlotSchema), required=True)


class Candidate(TypedDict):
    """An interpreter evaluated for a booking, for CandidateSchema."""

    interpreter_id: str
    name: str
    fits: bool
    why_not: tuple[str, ...]
    gave_back: bool
    ranking: Ranking


class BookingWithCandidates(Booking):
    """A booking with its candidates, for ExplainedBookingSchema."""

    candidates: list[Candidate]


def with_candidates(booking: Booking, fits: list[matching.Fit]) -> BookingWithCandidates:
    """Returns a booking with its candidates, for ExplainedBookingSchema."""
    return {**booking, "candidates": [candidate(fit, booking["excluded_interpreters"]) for fit in fits]}


def candidate(fit: matching.Fit, excluded: Collection[str]) -> Candidate:
    """Returns an interpreter evaluated for a booking, for CandidateSchema."""
    return {
        "interpreter_id": fit.candidate.id,
        "name": fit.candidate.name,
        "fits": fit.fits,
        "why_not": fit.why_not,
        "gave_back": fit.candidate.id in excluded,
        "ranking": fit.ranking,
    }
