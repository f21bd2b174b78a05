"""Shapes of offers: sent by a coordinator, read and answered by the interpreter."""

from marshmallow import fields, validate

from services.interpreting.rules import matching, offers
from services.interpreting.schemas.parts import MODALITY
from shared.web.fields import ID, Flag, Id, Moment, Paged, Schema, Text, Whole, each_once

OUTCOMES = (offers.OPEN, offers.ACCEPTED, offers.DECLINED, offers.EXPIRED, *offers.REASONS)


class AskSchema(Schema):
    """The interpreters to send the offer to, and how long it is open; `override` is the reason if one of them does not fit."""

    interpreter_ids = fields.List(
        fields.String(validate=ID), required=True, validate=[validate.Length(1, 50), each_once]
    )
    expires_in_minutes = Whole(load_default=offers.USUAL, validate=validate.Range(offers.SHORTEST, offers.LONGEST))
    override = Text(500, load_default=None, allow_none=True)


class OwnOfferSchema(Schema):
    """An offer as the interpreter sees it: before acceptance only language, time, place and setting."""

    id = Id(required=True)
    booking_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
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


class OwnOfferQuery(Paged):
    """A page of offers, in order of the visit's start."""
