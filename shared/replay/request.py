"""The consumer's side of a replay: an operator requests it, the publishers send their events, new read copies replace the old ones.

A replay collects the publishers' events in `replay_events` (in any order, any number of times), with those that arrive live
meanwhile; when all are there, it builds the copies beside the old ones and renames them over the old ones. Handlers with other
effects do not run; only their positions advance.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.broker.delivery import Delivery, PublisherCheck
from shared.broker.envelope import (
    CONTENT_TYPE,
    REPLAY_CONTENT_TYPE,
    REPLAY_HEADER,
    ReceivedEvent,
    Unreadable,
    decode,
    encode_received,
)
from shared.broker.names import Names
from shared.broker.publisher import Publisher
from shared.clock import Clock
from shared.command_context import CommandContext
from shared.events import CATALOGUE, Event
from shared.ids import new_id
from shared.inbox.apply import Handler, HandlerDependencies
from shared.inbox.deferred_events import release_next, skipped_sequences
from shared.inbox.unit_of_work import UnitOfWork, read_copies_of
from shared.mongo import Document
from shared.replay.messages import LEASE_SECONDS, ReplayMessage, batched, to_message
from shared.replay.serve import ReplayServer

log = logging.getLogger("imc.replay")
SETTLE_SECONDS = 2.0
FRESH_SECONDS = 0.8
ABANDONED_AFTER = timedelta(hours=6)
IN_PROGRESS = ("requested", "receiving")


class ForeignPublisher(Unreadable):
    """The user id validated by the broker is not the event's publisher."""


class LeaseLost(Exception):
    """Another worker has taken over this replay."""


def request_replay(database: Database[Document], publisher: str | None, context: CommandContext) -> str:
    """Requests that this service's read copies be rebuilt, from one publisher or all, and returns the replay's id. The worker does the work."""
    replay: Document = {
        "_id": new_id(),
        "publisher": publisher,
        "state": "requested",
        "at": context.now,
        "by": context.actor,
        "totals": {},
    }
    database.replays.insert_one(replay)
    return str(replay["_id"])


def replay_state(database: Database[Document], replay_id: str) -> Document:
    """The progress of a replay: `state` is requested, receiving, done or failed; `received` of `total` events; `counted`: the total is final."""
    found = database.replays.find_one({"_id": replay_id}) or {"state": "unknown", "totals": {}}
    return found | {
        "received": database.replay_events.count_documents({"replay": replay_id, "live": False}),
        "total": sum(found["totals"].values()),
        "counted": "publishers" in found and set(found["publishers"]) <= set(found["totals"]),
    }


