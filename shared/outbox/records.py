"""Records with their outbox: a record and its events are one atomic write, since the outbox is inside the record.

Not here: what a record means. A store passes plain documents; only this module writes the bookkeeping fields.
`last_sequence` counts the record's events. `last_external_version` is the last version made by a person or program, present
while all later ones were made by the system.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.command_context import CommandContext
from shared.events import Event
from shared.failpoints import failpoint
from shared.idempotency import KEPT, SealingKey, entry
from shared.ids import new_id
from shared.mongo import Index
from shared.outbox.group_commit import GroupCommit
from shared.shares import SHARES

Document = dict[str, Any]
R = TypeVar("R", bound=Mapping[str, Any])
BOOKKEEPING = ("_id", "version", "last_external_version", "last_sequence", "outbox", "outbox_due", "requests")
WITHOUT_BOOKKEEPING = dict.fromkeys(("outbox", "outbox_due", "requests"), 0)
TRIMMED_EVERY = 8


class StaleRecord(Exception):
    """The record was saved by another writer since it was loaded."""


class RecordExists(Exception):
    """A record with this id, or with one of its unique values, already exists. `key` is the index's pattern."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        super().__init__(f"exists already: {dict(key)}")
        self.key = dict(key)


def outbox_index(collection: str) -> Index:
    """The index by which the relay finds due records; every collection of records must declare it."""
    return Index(collection, [("outbox_due", 1)], partial={"outbox_due": {"$exists": True}})


def outbox_collections(indexes: Sequence[Index]) -> list[str]:
    """The collections whose records have an outbox."""
    return [index.collection for index in indexes if index.keys[0][0] == "outbox_due"]


def outbox_entries(
    events: Sequence[Event], last_sequence: int, context: CommandContext, correlation_id: str
) -> list[Document]:
    """Events as outbox entries, numbered from `last_sequence` + 1."""
    return [
        {
            "id": new_id(),
            "sequence": last_sequence + place,
            "type": event.TYPE,
            "time": context.now,
            "data": msgspec.to_builtins(event),
            "correlationid": correlation_id,
            "causationid": context.cause,
            "actor": context.actor,
            **({"traceparent": context.traceparent} if context.traceparent else {}),
        }
        for place, event in enumerate(events, start=1)
    ]


def events_of(database: Database[Document], collection: str, kind: str, subject: str, most: int) -> list[Document]:
    """A record's events in order: the last `most` of the event log, and those still in its outbox.

    Where there are more, the last of each actor are among them: one actor's events never push out those of the others.
    """
    waiting = database[collection].find_one({"_id": subject}, {"outbox": 1}) or {}
    logged = with_shares(database["event_log"], {"subject": subject, "kind": kind}, ("sequence", -1), "actor", most)
    lines = {row["_id"]: row for row in logged} | {entry["id"]: entry for entry in waiting.get("outbox", ())}
    return sorted(lines.values(), key=lambda line: int(line["sequence"]))


