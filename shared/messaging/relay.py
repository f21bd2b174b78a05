"""Outbox to broker: one process of a service leads and says what is due, in order; the others wait for its lease.

A change stream carries new entries here the moment a majority has them; a scan at the start and every three seconds finds what
the stream did not bring: by state, never by position. Only what a majority has is said: a record that a crash could still
undo is not read. A crash anywhere here means said once more, under the same id.
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

from shared.events import CATALOGUE
from shared.failpoints import failpoint
from shared.messaging.broker import Message, NotConfirmed, Publisher
from shared.messaging.changes import MOST, Changes
from shared.messaging.envelope import encode
from shared.messaging.figures import Figures
from shared.messaging.lease import Lease
from shared.messaging.outboxes import Outboxes, Said
from shared.mongo import Document

log = logging.getLogger("imc.messaging")
BATCH = 500
SCAN_SECONDS, LONGEST_RUSH = 3.0, 10.0
STUCK_SECONDS = 5.0
REMEMBERED = 20_000
DUE = {"outbox_due": {"$exists": True}}


class Relay:
    """One per worker process, on threads and a broker connection of its own."""

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
        majority = ReadConcern("majority")
        self._committed = {name: database.get_collection(name, read_concern=majority) for name in collections}
        self._lease = Lease(database, "relay")
        self._outboxes = Outboxes(database)
        self._recent: dict[str, float] = {}

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Says what is due until `stop`; an outage of either server only makes it wait."""
        over = threading.Event()
        emptying = threading.Thread(target=self._outboxes.work, args=(over,), name="outboxes", daemon=True)
        emptying.start()
        pause = 0.1
        while not stop.is_set():
            beat()
            try:
                if self._lease.held():
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
        emptying.join(5.0)
        self._publisher.close()
        try:
            self._lease.release()
        except pymongo.errors.PyMongoError:
            log.info("the relay's lease is left to run out")

    def _lead(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Until the lease is lost. The stream is open before the scan begins, so that nothing falls between the two.

        While a batch is being said and confirmed the next one gathers at the server: the busier, the bigger.
        """
        with self._database.client.start_session(causal_consistency=False) as session:
            changes = Changes(self._database, list(self._committed), session)
            try:
                scan_at, start = 0.0, self._database.command("ping").get("operationTime")
                came: list[Said] = []
                while not stop.is_set() and self._lease.held():
                    beat()
                    more_lies_there = len(came) == MOST  # a scan would read all of it once more
                    if time.monotonic() >= scan_at + (LONGEST_RUSH if more_lies_there else 0.0):
                        self._scan(stop, start)
                        scan_at = time.monotonic() + SCAN_SECONDS
                    came = changes.take()
                    if not self._say(came):
                        self._publisher.keep_alive()
            finally:
                changes.close()

    def _scan(self, stop: threading.Event, start: Timestamp | None) -> None:
        """All that is due, oldest first, not missing anything from before the stream's `start`.

        What was said a while ago and still lies there is handed on once more.
        """
        with self._database.client.start_session(causal_consistency=True) as session:
            if start is not None:
                session.advance_operation_time(start)
            self._scan_within(stop, session)

    def _scan_within(self, stop: threading.Event, session: ClientSession) -> None:
        for name, records in self._committed.items():
            found = records.find(DUE, {"outbox": 1}, batch_size=BATCH, session=session).sort("outbox_due", 1)
            for batch in _batches(Said(name, record["_id"], record["outbox"]) for record in found):
                self._say(batch)
                old = time.monotonic() - STUCK_SECONDS
                self._outboxes.take([said for said in batch if self._said_before(said, old)])
                if stop.is_set() or not self._lease.held():
                    return

    def _said_before(self, said: Said, moment: float) -> bool:
        return bool(said.entries) and all(self._recent.get(entry["id"], moment) < moment for entry in said.entries)

    def _say(self, batch: Iterable[Said]) -> int:
        """Publishes what was not said yet, and hands it on to be logged and taken out; returns how many events."""
        fresh = [said for said in map(self._unsaid, batch) if said.entries]
        if not fresh:
            return 0
        failpoint("relay.after_claim")
        entries = [(entry, said.record_id) for said in fresh for entry in said.entries]
        self._publish(entries)
        failpoint("relay.after_confirm")
        self._remember(entry["id"] for entry, _ in entries)
        self._outboxes.take(fresh)
        self._figures.add("said", len(entries))
        return len(entries)

    def _unsaid(self, said: Said) -> Said:
        fresh = [entry for entry in said.entries if entry["id"] not in self._recent]
        return said if len(fresh) == len(said.entries) else Said(said.collection, said.record_id, fresh)

    def _remember(self, ids: Iterable[str]) -> None:
        """The stream and the scan may bring the same entry, and an outbox is emptied a little later."""
        now = time.monotonic()
        self._recent.update((id_, now) for id_ in ids)
        if len(self._recent) > REMEMBERED:
            self._recent = dict(list(self._recent.items())[-REMEMBERED // 2 :])

    def _publish(self, entries: list[tuple[Document, str]]) -> None:
        messages = [
            Message(self._exchange, entry["type"], encode(entry, subject), entry["id"])
            for entry, subject in entries
            if not self._embedded or entry["type"] not in CATALOGUE or CATALOGUE[entry["type"]].heard_by
        ]
        if messages:
            self._publisher.publish(messages)


def _batches(items: Iterable[Said]) -> Iterator[list[Said]]:
    batch: list[Said] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
