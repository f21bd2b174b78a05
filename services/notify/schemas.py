"""Shapes of what comes in and goes out over HTTP. A webhook's body and secrets never go out here; names of patients never come in."""

from typing import Any

from marshmallow import fields, validate

from services.notify.rules.audience import KINDS
from services.notify.rules.inbox import MOST_COUNTED, STATES
from services.notify.rules.notices import CHANNELS, STATUSES
from services.notify.rules.preferences import SWITCHED
from services.notify.rules.texts import LANGUAGES
from shared.ui import Ticked, TimeOfDay
from shared.web import Flag, Moment, Paged, Schema

_ID = validate.Length(1, 120)


def _time_of_day(name: str) -> fields.String:
    form = validate.Regexp(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z", error="expected a time of day, such as 22:00")
    return fields.String(required=True, attribute=name, data_key=name, validate=form, metadata={"example": "22:00"})


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
    agreement_id = fields.String(metadata={"description": "where it is about an agreement"})
    application_id = fields.String(metadata={"description": "where it is about an application"})
    reference = fields.String(required=True, allow_none=True)
    organization_id = fields.String(required=True, allow_none=True)
    recipient = fields.String(
        required=True,
        metadata={
            "description": "role:… (of a department: role:…@code), account:…, interpreter:…, applicant:… (of that application), endpoint:…, contact:… (e-mail) or organization:… (nobody in it could be told)",
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
    agreement_id = fields.String(metadata={"description": "where it is about an agreement"})
    application_id = fields.String(metadata={"description": "where it is about an application"})
    reference = fields.String(required=True, allow_none=True)
    recipient = fields.String(required=True)
    at = Moment(required=True, metadata={"description": "when its cause happened"})
    told_at = Moment(required=True, metadata={"description": "when it was entered here: the order of the list"})
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    key = fields.String(attribute="text", required=True, metadata={"example": "desk.referral.received"})
    title = fields.String(required=True)
    text = fields.String(attribute="words", required=True)
    unread = fields.Boolean(required=True, metadata={"description": "by the caller"})
    read_at = Moment(allow_none=True, metadata={"description": "by the caller; null also where `read-all` read it"})
    archived_at = Moment(allow_none=True)
    seen_at = Moment(allow_none=True, metadata={"description": "by whoever read it first of those it was told to"})


class UnreadSchema(Schema):
    """How many entries are unread; `more` where there are more than that."""

    count = fields.Integer(required=True, validate=validate.Range(0, MOST_COUNTED))
    more = fields.Boolean(required=True)


class SwitchesSchema(Schema):
    """Over which channels notices of one kind come."""

    inbox = Flag()
    email = Flag()


class KindsSchema(Schema):
    """By kind; what is not named is on. Offers and changes stay on in the inbox."""

    offers = fields.Nested(SwitchesSchema)
    changes = fields.Nested(SwitchesSchema)
    reminders = fields.Nested(SwitchesSchema)
    reports = fields.Nested(SwitchesSchema)


class QuietHoursSchema(Schema):
    """From a time of day to another, over midnight where it is earlier; in the hospital's zone."""

    begin = _time_of_day("from")
    end = _time_of_day("to")


class NewPreferencesSchema(Schema):
    """What a person wants; what is not named is as usual: on, without quiet hours."""

    kinds = fields.Nested(KindsSchema, load_default=dict)
    quiet_hours = fields.Nested(
        QuietHoursSchema,
        load_default=None,
        allow_none=True,
        metadata={"description": "e-mail waits until they end, unless it is about a visit that begins soon after"},
    )


class SwitchesForm(Schema):
    """The same as ticked boxes."""

    inbox = Ticked()
    email = Ticked()


class KindsForm(Schema):
    """By kind."""

    offers = fields.Nested(SwitchesForm, required=True)
    changes = fields.Nested(SwitchesForm, required=True)
    reminders = fields.Nested(SwitchesForm, required=True)
    reports = fields.Nested(SwitchesForm, required=True)


class PreferencesForm(Schema):
    """What a person wants, as a form says it: a box that is not ticked is off."""

    kinds = fields.Nested(KindsForm, required=True)
    quiet_from = TimeOfDay(load_default=None)
    quiet_to = TimeOfDay(load_default=None)


class FixedSchema(Schema):
    """What cannot be switched off."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    channel = fields.String(required=True, validate=validate.OneOf(SWITCHED))


class PreferencesSchema(Schema):
    """What a person wants to be told, and over what."""

    kinds = fields.Nested(KindsSchema, required=True)
    quiet_hours = fields.Nested(QuietHoursSchema, required=True, allow_none=True)
    fixed = fields.List(fields.Nested(FixedSchema), required=True)


class NoticeListQuery(Paged):
    """Narrows the list of notices."""

    case_id = fields.String(validate=_ID)
    event_id = fields.String(validate=_ID)
    organization_id = fields.String(validate=_ID)
    recipient = fields.String(validate=validate.Length(1, 300))
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    status = fields.String(validate=validate.OneOf(STATUSES))


class InboxQuery(Paged):
    """`state` all leaves out what is archived; `unread=true` is the same as `state=unread`; `language` for another than one's own."""

    state = fields.String(validate=validate.OneOf(STATES))
    unread = fields.String(validate=validate.OneOf(("true", "false")), load_default="false")
    language = fields.String(validate=validate.OneOf(LANGUAGES))


class SettleSchema(Schema):
    """Whether the e-mail arrived, as a person found out; if not, it is sent again."""

    delivered = Flag(required=True)


FILTERS = ("case_id", "event_id", "organization_id", "recipient", "channel", "status")


def filters_of(query: dict[str, Any]) -> dict[str, Any]:
    """What a list is narrowed to, as the store takes it."""
    return {name: query[name] for name in FILTERS if name in query}
