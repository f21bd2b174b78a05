"""The outbox relay: one process of a service is the leader and publishes due events in order; the others wait for its lease.

A change stream delivers new entries as soon as a majority has them; a scan at the start and every three seconds finds what the
stream missed, by state and never by position. Only majority-committed records are read, so that no event is published of a
record that a failover could still roll back. After a crash at any point an event is published once more, with the same id.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import pymongo.errors
from bson import Timestamp
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.broker.envelope import encode
from shared.broker.publisher import Message, NotConfirmed, Publisher
from shared.counters import Counters
from shared.events import CATALOGUE
from shared.failpoints import failpoint
from shared.mongo import Document
from shared.outbox.change_stream import MAX_CHANGES, ChangeStream
from shared.outbox.cleanup import DueEntries, OutboxCleanup
from shared.scheduling.lease import Lease

log = logging.getLogger("imc.outbox")
BATCH = 500
SCAN_SECONDS, MAX_SCAN_DELAY = 3.0, 10.0
STUCK_SECONDS = 5.0
REMEMBERED = 20_000
DUE = {"outbox_due": {"$exists": True}}


class Relay:
    """The relay of a worker process, with its own threads and broker connection."""

    def __init__(
        self,
        database: Database[Document],
        collections: Sequence[str],
        publisher: Publisher,
        exchange: str,
        *,
        embedded: bool = False,
        counters: Counters | None = None,
    ) -> None:
        self._database, self._publisher, self._exchange, self._embedded = (database, publisher, exchange, embedded)
        self._counters = counters or Counters()
        majority = ReadConcern("majority")
        self._committed = {name: database.get_collection(name, read_concern=majority) for name in collections}
        self._lease = Lease(database, "relay")
        self._cleanup = OutboxCleanup(database)
        self._recent: dict[str, float] = {}

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Publishes due events until `stop`; during an outage of MongoDB or the broker it waits."""
        over = threading.Event()
        cleanup = threading.Thread(target=self._cleanup.run, args=(over,), name="outbox-cleanup", daemon=True)
        cleanup.start()
        pause = 0.1
        while not stop.is_set():
            beat()
            try:
                if self._lease.acquire():
                    self._lead(stop, beat)
                    pause = 0.1
                else:
                    stop.wait(0.5)
            except (NotConfirmed, pymongo.errors.PyMongoError) as error:
                outage = type(error).__name__ if isinstance(error, pymongo.errors.PyMongoError) else error
                log.warning("relay waits %.1f s: %s", pause, outage)
                stop.wait(pause)
                pause = min(pause * 2, 5.0)
        over.set()
        cleanup.join(5.0)
        self._publisher.close()
        try:
            self._lease.release()
        except pymongo.errors.PyMongoError:
            log.info("the relay's lease is left to run out")

    def _lead(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Publishes until the lease is lost. The stream is opened before the scan begins, so that no entry is missed between them.

        While a batch is published and confirmed, the next one accumulates at the server: batches grow with the load.
        """
        with self._database.client.start_session(causal_consistency=False) as session:
            changes = ChangeStream(self._database, list(self._committed), session)
            try:
                scan_at, start = 0.0, self._database.command("ping").get("operationTime")
                received: list[DueEntries] = []
                while not stop.is_set() and self._lease.acquire():
                    beat()
                    more_is_waiting = len(received) == MAX_CHANGES  # a scan would read all of them again
                    if time.monotonic() >= scan_at + (MAX_SCAN_DELAY if more_is_waiting else 0.0):
                        self._scan(stop, start)
                        scan_at = time.monotonic() + SCAN_SECONDS
                    received = changes.read()
                    if not self._publish_new(received):
                        self._publisher.keep_alive()
            finally:
                changes.close()

    def _scan(self, stop: threading.Event, start: Timestamp | None) -> None:
        """Publishes all due entries, oldest first, including every entry from before the stream's `start`.

        Entries published a while ago that are still in an outbox are handed to the cleanup again.
        """
        with self._database.client.start_session(causal_consistency=True) as session:
            if start is not None:
                session.advance_operation_time(start)
            self._scan_within(stop, session)

    def _scan_within(self, stop: threading.Event, session: ClientSession) -> None:
        for name, records in self._committed.items():
            found = records.find(DUE, {"outbox": 1}, batch_size=BATCH, session=session).sort("outbox_due", 1)
            for batch in _batches(DueEntries(name, record["_id"], record["outbox"]) for record in found):
                self._publish_new(batch)
                old = time.monotonic() - STUCK_SECONDS
                self._cleanup.add([due for due in batch if self._published_before(due, old)])
                if stop.is_set() or not self._lease.acquire():
                    return

    def _published_before(self, due: DueEntries, moment: float) -> bool:
        return bool(due.entries) and all(self._recent.get(entry["id"], moment) < moment for entry in due.entries)

    def _publish_new(self, batch: Iterable[DueEntries]) -> int:
        """Publishes the entries that are not published yet and hands them to the cleanup; returns how many events."""
        fresh = [due for due in map(self._unpublished, batch) if due.entries]
        if not fresh:
            return 0
        failpoint("relay.after_claim")
        entries = [(entry, due.record_id) for due in fresh for entry in due.entries]
        self._publish(entries)
        failpoint("relay.after_confirm")
        self._remember(entry["id"] for entry, _ in entries)
        self._cleanup.add(fresh)
        self._counters.add("published", len(entries))
        return len(entries)

    def _unpublished(self, due: DueEntries) -> DueEntries:
        fresh = [entry for entry in due.entries if entry["id"] not in self._recent]
        return due if len(fresh) == len(due.entries) else DueEntries(due.collection, due.record_id, fresh)

    def _remember(self, ids: Iterable[str]) -> None:
        """Remembers published ids: the stream and the scan may deliver the same entry, and an outbox is emptied a little later."""
        now = time.monotonic()
        self._recent.update((id_, now) for id_ in ids)
        if len(self._recent) > REMEMBERED:
            self._recent = dict(list(self._recent.items())[-REMEMBERED // 2 :])

    def _publish(self, entries: list[tuple[Document, str]]) -> None:
        messages = [
            Message(self._exchange, entry["type"], encode(entry, subject), entry["id"])
            for entry, subject in entries
            if not self._embedded or entry["type"] not in CATALOGUE or CATALOGUE[entry["type"]].consumers
        ]
        if messages:
            self._publisher.publish(messages)


def _batches(items: Iterable[DueEntries]) -> Iterator[list[DueEntries]]:
    batch: list[DueEntries] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
