"""Read copies built anew from what their owners said: asked for by an operator, sent to this hearer alone, then swapped in.

A rebuild gathers the owners' entries in `again_events` (in any order, any number of times), with what is heard live in
the meantime; when all are there, the copies are built beside the old ones and renamed over them. Handlers with any other
effect do not run; only their marks advance.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.events import CATALOGUE
from shared.ids import new_id
from shared.messaging import held
from shared.messaging.broker import Message, NotConfirmed, publisher
from shared.messaging.envelope import CONTENT_TYPE, Heard, Unreadable, decode, encode
from shared.messaging.hearing import Hearing, nudge
from shared.messaging.held import AGAIN_CONTENT_TYPE, AGAIN_HEADER, gathered
from shared.messaging.names import Names
from shared.messaging.unit import Unit, copies_of
from shared.mongo import Document
from shared.origin import Origin
from shared.settings import SERVICES

log = logging.getLogger("imc.rebuild")
SETTLE_SECONDS = 2.0
FRESH_SECONDS = 0.8
LEASE_SECONDS = 120
GIVEN_UP_AFTER = timedelta(hours=6)
BATCH = 200


Service = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(SERVICES)})\Z")]


class Foreign(Unreadable):
    """The broker vouches for another sayer."""


class LeaseLost(Exception):
    """Another worker took this rebuild over."""


class Note(msgspec.Struct):
    """What passes between hearer and owner beside the entries: `ask` for them, `end` with how many there are."""

    what: Literal["ask", "end"]
    rebuild: str
    hearer: Service
    source: Service
    total: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


def ask(database: Database[Document], source: str | None, origin: Origin) -> str:
    """Notes in the hearer's database that its copies are wanted anew, from one owner or from all; its worker does the rest."""
    rebuild: Document = {
        "_id": new_id(),
        "from": source,
        "state": "asked",
        "at": origin.now,
        "by": origin.actor,
        "ended": {},
    }
    database.rebuilds.insert_one(rebuild)
    return str(rebuild["_id"])


def state(database: Database[Document], rebuild_id: str) -> Document:
    """How far a rebuild is: `state` asked, gathering, done or failed; `gathered` of `total` entries, which all owners have `counted`."""
    found = database.rebuilds.find_one({"_id": rebuild_id}) or {"state": "unknown", "ended": {}}
    return found | {
        "gathered": database.again_events.count_documents({"rebuild": rebuild_id, "live": False}),
        "total": sum(found["ended"].values()),
        "counted": "sources" in found and set(found["sources"]) <= set(found["ended"]),
    }


