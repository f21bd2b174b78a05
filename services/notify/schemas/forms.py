"""What the pages' forms and filters give."""

from marshmallow import fields, validate

from services.notify.rules.inbox import STATES, UNREAD
from shared.ui.inputs import Ticked, TimeOfDay
from shared.web.fields import Moment, Schema


class InboxFilter(Schema):
    """Which entries; `created` and `id` are where the previous page ended."""

    state = fields.String(validate=validate.OneOf(STATES), load_default=UNREAD)
    created = Moment(load_default=None)
    id = fields.String(validate=validate.Length(1, 260), load_default=None)


class StateForm(Schema):
    """The list that a form was sent from."""

    state = fields.String(validate=validate.OneOf(STATES), load_default=UNREAD)


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
