"""Leader election: one process at a time, by a lease in `meta` that is renewed while it works and released when it stops."""

import secrets
import time

from pymongo import ReturnDocument, WriteConcern
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.mongo import Document

LEASE_SECONDS = 3.0


class Lease:
    """A lease; call `acquire()` before every piece of work. A process that is paused in the middle of one may overlap with its
    successor: work under a lease must be safe to do twice."""

    def __init__(self, database: Database[Document], name: str, seconds: float = LEASE_SECONDS) -> None:
        self._meta = database.get_collection("meta", write_concern=WriteConcern(w=1))
        self._name, self._seconds = name, seconds
        self._token = secrets.token_hex(8)
        self._renew_at = 0.0

    def acquire(self) -> bool:
        """Acquires a free lease, renews it when a third of its time is used up; False where another process has it. Raises PyMongoError."""
        now = time.monotonic()
        if now < self._renew_at:
            return True
        free = {"$or": [{"$eq": ["$token", self._token]}, {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}]}
        until = {"$add": ["$$NOW", int(self._seconds * 1000)]}
        acquired = {"token": {"$cond": [free, self._token, "$token"]}, "until": {"$cond": [free, until, "$until"]}}
        try:
            lease = self._meta.find_one_and_update(
                {"_id": self._name}, [{"$set": acquired}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            return False
        if lease is None or lease["token"] != self._token:
            self._renew_at = 0.0
            return False
        self._renew_at = now + self._seconds / 3
        return True

    def release(self) -> None:
        """Releases the lease, so that the next process need not wait for it to expire."""
        self._renew_at = 0.0
        self._meta.delete_one({"_id": self._name, "token": self._token})
