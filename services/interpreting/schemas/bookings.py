"""Shapes of bookings and of commands on them. The only patient data here are ids, references and the language."""

from collections.abc import Collection, Mapping
from typing import Any

from marshmallow import fields, validate

from services.interpreting.rules import matching, offers, states
from services.interpreting.rules.bookings import CANCEL_REASONS, FILLED_BY, RELEASE_REASONS
from services.interpreting.schemas.parts import GENDER, MODALITY
from shared.web.fields import ID, Flag, Id, Moment, Paged, Schema, Text, Whole


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


class BookingListQuery(Paged):
    """Filters of the list of bookings; `from` and `to` select periods that overlap them."""

    case_id = fields.String(validate=ID)
    visit_id = fields.String(validate=ID)
    interpreter_id = fields.String(validate=ID)
    status = fields.String(validate=validate.OneOf(states.STATES))
    since = Moment(data_key="from")
    until = Moment(data_key="to")


class AssignSchema(Schema):
    """The interpreter to assign; `override` is the reason if they do not fit."""

    interpreter_id = fields.String(required=True, validate=ID)
    override = Text(500, load_default=None, allow_none=True)


class ReleaseSchema(Schema):
    """Why the interpreter is released."""

    reason = fields.String(load_default="given_back", validate=validate.OneOf(RELEASE_REASONS))


class CancelSchema(Schema):
    """Why no interpreter is needed."""

    reason = fields.String(load_default="not_needed", validate=validate.OneOf(CANCEL_REASONS))


def explained(booking: Mapping[str, Any], fits: list[matching.Fit]) -> dict[str, Any]:
    """A booking with its candidates, for ExplainedBookingSchema."""
    return {**booking, "candidates": [candidate(fit, booking["refused_by"]) for fit in fits]}


def candidate(fit: matching.Fit, refused: Collection[str]) -> dict[str, Any]:
    """One interpreter looked at, for CandidateSchema."""
    return {
        "interpreter_id": fit.candidate.id,
        "name": fit.candidate.name,
        "fits": fit.fits,
        "why_not": fit.why_not,
        "gave_back": fit.candidate.id in refused,
        "ranking": fit.ranking,
    }
