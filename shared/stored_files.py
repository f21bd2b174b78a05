"""Documents' contents in GridFS, one bucket a service, sealed before they come here. Names and kinds stand in the record."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gridfs import GridFSBucket, NoFile
from pymongo.database import Database

from shared.errors import Refusal
from shared.ids import new_id
from shared.mongo import Document
from shared.records import RecordExists, StaleRecord


class Files:
    """Sealed contents under random names."""

    def __init__(self, database: Database[Document]) -> None:
        self._bucket = GridFSBucket(database, "documents")

    def put(self, sealed: bytes) -> str:
        """Stores a content; durable when it returns."""
        name = new_id()
        self._bucket.upload_from_stream_with_id(name, name, sealed)
        return name

    def get(self, name: str) -> bytes | None:
        """The sealed content, or None where it is gone."""
        try:
            with self._bucket.open_download_stream(name) as stream:
                return bytes(stream.read())
        except NoFile:
            return None

    @contextmanager
    def until_named(self) -> Iterator[Callable[[bytes], str]]:
        """Gives a `put` for the block that writes the record which names what was put: taken away where that was surely not written.

        After any other fault it stays: the record may name it, and a content nobody names is the lesser harm.
        """
        made: list[str] = []

        def put(sealed: bytes) -> str:
            made.append(self.put(sealed))
            return made[-1]

        try:
            yield put
        except (StaleRecord, RecordExists, Refusal):
            for name in made:
                self.drop(name)
            raise

    def drop(self, name: str) -> None:
        """Takes away what no record came to name."""
        try:
            self._bucket.delete(name)
        except NoFile:
            return
