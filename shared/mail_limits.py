"""How many e-mails may leave because somebody asked who need not be known: per recipient, per source and overall, an hour and a day.

Counted exactly and in MongoDB, so that all processes share one count; what is counted by is a hash or an id, never an address.
Not here: requests a minute (rate_limit.py), which nothing waits for and where a few too many do no harm.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

log = logging.getLogger("imc.mail")
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Limit:
    """At most so many in an hour and in a day of the clock, by this name."""

    name: str
    hour: int
    day: int


RECIPIENT = Limit("recipient", hour=5, day=10)
"""To one address: what somebody needs who lost a link, and no more than they can bear from a stranger."""
SOURCE = Limit("source", hour=30, day=100)
"""From one network address: a class of a university behind one gateway."""
OVERALL = Limit("overall", hour=300, day=2000)
"""Of the whole: what no day of applications comes near."""
AGENCY = Limit("agency", hour=600, day=5000)
"""To one contact of an agency, whose own calls make most of its mail."""


def take(database: Database[Any], limit: Limit, who: str, now: datetime) -> datetime | None:
    """Counts one; where it is one too many, until when none may leave.

    What an hour holds back is none of the day's: a flood takes no mail from the next hour. The work is the same either way.
    """
    held = _counted(database["rates"], limit, who, HOUR, limit.hour, now, 1)
    held_today = _counted(database["rates"], limit, who, DAY, limit.day, now, 0 if held else 1)
    return held_today or held


def _counted(
    rates: Collection[dict[str, Any]], limit: Limit, who: str, seconds: int, most: int, now: datetime, by: int
) -> datetime | None:
    window = int(now.timestamp() // seconds)
    ends = datetime.fromtimestamp((window + 1) * seconds, UTC)
    which = {"_id": f"mail/{limit.name}/{who}/{seconds}/{window}"}
    change = {"$inc": {"n": by}, "$set": {"until": ends}}
    try:
        count = _one_more(rates, which, change)
    except DuplicateKeyError:  # two processes began the window at once
        count = _one_more(rates, which, change)
    if count == most + by == most + 1:
        log.warning("%d e-mails per %s in %d h: no more until %s", most, limit.name, seconds // HOUR, ends)
    return ends if count > most else None


def _one_more(rates: Collection[dict[str, Any]], which: dict[str, Any], change: dict[str, Any]) -> int:
    row = rates.find_one_and_update(which, change, upsert=True, return_document=ReturnDocument.AFTER)
    return int((row or {})["n"])
