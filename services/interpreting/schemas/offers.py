"""Shapes of offers: sent by a coordinator, read and answered by whoever was asked."""

from marshmallow import fields, validate

from services.interpreting.rules import matching, offers
from services.interpreting.schemas.parts import MODALITY
from shared.web.fields import ID, Flag, Id, Moment, Paged, Schema, Text, Whole, each_once

OUTCOMES = (offers.OPEN, offers.ACCEPTED, offers.DECLINED, offers.EXPIRED, *offers.REASONS)


class AskSchema(Schema):
    """Whom to ask, and for how long; `override` is the reason why, where one of them does not fit."""

    interpreter_ids = fields.List(
        fields.String(validate=ID), required=True, validate=[validate.Length(1, 50), each_once]
    )
    expires_in_minutes = Whole(load_default=offers.USUAL, validate=validate.Range(offers.SHORTEST, offers.LONGEST))
    override = Text(500, load_default=None, allow_none=True)


class OwnOfferSchema(Schema):
    """An offer as the interpreter sees it: before acceptance language, time, place and setting, no more."""

    id = Id(required=True)
    booking_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    yours = Flag(required=True, metadata={"description": "whether the booking is theirs now"})
    why_not = fields.List(
        fields.String(validate=validate.OneOf(matching.WHY_NOT)),
        required=True,
        metadata={"description": "what stands against accepting it now"},
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
        required=True, allow_none=True, metadata={"description": "the case's, once the booking is theirs"}
    )


class OwnOfferQuery(Paged):
    """A page of them, by the visit's start."""
