"""Group commit: inserts of concurrent requests are written in one bulk. A write takes all waiting inserts; none waits to fill a bulk."""

from collections.abc import Iterable
from typing import Any

from pymongo import WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.batcher import Batcher, Job

Document = dict[str, Any]
Beside = Iterable[tuple[Collection[Document], Document]]
LINGER_SECONDS = 0.004
"""While batches form: what it costs one request, it saves all of them in writes (deploy/decisions, 15)."""
Insert = tuple[Document, list[tuple[Collection[Document], Document]]]


class GroupCommit:
    """The group commit of one collection in one process."""

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection
        self._batcher: Batcher[Insert] = Batcher(self._write, linger=LINGER_SECONDS)

    def insert(self, document: Document, beside: Beside = ()) -> None:
        """Inserts the document and returns when it is durable; raises what its own write raised (DuplicateKeyError, AutoReconnect …)."""
        self._batcher.do((document, list(beside)))

    def _write(self, jobs: list[Job[Insert]]) -> None:
        self._write_beside(jobs)
        self._write_records(jobs)

    def _write_records(self, jobs: list[Job[Insert]]) -> None:
        try:
            if len(jobs) == 1:
                self._collection.insert_one(jobs[0].what[0])
            else:
                self._collection.insert_many([job.what[0] for job in jobs], ordered=False)
        except BulkWriteError as error:
            for failure in error.details["writeErrors"]:
                kind = DuplicateKeyError if failure["code"] == 11000 else type(error)
                jobs[failure["index"]].error = (
                    kind(failure["errmsg"], failure["code"], failure) if kind is DuplicateKeyError else error
                )
            if error.details.get("writeConcernErrors"):
                for job in jobs:
                    job.error = job.error or error

    @staticmethod
    def _write_beside(jobs: list[Job[Insert]]) -> None:
        """Writes the documents beside the records without waiting for the journal, which is sequential: the records' own write covers them."""
        extra: dict[str, tuple[Collection[Document], list[Document]]] = {}
        for job in jobs:
            for collection, document in job.what[1]:
                extra.setdefault(collection.name, (collection, []))[1].append(document)
        for collection, documents in extra.values():
            quick = collection.with_options(write_concern=WriteConcern(w=1))
            if len(documents) == 1:  # a single insert is cheaper without a bulk
                quick.insert_one(documents[0])
            else:
                quick.insert_many(documents, ordered=False)
