"""Files over HTTP: one served so that a browser saves it and runs nothing in it. How one is taken in: door.py, documents/."""

from collections.abc import Iterable, Iterator
from itertools import chain
from unicodedata import category
from urllib.parse import quote

from flask import Response

_PLAIN = "!#$&+-.^_`|~"  # attr-char of RFC 5987
_UNSURE = str.maketrans(dict.fromkeys('?\\"%', "_"))
"""What agents read differently within quotes (RFC 6266, appendix D)."""


def served(name: str, media_type: str, content: bytes | Iterator[bytes], size: int | None = None) -> Response:
    """A document as an attachment: a browser saves it and runs nothing in it. What comes in pieces has its `size` told."""
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
    """The pieces, the first one read: what is gone or cannot be opened is told before anything is answered."""
    return chain((next(content, b""),), content)


def attachment(name: str) -> str:
    """Content-Disposition with a name in any script (RFC 6266): as it is for all, in ASCII for those that know no better."""
    shown = "".join(character for character in name if category(character) != "Cc")
    plain = shown.encode("ascii", "replace").decode().translate(_UNSURE)
    exact = "" if plain == shown else f"; filename*=UTF-8''{quote(shown, safe=_PLAIN, errors='replace')}"
    return f'attachment; filename="{plain}"{exact}'
