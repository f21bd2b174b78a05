"""What requests give: filters of lists, preferences, the settlement of an e-mail."""

from collections.abc import Mapping

from marshmallow import fields, validate

from services.notify.rules.inbox import STATES
from services.notify.rules.notifications import CHANNELS, STATUSES
from services.notify.rules.texts import LANGUAGES
from services.notify.schemas.fields import ID, KindsSchema, QuietHoursSchema
from shared.web.fields import Flag, Paged, Schema

FILTERS = ("case_id", "event_id", "organization_id", "recipient", "channel", "status")


class NewPreferencesSchema(Schema):
    """A person's preferences; the default is everything on, without quiet hours."""

    kinds = fields.Nested(KindsSchema, load_default=dict)
    quiet_hours = fields.Nested(
        QuietHoursSchema,
        load_default=None,
        allow_none=True,
        metadata={"description": "E-mail waits until they end, unless it is about a visit that starts soon after"},
    )


class NotificationListQuery(Paged):
    """Filters of the list of notifications."""

    case_id = fields.String(validate=ID)
    event_id = fields.String(validate=ID)
    organization_id = fields.String(validate=ID)
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


def filters_of(query: Mapping[str, str]) -> dict[str, str]:
    """Returns the filters of a query, as the store takes them."""
    return {name: query[name] for name in FILTERS if name in query}
