"""Read copies built anew from what their owners said: asked for by an operator, sent to this hearer alone, then swapped in.

A rebuild gathers the owners' entries in `again_events` (in any order, any number of times), with what is heard live in
the meantime; when all are there, the copies are built beside the old ones and renamed over them. Handlers with any other
effect do not run; only their marks advance.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.events import CATALOGUE
from shared.ids import new_id
from shared.messaging import held
from shared.messaging.broker import Message, NotConfirmed, publisher
from shared.messaging.envelope import CONTENT_TYPE, Heard, Unreadable, decode, encode
from shared.messaging.hearing import Hearing, nudge
from shared.messaging.held import AGAIN_CONTENT_TYPE, AGAIN_HEADER, gathered
from shared.messaging.topology import Names
from shared.messaging.unit import Unit, copies_of
from shared.mongo import Document
from shared.origin import Origin

log = logging.getLogger("imc.rebuild")
SETTLE_SECONDS = 2.0
BATCH = 200


class Note(msgspec.Struct):
    """What passes between hearer and owner beside the entries: `ask` for them, `end` with how many there are."""

    what: str
    rebuild: str
    hearer: str
    source: str
    total: int = 0


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
    """How far a rebuild is: `state` asked, gathering, done or failed; `gathered` of `total` entries."""
    found = database.rebuilds.find_one({"_id": rebuild_id}) or {"state": "unknown", "ended": {}}
    return found | {
        "gathered": database.again_events.count_documents({"rebuild": rebuild_id, "live": False}),
        "total": sum(found["ended"].values()),
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
                self._refresh()
                self._ask_owners()
                self._send_entries()
                self._build()
            except (PyMongoError, NotConfirmed) as error:
                log.warning("rebuilding waits: %s", type(error).__name__)
            stop.wait(0.5)
        self._publisher.close()

    # -- the hearer's side

    _active: tuple[tuple[str, frozenset[str]], ...] = ()

    def _refresh(self) -> None:
        """Which rebuilds are gathering, and from whom: what is heard live of these owners is gathered too."""
        found = self._database.rebuilds.find({"state": {"$in": ["asked", "gathering"]}})
        self._active = tuple((row["_id"], frozenset(self.sources(row["from"]))) for row in found)

    def _gathering(self, service: str) -> list[str]:
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

    def _ask_owners(self) -> None:
        """After every process of this service has had time to see the rebuild, so that nothing live slips by."""
        seen = self._hearing.clock() - timedelta(seconds=SETTLE_SECONDS)
        for row in self._database.rebuilds.find({"state": "asked", "at": {"$lt": seen}}):
            for source in sorted(self.sources(row["from"])):
                self._note(Note("ask", row["_id"], self._service, source), source)
            self._database.rebuilds.update_one({"_id": row["_id"], "state": "asked"}, {"$set": {"state": "gathering"}})

    def take(self, deliveries: Sequence[held.Delivery]) -> list[held.Delivery]:
        """Stores what came over `imc.again`: notes, and entries in whatever order; returns what cannot be read."""
        entries, unreadable = [], []
        for delivery in deliveries:
            try:
                if delivery.content_type == AGAIN_CONTENT_TYPE:
                    self._take_note(msgspec.json.decode(delivery.body, type=Note))
                else:
                    heard = decode(delivery.body, delivery.content_type)
                    entries.append(gathered(str(delivery.headers[AGAIN_HEADER]), heard, delivery.body, live=False))
            except (msgspec.DecodeError, Unreadable):
                unreadable.append(delivery)
        if entries:
            self._database.again_events.bulk_write(entries, ordered=False)
        return unreadable

    def _take_note(self, note: Note) -> None:
        if note.what == "end":
            self._database.rebuilds.update_one({"_id": note.rebuild}, {"$set": {f"ended.{note.source}": note.total}})
            return
        request = {"hearer": note.hearer, "state": "asked", "at": self._hearing.clock()}
        self._database.again_requests.update_one({"_id": note.rebuild}, {"$setOnInsert": request}, upsert=True)

    def _build(self) -> None:
        for row in self._database.rebuilds.find({"state": "gathering"}):
            sources = self.sources(row["from"])
            if not sources <= set(row["ended"]):
                continue
            total = sum(row["ended"][source] for source in sources)
            if self._database.again_events.count_documents({"rebuild": row["_id"], "live": False}) < total:
                continue
            claim = {"_id": row["_id"], "state": "gathering", "lease": {"$not": {"$gt": self._hearing.clock()}}}
            lease = {"$set": {"lease": self._hearing.clock() + timedelta(seconds=120)}}
            if self._database.rebuilds.find_one_and_update(claim, lease, return_document=ReturnDocument.AFTER):
                self._swap(row["_id"], sources)

    def _swap(self, rebuild: str, sources: set[str]) -> None:
        """Builds the copies beside the old ones, renames them over, then adds what was heard live until now."""
        copies = {
            copy
            for type_, handler in self._hearing.handlers.items()
            if CATALOGUE[type_].service in sources
            for copy in copies_of(handler)
        }
        beside = {copy: f"{copy}.rebuilding" for copy in copies}
        for copy, name in beside.items():
            self._prepare(copy, name)
        self._apply(rebuild, beside)
        for copy, name in beside.items():
            self._database[name].rename(copy, dropTarget=True)
        self._apply(rebuild, {})
        self._advance_marks(rebuild)
        self._database.rebuilds.update_one(
            {"_id": rebuild}, {"$set": {"state": "done", "done_at": self._hearing.clock()}}
        )
        self._refresh()
        self._apply(rebuild, {})
        self._database.again_events.delete_many({"rebuild": rebuild})
        log.info("rebuilt %s", ", ".join(sorted(copies)))

    def _prepare(self, copy: str, name: str) -> None:
        self._database[name].drop()
        self._database.create_collection(name)
        for index, shape in self._database[copy].index_information().items():
            if index != "_id_":
                options = {key: value for key, value in shape.items() if key not in ("key", "v", "ns")}
                self._database[name].create_index(shape["key"], name=index, **options)

    def _apply(self, rebuild: str, renamed: dict[str, str]) -> None:
        for batch in _batches(self._in_order(rebuild)):
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
        """A hearer new to a subject now knows it; what it keeps of that subject follows in its turn."""
        latest = self._database.again_events.aggregate(
            [{"$match": {"rebuild": rebuild}}, {"$group": {"_id": "$mark", "last": {"$max": "$sequence"}}}]
        )
        for row in latest:
            mark = self._database.marks.find_one({"_id": row["_id"]}) or {}
            kept = [entry["sequence"] for entry in mark.get("held", ())]
            last = min([row["last"], *(sequence - 1 for sequence in kept)])
            self._database.marks.update_one({"_id": row["_id"]}, {"$max": {"last": last}}, upsert=True)
            if kept:
                nudge(self._database, row["_id"], max(last, mark.get("last", 0)), self._hearing.clock())

    # -- the owner's side

    def _send_entries(self) -> None:
        now = self._hearing.clock()
        request = self._database.again_requests.find_one_and_update(
            {"state": "asked", "lease": {"$not": {"$gt": now}}}, {"$set": {"lease": now + timedelta(seconds=120)}}
        )
        if request is None:
            return
        self._await_quiet(request["at"])
        total = sum(self._send(request, batch) for batch in _batches(self._said(request["hearer"])))
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
