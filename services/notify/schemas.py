"""Shapes of requests and responses over HTTP. They hold no body or secret of a webhook, and no names of patients."""

from typing import Any

from marshmallow import fields, validate

from services.notify.rules.audience import KINDS
from services.notify.rules.inbox import MOST_COUNTED, STATES
from services.notify.rules.notices import CHANNELS, STATUSES
from services.notify.rules.preferences import SWITCHED
from services.notify.rules.texts import LANGUAGES
from shared.ui.inputs import Ticked, TimeOfDay
from shared.web.fields import Flag, Moment, Paged, Schema

_ID = validate.Length(1, 120)


def _time_of_day(name: str) -> fields.String:
    form = validate.Regexp(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z", error="expected a time of day, such as 22:00")
    return fields.String(required=True, attribute=name, data_key=name, validate=form, metadata={"example": "22:00"})


class TrySchema(Schema):
    """One attempt: its time, its result and the reason."""

    at = Moment(required=True)
    result = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(load_default=None, allow_none=True)


class NoticeSchema(Schema):
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
    tries = fields.List(fields.Nested(TrySchema))


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
    told_at = Moment(required=True, metadata={"description": "When the entry was made; the list is in this order"})
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

    count = fields.Integer(required=True, validate=validate.Range(0, MOST_COUNTED))
    more = fields.Boolean(required=True)


class SwitchesSchema(Schema):
    """The channels of one kind of notification."""

    inbox = Flag()
    email = Flag()


class KindsSchema(Schema):
    """By kind; a kind that is not given is on. Offers and changes stay on in the inbox."""

    offers = fields.Nested(SwitchesSchema)
    changes = fields.Nested(SwitchesSchema)
    reminders = fields.Nested(SwitchesSchema)
    reports = fields.Nested(SwitchesSchema)


class QuietHoursSchema(Schema):
    """From one time of day to another, past midnight if the end is earlier; in the hospital's time zone."""

    begin = _time_of_day("from")
    end = _time_of_day("to")


class NewPreferencesSchema(Schema):
    """A person's preferences; the default is everything on, without quiet hours."""

    kinds = fields.Nested(KindsSchema, load_default=dict)
    quiet_hours = fields.Nested(
        QuietHoursSchema,
        load_default=None,
        allow_none=True,
        metadata={"description": "E-mail waits until they end, unless it is about a visit that starts soon after"},
    )


class SwitchesForm(Schema):
    """The channels of one kind as checkboxes."""

    inbox = Ticked()
    email = Ticked()


class KindsForm(Schema):
    """By kind."""

    offers = fields.Nested(SwitchesForm, required=True)
    changes = fields.Nested(SwitchesForm, required=True)
    reminders = fields.Nested(SwitchesForm, required=True)
    reports = fields.Nested(SwitchesForm, required=True)


class PreferencesForm(Schema):
    """A person's preferences as a form sends them: a box that is not ticked is off."""

    kinds = fields.Nested(KindsForm, required=True)
    quiet_from = TimeOfDay(load_default=None)
    quiet_to = TimeOfDay(load_default=None)


class FixedSchema(Schema):
    """A kind and channel that cannot be switched off."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    channel = fields.String(required=True, validate=validate.OneOf(SWITCHED))


class PreferencesSchema(Schema):
    """A person's notification preferences."""

    kinds = fields.Nested(KindsSchema, required=True)
    quiet_hours = fields.Nested(QuietHoursSchema, required=True, allow_none=True)
    fixed = fields.List(fields.Nested(FixedSchema), required=True)


class NoticeListQuery(Paged):
    """Filters of the list of notifications."""

    case_id = fields.String(validate=_ID)
    event_id = fields.String(validate=_ID)
    organization_id = fields.String(validate=_ID)
    recipient = fields.String(validate=validate.Length(1, 300))
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    status = fields.String(validate=validate.OneOf(STATUSES))


class InboxQuery(Paged):
    """Filters of the inbox. `state=all` omits archived entries; `unread=true` equals `state=unread`; `language` overrides the reader's own."""

    state = fields.String(validate=validate.OneOf(STATES))
    unread = fields.String(validate=validate.OneOf(("true", "false")), load_default="false")
    language = fields.String(validate=validate.OneOf(LANGUAGES))


class SettleSchema(Schema):
    """Whether the e-mail arrived, as a person found out; if not, it is sent again."""

    delivered = Flag(required=True)


FILTERS = ("case_id", "event_id", "organization_id", "recipient", "channel", "status")


def filters_of(query: dict[str, Any]) -> dict[str, Any]:
    """The filters of a query, as the store takes them."""
    return {name: query[name] for name in FILTERS if name in query}
