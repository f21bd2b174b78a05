"""A record and the events it gives rise to, in one atomic write: the outbox lies inside the record.

Not here: what a record means. A store hands over plain documents; bookkeeping fields are kept by this module alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from shared.commit import GroupCommit
from shared.events import Event
from shared.failpoints import failpoint
from shared.ids import new_id
from shared.mongo import Index
from shared.origin import Origin

Document = dict[str, Any]
BOOKKEEPING = ("_id", "version", "said", "outbox", "outbox_due", "outbox_lease")
PLAIN = {name: 0 for name in ("outbox", "outbox_due", "outbox_lease")}


class StaleRecord(Exception):
    """Somebody else saved this record since it was loaded."""


class RecordExists(Exception):
    """A record with this id, or with one of its unique values, is there already. `key` is the index's pattern."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        super().__init__(f"exists already: {dict(key)}")
        self.key = dict(key)


def outbox_index(collection: str) -> Index:
    """The index a relay claims by; every collection of records declares it."""
    return Index(collection, [("outbox_due", 1)], partial={"outbox_due": {"$exists": True}})


def entries(events: Sequence[Event], said: int, origin: Origin, correlation_id: str) -> list[Document]:
    """Events as they lie in the outbox, numbered on from `said`."""
    return [
        {
            "id": new_id(),
            "sequence": said + place,
            "type": event.TYPE,
            "time": origin.now,
            "data": msgspec.to_builtins(event),
            "correlationid": correlation_id,
            "causationid": origin.cause,
            "actor": origin.actor,
            **({"traceparent": origin.traceparent} if origin.traceparent else {}),
        }
        for place, event in enumerate(events, start=1)
    ]


class Records:
    """One collection of records. `within(session)` gives the same over a transaction."""

    def __init__(
        self, collection: Collection[Document], session: ClientSession | None = None, group: GroupCommit | None = None
    ) -> None:
        self.collection, self.session = collection, session
        self._group = group or GroupCommit(collection)

    def within(self, session: ClientSession | None) -> "Records":
        return Records(self.collection, session, self._group)

    def get(self, id_: str) -> Document | None:
        """The document without its outbox, or None."""
        return self.collection.find_one({"_id": id_}, PLAIN, session=self.session)

    def find(self, query: Document, sort: Any = None, limit: int = 0) -> list[Document]:
        """Documents without their outboxes."""
        return list(self.collection.find(query, PLAIN, sort=sort, limit=limit, session=self.session))

    def insert(
        self,
        document: Document,
        events: Sequence[Event],
        origin: Origin,
        correlation_id: str | None = None,
        beside: Iterable[tuple[Collection[Document], Document]] = (),
    ) -> Document:
        """Stores a new record as version 1 with its events; `beside` (such as its data key) is written just before.

        Raises RecordExists. Durable (majority, journaled) when it returns, and gathered with whatever else waits.
        """
        said = entries(events, 0, origin, correlation_id or document["_id"])
        document |= {"version": 1, "said": len(said)}
        stored = document | {"outbox": said} | ({"outbox_due": origin.now} if said else {})
        failpoint("record.before_write")
        try:
            if self.session is None:
                self._group.insert(stored, beside)
            else:
                for collection, extra in beside:
                    collection.insert_one(extra, session=self.session)
                self.collection.insert_one(stored, session=self.session)
        except DuplicateKeyError as error:
            raise RecordExists((error.details or {}).get("keyPattern", {})) from error
        failpoint("record.after_write")
        return document

    def save(
        self, document: Document, events: Sequence[Event], origin: Origin, correlation_id: str | None = None
    ) -> Document:
        """Writes the document over the version it was loaded at, with its events; raises StaleRecord or RecordExists.

        The outbox is only pushed to: a relay that takes entries out meanwhile is not undone.
        """
        said = entries(events, document["said"], origin, correlation_id or document["_id"])
        fields = {name: value for name, value in document.items() if name not in BOOKKEEPING}
        change: Document = {"$set": fields, "$inc": {"version": 1, "said": len(said)}}
        if said:
            change["$push"] = {"outbox": {"$each": said}}
            change["$min"] = {"outbox_due": origin.now}
        failpoint("record.before_write")
        try:
            result = self.collection.update_one(
                {"_id": document["_id"], "version": document["version"]}, change, session=self.session
            )
        except DuplicateKeyError as error:
            raise RecordExists((error.details or {}).get("keyPattern", {})) from error
        if not result.matched_count:
            raise StaleRecord(document["_id"])
        failpoint("record.after_write")
        return document | {"version": document["version"] + 1, "said": document["said"] + len(said)}
