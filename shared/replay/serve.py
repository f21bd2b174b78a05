"""The publisher's side of a replay: sends the entries of its event log again, only to the consumer that requested them."""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pymongo.database import Database

from shared.broker.envelope import REPLAY_HEADER, encode
from shared.broker.names import Names
from shared.broker.publisher import Message, NotConfirmed, Publisher
from shared.clock import Clock
from shared.events import CATALOGUE
from shared.mongo import Document
from shared.replay.messages import LEASE_SECONDS, ReplayMessage, batched, to_message

log = logging.getLogger("imc.replay")


class ReplayServer:
    """Serves replays; one per worker process. `records` are the service's collections whose records have an outbox."""

    def __init__(
        self, service: str, database: Database[Document], clock: Clock, names: Names, records: Sequence[str]
    ) -> None:
        self._service, self._database, self._clock = service, database, clock
        self._names, self._records = names, records

    def accept(self, message: ReplayMessage) -> None:
        """Stores a consumer's request; a redelivered one changes nothing."""
        request = {"consumer": message.consumer, "state": "requested", "at": self._clock()}
        self._database.replay_requests.update_one({"_id": message.replay}, {"$setOnInsert": request}, upsert=True)

    def serve(self, publisher: Publisher) -> None:
        """Answers one waiting request, if there is any. Raises NotConfirmed; the request then waits for the next attempt."""
        claim = {"state": "requested", "lease": {"$not": {"$gt": self._clock()}}}
        request = self._database.replay_requests.find_one_and_update(claim, {"$set": {"lease": self._lease_end()}})
        if request is None:
            return
        consumer = request["consumer"]
        try:
            self._wait_for_outboxes(request["at"])
            total = sum(self._send(publisher, request, batch) for batch in batched(self._logged_events(consumer)))
        except NotConfirmed:
            self._update(request, {"lease": None})
            raise
        end = ReplayMessage("end", request["_id"], consumer, self._service, total)
        publisher.publish([to_message(self._names, end, consumer)])
        self._update(request, {"state": "sent", "total": total})
        log.info("replayed %d events to %s", total, consumer)

    def _wait_for_outboxes(self, requested_at: datetime, seconds: float = 30.0) -> None:
        """Waits until every event from before the request is in the event log."""
        deadline = time.monotonic() + seconds
        older = {"outbox_due": {"$lte": requested_at}}
        while any(self._database[name].find_one(older, {"_id": 1}) for name in self._records):
            if time.monotonic() > deadline:
                raise NotConfirmed("events older than the request are not published yet")
            time.sleep(0.05)

    def _logged_events(self, consumer: str) -> Iterator[Document]:
        kinds = {d.subject for d in CATALOGUE.values() if d.service == self._service and consumer in d.consumers}
        return iter(self._database.event_log.find({"kind": {"$in": sorted(kinds)}}).sort("_id", 1))

    def _send(self, publisher: Publisher, request: Document, batch: list[Document]) -> int:
        headers = {REPLAY_HEADER: request["_id"]}
        self._update(request, {"lease": self._lease_end()})
        publisher.publish(
            [
                Message(
                    self._names.replay,
                    request["consumer"],
                    encode(row | {"id": row["_id"]}, row["subject"]),
                    row["_id"],
                    headers,
                )
                for row in batch
            ]
        )
        return len(batch)

    def _update(self, request: Document, fields: Document) -> None:
        self._database.replay_requests.update_one({"_id": request["_id"]}, {"$set": fields})

    def _lease_end(self) -> datetime:
        return self._clock() + timedelta(seconds=LEASE_SECONDS)
