"""Outbox to broker: claims records that have something to say, publishes in order, logs it in `said`, takes it out.

Claimed by state, never by position, one relay at a time per record by lease. Only what a majority has is said: a record
that a crash could still undo is not read. A crash anywhere here means said once more, under the same id.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pymongo.errors
from bson import Timestamp
from pymongo import UpdateOne, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.clock import utc_now
from shared.events import CATALOGUE
from shared.failpoints import failpoint
from shared.messaging.broker import Message, NotConfirmed, Publisher
from shared.messaging.envelope import encode
from shared.messaging.figures import Figures
from shared.mongo import Document

log = logging.getLogger("imc.messaging")
LEASE_SECONDS = 30.0
BATCH = 200
POLL_SECONDS = 1.0
DUE = {"outbox_due": {"$exists": True}}
FREE = {"$or": [{"outbox_lease": {"$exists": False}}, {"$expr": {"$lt": ["$outbox_lease.until", "$$NOW"]}}]}


class Relay:
    """One per worker process, on a thread and a broker connection of its own."""

    def __init__(
        self,
        database: Database[Document],
        collections: Sequence[str],
        publisher: Publisher,
        exchange: str,
        *,
        embedded: bool = False,
        figures: Figures | None = None,
    ) -> None:
        self._database, self._publisher, self._exchange, self._embedded = (database, publisher, exchange, embedded)
        self._figures = figures or Figures()
        quick = WriteConcern(w=1)
        self._records = [database.get_collection(name, write_concern=quick) for name in collections]
        self._committed = [database.get_collection(name, read_concern=ReadConcern("majority")) for name in collections]
        self._said = database.get_collection("said", write_concern=quick)
        self._scanned_at = Timestamp(0, 0)

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Says what is due until `stop`; an outage of either server only makes it wait."""
        pause = 0.1
        while not stop.is_set():
            try:
                with self._watch() as stream:
                    while not stop.is_set():
                        beat()
                        if not self.run_once():
                            self._await_change(stream, stop)
                        pause = 0.1
            except (NotConfirmed, pymongo.errors.PyMongoError) as error:
                log.warning(
                    "relay waits %.1f s: %s",
                    pause,
                    type(error).__name__ if isinstance(error, pymongo.errors.PyMongoError) else error,
                )
                beat()
                stop.wait(pause)
                pause = min(pause * 2, 5.0)
        self._publisher.close()

    def run_once(self) -> int:
        """One pass over all collections; returns how many events were said. Raises NotConfirmed, PyMongoError."""
        said = 0
        with self._database.client.start_session(causal_consistency=False) as session:
            for records, committed in zip(self._records, self._committed, strict=True):
                said += self._pass(records, committed, session)
            self._scanned_at = session.operation_time or self._scanned_at
        return said

    def _pass(self, records: Collection[Document], committed: Collection[Document], session: ClientSession) -> int:
        found = list(
            committed.find({**DUE, **FREE}, {"outbox": 1, "said": 1}, session=session)
            .sort("outbox_due", 1)
            .limit(BATCH)
        )
        if not found:
            return 0
        started = time.monotonic()
        claimed = self._claim(records, found)
        failpoint("relay.after_claim")
        entries = [(entry, record["_id"]) for record in claimed for entry in record["outbox"]]
        if time.monotonic() - started > LEASE_SECONDS / 2:
            return 0
        self._publish(entries)
        failpoint("relay.after_confirm")
        self._log(entries)
        failpoint("relay.after_log")
        self._take_out(records, claimed)
        failpoint("relay.after_pull")
        self._figures.add("said", len(entries))
        return len(entries)

    def _claim(self, records: Collection[Document], found: list[Document]) -> list[Document]:
        """Leases what nobody else has by now; returns those records."""
        token = secrets.token_hex(8)
        ids = [record["_id"] for record in found]
        until = {"$add": ["$$NOW", int(LEASE_SECONDS * 1000)]}
        lease = [{"$set": {"outbox_lease": {"token": token, "until": until}}}]
        if len(ids) == 1:
            return found if records.update_one({"_id": ids[0], **DUE, **FREE}, lease).modified_count else []
        taken = records.update_many({"_id": {"$in": ids}, **DUE, **FREE}, lease).modified_count
        if taken == len(ids):
            return found
        mine = {row["_id"] for row in records.find({"_id": {"$in": ids}, "outbox_lease.token": token}, {"_id": 1})}
        return [record for record in found if record["_id"] in mine]

    def _publish(self, entries: list[tuple[Document, str]]) -> None:
        messages = [
            Message(self._exchange, entry["type"], encode(entry, subject), entry["id"])
            for entry, subject in entries
            if not self._embedded or CATALOGUE[entry["type"]].heard_by
        ]
        if messages:
            self._publisher.publish(messages)

    def _log(self, entries: list[tuple[Document, str]]) -> None:
        """Into `said`, before it leaves the record; what a crash made us say again is there already."""
        documents = [
            {**entry, "_id": entry["id"], "subject": subject, "kind": CATALOGUE[entry["type"]].subject, "at": utc_now()}
            for entry, subject in entries
        ]
        for document in documents:
            del document["id"]
        try:
            if documents:
                self._said.insert_many(documents, ordered=False)
        except pymongo.errors.BulkWriteError as error:
            if any(failure["code"] != 11000 for failure in error.details["writeErrors"]):
                raise

    def _take_out(self, records: Collection[Document], claimed: list[Document]) -> None:
        """Empties the outbox where nothing was added meanwhile; elsewhere takes out just what was said."""
        if not claimed:
            return
        emptied = {"$set": {"outbox": []}, "$unset": {"outbox_due": "", "outbox_lease": ""}}
        result = records.bulk_write(
            [UpdateOne({"_id": record["_id"], "said": record["said"]}, emptied) for record in claimed], ordered=False
        )
        if result.matched_count < len(claimed):
            records.bulk_write(
                [UpdateOne({"_id": record["_id"]}, _without(record)) for record in claimed], ordered=False
            )

    def _watch(self) -> Any:
        """A change stream that tells of records with something new to say."""
        new = [
            {"operationType": "insert", "fullDocument.outbox_due": {"$exists": True}},
            {"operationType": "update", "updateDescription.updatedFields.outbox_due": {"$exists": True}},
        ]
        names = [collection.name for collection in self._records]
        pipeline = [{"$match": {"ns.coll": {"$in": names}, "$or": new}}, {"$project": {"_id": 1, "clusterTime": 1}}]
        return self._database.watch(pipeline, max_await_time_ms=250)

    def _await_change(self, stream: Any, stop: threading.Event) -> None:
        """Returns when something changed after the last pass, or after a second: polling keeps the stream honest."""
        deadline = time.monotonic() + POLL_SECONDS
        while not stop.is_set() and time.monotonic() < deadline:
            change = stream.try_next()
            if change is not None and change["clusterTime"] > self._scanned_at:
                return
        self._publisher.keep_alive()


def _without(record: Document) -> list[Document]:
    """A pipeline that leaves in the outbox what came after the claim, still due, and gives the lease back."""
    said = [entry["id"] for entry in record["outbox"]]
    rest = {"$filter": {"input": "$outbox", "cond": {"$not": {"$in": ["$$this.id", said]}}}}
    due = {"$cond": [{"$gt": [{"$size": "$outbox"}, 0]}, {"$min": "$outbox.time"}, "$$REMOVE"]}
    return [{"$set": {"outbox": rest}}, {"$set": {"outbox_due": due, "outbox_lease": "$$REMOVE"}}]
