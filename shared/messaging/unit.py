"""What a handler writes with: one transaction for a batch of events, its deferred writes gathered into one bulk per collection."""

from collections.abc import Callable, Mapping, Sequence
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


class MarkMoved(Exception):
    """Another process settled an event of a subject in between: plan anew from the marks as they are."""


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

    `marks` are subjects' first marks. They are written before anything is read or, where nothing is, before the effects.
    One that is there already raises MarkMoved, and nothing is written.
    """

    def __init__(
        self,
        database: Database[Document],
        session: ClientSession | None,
        renamed: Mapping[str, str] | None = None,
        first_time: bool = False,
        marks: Sequence[InsertOne[Document] | UpdateOne] = (),
    ) -> None:
        self.database, self._session, self._marks = database, session, marks
        self._renamed, self._first_time = renamed or {}, first_time
        self._deferred: dict[str, list[Any]] = {}

    @property
    def session(self) -> ClientSession | None:
        """To read and write with; None where a rebuild runs the handlers."""
        if self._marks:
            write_marks(self.database, self._marks, self._session)
            self._marks = ()  # not before: whoever goes on after a fault must not commit without them
        return self._session

    @property
    def rebuilding(self) -> bool:
        """Whether read copies are built anew: nothing else may be done."""
        return self._session is None

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
        """Writes the marks and what was deferred. Raises MarkMoved and AddedBefore; then nothing of it counts."""
        deferred, self._deferred = self._deferred, {}
        if self._session is None:
            for name, operations in deferred.items():
                self.database[name].bulk_write(operations, ordered=True)
            return
        session = self.session
        try:
            for name, operations in deferred.items():
                self.database[name].bulk_write(operations, ordered=True, session=session)
        except BulkWriteError as error:
            if self._first_time and error.details["writeErrors"][0]["code"] == DUPLICATE:
                raise AddedBefore("of a batch's effects") from error
            raise


def write_marks(database: Database[Document], marks: Sequence[Any], session: ClientSession | None) -> None:
    """Compare-and-set of marks in one bulk; raises MarkMoved where one is not as planned."""
    try:
        result = database["marks"].bulk_write(marks, ordered=False, session=session)
    except BulkWriteError as error:
        raise _moved(error) from error
    if result.inserted_count + result.matched_count + result.upserted_count != len(marks):
        raise MarkMoved("a subject")


def _moved(error: BulkWriteError) -> Exception:
    """One that is there already was written by somebody else, or is not what it was guessed to be."""
    taken = all(failure["code"] == DUPLICATE for failure in error.details["writeErrors"])
    return MarkMoved("a subject's first event") if taken else error


def _unless_there(document: Document) -> UpdateOne:
    rest = {name: value for name, value in document.items() if name != "_id"}
    return UpdateOne({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True)