def with_shares(
    collection: Collection[Document], query: Document, order: tuple[str, int], whose: str, most: int, fields: Any = None
) -> list[Document]:
    """The first `most` documents in this order (a field, 1 or -1) and, where there are more, the first `most` / SHARES of each, in no order.

    `whose` names the field of the actor. Otherwise a single actor could fill the list: a hundred clicks of one would hide the other's entries.
    """
    found = list(collection.find(query, fields, sort=[order], limit=most))
    if len(found) < most:
        return found
    ranked: Document = {
        "partitionBy": f"${whose}",
        "sortBy": dict([order]),
        "output": {"rank": {"$documentNumber": {}}},
    }
    own_share: list[Document] = [
        {"$match": query},
        {"$project": {order[0]: 1, whose: 1}},
        {"$setWindowFields": ranked},
        {"$match": {"rank": {"$lte": most // SHARES}}},
    ]
    missing = {row["_id"] for row in collection.aggregate(own_share)} - {row["_id"] for row in found}
    return found + list(collection.find({"_id": {"$in": sorted(missing)}}, fields))


def _no_answers(record_id: str) -> SealingKey:
    raise LookupError("this collection keeps no answers: Records was made without `answers`")


class Records(Generic[R]):
    """One collection of records of one type, the `TypedDict` of the collection. `within(session)` returns the same bound to a transaction.

    `answers` returns the key that seals a record's stored answers (by record id): a collection that HTTP commands write to
    needs it, together with `requests_index`. Without it no attempts are stored here.
    """

    def __init__(
        self,
        collection: Collection[R],
        session: ClientSession | None = None,
        group: GroupCommit | None = None,
        answers: Callable[[str], SealingKey] | None = None,
    ) -> None:
        self.collection, self.session = collection, session
        documents: Collection[Any] = collection
        self._documents = documents
        self._group = group or GroupCommit(self._documents)
        self._answers = answers
        self.answers_key: Callable[[str], SealingKey] = answers or _no_answers

    def within(self, session: ClientSession | None) -> "Records[R]":
        return Records(self.collection, session, self._group, self._answers)

    def get(self, id_: str) -> R | None:
        """The document without its outbox, or None."""
        return self.collection.find_one({"_id": id_}, WITHOUT_BOOKKEEPING, session=self.session)

    def load(self, id_: str, context: CommandContext) -> R | None:
        """Like `get`, before a change: raises VersionDiffers where the request's If-Match names another version."""
        document = self.get(id_)
        if document is not None:
            context.expects(document)
        return document

    def find(self, query: Document, sort: Any = None, limit: int = 0) -> list[R]:
        """Documents without their outboxes."""
        return list(self.collection.find(query, WITHOUT_BOOKKEEPING, sort=sort, limit=limit, session=self.session))

    def insert(
        self,
        document: R,
        events: Sequence[Event],
        context: CommandContext,
        correlation_id: str | None = None,
        beside: Iterable[tuple[Collection[Document], Document]] = (),
        key: SealingKey | None = None,
    ) -> R:
        """Stores a new record as version 1 with its events; `beside` (such as its data key) is written just before.

        `key` seals the stored answer where the collection's own `answers` cannot know it yet (a fresh data key).
        Raises RecordExists. Durable (majority, journaled) when it returns; written as a group commit with other waiting inserts.
        """
        stored = self.prepared(document, events, context, correlation_id, key)
        failpoint("record.before_write")
        try:
            if self.session is None:
                self._group.insert(stored, beside)
            else:
                for collection, extra in beside:
                    collection.insert_one(extra, session=self.session)
                self._documents.insert_one(stored, session=self.session)
        except DuplicateKeyError as error:
            raise RecordExists((error.details or {}).get("keyPattern", {})) from error
        failpoint("record.after_write")
        return document

    def prepared(
        self,
        document: R,
        events: Sequence[Event],
        context: CommandContext,
        correlation_id: str | None = None,
        key: SealingKey | None = None,
    ) -> Document:
        """The new record as it is stored, with its events and its answer; `document` becomes version 1."""
        record: Any = document
        entries = outbox_entries(events, 0, context, correlation_id or record["_id"])
        record |= {"version": 1, "last_sequence": len(entries)}
        stored: Document = record | {"outbox": entries} | ({"outbox_due": context.now} if entries else {})
        answer = self._answer_entry(record, context, key)
        return stored | {"requests": [answer]} if answer else stored

    def _answer_entry(self, document: Document, context: CommandContext, key: SealingKey | None) -> Document | None:
        """Renders the answer to the request of this write; returns the entry to store where the request has an idempotency key."""
        attempt = context.attempt
        if attempt is None or self._answers is None:
            return None
        attempt.answer = attempt.render(document)
        if attempt.key is None:
            return None
        return entry(attempt, attempt.answer, document["_id"], context.now, key or self._answers(document["_id"]))

    def save(
        self,
        document: R,
        events: Sequence[Event],
        context: CommandContext,
        correlation_id: str | None = None,
        key: SealingKey | None = None,
        loaded: R | None = None,
    ) -> R:
        """Writes the document over the version it was loaded at, with its events; given `loaded`, only the fields whose object changed.

        Raises StaleRecord, RecordExists, VersionDiffers. The outbox is only pushed to, so that entries removed meanwhile by the
        cleanup do not return. A unique index does not detect a key twice in one record, so the filter checks it.
        """
        found, change, after = self._change(document, events, context, correlation_id, key, loaded)
        failpoint("record.before_write")
        try:
            result = self.collection.update_one(found, change, session=self.session)
        except DuplicateKeyError as error:
            raise RecordExists((error.details or {}).get("keyPattern", {})) from error
        if not result.matched_count:
            raise StaleRecord(document["_id"])
        failpoint("record.after_write")
        if "requests" in change.get("$push", {}) and after["version"] % TRIMMED_EVERY == 0:
            self._trim(after["_id"], context)
        return after

    def save_many(self, saves: Sequence[tuple[R, Sequence[Event], CommandContext, R]]) -> list[R]:
        """Like `save` for many records in one round trip, inside the transaction that read them: (document, events, context, loaded).

        Raises StaleRecord for all together.
        """
        assert self.session is not None, "many records are saved together in one transaction"
        changes = [
            self._change(document, events, context, loaded=loaded) for document, events, context, loaded in saves
        ]
        if changes:
            writes = [UpdateOne(found, change) for found, change, _ in changes]
            failpoint("record.before_write")
            result = self._documents.bulk_write(writes, session=self.session)
            if result.matched_count < len(changes):
                raise StaleRecord(", ".join(document["_id"] for document, *_ in saves))
        return [after for _, _, after in changes]

    def _change(
        self,
        document: Any,
        events: Sequence[Event],
        context: CommandContext,
        correlation_id: str | None = None,
        key: SealingKey | None = None,
        loaded: Any = None,
    ) -> tuple[Document, Document, Any]:
        """Returns (filter, update, the document afterwards) of a save. Raises VersionDiffers."""
        if self._answers is not None:
            context.expects(document)
        entries = outbox_entries(events, document["last_sequence"], context, correlation_id or document["_id"])
        known = loaded or {}
        fields = {
            name: value
            for name, value in document.items()
            if name not in BOOKKEEPING and not (name in known and known[name] is value)
        }
        change: Document = {"$set": fields, "$inc": {"version": 1, "last_sequence": len(entries)}}
        if entries:
            change["$push"] = {"outbox": {"$each": entries}}
            change["$min"] = {"outbox_due": context.now}
        after = document | {
            "version": document["version"] + 1,
            "last_sequence": document["last_sequence"] + len(entries),
        }
        found: Document = {"_id": document["_id"], "version": document["version"]}
        if context.by_system and self._answers is not None:
            fields["last_external_version"] = after["last_external_version"] = document.get(
                "last_external_version", document["version"]
            )
        elif "last_external_version" in document:
            change["$unset"] = {"last_external_version": ""}
            after.pop("last_external_version")
        answer = self._answer_entry(after, context, key)
        if answer:
            change.setdefault("$push", {})["requests"] = answer
            found["requests.key"] = {"$ne": answer["key"]}
        return found, change, after

    def _trim(self, id_: str, context: CommandContext) -> None:
        """Now and then removes answers older than 24 hours, separately: one update cannot both push to a list and pull from it."""
        old = {"requests": {"at": {"$lte": context.now - KEPT}}}
        self.collection.update_one({"_id": id_}, {"$pull": old}, session=self.session)
