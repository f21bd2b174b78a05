"""What a handler writes with: one transaction for a batch of events, its deferred writes gathered into one bulk per collection."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError

Document = dict[str, Any]
DUPLICATE = 11000
H = TypeVar("H", bound=Callable[..., Any])


class PermanentFault(Exception):
    """A fault that trying again cannot mend: the event is parked at once, with this text as its reason."""


class AddedBefore(Exception):
    """Something a unit counted on to be new is there already: the same once more, with a unit that does not count on it."""


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

    `renamed` leads writes to a collection under another name while a rebuild builds it anew. `first_time`: what is added
    is counted on to be new, and plainly inserted, at half the cost; where it is not, `flush` raises AddedBefore.
    """

    def __init__(
        self,
        database: Database[Document],
        session: ClientSession | None,
        renamed: Mapping[str, str] | None = None,
        first_time: bool = False,
    ) -> None:
        self.database, self.session = database, session
        self._renamed, self._first_time = renamed or {}, first_time
        self._deferred: dict[str, list[Any]] = {}

    def write(self, collection: str, operation: Any) -> None:
        """Defers a pymongo bulk operation; order is kept within one collection."""
        self._deferred.setdefault(self._renamed.get(collection, collection), []).append(operation)

    def add(self, collection: str, document: Document) -> None:
        """Inserts the document unless its `_id` is there already: what follows from one event exists once."""
        self.write(collection, InsertOne(document) if self._first_time else _unless_there(document))

    def put(self, collection: str, id_: str, fields: Document, sequence: int) -> None:
        """Keeps a read copy: merges `fields` into the copy unless it holds something later of the same subject."""
        newer = {"$mergeObjects": ["$$ROOT", {"$literal": fields}, {"_id": id_, "sequence": sequence}]}
        choice = {"$cond": [{"$gte": [{"$ifNull": ["$sequence", 0]}, sequence]}, "$$ROOT", newer]}
        self.write(collection, UpdateOne({"_id": id_}, [{"$replaceWith": choice}], upsert=True))

    def flush(self) -> None:
        """Writes what was deferred, one bulk per collection."""
        deferred, self._deferred = self._deferred, {}
        for name, operations in deferred.items():
            try:
                self.database[name].bulk_write(operations, ordered=True, session=self.session)
            except BulkWriteError as error:
                if self._first_time and error.details["writeErrors"][0]["code"] == DUPLICATE:
                    raise AddedBefore(name) from error
                raise


def _unless_there(document: Document) -> UpdateOne:
    rest = {name: value for name, value in document.items() if name != "_id"}
    return UpdateOne({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True)
