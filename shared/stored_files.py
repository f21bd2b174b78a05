"""Stores documents' contents in GridFS's layout, one bucket per service, already sealed. Names and kinds are in the record.

Contents are written and read piece by piece: pymongo's GridFS buffers 16 MiB before it writes, and requests as much when it reads.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from pymongo.database import Database

from shared.clock import Clock, utc_now
from shared.errors import Refusal
from shared.ids import new_id
from shared.mongo import Document, Index
from shared.outbox.records import RecordExists, StaleRecord
from shared.pieces import regrouped

CHUNK_BYTES = 255 * 1024
CHUNKS_AT_ONCE = 8
FILE_INDEXES = [Index("documents.chunks", [("files_id", 1), ("n", 1)], unique=True)]
"""Of every service that stores files (GridFS specification, "Indexes")."""
Put = Callable[[Iterable[bytes]], str]


class Files:
    """A store of sealed contents under random names."""

    def __init__(self, database: Database[Document], clock: Clock = utc_now) -> None:
        self._clock = clock
        self._files, self._chunks = database["documents.files"], database["documents.chunks"]

    def put(self, sealed: Iterable[bytes]) -> str:
        """Stores a content and returns its name; it is durable when this returns."""
        name, size, number, batch = new_id(), 0, 0, list[Document]()
        for data in regrouped(sealed, CHUNK_BYTES, CHUNK_BYTES):
            batch.append({"files_id": name, "n": number, "data": data})
            size, number = size + len(data), number + 1
            if len(batch) == CHUNKS_AT_ONCE:
                self._chunks.insert_many(batch)
                batch = []
        if batch:
            self._chunks.insert_many(batch)
        about = {"filename": name, "length": size, "chunkSize": CHUNK_BYTES, "uploadDate": self._clock()}
        self._files.insert_one({"_id": name} | about)
        return name

    def get(self, name: str) -> Iterator[bytes] | None:
        """The sealed content piece by piece, or None where it no longer exists."""
        return self._read(name) if self._files.find_one({"_id": name}, {"_id": 1}) else None

    def _read(self, name: str) -> Iterator[bytes]:
        for chunk in self._chunks.find({"files_id": name}, {"data": 1}, sort=[("n", 1)], batch_size=CHUNKS_AT_ONCE):
            yield chunk["data"]

    @contextmanager
    def until_named(self) -> Iterator[Put]:
        """Yields a `put` for the block that writes the record with the content's name; deletes the content where the record was certainly
        not written.

        After any other fault the content stays: the record may refer to it, and an unreferenced content is the lesser harm.
        """
        made: list[str] = []

        def put(sealed: Iterable[bytes]) -> str:
            made.append(self.put(sealed))
            return made[-1]

        try:
            yield put
        except (StaleRecord, RecordExists, Refusal):
            for name in made:
                self.drop(name)
            raise

    def drop(self, name: str) -> None:
        """Deletes a content that no record refers to."""
        self._files.delete_one({"_id": name})
        self._chunks.delete_many({"files_id": name})
