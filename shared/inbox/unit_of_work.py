"""The unit of work of handlers: one transaction for a batch of events, its deferred writes collected into one bulk per collection."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shared.broker.delivery import Contended
from shared.mongo import Document

DUPLICATE = 11000
H = TypeVar("H", bound=Callable[..., Any])


class PermanentFault(Exception):
    """A fault that another attempt cannot fix: the event is dead-lettered at once, with this text as its reason."""


class PositionMoved(Contended):
    """Another process settled an event of the subject meanwhile: plan again from the stored positions."""


class AddedBefore(Exception):
    """A document that the unit of work expected to be new already exists: repeat with a unit that does not expect it."""


def read_copy(*collections: str) -> Callable[[H], H]:
    """Marks a handler that only writes these read copies, by `unit.put` and `unit.write`: a replay may run it again."""

    def mark(handler: H) -> H:
        handler.read_copies = collections  # type: ignore[attr-defined]
        return handler

    return mark


def read_copies_of(handler: Callable[..., Any]) -> tuple[str, ...]:
    """The read copies a handler writes; empty for a handler with other effects."""
    return getattr(handler, "read_copies", ())


class UnitOfWork:
    """The writes of one batch: `session` for what must be read back at once; `write`, `put`, `add` for what can wait until the batch ends.

    `renamed` redirects writes to a collection under another name while a replay builds it beside the old one. `expect_new`: added
    documents are expected to be new and are inserted, at half the cost of an upsert; where one exists, `flush` raises AddedBefore.
    `session` is for reads and writes; it is None where a replay runs the handlers.
    """

    def __init__(
        self,
        database: Database[Document],
        session: ClientSession | None,
        renamed: Mapping[str, str] | None = None,
        expect_new: bool = False,
    ) -> None:
        self.database, self.session = database, session
        self._renamed, self._expect_new = renamed or {}, expect_new
        self._deferred: dict[str, list[Any]] = {}

    @property
    def rebuilding(self) -> bool:
        """Whether a replay is rebuilding read copies: the handler may then do nothing else."""
        return self.session is None

    def write(self, collection: str, operation: Any) -> None:
        """Defers a pymongo bulk operation; order is preserved within one collection."""
        self._deferred.setdefault(self._renamed.get(collection, collection), []).append(operation)

    def add(self, collection: str, document: Document) -> None:
        """Inserts the document unless its `_id` already exists: a document that results from one event exists once."""
        self.write(collection, InsertOne(document) if self._expect_new else _insert_if_absent(document))

    def put(self, collection: str, id_: str, fields: Document, sequence: int) -> None:
        """Updates a read copy: merges `fields` into it unless it already holds a later sequence of the same subject."""
        newer = {"$mergeObjects": ["$$ROOT", {"$literal": fields}, {"_id": id_, "sequence": sequence}]}
        choice = {"$cond": [{"$gte": [{"$ifNull": ["$sequence", 0]}, sequence]}, "$$ROOT", newer]}
        self.write(collection, UpdateOne({"_id": id_}, [{"$replaceWith": choice}], upsert=True))

    def flush(self) -> None:
        """Writes the deferred writes, in one bulk per collection. Raises AddedBefore; the transaction must then be aborted."""
        deferred, self._deferred = self._deferred, {}
        try:
            for name, operations in deferred.items():
                self.database[name].bulk_write(operations, ordered=True, session=self.session)
        except BulkWriteError as error:
            if self._expect_new and error.details["writeErrors"][0]["code"] == DUPLICATE:
                raise AddedBefore("of a batch's effects") from error
            raise


def write_positions(database: Database[Document], writes: Sequence[Any], session: ClientSession | None) -> None:
    """Compare-and-set of positions in one bulk; raises PositionMoved where one is not as planned."""
    try:
        result = database["inbox_positions"].bulk_write(writes, ordered=False, session=session)
    except BulkWriteError as error:
        raise _position_error(error) from error
    if result.inserted_count + result.matched_count + result.upserted_count != len(writes):
        raise PositionMoved("a subject")


def _position_error(error: BulkWriteError) -> Exception:
    """The exception for a failed write of positions: an existing one was written by another process, or was wrongly assumed to be new."""
    exists = all(failure["code"] == DUPLICATE for failure in error.details["writeErrors"])
    return PositionMoved("a subject's first event") if exists else error


def _insert_if_absent(document: Document) -> UpdateOne:
    rest = {name: value for name, value in document.items() if name != "_id"}
    return UpdateOne({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True)
