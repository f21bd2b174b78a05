"""Lifetime of a page session, and what is stored of its browser.

A session ends after 15 minutes without activity of the person and after ten hours. Requests that a script makes by itself are no activity.
"""

import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from math import isfinite

from services.accounts.rules.records import Session
from shared.errors import NotFound, NotSignedIn

IDLE_TIMEOUT = timedelta(minutes=15)
MAX_DURATION = timedelta(hours=10)
TOKEN_SECONDS = 300  # lifetime of a page's token; a program's has 900
MAX_AGENT_LENGTH = 200
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_MACHINES = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


class SessionOver(NotSignedIn):
    """The session does not exist any more or has expired."""

    def __init__(self) -> None:
        super().__init__("The session is over; sign in again.")


class UnknownSession(NotFound):
    """No session of this person with this id."""


def new_secret() -> str:
    """Returns the secret a browser stores: 256 random bits that identify the session."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Returns the stored form of the secret. A plain hash is enough for a secret of so many random bits."""
    return sha256(secret.encode()).hexdigest()


def last_use(session: Session, idle: float, now: datetime) -> datetime:
    """Returns the time of the person's last activity: `idle` seconds ago as the browser reports, but not before the recorded time."""
    known = session["used_at"]
    if not isfinite(idle):
        return known
    return max(known, now - timedelta(seconds=min(max(idle, 0.0), MAX_DURATION.total_seconds())))


def is_expired(session: Session, used_at: datetime, now: datetime) -> bool:
    """Whether the session has expired: no activity since `used_at` for too long, too long a pause before it, or its maximum duration is reached."""
    known = session["used_at"]
    return now - used_at > IDLE_TIMEOUT or used_at - known > IDLE_TIMEOUT or now >= session["ends_at"]


def browser_of(agent: str) -> str:
    """Returns the browser and system as their owner would name them, such as Chrome, Windows. The header itself is not stored."""
    plain = re.sub(r"[^\x20-\x7e]", "", agent)[:MAX_AGENT_LENGTH]
    named = [next((name for mark, name in table if mark in plain), "") for table in (_BROWSERS, _MACHINES)]
    return ", ".join(name for name in named if name)
