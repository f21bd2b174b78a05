"""Who hears that an e-mail or a webhook reaches nobody for good: the role that can put it right, in its inbox, once a day and address.

Not here: what is tried how often (notices.py). That no mail leaves at all for want of a server is said at start, and not again here.
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
"""Reasons with words of their own; `refused` is what the other server answers, `not_reached` all else, tried for a day."""
GONE, NOT_TAKEN = "gone", "not_taken"
"""Of an endpoint: it said so itself (410), or took nothing within three days."""


def undelivered(notice: Notice) -> bool:
    """Whether an e-mail or a webhook ended for good without a reader, and somebody should know."""
    if notice["status"] == DEAD:
        return True
    if notice["channel"] != EMAIL:
        return False
    expected = audience_of(notice["text"]) in (OWNER, APPLICANT) and notice["text"] != "applicant.application.started"
    return bool(notice["status"] == SUPPRESSED and notice["reason"] == "no_address" and expected)


def entries(notice: Notice, to: str, now: datetime) -> Iterator[Notice]:
    """The inbox entries about it; `to` is the recipient in words, empty where nobody but training may know."""
    if notice["channel"] == WEBHOOK:
        yield from _of_endpoint(notice, to, now)
        return
    for audience in _owners(notice):
        about = (notice["organization_id"] if audience == PARTNERS else None) or matter_of(notice)
        told = {"about": notice["text"], "to": to, "mail_reason": reason_of(notice["reason"] or "")}
        which = {name: notice[name] for name in SHARED if name in notice}
        yield which | _entry(f"{about}/{notice['recipient']}", audience, "mail", notice["fields"] | told, now)


def _of_endpoint(notice: Notice, to: str, now: datetime) -> Iterator[Notice]:
    """About the endpoint, not the case: thousands end together, and each case's timeline says it of itself."""
    reason = GONE if notice["reason"] == GONE else NOT_TAKEN
    which = {name: notice[name] for name in ("event_id", "event_type", "organization_id")}
    for audience in OF_ENDPOINTS:
        told = {"to": to, "mail_reason": reason}
        entry = _entry(f"{notice['recipient']}/{reason}", audience, "webhook", told, now)
        yield which | {"case_id": None, "reference": None} | entry


def _entry(about: str, audience: str, what: str, fields: dict[str, Any], now: datetime) -> Notice:
    """Once a day, audience and what it is about."""
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
    """The reason as people are told it, by the code a try ended with."""
    if code in REASONS:
        return code
    return REFUSED if code.startswith("smtp_5") else "not_reached"


def _owners(notice: Notice) -> tuple[str, ...]:
    """Who looks after the matter, and after the address where that is somebody else."""
    if notice.get("agreement_id"):
        return (PARTNERS,)
    if notice.get("application_id"):
        return (TRAINING,)
    return (
        (DESK, PARTNERS)
        if notice["organization_id"] and not notice["recipient"].startswith("interpreter:")
        else (COORDINATOR,)
    )
