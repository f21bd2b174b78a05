"""How long a session of the pages lives, and what is kept of the browser it is in.

Fifteen minutes without anybody at the keyboard, ten hours in all (7-trust, item 3). What a script asks for by itself is no use.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from math import isfinite
from typing import Any

from shared.errors import NotFound, NotSignedIn

IDLE = timedelta(minutes=15)
WHOLE = timedelta(hours=10)
TOKEN_SECONDS = 300  # of a page's token; a program's has 900
MOST_SHOWN = 200
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_MACHINES = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


class SessionOver(NotSignedIn):
    """The session is not there any more, or its time is over."""

    def __init__(self) -> None:
        super().__init__("The session is over; sign in again.")


class UnknownSession(NotFound):
    """No session of this person with this id."""


def new_secret() -> str:
    """What the browser keeps: 256 bits, by which the session is found."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of it here: of so much chance a plain hash gives nothing away."""
    return sha256(secret.encode()).hexdigest()


def last_use(session: Mapping[str, Any], idle: float, now: datetime) -> datetime:
    """When somebody was last at the keyboard: `idle` seconds ago as the browser says, but not before what is known."""
    known: datetime = session["used_at"]
    if not isfinite(idle):
        return known
    return max(known, now - timedelta(seconds=min(max(idle, 0.0), WHOLE.total_seconds())))


def is_over(session: Mapping[str, Any], used_at: datetime, now: datetime) -> bool:
    """Whether a session that was last used then is over: nobody there since, or nobody there for too long before."""
    known: datetime = session["used_at"]
    return now - used_at > IDLE or used_at - known > IDLE or now >= session["ends_at"]


def browser_of(agent: str) -> str:
    """A browser as its owner would name it: Chrome, Windows; the header itself is kept nowhere."""
    plain = re.sub(r"[^\x20-\x7e]", "", agent)[:MOST_SHOWN]
    named = [next((name for mark, name in table if mark in plain), "") for table in (_BROWSERS, _MACHINES)]
    return ", ".join(name for name in named if name)
