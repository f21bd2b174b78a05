"""Who is notified that an e-mail or a webhook finally reached nobody: the role that can correct it, in its inbox, once a day and address.

Not here: how often it is tried (notices.py). That no mail is sent at all without a server is logged at start, and not repeated here.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.notify.rules.audience import (
    APPLICANT,
    COORDINATOR,
    DESK,
    OF_ENDPOINTS,
    OWNER,
    PARTNERS,
    ROLES,
    TRAINING,
    audience_of,
    undelivered_key,
)
from services.notify.rules.event_data import matter_of
from services.notify.rules.notices import DEAD, DELIVERED, EMAIL, INBOX, SUPPRESSED, WEBHOOK, Notice
from shared.ids import derived_id

REFUSED = "refused"
REASONS = ("no_address", "bad_address", "no_smtputf8")
"""Reasons with texts of their own; `refused` is the other server's answer, `not_reached` everything else, after a day of attempts."""
GONE, NOT_TAKEN = "gone", "not_taken"
"""For an endpoint: it said itself that it is gone (410), or accepted nothing within three days."""


def undelivered(notice: Notice) -> bool:
    """Whether an e-mail or a webhook ended without a reader, and somebody should know."""
    if notice["status"] == DEAD:
        return True
    if notice["channel"] != EMAIL:
        return False
    expected = audience_of(notice["text"]) in (OWNER, APPLICANT) and notice["text"] != "applicant.application.started"
    return bool(notice["status"] == SUPPRESSED and notice["reason"] == "no_address" and expected)


def entries(notice: Notice, to: str, now: datetime) -> Iterator[Notice]:
    """Yields the inbox entries about it; `to` is the recipient in words, empty where only training may know the address."""
    if notice["channel"] == WEBHOOK:
        yield from _of_endpoint(notice, to, now)
        return
    for audience in _owners(notice):
        about = (notice["organization_id"] if audience == PARTNERS else None) or matter_of(notice)
        told = {"about": notice["text"], "to": to, "mail_reason": reason_of(notice["reason"] or "")}
        which = {name: notice[name] for name in SHARED if name in notice}
        yield which | _entry(f"{about}/{notice['recipient']}", audience, "mail", notice["fields"] | told, now)


def _of_endpoint(notice: Notice, to: str, now: datetime) -> Iterator[Notice]:
    """Yields entries about the endpoint, not the case: thousands end together, and each case's timeline shows its own."""
    reason = GONE if notice["reason"] == GONE else NOT_TAKEN
    which = {name: notice[name] for name in ("event_id", "event_type", "organization_id")}
    for audience in OF_ENDPOINTS:
        told = {"to": to, "mail_reason": reason}
        entry = _entry(f"{notice['recipient']}/{reason}", audience, "webhook", told, now)
        yield which | {"case_id": None, "reference": None} | entry


def _entry(about: str, audience: str, what: str, fields: dict[str, Any], now: datetime) -> Notice:
    """Returns an entry, one per day, audience and subject."""
    recipient = f"role:{ROLES[audience]}"
    return {
        "_id": derived_id(f"{about}/{now:%Y-%m-%d}", recipient, INBOX),
        "recipient": recipient,
        "channel": INBOX,
        "at": now,
        "told_at": now,
        "version": 1,
        "last_sequence": 0,
        "status": DELIVERED,
        "text": undelivered_key(audience, what),
        "fields": fields,
    }


SHARED = ("event_id", "event_type", "case_id", "organization_id", "agreement_id", "application_id", "reference")


def reason_of(code: str) -> str:
    """Returns the reason as it is shown, by the code an attempt ended with."""
    if code in REASONS:
        return code
    return REFUSED if code.startswith("smtp_5") else "not_reached"


def _owners(notice: Notice) -> tuple[str, ...]:
    """Returns who is responsible for the matter, and for the address where that is somebody else."""
    if notice.get("agreement_id"):
        return (PARTNERS,)
    if notice.get("application_id"):
        return (TRAINING,)
    return (
        (DESK, PARTNERS)
        if notice["organization_id"] and not notice["recipient"].startswith("interpreter:")
        else (COORDINATOR,)
    )
