"""Flask's request with bounds that are checked before parsing: the length of each header, the number of a form's fields.

Not here: the size of a body (MAX_CONTENT_LENGTH), what the fields must be (a Schema).
"""

import re
from binascii import a2b_qp
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge, RequestHeaderFieldsTooLarge
from werkzeug.formparser import FormDataParser

from shared.errors import MalformedRequest

MAX_FIELDS = 1000  # the longest form of our pages has about a hundred
LONGEST_HEADER = 8190  # the limit of nginx and gunicorn; several headers of one name arrive here as one
LONGER_IS_ODD = {"CONTENT_TYPE": 500, "HTTP_ACCEPT": 2000, "HTTP_ACCEPT_LANGUAGE": 2000, "HTTP_ACCEPT_ENCODING": 2000}
_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class BoundedForms(FormDataParser):
    """werkzeug's parser, except for a urlencoded form: its fields are counted before it is parsed."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        if mimetype != "application/x-www-form-urlencoded":
            return super().parse(stream, mimetype, content_length, options)
        return stream, self.cls(form_fields(stream.read())), self.cls()


class BoundedRequest(Request):
    """Flask's request with bounded forms."""

    form_data_parser_class = BoundedForms


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """Names and values of a urlencoded form. Raises RequestEntityTooLarge, MalformedRequest.

    Same result as `urllib.parse.parse_qsl`, which takes a third of a microsecond for each escape: half a second for a mebibyte of them.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise RequestEntityTooLarge
    if _NO_ESCAPE.search(body):
        raise MalformedRequest("Expected two hexadecimal digits after each % of a form.")
    pairs = (part.partition(b"=") for part in body.replace(b"+", b" ").split(b"&") if part)
    return [(_plain(name), _plain(value)) for name, _, value in pairs]


def _plain(part: bytes) -> str:
    """The part without escapes. The decoder is quoted-printable's (RFC 2045, 6.7), which differs only in the sign before the digits."""
    if b"%" in part:
        part = a2b_qp(part.replace(b"=", b"%3D").replace(b"%", b"="))
    return part.decode(errors="replace")


def check_headers(environ: dict[str, Any]) -> None:
    """Raises RequestHeaderFieldsTooLarge (431) where a header is too long, and removes it, so that no later code reads it."""
    long = [
        name
        for name, value in environ.items()
        if len(name) > 4 and name[:5] in ("HTTP_", "CONTE") and len(value) > LONGER_IS_ODD.get(name, LONGEST_HEADER)
    ]
    for name in long:
        environ.pop(name)
    if long:
        raise RequestHeaderFieldsTooLarge
