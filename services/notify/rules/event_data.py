"""The event that reports how a notification ended: delivered, dead and, for an agency's, suppressed."""

from collections.abc import Sequence
from typing import TypedDict

from services.notify.rules.notifications import DEAD, DELIVERED, SUPPRESSED, Notification
from services.notify.rules.suspension import SUPPRESSION_REASONS
from shared.events import Event
from shared.events.notify import NotificationDead, NotificationDelivered, NotificationSuppressed

AGENCY_RECIPIENTS = ("contact", "organization")
"""Recipients whose case shows when they were not notified; for all others their own preference or inbox explains it."""


class _About(TypedDict):
    notification_id: str
    event_id: str
    event_type: str
    recipient_kind: str
    recipient_id: str
    channel: str
    case_id: str | None
    organization_id: str | None


def correlation_id_of(notification: Notification) -> str | None:
    """Returns the case, agreement or application that the notification belongs to."""
    return notification["case_id"] or notification.get("agreement_id") or notification.get("application_id")


def events_of(notification: Notification) -> Sequence[Event]:
    """Returns the event of how it ended; none while it is still to be sent."""
    kind, _, id_ = notification["recipient"].partition(":")
    about: _About = {
        "notification_id": notification["_id"],
        "event_id": notification["event_id"],
        "event_type": notification["event_type"],
        "recipient_kind": kind,
        "recipient_id": id_,
        "channel": notification["channel"],
        "case_id": notification["case_id"],
        "organization_id": notification["organization_id"],
    }
    if notification["status"] == DELIVERED:
        return [NotificationDelivered(**about, link_number=notification.get("link_number"))]
    why = notification.get("reason") or "unknown"
    if notification["status"] == DEAD:
        return [NotificationDead(**about, reason=why)]
    to_agency = kind in AGENCY_RECIPIENTS or why in SUPPRESSION_REASONS.values()
    missed = notification["status"] == SUPPRESSED and to_agency
    return [NotificationSuppressed(**about, reason=why)] if missed else []
