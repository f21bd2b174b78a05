"""Limits per clock hour and per day, counted exactly in MongoDB, so that all processes share one count.

Not here: requests a minute (rate_limit.py), which wait for no database and where a few too many do no harm.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

log = logging.getLogger("imc.limits")
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Limit:
    """A limit by name: the most in a clock hour and in a day; `of` is what is counted."""

    name: str
    hour: int
    day: int
    of: str = "mail"


def take(database: Database[Any], limit: Limit, who: str, now: datetime) -> datetime | None:
    """Counts one; returns None, or where the limit is exceeded, the time until which it applies.

    What the hour's limit rejects is not counted for the day, so that a flood takes nothing from the next hours. The work is the same
    in both cases.
    """
    wait = _count_or_wait(database["rates"], limit, who, HOUR, limit.hour, now, 1)
    wait_today = _count_or_wait(database["rates"], limit, who, DAY, limit.day, now, 0 if wait else 1)
    return wait_today or wait


def _count_or_wait(
    rates: Collection[dict[str, Any]], limit: Limit, who: str, seconds: int, most: int, now: datetime, by: int
) -> datetime | None:
    window = int(now.timestamp() // seconds)
    ends = datetime.fromtimestamp((window + 1) * seconds, UTC)
    which = {"_id": f"{limit.of}/{limit.name}/{who}/{seconds}/{window}"}
    change = {"$inc": {"n": by}, "$set": {"until": ends}}
    try:
        count = _one_more(rates, which, change)
    except DuplicateKeyError:  # two processes started the window at the same time
        count = _one_more(rates, which, change)
    if count == most + by == most + 1:
        log.warning("%d of %s per %s in %d h: no more until %s", most, limit.of, limit.name, seconds // HOUR, ends)
    return ends if count > most else None


def _one_more(rates: Collection[dict[str, Any]], which: dict[str, Any], change: dict[str, Any]) -> int:
    row = rates.find_one_and_update(which, change, upsert=True, return_document=ReturnDocument.AFTER)
    return int((row or {})["n"])
