"""The event that reports how a notification ended: delivered, dead and, for an agency's, suppressed."""

from collections.abc import Sequence

from services.notify.rules.notices import DEAD, DELIVERED, SUPPRESSED, Notice
from services.notify.rules.silence import SILENT
from shared.events import Event
from shared.events.notify import NotificationDead, NotificationDelivered, NotificationSuppressed

OF_AGENCY = ("contact", "organization")
"""Recipients whose case shows when they were not notified; for all others their own preference or inbox explains it."""


def matter_of(notice: Notice) -> str | None:
    """Returns the case, agreement or application that the notification belongs to."""
    matter: str | None = notice["case_id"] or notice.get("agreement_id") or notice.get("application_id")
    return matter


def events_of(notice: Notice) -> Sequence[Event]:
    """Returns the event of how it ended; none while it is under way."""
    kind, _, id_ = notice["recipient"].partition(":")
    about = {
        "notification_id": notice["_id"],
        "event_id": notice["event_id"],
        "event_type": notice["event_type"],
        "recipient_kind": kind,
        "recipient_id": id_,
        "channel": notice["channel"],
        "case_id": notice["case_id"],
        "organization_id": notice["organization_id"],
    }
    if notice["status"] == DELIVERED:
        return [NotificationDelivered(**about, link_number=notice.get("link_number"))]
    why = notice.get("reason") or "unknown"
    if notice["status"] == DEAD:
        return [NotificationDead(**about, reason=why)]
    to_agency = kind in OF_AGENCY or why in SILENT.values()
    missed = notice["status"] == SUPPRESSED and to_agency
    return [NotificationSuppressed(**about, reason=why)] if missed else []