class ReplayClient:
    """Sends requests, receives the publishers' events and rebuilds the copies; one per worker process.

    Requests from other services arrive on the same exchange; they are passed to `server`.
    """

    def __init__(
        self,
        service: str,
        database: Database[Document],
        handlers: Mapping[type[Event], Handler],
        dependencies: HandlerDependencies,
        clock: Clock,
        names: Names,
        publisher_check: PublisherCheck,
        server: ReplayServer,
    ) -> None:
        self._service, self._database = service, database
        self._handlers, self._dependencies = handlers, dependencies
        self._clock, self._names, self._publisher_check, self._server = clock, names, publisher_check, server
        self._active: tuple[tuple[str, frozenset[str]], ...] = ()
        self._fresh_until = 0.0

    def work(self, publisher: Publisher) -> None:
        """One iteration: sends requests, builds the complete replays. Raises PyMongoError, NotConfirmed, LeaseLost."""
        in_progress = self._refresh()
        self._send_requests(in_progress, publisher)
        self._build(in_progress)

    def receive(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Stores deliveries of the replay exchange: control messages, and events in any order; returns those that cannot be read."""
        writes, unreadable = [], []
        in_progress = {row["_id"] for row in self._refresh()}
        for delivery in deliveries:
            replay = delivery.headers.get(REPLAY_HEADER)
            try:
                if delivery.content_type == REPLAY_CONTENT_TYPE:
                    self._receive_message(msgspec.json.decode(delivery.body, type=ReplayMessage), delivery)
                    continue
                event = decode(delivery.body, delivery.content_type)
                self._check_publisher(delivery, event.service)
                if replay in in_progress:
                    writes.append(_event_write(str(replay), event, delivery.body, live=False))
            except (msgspec.DecodeError, Unreadable) as error:
                unreadable.append(delivery)
                if replay in in_progress and not isinstance(error, ForeignPublisher):
                    self._fail(str(replay), "an event cannot be read; it is dead-lettered")
        if writes:
            self._database.replay_events.bulk_write(writes, ordered=False)
        return unreadable

    def record_live(self, event: ReceivedEvent[Event], unit: UnitOfWork) -> None:
        """Adds a live event that arrives during a replay of its publisher to that replay's events."""
        if time.monotonic() > self._fresh_until:  # the thread that refreshes may be busy with another replay for long
            self._refresh()
        for replay, publishers in self._active:
            if event.service in publishers:
                unit.write("replay_events", _event_write(replay, event, encode_received(event), live=True))

    def publishers(self, wanted: str | None) -> set[str]:
        """The publishers to request from: the one wanted (or all), and all that feed the same copies, since copies are swapped as a whole."""
        feeds: dict[str, set[str]] = {}
        for struct, handler in self._handlers.items():
            feeds.setdefault(CATALOGUE[struct.TYPE].service, set()).update(read_copies_of(handler))
        chosen = {wanted} & set(feeds) if wanted else set(feeds)
        while True:
            copies = {copy for service in chosen for copy in feeds[service]}
            more = {service for service, fed in feeds.items() if fed & copies}
            if more <= chosen:
                return chosen
            chosen |= more

    def _refresh(self) -> list[Document]:
        """Reads the replays in progress; from then on live events of their publishers are recorded too."""
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        found = list(self._database.replays.find({"state": {"$in": list(IN_PROGRESS)}}))
        self._active = tuple((row["_id"], frozenset(self.publishers(row["publisher"]))) for row in found)
        return found

    def _send_requests(self, in_progress: Sequence[Document], publisher: Publisher) -> None:
        """Sends requests once every process of this service has had time to see the replay, so that no live event is missed."""
        seen_by_all = self._clock() - timedelta(seconds=SETTLE_SECONDS)
        for row in (row for row in in_progress if row["state"] == "requested" and row["at"] < seen_by_all):
            publishers = sorted(self.publishers(row["publisher"]))
            for service in publishers:
                request = ReplayMessage("request", row["_id"], self._service, service)
                publisher.publish([to_message(self._names, request, service)])
            sent = {"$set": {"state": "receiving", "publishers": publishers}}
            self._database.replays.update_one({"_id": row["_id"], "state": "requested"}, sent)

    def _check_publisher(self, delivery: Delivery, service: str) -> None:
        if self._publisher_check.is_foreign(delivery.user_id, service):
            raise ForeignPublisher(f"not published by {service}")

    def _receive_message(self, message: ReplayMessage, delivery: Delivery) -> None:
        ends = message.what == "end"
        self._check_publisher(delivery, message.publisher if ends else message.consumer)
        if ends:
            total = {"$set": {f"totals.{message.publisher}": message.total}}
            self._database.replays.update_one({"_id": message.replay}, total)
        else:
            self._server.accept(message)

    def _build(self, in_progress: Sequence[Document]) -> None:
        for row in (row for row in in_progress if row["state"] == "receiving"):
            if row["at"] < self._clock() - ABANDONED_AFTER:
                self._fail(row["_id"], "not all publishers' events arrived")
                continue
            publishers = self.publishers(row["publisher"])
            if not publishers <= set(row["totals"]):
                continue
            total = sum(row["totals"][publisher] for publisher in publishers)
            if self._database.replay_events.count_documents({"replay": row["_id"], "live": False}) < total:
                continue
            claim = {"_id": row["_id"], "state": "receiving", "lease": {"$not": {"$gt": self._clock()}}}
            holder = new_id()
            lease = {"$set": {"lease": self._lease_end(), "holder": holder}}
            if self._database.replays.find_one_and_update(claim, lease):
                self._try_swap(row["_id"], publishers, holder)

    def _lease_end(self) -> datetime:
        return self._clock() + timedelta(seconds=LEASE_SECONDS)

    def _renew_lease(self, replay: str, holder: str) -> None:
        mine = {"_id": replay, "holder": holder, "state": "receiving"}
        if not self._database.replays.update_one(mine, {"$set": {"lease": self._lease_end()}}).matched_count:
            raise LeaseLost(replay)

    def _try_swap(self, replay: str, publishers: set[str], holder: str) -> None:
        """Swaps the copies. During an outage it waits; any other error ends the replay, not the worker."""
        try:
            self._swap(replay, publishers, holder)
        except (PyMongoError, LeaseLost):
            raise
        except Exception as error:
            log.exception("replay %s failed", replay)
            self._fail(replay, type(error).__name__)

    def _fail(self, replay: str, reason: str) -> None:
        """Marks the replay as failed; the old copies stay unchanged."""
        ended = {"state": "failed", "reason": reason, "done_at": self._clock()}
        open_ = {"_id": replay, "state": {"$in": list(IN_PROGRESS)}}
        self._database.replays.update_one(open_, {"$set": ended})
        self._clean_up(replay)

    def _clean_up(self, replay: str) -> None:
        """Deletes the events of finished replays, and the unfinished copies that a superseded one built."""
        self._refresh()
        self._database.replay_events.delete_many({"replay": {"$nin": [active for active, _ in self._active]}})
        for name in self._database.list_collection_names(filter={"name": {"$regex": f"replay.{replay}"}}):
            self._database[name].drop()

    def _swap(self, replay: str, publishers: set[str], holder: str) -> None:
        """Builds the copies beside the old ones, renames them over the old ones, then adds the events that arrived live until now."""
        copies = {
            copy
            for struct, handler in self._handlers.items()
            if CATALOGUE[struct.TYPE].service in publishers
            for copy in read_copies_of(handler)
        }
        beside = {copy: f"{copy}.replay.{replay}.{holder}" for copy in copies}
        for copy, name in beside.items():
            self._create_like(copy, name)
        self._apply(replay, beside, holder)
        self._renew_lease(replay, holder)
        for copy, name in beside.items():
            self._database[name].rename(copy, dropTarget=True)
        self._apply(replay, {})
        self._advance_positions(replay)
        self._database.replays.update_one({"_id": replay}, {"$set": {"state": "done", "done_at": self._clock()}})
        self._refresh()
        self._apply(replay, {})
        self._clean_up(replay)
        log.info("rebuilt %s", ", ".join(sorted(copies)))

    def _create_like(self, copy: str, name: str) -> None:
        self._database.create_collection(name)
        for index, shape in self._database[copy].index_information().items():
            if index != "_id_":
                options = {key: value for key, value in shape.items() if key not in ("key", "v", "ns")}
                self._database[name].create_index(shape["key"], name=index, **options)

    def _apply(self, replay: str, renamed: dict[str, str], holder: str | None = None) -> None:
        for batch in batched(self._in_order(replay)):
            if holder:
                self._renew_lease(replay, holder)
            unit = UnitOfWork(self._database, None, renamed)
            dependencies = self._dependencies.within(unit)
            for event in batch:
                handler = self._handlers.get(type(event.data))
                if handler is not None and read_copies_of(handler):
                    handler(event, dependencies)
            unit.flush()

    def _in_order(self, replay: str) -> Iterator[ReceivedEvent[Any]]:
        rows = self._database.replay_events.find({"replay": replay}).sort([("subject_key", 1), ("sequence", 1)])
        return (decode(bytes(row["body"]), CONTENT_TYPE) for row in rows)

    def _advance_positions(self, replay: str) -> None:
        """Creates positions for subjects that are new to this consumer. An existing one, whose next event may be on its way, moves only
        over a gap before its first deferred event.

        The skipped events count as missing, not consumed: should one still arrive, its other effects take place late.
        """
        positions = self._database.inbox_positions
        latest = self._database.replay_events.aggregate(
            [
                {"$match": {"replay": replay, "live": False}},
                {"$group": {"_id": "$subject_key", "last_sequence": {"$max": "$sequence"}}},
            ]
        )
        for row in latest:
            last = row["last_sequence"]
            new = {"last_sequence": last, "missing": skipped_sequences(0, last + 1)}
            positions.update_one({"_id": row["_id"]}, {"$setOnInsert": new}, upsert=True)
            position = positions.find_one({"_id": row["_id"]}) or {"last_sequence": last}
            stored, first = position["last_sequence"], _first_deferred(position)
            if stored < first - 1 <= last:
                skipped = skipped_sequences(stored, first)
                over = {"$set": {"last_sequence": first - 1}, "$push": {"missing": {"$each": skipped}}}
                positions.update_one({"_id": row["_id"], "last_sequence": stored}, over)
                release_next(self._database, row["_id"], first - 1, self._clock())


def _first_deferred(position: Document) -> int:
    return min((entry["sequence"] for entry in position.get("deferred", ())), default=0)


def _event_write(replay: str, event: ReceivedEvent[Any], body: bytes, live: bool) -> UpdateOne:
    """The write that stores an event until the copies are built; one that arrives both ways counts as the publisher's."""
    id_ = f"{replay}:{event.id}"
    fields = {"replay": replay, "subject_key": event.subject_key, "sequence": event.sequence, "body": body}
    if live:
        return UpdateOne({"_id": id_}, {"$setOnInsert": fields | {"live": True}}, upsert=True)
    return UpdateOne({"_id": id_}, {"$set": fields | {"live": False}}, upsert=True)
