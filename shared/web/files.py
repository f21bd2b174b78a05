"""Files over HTTP: one taken in, one served so that a browser saves it and runs nothing in it."""

from typing import Any
from urllib.parse import quote

from flask import Response

from shared.errors import TooLarge
from shared.web.body import DOCUMENT_BYTES

_PLAIN = "!#$&+-.^_`|~"  # attr-char of RFC 5987


def content_of(body: dict[str, Any]) -> bytes:
    """The uploaded bytes. Raises TooLarge."""
    content: bytes = body["file"].stream.read(DOCUMENT_BYTES + 1)
    if len(content) > DOCUMENT_BYTES:
        raise TooLarge("Expected a file of at most 20 MiB.")
    return content


def served(name: str, media_type: str, content: bytes) -> Response:
    """A document as an attachment: a browser saves it and runs nothing in it."""
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = attachment(name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def attachment(name: str) -> str:
    """Content-Disposition with a name in any script (RFC 6266): as it is for all, in ASCII for those that know no better."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("\\", "_").replace('"', "_")
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"
    return f'attachment; filename="{plain}"{exact}'
