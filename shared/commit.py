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
    done: bool = False
    turn: threading.Event = field(default_factory=threading.Event)  # written by another, or this one's turn to write


class GroupCommit:
    """One per collection and process. The first to come writes for all who wait, then hands on to the next who came."""

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._writing = False

    def insert(self, document: Document, beside: Beside = ()) -> None:
        """Returns when the document is durable; raises what its own write raised (DuplicateKeyError, AutoReconnect …).

        Whoever is done returns at once: a lock for the writer would let it wait until the next bulk is written too.
        """
        job = _Job(document, list(beside))
        with self._lock:
            self._waiting.append(job)
            writes, self._writing = not self._writing, True
        if not writes:
            job.turn.wait()
        if not job.done:
            self._write_waiting()
        if job.error:
            raise job.error

    def _write_waiting(self) -> None:
        with self._lock:
            jobs, self._waiting = self._waiting, []
        try:
            self._write(jobs)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._writing = following is not None
            if following:
                following.turn.set()

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
                job.done = True
                job.turn.set()

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
