"""Shapes of bookings and of what is asked of them. Nothing of a patient stands here but ids, references and the language."""

from collections.abc import Collection, Mapping
from typing import Any

from marshmallow import fields, validate

from services.interpreting.rules import matching, offers, states
from services.interpreting.rules.bookings import CANCEL_REASONS, FILLED_BY, RELEASE_REASONS
from services.interpreting.schemas.parts import GENDER, MODALITY
from shared.web.fields import ID, Flag, Id, Moment, Paged, Schema, Text, Whole


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
    language_distance = Whole(
        required=True,
        allow_none=True,
        metadata={
            "description": "CLDR's, from the patient's language to the interpreter's; 0: the same; null: strangers"
        },
    )
    near_language = fields.String(
        required=True, allow_none=True, metadata={"description": "a warning only: ary asked, ar spoken"}
    )


class MatchSchema(Schema):
    """How the booking came to be as it is: the chosen one's ranking, or how many failed for which reason."""

    at = Moment(required=True)
    ranking = fields.Nested(RankingSchema, required=True, allow_none=True)
    why_nobody = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "by reason, as in `why_not`"},
    )


class CandidateSchema(Schema):
    """One interpreter looked at now."""

    interpreter_id = Id(required=True)
    name = fields.String(required=True)
    fits = Flag(required=True)
    why_not = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)
    gave_back = Flag(
        required=True, metadata={"description": "gave this booking back or declined it: never chosen automatically"}
    )
    ranking = fields.Nested(RankingSchema, required=True)


class OfferSchema(Schema):
    """The booking offered to one interpreter, as staff see it."""

    id = Id(required=True)
    interpreter_id = Id(required=True)
    interpreter_name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(offers.STATUSES))
    reason = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(offers.REASONS),
        metadata={"description": "why it was withdrawn"},
    )
    at = Moment(required=True)
    expires_at = Moment(required=True)
    answered_at = Moment(required=True, allow_none=True)
    override = fields.String(required=True, allow_none=True)
    against = fields.List(fields.String(validate=validate.OneOf(matching.WHY_NOT)), required=True)


class BookingSchema(Schema):
    """A booking. `language` as it was told."""

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
    offers = fields.List(fields.Nested(OfferSchema), metadata={"description": "for staff, where any were made"})


class BookingPageSchema(Schema):
    """A page of bookings."""

    items = fields.List(fields.Nested(BookingSchema), required=True)


class ExplainedBookingSchema(BookingSchema):
    """A booking with everybody who could be asked, the best first, then who cannot and why (100 at most)."""

    candidates = fields.List(fields.Nested(CandidateSchema))


class BookingListQuery(Paged):
    """Narrows the list of bookings; `from` and `to`: the period touches it."""

    case_id = fields.String(validate=ID)
    visit_id = fields.String(validate=ID)
    interpreter_id = fields.String(validate=ID)
    status = fields.String(validate=validate.OneOf(states.STATES))
    since = Moment(data_key="from")
    until = Moment(data_key="to")


class AssignSchema(Schema):
    """Who is to do it; `override` is the reason why, where they do not fit."""

    interpreter_id = fields.String(required=True, validate=ID)
    override = Text(500, load_default=None, allow_none=True)


class ReleaseSchema(Schema):
    """Why the interpreter does not do it."""

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
