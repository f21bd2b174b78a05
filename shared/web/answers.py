"""What goes out: a document through a schema as JSON with its ETag. Encoded once, so that it can be kept with the record.

An ETag has two parts, `"7-5f0c…"`: the record's version, which If-Match is about, and a digest of all that is shown. Others' words
stand beside the record (who interprets) and move no version; to whoever asks with If-None-Match they are news all the same.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags

from shared.command_context import Answer
from shared.errors import MalformedRequest
from shared.web.body import SchemaLike, instance
from shared.web.state import current_request

encoder = msgspec.json.Encoder()
_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'  # entity-tag of RFC 9110, 8.8.3, in ASCII
_TAGS = re.compile(rf"[ \t]*{_TAG}(?:[ \t]*,[ \t]*{_TAG})*[ \t]*")
_OURS = re.compile(r'(?<!W/)"(\d{1,19})(?:-[0-9a-f]{24})?"', re.ASCII)


def respond(
    document: Mapping[str, Any],
    schema: SchemaLike | None,
    status: int = 200,
    location: str | None = None,
    version: int | None = None,
) -> Answer:
    """The document as `schema` shows it (None: as it is); its `version` goes into the ETag. `location` is a path from the root."""
    body = encoder.encode(instance(schema).dump(document) if schema is not None else document)
    headers = {}
    version = document.get("version") if version is None else version
    if version is not None:
        headers["ETag"] = f'"{version}-{_digest(body)}"'
    if location:
        headers["Location"] = location
    return Answer(status, headers, body)


def _digest(*parts: bytes) -> str:
    return blake2b(b"\0".join(parts), digest_size=12).hexdigest()


def nothing() -> Answer:
    """204."""
    return Answer(204, {}, b"")


class Complete(Response):
    """An answer whose headers are complete and plain ASCII: werkzeug's last pass over them is left out."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        return self.headers


def to_response(answer: Answer, replayed: bool = False) -> Response:
    """As Flask sends it."""
    headers = list(answer.headers.items())
    if replayed:
        headers.append(("Idempotency-Replayed", "true"))
    if not answer.body:
        empty = Response(status=answer.status, headers=headers)
        del empty.headers["Content-Type"]
        return empty
    return Complete(answer.body, answer.status, [("Content-Type", "application/json"), *headers])


def to_read(answer: Answer, if_none_match: str | None) -> Response:
    """The answer to a GET or HEAD: with an ETag over what it shows and the page it leads to, or 304 to whoever has it already.

    If-None-Match compares weakly (RFC 9110, 13.1.2); what is no entity tag matches nothing.
    """
    if answer.status != 200:
        return to_response(answer)
    headers = {**answer.headers, "Vary": "Authorization"}
    tag = headers.setdefault("ETag", f'"{_digest(answer.body, headers.get("Link", "").encode())}"')
    if if_none_match is not None and parse_etags(if_none_match).contains_weak(tag.strip('"')):
        return to_response(Answer(304, {"ETag": tag, "Vary": headers["Vary"]}, b""))
    return to_response(Answer(200, headers, answer.body))


def if_match() -> frozenset[int] | None:
    """The versions If-Match names; None where it was not sent or is `*`. Raises MalformedRequest.

    Strong comparison (RFC 9110, 13.1.1): a weak tag, or one we never gave, matches no version.
    """
    header = current_request().environ.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    if not _TAGS.fullmatch(header):
        raise MalformedRequest('If-Match: expected entity tags as GET gave them, such as "3", or *')
    return frozenset(int(version) for version in _OURS.findall(header))
