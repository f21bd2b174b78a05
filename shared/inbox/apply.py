"""Carries out the plan of a batch: handlers' effects, positions and deferred events in one transaction.

The position of a subject is stored as `{_id, last_sequence, deferred: [{id, sequence}], missing: [sequence], deferrals}`,
`deferrals` counting how often events were added to `deferred`. Every write compares `last_sequence` and `deferrals` with
the planned values, so that a second worker, a redelivery or a redrive changes nothing.
Not here: what is planned (plan.py), which messages there are (inbox.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.broker.delivery import Delivery
from shared.broker.envelope import ReceivedEvent
from shared.clock import Clock
from shared.counters import Counters
from shared.events import Event
from shared.failpoints import failpoint
from shared.inbox.deferred_events import release_next
from shared.inbox.plan import BatchPlan, Position, SubjectPlan
from shared.inbox.unit_of_work import AddedBefore, UnitOfWork, read_copies_of, write_positions
from shared.mongo import Document, in_transaction


class HandlerDependencies(Protocol):
    """The dependencies of handlers; `within` returns the same bound to one unit of work."""

    def within(self, unit: UnitOfWork) -> Any: ...


Handler = Callable[[ReceivedEvent[Any], Any], None]


class Replays(Protocol):
    """The interface of replays in progress that an inbox uses (shared/replay)."""

    def receive(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Stores the deliveries that belong to replays; returns those that cannot be read."""

    def record_live(self, event: ReceivedEvent[Event], unit: UnitOfWork) -> None:
        """Adds a live event that arrives during a replay of its publisher to that replay's events."""


class NoReplays:
    """The null implementation, for an inbox without replays."""

    def receive(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        return deliveries

    def record_live(self, event: ReceivedEvent[Event], unit: UnitOfWork) -> None:
        return


class Applier:
    """Applies plans; one per worker process. Handlers get `dependencies` within the batch's unit of work."""

    def __init__(
        self,
        database: Database[Document],
        handlers: Mapping[type[Event], Handler],
        dependencies: HandlerDependencies,
        clock: Clock,
        counters: Counters,
        replays: Replays,
        on_deferred: Callable[[], None],
    ) -> None:
        self.database, self.handlers, self.clock, self.counters = database, handlers, clock, counters
        self._dependencies, self._replays, self._on_deferred = dependencies, replays, on_deferred
        # a repeat is acknowledged: the position by which it is recognized must be durable
        self._committed = database.inbox_positions.with_options(read_concern=ReadConcern("majority"))

    def positions(self, subject_keys: Sequence[str]) -> dict[str, Position]:
        """The stored positions of these subjects, read with majority concern."""
        found = self._committed.find({"_id": {"$in": list(subject_keys)}}) if subject_keys else ()
        return {row["_id"]: to_position(row) for row in found}

    def apply(self, plan: BatchPlan) -> None:
        """Writes the whole plan or nothing. Raises PositionMoved where a position is not as planned."""
        if not plan.subjects:
            return
        events = plan.to_handle
        needs_transaction = any(type(event.data) in self.handlers for event in events) or any(
            subject.deferred_ids for subject in plan.subjects
        )
        if needs_transaction:
            try:
                in_transaction(self.database, lambda session: self._write(plan, events, session, expect_new=True))
            except AddedBefore:
                in_transaction(self.database, lambda session: self._write(plan, events, session, expect_new=False))
        else:
            write_positions(self.database, _position_writes(plan), None)
        failpoint("consumer.after_commit")
        self.counters.add("handled", len(events))
        if events:
            self.counters.age((self.clock() - events[-1].time).total_seconds())
        if plan.to_defer:
            failpoint("deferred.after_insert")
        if any(subject.deferred_ids for subject in plan.subjects):
            self._on_deferred()

    def run_handlers(
        self,
        events: Sequence[ReceivedEvent[Event]],
        session: ClientSession,
        expect_new: bool = False,
    ) -> None:
        """Calls the handlers in order within one unit of work, then writes its deferred writes."""
        unit = UnitOfWork(self.database, session, expect_new=expect_new)
        dependencies = self._dependencies.within(unit)
        for event in events:
            handler = self.handlers.get(type(event.data))
            if handler is not None:
                handler(event, dependencies)
                if read_copies_of(handler):
                    self._replays.record_live(event, unit)
        unit.flush()

    def _write(
        self, plan: BatchPlan, events: list[ReceivedEvent[Event]], session: ClientSession, expect_new: bool
    ) -> None:
        write_positions(self.database, _position_writes(plan), session)
        failpoint("consumer.before_handler")
        self.run_handlers(events, session, expect_new)
        failpoint("consumer.after_effect")
        if plan.to_defer:
            self.database.deferred_events.insert_many(plan.to_defer, session=session)
        for subject in plan.subjects:
            if subject.deferred_ids:  # in the same transaction: after a crash the next event must not wait for ever
                release_next(self.database, subject.position.subject_key, subject.last_sequence, self.clock(), session)
        failpoint("consumer.before_commit")


def to_position(row: Document) -> Position:
    """Returns the position that a document of `inbox_positions` stores."""
    return Position(
        row["_id"],
        row["last_sequence"],
        stored=True,
        deferred_ids=frozenset(entry["id"] for entry in row.get("deferred", ())),
        missing=frozenset(row.get("missing", ())),
        deferrals=row.get("deferrals"),
    )


def _position_writes(plan: BatchPlan) -> list[InsertOne[Document] | UpdateOne]:
    """The writes of the plan's positions. First positions are inserted: half the cost of an upsert, and an existing one is a duplicate key."""
    if plan.only_first_positions:
        return [
            InsertOne({"_id": subject.position.subject_key, "last_sequence": subject.last_sequence})
            for subject in plan.subjects
        ]
    return [_compare_and_set(subject) for subject in plan.subjects]


def _compare_and_set(subject: SubjectPlan) -> UpdateOne:
    position = subject.position
    change: Document = {"$set": {"last_sequence": subject.last_sequence}}
    if subject.to_defer:
        entries = [{"id": document["_id"], "sequence": document["sequence"]} for document in subject.to_defer]
        change["$push"] = {"deferred": {"$each": entries}}
        change["$inc"] = {"deferrals": 1}
    if subject.late:
        change["$pull"] = {"missing": {"$in": [event.sequence for event in subject.late]}}
    as_planned: Document = {
        "_id": position.subject_key,
        "last_sequence": position.last_sequence,
        "deferrals": position.deferrals,
    }
    if position.assumed and position.stored:
        del as_planned["deferrals"]
        as_planned["deferred.0"] = {"$exists": False}
    elif position.deferrals is None:
        as_planned["deferrals"] = {"$exists": False}
    return UpdateOne(as_planned, change, upsert=not position.stored)
