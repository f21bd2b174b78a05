"""Suppresses all notifications to a suspended or closed organization, and selects those still valid once it is active again.

They are stored as suppressed. Of one topic only the latest counts: a case's if that is still its status, a visit's and a booking's if they
are not over.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from services.notify.rules.copies import Organization
from services.notify.rules.notifications import Notification
from services.notify.rules.webhooks import STATUS_EVENTS
from shared.clock import parse_rfc3339
from shared.events import Event, intake
from shared.events import interpreting as booking

SUSPENDED, CLOSED, OVERTAKEN = "organization_suspended", "organization_closed", "overtaken"
SUPPRESSION_REASONS = {"suspended": SUSPENDED, "closed": CLOSED}
"""The reason why nothing is sent, by an organization's status."""

_WITH_FUTURE_TIME = (intake.VisitBooked, intake.VisitRescheduled, booking.BookingConfirmed, booking.BookingUnfilled)
"""Events that are news only until their time is over; a cancellation or a no-show stays true."""


def suppression_reason(organization: Organization | None) -> str | None:
    """Returns the reason why this organization is not notified; None where it is, or is not known yet."""
    return SUPPRESSION_REASONS.get((organization or {}).get("status") or "")


def with_validity(notification: Notification, event: Event) -> Notification:
    """Returns the notification with what decides later whether it is still valid: the status it reports, or until when it is true."""
    if isinstance(event, STATUS_EVENTS):
        return notification | {"reported_status": event.status}
    if isinstance(event, _WITH_FUTURE_TIME):
        return notification | {"valid_until": parse_rfc3339(event.end)}
    return notification


def still_valid(
    notifications: Iterable[Notification], status_of: Callable[[str], str | None], now: datetime
) -> list[str]:
    """Returns the ids of those to be sent, of notifications in the order of their events; `status_of` returns a case's present status, if
    known."""
    latest = {(each["recipient"], each["channel"], _topic(each)): each for each in notifications}
    return [each["_id"] for each in latest.values() if _is_valid(each, status_of, now)]


def _topic(notification: Notification) -> str:
    """Returns what a notification is about: a visit, a booking, the case as a whole; each message and each document is news of its own."""
    whole = notification["case_id"] if "reported_status" in notification else notification["event_id"]
    return str(notification.get("visit_or_booking_id") or whole)


def _is_valid(notification: Notification, status_of: Callable[[str], str | None], now: datetime) -> bool:
    if (until := notification.get("valid_until")) and until <= now:
        return False
    reported = notification.get("reported_status")
    return not reported or status_of(str(notification["case_id"])) in (None, reported)
