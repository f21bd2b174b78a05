"""Reads a chunked body completely, on disk where it is large, before the app sees its request: a malformed one gets 400 and the
connection is closed, whatever the app would have answered. Gateways send no such bodies; callers of a service's own port may.
"""

import tempfile
from typing import Any

from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import InvalidChunkSize, InvalidHeader

from shared.web.body import MAX_BODY_BYTES

MAX_LENGTH = 2**40  # bytes: longer than any request's body
IN_MEMORY_BYTES, PIECE = 256 * 1024, 64 * 1024


class StrictChunks(ChunkedReader):  # type: ignore[misc]
    """gunicorn's reader with strict chunk sizes; gunicorn accepts any size and then waits for the data."""

    def parse_chunk_size(self, unreader: Any, data: bytes | None = None) -> tuple[int, bytes | None]:
        size, rest = super().parse_chunk_size(unreader, data)
        if size > MAX_LENGTH:
            raise InvalidChunkSize(b"no body is so long")
        return size, rest


def strictly_framed(req: Any) -> None:
    """Reads and checks the body; raises what gunicorn answers with 400. A body too large for any route is cut, and the connection closed."""
    reader = req.body.reader
    if isinstance(reader, LengthReader) and reader.length > MAX_LENGTH:
        raise InvalidHeader("CONTENT-LENGTH", req=req)
    if not isinstance(reader, ChunkedReader):
        return
    chunks, size = StrictChunks(req, req.unreader), 0
    whole = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  (closed with the request)
    while piece := chunks.read(PIECE):
        size += len(piece)
        whole.write(piece)
        if size > MAX_BODY_BYTES:
            req.force_close()
            break
    whole.seek(0)
    req.body = Body(whole)
