"""Serves files over HTTP so that a browser saves them and runs nothing in them. Not here: uploads (access.py, shared/documents)."""

from collections.abc import Iterable, Iterator
from itertools import chain
from unicodedata import category
from urllib.parse import quote

from flask import Response

_PLAIN = "!#$&+-.^_`|~"  # attr-char of RFC 5987
_UNSURE = str.maketrans(dict.fromkeys('?\\"%', "_"))
"""What agents read differently within quotes (RFC 6266, appendix D)."""


def served(name: str, media_type: str, content: bytes | Iterator[bytes], size: int | None = None) -> Response:
    """A document as an attachment: a browser saves it and runs nothing in it. Content that comes in pieces needs its `size`."""
    if isinstance(content, bytes):
        answer = Response(content, mimetype=media_type)
    else:
        answer = Response(_begun(content), mimetype=media_type)
        if size is not None:
            answer.headers["Content-Length"] = str(size)
    answer.headers["Content-Disposition"] = attachment(name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _begun(content: Iterator[bytes]) -> Iterable[bytes]:
    """The pieces, with the first one already read: a missing or unreadable file raises before the response begins."""
    return chain((next(content, b""),), content)


def attachment(name: str) -> str:
    """Content-Disposition with a name in any script (RFC 6266): in UTF-8, and in ASCII for clients that do not support that."""
    shown = "".join(character for character in name if category(character) != "Cc")
    plain = shown.encode("ascii", "replace").decode().translate(_UNSURE)
    exact = "" if plain == shown else f"; filename*=UTF-8''{quote(shown, safe=_PLAIN, errors='replace')}"
    return f'attachment; filename="{plain}"{exact}'
