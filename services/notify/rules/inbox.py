"""What is unread in a person's inbox. Read and archived belong to each person, also for entries of a whole role.

The front desk needs this: what one clerk has opened is not yet known to the next, who starts at noon. An entry shows when somebody of the
role has read it (`seen_at`), so nobody needs to ask. Archiving changes only one's own list.
"""

from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from services.notify.rules.notifications import Notification

STATES = UNREAD, ALL, ARCHIVED = ("unread", "all", "archived")
MAX_COUNTED = 99
HORIZON = timedelta(days=30)
SLACK = timedelta(minutes=10)
"""How long after its date an entry may still appear: transactions that are not committed yet, and clocks that differ."""


class Inbox(TypedDict):
    """A person's own record; what was notified before `read_before` is read."""

    _id: str
    version: int
    last_sequence: int
    read_before: datetime


class ReadReceipt(TypedDict):
    """One person's reading of one entry."""

    _id: str
    account_id: str
    notification_id: str
    recipient: str
    created_at: datetime
    read_at: datetime
    archived_at: NotRequired[datetime]


class Entry(Notification):
    """A notification as one person sees it: `read_at` is when they read it, `seen_at` the first reading by any recipient."""

    unread: bool
    read_at: datetime | None
    archived_at: datetime | None
    seen_at: datetime | None
    receipt_id: str | None


class RenderedEntry(Entry):
    """An entry in the reader's language."""

    title: str
    words: str
    kind: str


class UnreadCount(TypedDict):
    """The number of unread entries as it is shown: `more` is the plus in 99+."""

    count: int
    more: bool


def read_before_of(inbox: Inbox | None, since: datetime | None, now: datetime) -> datetime:
    """Returns the time before which everything counts as read: the last `read all`, the creation of the account, a month ago."""
    known = [now - HORIZON, since, inbox["read_before"] if inbox else None]
    return max(time for time in known if time)


def unread_count(unread: int) -> UnreadCount:
    """Returns the count as it is shown."""
    return {"count": min(unread, MAX_COUNTED), "more": unread > MAX_COUNTED}


def entry_for(notification: Notification, receipt: ReadReceipt | None, read_before: datetime) -> Entry:
    """Returns the notification as the person with this receipt sees it."""
    created_at: datetime | None = notification.get("created_at")
    return {
        **notification,
        "unread": receipt is None and created_at is not None and created_at >= read_before,
        "read_at": receipt["read_at"] if receipt else None,
        "archived_at": receipt.get("archived_at") if receipt else None,
        "seen_at": notification.get("first_read_at"),
        "receipt_id": receipt["_id"] if receipt else None,
    }