class Rebuilding:
    """Both sides of a rebuild in one worker: the hearer that asks and builds, the owner that sends."""

    def __init__(self, hearing: Hearing, names: Names, records: Sequence[str]) -> None:
        self._hearing, self._names, self._records = hearing, names, records
        self._database, self._service = hearing.database, hearing.service
        self._publisher: Any = None
        hearing.on_again = self.take
        hearing.gathering = self._gathering

    def run(self, stop: threading.Event, url: str) -> None:
        """Looks for work twice a second; faults of either server only make it wait."""
        self._publisher = publisher(url, self._names)
        while not stop.is_set():
            try:
                wanted = self._refresh()
                self._ask_owners(wanted)
                self._send_entries()
                self._build(wanted)
                self._publisher.keep_alive()
            except (PyMongoError, NotConfirmed, LeaseLost) as error:
                log.warning("rebuilding waits: %s", type(error).__name__)
            stop.wait(0.5)
        self._publisher.close()

    # -- the hearer's side

    _active: tuple[tuple[str, frozenset[str]], ...] = ()
    _fresh_until = 0.0

    def _refresh(self) -> list[Document]:
        """Which rebuilds are gathering, and from whom: what is heard live of these owners is gathered too."""
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        found = list(self._database.rebuilds.find({"state": {"$in": ["asked", "gathering"]}}))
        self._active = tuple((row["_id"], frozenset(self.sources(row["from"]))) for row in found)
        return found

    def _gathering(self, service: str) -> list[str]:
        if time.monotonic() > self._fresh_until:  # this thread may be long at work for another service
            self._refresh()
        return [rebuild for rebuild, sources in self._active if service in sources]

    def sources(self, wanted: str | None) -> set[str]:
        """The owners to ask: those wanted, and whoever else feeds the same copies (they are swapped as a whole)."""
        feeds: dict[str, set[str]] = {}
        for type_, handler in self._hearing.handlers.items():
            feeds.setdefault(CATALOGUE[type_].service, set()).update(copies_of(handler))
        chosen = {wanted} & set(feeds) if wanted else set(feeds)
        while True:
            copies = {copy for service in chosen for copy in feeds[service]}
            more = {service for service, fed in feeds.items() if fed & copies}
            if more <= chosen:
                return chosen
            chosen |= more

    def _ask_owners(self, wanted: Sequence[Document]) -> None:
        """After every process of this service has had time to see the rebuild, so that nothing live slips by."""
        seen = self._hearing.clock() - timedelta(seconds=SETTLE_SECONDS)
        for row in (row for row in wanted if row["state"] == "asked" and row["at"] < seen):
            sources = sorted(self.sources(row["from"]))
            for source in sources:
                self._note(Note("ask", row["_id"], self._service, source), source)
            asked = {"$set": {"state": "gathering", "sources": sources}}
            self._database.rebuilds.update_one({"_id": row["_id"], "state": "asked"}, asked)

    def take(self, deliveries: Sequence[held.Delivery]) -> list[held.Delivery]:
        """Stores what came over `imc.again`: notes, and entries in whatever order; returns what cannot be read."""
        entries, unreadable = [], []
        wanted = {row["_id"] for row in self._refresh()}
        for delivery in deliveries:
            rebuild = delivery.headers.get(AGAIN_HEADER)
            try:
                if delivery.content_type == AGAIN_CONTENT_TYPE:
                    self._take_note(msgspec.json.decode(delivery.body, type=Note), delivery)
                    continue
                heard = decode(delivery.body, delivery.content_type)
                self._vouched(delivery, heard.service)
                if rebuild in wanted:
                    entries.append(gathered(str(rebuild), heard, delivery.body, live=False))
            except (msgspec.DecodeError, Unreadable) as error:
                unreadable.append(delivery)
                if rebuild in wanted and not isinstance(error, Foreign):
                    self._fail(str(rebuild), "an entry cannot be read; it is parked")
        if entries:
            self._database.again_events.bulk_write(entries, ordered=False)
        return unreadable

    def _vouched(self, delivery: held.Delivery, service: str) -> None:
        if self._hearing.foreign(delivery, service):
            raise Foreign(f"not said by {service}")

    def _take_note(self, note: Note, delivery: held.Delivery) -> None:
        self._vouched(delivery, note.source if note.what == "end" else note.hearer)
        if note.what == "end":
            self._database.rebuilds.update_one({"_id": note.rebuild}, {"$set": {f"ended.{note.source}": note.total}})
            return
        request = {"hearer": note.hearer, "state": "asked", "at": self._hearing.clock()}
        self._database.again_requests.update_one({"_id": note.rebuild}, {"$setOnInsert": request}, upsert=True)

    def _build(self, wanted: Sequence[Document]) -> None:
        for row in (row for row in wanted if row["state"] == "gathering"):
            if row["at"] < self._hearing.clock() - GIVEN_UP_AFTER:
                self._fail(row["_id"], "not all owners' entries came")
                continue
            sources = self.sources(row["from"])
            if not sources <= set(row["ended"]):
                continue
            total = sum(row["ended"][source] for source in sources)
            if self._database.again_events.count_documents({"rebuild": row["_id"], "live": False}) < total:
                continue
            claim = {"_id": row["_id"], "state": "gathering", "lease": {"$not": {"$gt": self._hearing.clock()}}}
            holder = new_id()
            lease = {"$set": {"lease": self._lease_end(), "holder": holder}}
            if self._database.rebuilds.find_one_and_update(claim, lease):
                self._try_swap(row["_id"], sources, holder)

    def _lease_end(self) -> datetime:
        return self._hearing.clock() + timedelta(seconds=LEASE_SECONDS)

    def _keep_lease(self, rebuild: str, holder: str) -> None:
        mine = {"_id": rebuild, "holder": holder, "state": "gathering"}
        if not self._database.rebuilds.update_one(mine, {"$set": {"lease": self._lease_end()}}).matched_count:
            raise LeaseLost(rebuild)

    def _try_swap(self, rebuild: str, sources: set[str], holder: str) -> None:
        """An outage is waited for; whatever else goes wrong ends the rebuild, and not the worker."""
        try:
            self._swap(rebuild, sources, holder)
        except (PyMongoError, LeaseLost):
            raise
        except Exception as error:
            log.exception("rebuild %s failed", rebuild)
            self._fail(rebuild, type(error).__name__)

    def _fail(self, rebuild: str, reason: str) -> None:
        """The old copies stay as they are."""
        ended = {"state": "failed", "reason": reason, "done_at": self._hearing.clock()}
        open_ = {"_id": rebuild, "state": {"$in": ["asked", "gathering"]}}
        self._database.rebuilds.update_one(open_, {"$set": ended})
        self._sweep(rebuild)

    def _sweep(self, rebuild: str) -> None:
        """Takes away what rebuilds that are over gathered, and what was built beside by one that was overtaken."""
        self._refresh()
        self._database.again_events.delete_many({"rebuild": {"$nin": [active for active, _ in self._active]}})
        for name in self._database.list_collection_names(filter={"name": {"$regex": f"rebuilding.{rebuild}"}}):
            self._database[name].drop()

    def _swap(self, rebuild: str, sources: set[str], holder: str) -> None:
        """Builds the copies beside the old ones, renames them over, then adds what was heard live until now."""
        copies = {
            copy
            for type_, handler in self._hearing.handlers.items()
            if CATALOGUE[type_].service in sources
            for copy in copies_of(handler)
        }
        beside = {copy: f"{copy}.rebuilding.{rebuild}.{holder}" for copy in copies}
        for copy, name in beside.items():
            self._prepare(copy, name)
        self._apply(rebuild, beside, holder)
        self._keep_lease(rebuild, holder)
        for copy, name in beside.items():
            self._database[name].rename(copy, dropTarget=True)
        self._apply(rebuild, {})
        self._advance_marks(rebuild)
        self._database.rebuilds.update_one(
            {"_id": rebuild}, {"$set": {"state": "done", "done_at": self._hearing.clock()}}
        )
        self._refresh()
        self._apply(rebuild, {})
        self._sweep(rebuild)
        log.info("rebuilt %s", ", ".join(sorted(copies)))

    def _prepare(self, copy: str, name: str) -> None:
        self._database.create_collection(name)
        for index, shape in self._database[copy].index_information().items():
            if index != "_id_":
                options = {key: value for key, value in shape.items() if key not in ("key", "v", "ns")}
                self._database[name].create_index(shape["key"], name=index, **options)

    def _apply(self, rebuild: str, renamed: dict[str, str], holder: str | None = None) -> None:
        for batch in _batches(self._in_order(rebuild)):
            if holder:
                self._keep_lease(rebuild, holder)
            unit = Unit(self._database, None, renamed)
            parts = self._hearing.parts.within(unit)
            for heard in batch:
                handler = self._hearing.handlers.get(heard.type)
                if handler is not None and copies_of(handler):
                    handler(heard, parts)
            unit.flush()

    def _in_order(self, rebuild: str) -> Iterator[Heard[Any]]:
        rows = self._database.again_events.find({"rebuild": rebuild}).sort([("mark", 1), ("sequence", 1)])
        return (decode(bytes(row["body"]), CONTENT_TYPE) for row in rows)

    def _advance_marks(self, rebuild: str) -> None:
        """A hearer new to a subject now knows it. What it knows already moves by hearing alone: it may be on its way.

        What has its mark moved over is missing, not heard: should it still come, its other effects are had late.
        """
        latest = self._database.again_events.aggregate(
            [
                {"$match": {"rebuild": rebuild, "live": False}},
                {"$group": {"_id": "$mark", "last": {"$max": "$sequence"}}},
            ]
        )
        for row in latest:
            last = row["last"]
            new = {"last": last, "missing": held.skipped(0, last + 1)}
            self._database.marks.update_one({"_id": row["_id"]}, {"$setOnInsert": new}, upsert=True)
            mark = self._database.marks.find_one({"_id": row["_id"]}) or {"last": last}
            first = min((entry["sequence"] for entry in mark.get("held", ())), default=0)
            if mark["last"] < first - 1 <= last:
                over = {"$set": {"last": first - 1}, "$push": {"missing": {"$each": held.skipped(mark["last"], first)}}}
                self._database.marks.update_one({"_id": row["_id"], "last": mark["last"]}, over)
                nudge(self._database, row["_id"], first - 1, self._hearing.clock())

    # -- the owner's side

    def _send_entries(self) -> None:
        now = self._hearing.clock()
        request = self._database.again_requests.find_one_and_update(
            {"state": "asked", "lease": {"$not": {"$gt": now}}}, {"$set": {"lease": self._lease_end()}}
        )
        if request is None:
            return
        try:
            self._await_quiet(request["at"])
            total = sum(self._send(request, batch) for batch in _batches(self._said(request["hearer"])))
        except NotConfirmed:
            self._database.again_requests.update_one({"_id": request["_id"]}, {"$set": {"lease": None}})
            raise
        self._note(Note("end", request["_id"], request["hearer"], self._service, total), request["hearer"])
        self._database.again_requests.update_one({"_id": request["_id"]}, {"$set": {"state": "sent", "total": total}})
        log.info("said %d events again to %s", total, request["hearer"])

    def _await_quiet(self, asked_at: Any, seconds: float = 30.0) -> None:
        """Until everything that happened before the request stands in `said`."""
        deadline = time.monotonic() + seconds
        older = {"outbox_due": {"$lte": asked_at}}
        while any(self._database[name].find_one(older, {"_id": 1}) for name in self._records):
            if time.monotonic() > deadline:
                raise NotConfirmed("events older than the request still wait to be said")
            time.sleep(0.05)

    def _said(self, hearer: str) -> Iterator[Document]:
        kinds = {d.subject for d in CATALOGUE.values() if d.service == self._service and hearer in d.heard_by}
        return iter(self._database.said.find({"kind": {"$in": sorted(kinds)}}).sort("_id", 1))

    def _send(self, request: Document, batch: list[Document]) -> int:
        headers = {AGAIN_HEADER: request["_id"]}
        self._database.again_requests.update_one({"_id": request["_id"]}, {"$set": {"lease": self._lease_end()}})
        self._publisher.publish(
            [
                Message(
                    self._names.again,
                    request["hearer"],
                    encode(row | {"id": row["_id"]}, row["subject"]),
                    row["_id"],
                    headers,
                )
                for row in batch
            ]
        )
        return len(batch)

    def _note(self, note: Note, to: str) -> None:
        body = msgspec.json.encode(note)
        self._publisher.publish([Message(self._names.again, to, body, new_id(), {}, AGAIN_CONTENT_TYPE)])


def _batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
