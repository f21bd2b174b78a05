"""Events published by notify: the outcome of a notice by e-mail or webhook. An inbox entry is its own delivery and publishes no event."""

from shared.events.language import Event, event


class NotificationEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """One notice: its cause (`event_id`, `event_type`), its kind of recipient, its channel."""

    notification_id: str
    event_id: str
    event_type: str
    recipient_kind: str
    recipient_id: str
    channel: str
    case_id: str | None = None
    organization_id: str | None = None


@event("notify.notification.delivered.v1", subject="notification", consumers=("intake", "training"))
class NotificationDelivered(NotificationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The recipient's server accepted the notice. `link_number`: the number of the applicant's link in the mail; earlier links are no longer valid."""

    link_number: int | None = None


@event("notify.notification.dead.v1", subject="notification", consumers=("intake",))
class NotificationDead(NotificationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The notice was dead-lettered after the last retry that its channel allows; it can be redriven. `reason` is a code."""

    reason: str


@event("notify.notification.suppressed.v1", subject="notification", consumers=("intake",))
class NotificationSuppressed(NotificationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The notice was not sent to the agency. `reason`: `no_smtp` (there is no mail server), `no_address` (no contact has one, and no
    endpoint asked for it), `organization_suspended`, `organization_closed`. With the `recipient_kind` `organization`, no single contact is meant."""

    reason: str


@event("notify.endpoint.disabled.v1", subject="endpoint", consumers=("partners",))
class EndpointDisabled(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A webhook endpoint answered 410 Gone: nothing more is sent to it."""

    organization_id: str
    endpoint_id: str


@event(
    "notify.preferences.changed.v1",
    subject="preferences",
    no_consumers_because="notify alone sends, and asks its own record",
)
class PreferencesChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person changed which notifications they receive: `off` names what is switched off, as `offers/email`; quiet hours as `22:00`."""

    account_id: str
    off: tuple[str, ...] = ()
    quiet_from: str | None = None
    quiet_to: str | None = None
