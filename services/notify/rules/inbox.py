"""What is unread in a person's inbox. Read and archived belong to each person, also for entries of a whole role.

The front desk needs this: what one clerk has opened is not yet known to the next, who starts at noon. An entry shows when somebody of the
role has seen it (`seen_at`), so nobody needs to ask. Archiving changes only one's own list.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

STATES = UNREAD, ALL, ARCHIVED = ("unread", "all", "archived")
MOST_COUNTED = 99
HORIZON = timedelta(days=30)
SLACK = timedelta(minutes=10)
"""How long after its date an entry may still appear: transactions under way, and clocks that differ."""


def floor_of(inbox: Mapping[str, Any] | None, since: datetime | None, now: datetime) -> datetime:
    """Returns the time before which everything counts as read: the last `read all`, the creation of the account, a month ago."""
    known = [now - HORIZON, since, (inbox or {}).get("floor")]
    return max(moment for moment in known if moment)


def counted(unread: int) -> dict[str, Any]:
    """Returns the count as it is shown: `more` is the plus in 99+."""
    return {"count": min(unread, MOST_COUNTED), "more": unread > MOST_COUNTED}


def as_seen(entry: Mapping[str, Any], reading: Mapping[str, Any] | None, floor: datetime) -> dict[str, Any]:
    """Returns the entry as one person sees it; `read_at` is theirs, `seen_at` the first reading by any recipient."""
    told: datetime | None = entry.get("told_at")
    mark = reading or {}
    return {
        **entry,
        "unread": reading is None and told is not None and told >= floor,
        "read_at": mark.get("read_at"),
        "archived_at": mark.get("archived_at"),
        "seen_at": entry.get("read_at"),
    }
