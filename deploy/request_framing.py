"""A chunked body is read as a whole, on disk where it is large, before the app sees its request: one that is malformed is 400 and the
connection closed, whatever the app would have answered. Gateways send no such bodies; callers of a service's own port may.
"""

import tempfile
from typing import Any

from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import InvalidChunkSize, InvalidHeader

from shared.web.body import MOST_BODY_BYTES

MOST_LENGTH = 2**40  # bytes: no request has such a body
IN_MEMORY_BYTES, PIECE = 256 * 1024, 64 * 1024


class StrictChunks(ChunkedReader):  # type: ignore[misc]
    """gunicorn's, which takes any size for a chunk and then waits for it."""

    def parse_chunk_size(self, unreader: Any, data: bytes | None = None) -> tuple[int, bytes | None]:
        size, rest = super().parse_chunk_size(unreader, data)
        if size > MOST_LENGTH:
            raise InvalidChunkSize(b"no body is so long")
        return size, rest


def strictly_framed(req: Any) -> None:
    """Raises what gunicorn answers with 400. A body larger than any route takes is cut, and the connection closed after the answer."""
    reader = req.body.reader
    if isinstance(reader, LengthReader) and reader.length > MOST_LENGTH:
        raise InvalidHeader("CONTENT-LENGTH", req=req)
    if not isinstance(reader, ChunkedReader):
        return
    chunks, size = StrictChunks(req, req.unreader), 0
    whole = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  (goes with the request)
    while piece := chunks.read(PIECE):
        size += len(piece)
        whole.write(piece)
        if size > MOST_BODY_BYTES:
            req.force_close()
            break
    whole.seek(0)
    req.body = Body(whole)
