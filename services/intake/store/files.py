"""Documents' contents in GridFS, one bucket, sealed before they come here. Names and kinds stand in the case, sealed too."""

from gridfs import GridFSBucket, NoFile
from pymongo.database import Database

from shared.ids import new_id
from shared.mongo import Document


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

    def drop(self, name: str) -> None:
        """Takes away what no case came to name."""
        try:
            self._bucket.delete(name)
        except NoFile:
            return
