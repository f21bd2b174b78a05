"""Who is notified that an e-mail or a webhook finally reached nobody: the role that can correct it, in its inbox, once a day and address.

Not here: how often it is tried (notifications.py). That no mail is sent at all without a server is logged at start, and not repeated here.
"""

from collections.abc import Iterator
from datetime import datetime

from services.notify.rules.audience import (
    APPLICANT,
    COORDINATOR,
    DESK,
    ENDPOINT_AUDIENCES,
    OWNER,
    PARTNERS,
    ROLES,
    TRAINING,
    audience_of,
    undelivered_key,
)
from services.notify.rules.event_data import correlation_id_of
from services.notify.rules.notifications import (
    DEAD,
    DELIVERED,
    EMAIL,
    INBOX,
    SUPPRESSED,
    WEBHOOK,
    Notification,
    TextFields,
)
from shared.ids import derived_id

REFUSED = "refused"
REASONS = ("no_address", "bad_address", "no_smtputf8")
"""Reasons with texts of their own; `refused` is the other server's answer, `not_reached` everything else, after a day of attempts."""
GONE, NOT_ACCEPTED = "gone", "not_accepted"
"""For an endpoint: it said itself that it is gone (410), or accepted nothing within three days."""


def is_undelivered(notification: Notification) -> bool:
    """Whether an e-mail or a webhook reached nobody in the end, and somebody should know."""
    if notification["status"] == DEAD:
        return True
    if notification["channel"] != EMAIL:
        return False
    text = notification["text"]
    expected = audience_of(text) in (OWNER, APPLICANT) and text != "applicant.application.started"
    return notification["status"] == SUPPRESSED and notification["reason"] == "no_address" and expected


def entries_about(notification: Notification, to: str, now: datetime) -> Iterator[Notification]:
    """Yields the inbox entries about it; `to` is the recipient in words, empty where only training may know the address."""
    if notification["channel"] == WEBHOOK:
        yield from _about_endpoint(notification, to, now)
        return
    for audience in _responsible(notification):
        organization_id = notification["organization_id"] if audience == PARTNERS else None
        about = f"{organization_id or correlation_id_of(notification)}/{notification['recipient']}"
        fields = notification["fields"] | {
            "about": notification["text"],
            "to": to,
            "mail_reason": reason_of(notification["reason"] or ""),
        }
        entry = _entry(notification, about, audience, "mail", fields, now)
        if "agreement_id" in notification:
            entry["agreement_id"] = notification["agreement_id"]
        if "application_id" in notification:
            entry["application_id"] = notification["application_id"]
        yield entry | {"case_id": notification["case_id"], "reference": notification["reference"]}


def _about_endpoint(notification: Notification, to: str, now: datetime) -> Iterator[Notification]:
    """Yields entries about the endpoint, not the case: thousands end together, and each case's timeline shows its own."""
    reason = GONE if notification["reason"] == GONE else NOT_ACCEPTED
    about = f"{notification['recipient']}/{reason}"
    for audience in ENDPOINT_AUDIENCES:
        yield _entry(notification, about, audience, "webhook", {"to": to, "mail_reason": reason}, now)


def _entry(
    notification: Notification, about: str, audience: str, what: str, fields: TextFields, now: datetime
) -> Notification:
    """Returns an entry about a notification, one per day, audience and what it is `about`; without its case."""
    recipient = f"role:{ROLES[audience]}"
    return {
        "_id": derived_id(f"{about}/{now:%Y-%m-%d}", recipient, INBOX),
        "event_id": notification["event_id"],
        "event_type": notification["event_type"],
        "case_id": None,
        "organization_id": notification["organization_id"],
        "reference": None,
        "recipient": recipient,
        "channel": INBOX,
        "at": now,
        "created_at": now,
        "version": 1,
        "last_sequence": 0,
        "status": DELIVERED,
        "text": undelivered_key(audience, what),
        "fields": fields,
    }


def reason_of(code: str) -> str:
    """Returns the reason as it is shown, by the code an attempt ended with."""
    if code in REASONS:
        return code
    return REFUSED if code.startswith("smtp_5") else "not_reached"


def _responsible(notification: Notification) -> tuple[str, ...]:
    """Returns the audiences responsible for the matter, and for the address where that is another one."""
    if notification.get("agreement_id"):
        return (PARTNERS,)
    if notification.get("application_id"):
        return (TRAINING,)
    of_agency = notification["organization_id"] and not notification["recipient"].startswith("interpreter:")
    return (DESK, PARTNERS) if of_agency else (COORDINATOR,)
