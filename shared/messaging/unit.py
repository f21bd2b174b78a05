"""What a handler writes with: one transaction for a batch of events, its deferred writes gathered into one bulk per collection."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

Document = dict[str, Any]
H = TypeVar("H", bound=Callable[..., Any])


class PermanentFault(Exception):
    """A fault that trying again cannot mend: the event is parked at once, with this text as its reason."""


def read_copy(*collections: str) -> Callable[[H], H]:
    """Marks a handler that only keeps these read copies, by `unit.put` and `unit.write`: a rebuild may run it again."""

    def mark(handler: H) -> H:
        handler.read_copies = collections  # type: ignore[attr-defined]
        return handler

    return mark


def copies_of(handler: Callable[..., Any]) -> tuple[str, ...]:
    """The read copies a handler keeps; empty for a handler with other effects."""
    return getattr(handler, "read_copies", ())


class Unit:
    """`session` for what must be read back at once; `write`, `put`, `add` for what can wait until the batch ends.

    `renamed` leads writes to a collection under another name while a rebuild builds it anew.
    """

    def __init__(
        self, database: Database[Document], session: ClientSession | None, renamed: Mapping[str, str] | None = None
    ) -> None:
        self.database, self.session = database, session
        self._renamed = renamed or {}
        self._deferred: dict[str, list[Any]] = {}

    def write(self, collection: str, operation: Any) -> None:
        """Defers a pymongo bulk operation; order is kept within one collection."""
        self._deferred.setdefault(self._renamed.get(collection, collection), []).append(operation)

    def add(self, collection: str, document: Document) -> None:
        """Inserts the document unless its `_id` is there already: what follows from one event exists once."""
        rest = {name: value for name, value in document.items() if name != "_id"}
        self.write(collection, UpdateOne({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True))

    def put(self, collection: str, id_: str, fields: Document, sequence: int) -> None:
        """Keeps a read copy: merges `fields` into the copy unless it holds something later of the same subject."""
        newer = {"$mergeObjects": ["$$ROOT", {"$literal": fields}, {"_id": id_, "sequence": sequence}]}
        choice = {"$cond": [{"$gte": [{"$ifNull": ["$sequence", 0]}, sequence]}, "$$ROOT", newer]}
        self.write(collection, UpdateOne({"_id": id_}, [{"$replaceWith": choice}], upsert=True))

    def flush(self) -> None:
        """Writes what was deferred, one bulk per collection."""
        deferred, self._deferred = self._deferred, {}
        for name, operations in deferred.items():
            self.database[name].bulk_write(operations, ordered=True, session=self.session)
