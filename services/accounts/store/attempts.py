"""Counts of sign-in attempts for the lock-out, and the sources and devices that a person signed in from before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database

from shared.mongo import Index

ATTEMPT_INDEXES = [Index("sign_in_attempts", [("until", 1)], expire_after=86400)]


class Attempts:
    """The collection of counts by key. It is never part of a transaction: an attempt counts even if the rest fails."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._attempts = database["sign_in_attempts"]

    def count(self, key: str, now: datetime, window: timedelta) -> int:
        """Adds one attempt and returns their number within the window. Counting comes before checking, so that no race helps."""
        over = {"$lte": [{"$ifNull": ["$until", now]}, now]}
        change = [
            {
                "$set": {
                    "count": {"$cond": [over, 1, {"$add": ["$count", 1]}]},
                    "until": {"$cond": [over, now + window, "$until"]},
                }
            }
        ]
        found = self._attempts.find_one_and_update(
            {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(found["count"]) if found else 1

    def number(self, key: str, now: datetime) -> int:
        """Returns the number of attempts within the window."""
        found = self._attempts.find_one({"_id": key, "until": {"$gt": now}}, {"count": 1})
        return int(found["count"]) if found else 0

    def clear(self, own: Iterable[str], shared: Iterable[str]) -> None:
        """After a sign-in: deletes the person's own counts, and takes this attempt off those shared with others."""
        self._attempts.delete_many({"_id": {"$in": list(own)}})
        self._attempts.update_many({"_id": {"$in": list(shared)}, "count": {"$gt": 0}}, {"$inc": {"count": -1}})

    def is_known_source(self, key: str, now: datetime) -> bool:
        """Whether the person signed in from this source before."""
        return self._attempts.find_one({"_id": f"known:{key}", "until": {"$gt": now}}, {"_id": 1}) is not None

    def remember_source(self, key: str, until: datetime) -> None:
        """Records that the person has signed in from this source."""
        self._attempts.update_one({"_id": f"known:{key}"}, {"$set": {"until": until}}, upsert=True)
