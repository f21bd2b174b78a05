"""Group commit: inserts of concurrent requests are gathered into one bulk. Whatever waits is written, nobody waits to fill it."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pymongo import WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

Document = dict[str, Any]
Beside = Iterable[tuple[Collection[Document], Document]]


@dataclass
class _Job:
    document: Document
    beside: list[tuple[Collection[Document], Document]]
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class GroupCommit:
    """One per collection and process. The first to come writes for all who wait, then hands on."""

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._writer = threading.Lock()

    def insert(self, document: Document, beside: Beside = ()) -> None:
        """Returns when the document is durable; raises what its own write raised (DuplicateKeyError, AutoReconnect …)."""
        job = _Job(document, list(beside))
        with self._lock:
            self._waiting.append(job)
        with self._writer:
            if not job.done.is_set():
                with self._lock:
                    jobs, self._waiting = self._waiting, []
                self._write(jobs)
        if job.error:
            raise job.error

    def _write(self, jobs: list[_Job]) -> None:
        try:
            self._write_beside(jobs)
            self._write_records(jobs)
        except BaseException as error:  # whatever it was: nobody is told that his record is stored
            for job in jobs:
                job.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for job in jobs:
                job.done.set()

    def _write_records(self, jobs: list[_Job]) -> None:
        try:
            if len(jobs) == 1:
                self._collection.insert_one(jobs[0].document)
            else:
                self._collection.insert_many([job.document for job in jobs], ordered=False)
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
    def _write_beside(jobs: list[_Job]) -> None:
        """Unacknowledged by the journal on purpose: the journal is one sequence, so the record's own write covers these."""
        extra: dict[str, tuple[Collection[Document], list[Document]]] = {}
        for job in jobs:
            for collection, document in job.beside:
                extra.setdefault(collection.name, (collection, []))[1].append(document)
        for collection, documents in extra.values():
            quick = collection.with_options(write_concern=WriteConcern(w=1))
            if len(documents) == 1:  # a lone one does not pay for a bulk
                quick.insert_one(documents[0])
            else:
                quick.insert_many(documents, ordered=False)
