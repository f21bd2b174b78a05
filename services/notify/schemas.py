"""Shapes of what comes in and goes out over HTTP. A webhook's body and secrets never go out here; names of patients never come in."""

from typing import Any

from marshmallow import fields, validate

from services.notify.rules.notices import CHANNELS, STATUSES
from services.notify.rules.texts import LANGUAGES
from shared.web import Flag, Moment, Paged, Schema

_ID = validate.Length(1, 120)


class TrySchema(Schema):
    """One try: when, what it led to, and why."""

    at = Moment(required=True)
    result = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(load_default=None, allow_none=True)


class NoticeSchema(Schema):
    """One notice: one cause, one recipient, one channel. `due_at` is the next try, or while sending the end of its lease."""

    id = fields.String(attribute="_id", required=True)
    event_id = fields.String(required=True)
    event_type = fields.String(required=True, metadata={"example": "intake.visit.booked.v1"})
    case_id = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    organization_id = fields.String(required=True, allow_none=True)
    recipient = fields.String(
        required=True,
        metadata={
            "description": "role:…, interpreter:…, endpoint:… or contact:… (e-mail)",
            "example": "role:front_desk",
        },
    )
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(allow_none=True, metadata={"description": "why it is where it is, as a code"})
    webhook_type = fields.String(metadata={"example": "visit.booked"})
    attempts = fields.Integer()
    at = Moment(required=True, metadata={"description": "when its cause happened"})
    due_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    tries = fields.List(fields.Nested(TrySchema))


class EntrySchema(Schema):
    """An inbox entry in the reader's language; `key` names its text."""

    id = fields.String(attribute="_id", required=True)
    event_id = fields.String(required=True)
    event_type = fields.String(required=True)
    case_id = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    recipient = fields.String(required=True)
    at = Moment(required=True)
    key = fields.String(attribute="text", required=True, metadata={"example": "desk.referral.received"})
    title = fields.String(required=True)
    text = fields.String(attribute="words", required=True)
    read_at = Moment(allow_none=True)


class NoticeListQuery(Paged):
    """Narrows the list of notices."""

    case_id = fields.String(validate=_ID)
    event_id = fields.String(validate=_ID)
    organization_id = fields.String(validate=_ID)
    recipient = fields.String(validate=validate.Length(1, 300))
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    status = fields.String(validate=validate.OneOf(STATUSES))


class InboxQuery(Paged):
    """`unread=true` leaves out what somebody has read; `language` chooses another than one's own."""

    unread = fields.String(validate=validate.OneOf(("true", "false")), load_default="false")
    language = fields.String(validate=validate.OneOf(LANGUAGES))


class SettleSchema(Schema):
    """Whether the e-mail arrived, as a person found out; if not, it is sent again."""

    delivered = Flag(required=True)


FILTERS = ("case_id", "event_id", "organization_id", "recipient", "channel", "status")


def filters_of(query: dict[str, Any]) -> dict[str, Any]:
    """What a list is narrowed to, as the store takes it."""
    return {name: query[name] for name in FILTERS if name in query}
