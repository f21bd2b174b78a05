"""What responses show: notifications, inbox entries, preferences. No body or secret of a webhook, and no names of patients."""

from marshmallow import fields, validate

from services.notify.rules.audience import KINDS
from services.notify.rules.inbox import MAX_COUNTED
from services.notify.rules.notifications import CHANNELS, STATUSES
from services.notify.rules.preferences import SWITCHABLE_CHANNELS
from services.notify.schemas.fields import KindsSchema, QuietHoursSchema
from shared.web.fields import Moment, Schema


class AttemptSchema(Schema):
    """One attempt: its time, its result and the reason."""

    at = Moment(required=True)
    result = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(load_default=None, allow_none=True)


class NotificationSchema(Schema):
    """One notification: one cause, one recipient, one channel. `due_at` is the next attempt, or while sending the end of its lease."""

    id = fields.String(attribute="_id", required=True)
    event_id = fields.String(required=True)
    event_type = fields.String(required=True, metadata={"example": "intake.visit.booked.v1"})
    case_id = fields.String(required=True, allow_none=True)
    agreement_id = fields.String(metadata={"description": "If it is about an agreement"})
    application_id = fields.String(metadata={"description": "If it is about an application"})
    reference = fields.String(required=True, allow_none=True)
    organization_id = fields.String(required=True, allow_none=True)
    recipient = fields.String(
        required=True,
        metadata={
            "description": "role:… (of a department: role:…@code), account:…, interpreter:…, applicant:… (of that application), endpoint:…, contact:… (e-mail) or organization:… (it has no contact to notify)",
            "example": "role:front_desk",
        },
    )
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(allow_none=True, metadata={"description": "The reason for the status, as a code"})
    webhook_type = fields.String(metadata={"example": "visit.booked"})
    attempts = fields.Integer()
    at = Moment(required=True, metadata={"description": "When its cause happened"})
    due_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    tries = fields.List(fields.Nested(AttemptSchema))


class EntrySchema(Schema):
    """An inbox entry in the reader's language; `key` names its text."""

    id = fields.String(attribute="_id", required=True)
    event_id = fields.String(required=True)
    event_type = fields.String(required=True)
    case_id = fields.String(required=True, allow_none=True)
    agreement_id = fields.String(metadata={"description": "If it is about an agreement"})
    application_id = fields.String(metadata={"description": "If it is about an application"})
    reference = fields.String(required=True, allow_none=True)
    recipient = fields.String(required=True)
    at = Moment(required=True, metadata={"description": "When its cause happened"})
    told_at = Moment(
        attribute="created_at",
        required=True,
        metadata={"description": "When the entry was made; the list is in this order"},
    )
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    key = fields.String(attribute="text", required=True, metadata={"example": "desk.referral.received"})
    title = fields.String(required=True)
    text = fields.String(attribute="words", required=True)
    unread = fields.Boolean(required=True, metadata={"description": "Whether the caller has not read it"})
    read_at = Moment(allow_none=True, metadata={"description": "When the caller read it; null also after `read-all`"})
    archived_at = Moment(allow_none=True)
    seen_at = Moment(allow_none=True, metadata={"description": "When the first of its recipients read it"})


class UnreadSchema(Schema):
    """Number of unread entries; `more` if there are more than that."""

    count = fields.Integer(required=True, validate=validate.Range(0, MAX_COUNTED))
    more = fields.Boolean(required=True)


class FixedSchema(Schema):
    """A kind and channel that cannot be switched off."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    channel = fields.String(required=True, validate=validate.OneOf(SWITCHABLE_CHANNELS))


class PreferencesSchema(Schema):
    """A person's notification preferences."""

    kinds = fields.Nested(KindsSchema, required=True)
    quiet_hours = fields.Nested(QuietHoursSchema, required=True, allow_none=True)
    fixed = fields.List(fields.Nested(FixedSchema), required=True)
