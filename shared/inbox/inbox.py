"""Settles messages: each event takes effect once, in order per subject, a whole batch in one transaction with its positions.

Positions are first assumed (a subject's next event nearly always follows the last one) and written at the start of the
transaction: a wrong assumption fails there, before any handler ran, and the batch is planned again from the stored positions.
Not here: the broker (shared/broker/consumer.py), the plan (plan.py), its transaction (apply.py).
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

import pymongo.errors
from pymongo import UpdateOne
from pymongo.database import Database

from shared.broker.delivery import Delivery, Outage, PublisherCheck, foreign_reason
from shared.broker.envelope import REPLAY_CONTENT_TYPE, REPLAY_HEADER, ReceivedEvent, Unreadable, decode
from shared.clock import Clock
from shared.counters import Counters
from shared.events import CATALOGUE, Event
from shared.inbox import deferred_events
from shared.inbox.apply import Applier, Handler, HandlerDependencies, NoReplays, Replays
from shared.inbox.plan import (
    BatchPlan,
    Incoming,
    assumed_positions,
    by_subject,
    defer_only,
    deferred_document,
    plan_batch,
)
from shared.inbox.unit_of_work import PermanentFault, PositionMoved
from shared.mongo import Document

log = logging.getLogger("imc.inbox")
OUTAGE = (
    pymongo.errors.ConnectionFailure,
    pymongo.errors.ExecutionTimeout,
    pymongo.errors.WriteConcernError,
    pymongo.errors.WaitQueueTimeoutError,
)
SETTLE_TRIES = 20
READS_AFTER_A_MISS = 8
"""So many batches read their positions after a wrong assumption: what is redelivered after a crash comes in several batches."""


class Inbox:
    """The inbox of a worker process. `settle` returns when every delivery is settled in MongoDB and may be acknowledged."""

    def __init__(
        self,
        service: str,
        database: Database[Document],
        handlers: Mapping[type[Event], Handler],
        dependencies: HandlerDependencies,
        clock: Clock,
        *,
        counters: Counters | None = None,
        publisher_check: PublisherCheck | None = None,
        replays: Replays | None = None,
        on_deferred: Callable[[], None] = lambda: None,
    ) -> None:
        self.service, self.database, self.clock = service, database, clock
        self.counters = counters or Counters()
        self.publisher_check = publisher_check or PublisherCheck()
        self._replays = replays or NoReplays()
        self.applier = Applier(database, handlers, dependencies, clock, self.counters, self._replays, on_deferred)
        self._reads_to_do = 0

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Settles a batch: each delivery is handled, deferred or dead-lettered. Raises Contended, and Outage where MongoDB is unavailable."""
        try:
            batch = self._decoded(self._without_replays(deliveries))
            if not batch:
                return
            try:
                self._process(batch, defer_on_failure=False)
            except OUTAGE:
                raise
            except Exception:
                if len(batch) > 1:
                    log.info("batch of %d falls back to one by one", len(batch))
                self._one_by_one(batch)
        except OUTAGE as error:
            raise Outage(str(error)) from error

    def _one_by_one(self, batch: list[Incoming]) -> None:
        """Settles the events one at a time, so that a contended one does not delay the others; the batch is settled again afterwards."""
        contended = None
        for incoming in batch:
            try:
                self._process([incoming], defer_on_failure=True)
            except PositionMoved as moved:
                contended = moved
        if contended is not None:
            raise contended

    def _without_replays(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Passes the deliveries that belong to a replay to the replays; returns the others and those the replays could not read."""
        replayed: list[Delivery] = []
        rest: list[Delivery] = []
        for delivery in deliveries:
            belongs = delivery.content_type == REPLAY_CONTENT_TYPE or REPLAY_HEADER in delivery.headers
            (replayed if belongs else rest).append(delivery)
        return rest + list(self._replays.receive(replayed)) if replayed else deliveries

    def _decoded(self, deliveries: Sequence[Delivery]) -> list[Incoming]:
        """The events of a batch, each once. A message that is not an event, or not from its publisher, is dead-lettered; an unrouted
        event that no service consumes is dropped."""
        batch: dict[str, Incoming] = {}
        dead: list[Document] = []
        for delivery in deliveries:
            try:
                event = decode(delivery.body, delivery.content_type)
            except Unreadable as error:
                dead.append(self._dead_letter(delivery, str(error), "unreadable", "unreadable"))
                continue
            if self.publisher_check.is_foreign(delivery.user_id, event.service):
                reason = foreign_reason(delivery.user_id)
                dead.append(self._dead_letter(delivery, reason, "foreign", "foreign user"))
            elif delivery.queue == "unrouted":
                if CATALOGUE[event.type].consumers:
                    reason = f"unrouted: no queue is bound for {event.type}"
                    dead.append(self._dead_letter(delivery, reason, "unrouted", "unrouted", event))
            elif event.id in batch:
                self.counters.add("repeats")
            else:
                batch[event.id] = (event, delivery)
        if dead:
            self.counters.add("dead_lettered", len(dead))
            log.error("%d messages dead-lettered: %s", len(dead), sorted({document["cause"] for document in dead}))
            self._store_dead_letters(dead)
        return list(batch.values())

    def _dead_letter(
        self, delivery: Delivery, reason: str, kind: str, cause: str, event: ReceivedEvent[Event] | None = None
    ) -> Document:
        now, state = self.clock(), deferred_events.DEAD_LETTERED
        id_, type_ = (event.id, event.type) if event else (None, None)
        return deferred_events.document(delivery, now, state, reason, kind=kind, cause=cause, id_=id_, type_=type_)

    def _store_dead_letters(self, documents: list[Document]) -> None:
        """Stores dead-lettered messages. One that was just republished and returned stays: republishing deletes only what it leased."""
        back = {"$set": {"state": deferred_events.DEAD_LETTERED, "due": None, "leased_until": None}}
        writes = [
            write
            for document in documents
            for write in (
                UpdateOne({"_id": document["_id"], "state": deferred_events.WAITING}, back),
                UpdateOne({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True),
            )
        ]
        self.database.deferred_events.bulk_write(writes)

    def _process(self, batch: list[Incoming], defer_on_failure: bool) -> None:
        """Plans and applies; plans again where an assumption was wrong or another process wrote first."""
        attempts = 0
        for tries in range(SETTLE_TRIES):
            time.sleep(0.005 * max(tries - 1, 0))
            assume = tries == 0 and self._reads_to_do == 0
            plan = self._plan(batch, assume)
            try:
                self.applier.apply(plan)
                self._reads_to_do = max(self._reads_to_do - 1, 0)
                return
            except PositionMoved:
                self._reads_to_do = READS_AFTER_A_MISS if assume else self._reads_to_do
                continue
            except OUTAGE:
                raise
            except Exception as error:
                if not defer_on_failure:
                    raise
                if is_write_conflict(error):
                    continue
                attempts += 1
                event = batch[0][0]
                log.warning("%s failed: %s: %s", event.type, type(error).__name__, event.id)
                if self._defer(batch[0], error, attempts):
                    return
        raise PositionMoved("others, or a transaction that a crash left open, write to its subjects at this moment")

    def _plan(self, batch: list[Incoming], assume: bool = False) -> BatchPlan:
        grouped = by_subject(batch)
        positions = assumed_positions(grouped) if assume else {}
        positions |= self.applier.positions([key for key in grouped if key not in positions])
        plan = plan_batch(grouped, positions, self.clock())
        if plan.repeats:
            self.counters.add("repeats", plan.repeats)
        if plan.gaps:
            self.counters.add("gaps", plan.gaps)
        return plan

    def _defer(self, incoming: Incoming, error: Exception, attempts: int) -> bool:
        """Defers an event after a permanent fault or its second failure; False: try it once more, with a new plan."""
        event, delivery = incoming
        now = self.clock()
        permanent = isinstance(error, PermanentFault)
        self.counters.add("failed_attempts")
        if not permanent and attempts < 2:
            return False
        state = deferred_events.DEAD_LETTERED if permanent else deferred_events.WAITING
        due = None if permanent else deferred_events.next_retry(attempts, now)
        document = deferred_document(event, delivery, now, state, reason_of(error), attempts=attempts, due=due)
        # it may already be consumed or deferred: its first position was only assumed when its handler ran
        plan = self._plan([incoming])
        if not plan.subjects or not plan.to_handle:
            return False
        if permanent:
            self.counters.add("dead_lettered")
        try:
            self.applier.apply(defer_only(plan.subjects[0], document))
        except PositionMoved:
            return False
        return True


def reason_of(error: Exception) -> str:
    """The reason shown to operators: the kind of error, and its text only where the application wrote it."""
    return f"{type(error).__name__}: {error}" if isinstance(error, PermanentFault) else type(error).__name__


def is_write_conflict(error: Exception) -> bool:
    """Whether another transaction (perhaps one left open by a crash) is writing there: this does not count as an attempt of the event."""
    return isinstance(error, pymongo.errors.PyMongoError) and error.has_error_label("TransientTransactionError")
