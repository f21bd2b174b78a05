"""What is unread in a person's inbox. Read and archived are each person's own, also of what a whole role was told.

The desk wants it so: what one clerk has opened is not yet known to the next, who comes on at noon. That somebody of the
role has seen an entry stands on it (`seen_at`), so nobody needs to ask. Archiving tidies one's own list and nobody else's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

STATES = UNREAD, ALL, ARCHIVED = ("unread", "all", "archived")
MOST_COUNTED = 99
HORIZON = timedelta(days=30)
SLACK = timedelta(minutes=10)
"""How long after it was dated an entry may still appear: transactions under way, and clocks that differ."""


def floor_of(inbox: Mapping[str, Any] | None, since: datetime | None, now: datetime) -> datetime:
    """What was told before this time is read: up to their last `read all`, before they had an account, a month ago."""
    known = [now - HORIZON, since, (inbox or {}).get("floor")]
    return max(moment for moment in known if moment)


def counted(unread: int) -> dict[str, Any]:
    """How it is shown: `more` stands for the plus in 99+."""
    return {"count": min(unread, MOST_COUNTED), "more": unread > MOST_COUNTED}


def as_seen(entry: Mapping[str, Any], reading: Mapping[str, Any] | None, floor: datetime) -> dict[str, Any]:
    """The entry as one person has it; `read_at` is theirs, `seen_at` the first reading by anybody it was told to."""
    told: datetime | None = entry.get("told_at")
    mark = reading or {}
    return {
        **entry,
        "unread": reading is None and told is not None and told >= floor,
        "read_at": mark.get("read_at"),
        "archived_at": mark.get("archived_at"),
        "seen_at": entry.get("read_at"),
    }
