"""Answers: a document serialized by a schema as JSON with its ETag. It is encoded once, so that it can be stored with the record.

An ETag has two parts, `"7-5f0c…"`: the record's version, which If-Match refers to, and a digest of the content. The content also has
data of other records (who interprets), which change no version of this one; If-None-Match must notice them nevertheless.
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
    """The answer with the document serialized by `schema` (None: unchanged); its `version` goes into the ETag. `location` is an absolute path."""
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
    """The answer 204, without content."""
    return Answer(204, {}, b"")


class Complete(Response):
    """A response whose headers are complete and ASCII: werkzeug's final pass over them is skipped."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        return self.headers


def to_response(answer: Answer, replayed: bool = False) -> Response:
    """Returns the answer as a Flask response."""
    headers = list(answer.headers.items())
    if replayed:
        headers.append(("Idempotency-Replayed", "true"))
    if not answer.body:
        empty = Response(status=answer.status, headers=headers)
        del empty.headers["Content-Type"]
        return empty
    return Complete(answer.body, answer.status, [("Content-Type", "application/json"), *headers])


def to_read(answer: Answer, if_none_match: str | None) -> Response:
    """The response to a GET or HEAD: with an ETag over its content and Link header, or 304 where If-None-Match matches.

    If-None-Match compares weakly (RFC 9110, 13.1.2); a value that is not an entity tag matches nothing.
    """
    if answer.status != 200:
        return to_response(answer)
    headers = {**answer.headers, "Vary": "Authorization"}
    tag = headers.setdefault("ETag", f'"{_digest(answer.body, headers.get("Link", "").encode())}"')
    if if_none_match is not None and parse_etags(if_none_match).contains_weak(tag.strip('"')):
        return to_response(Answer(304, {"ETag": tag, "Vary": headers["Vary"]}, b""))
    return to_response(Answer(200, headers, answer.body))


def if_match() -> frozenset[int] | None:
    """The versions that If-Match names; None where it was not sent or is `*`. Raises MalformedRequest.

    Strong comparison (RFC 9110, 13.1.1): a weak tag, or one that is not ours, matches no version.
    """
    header = current_request().environ.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    if not _TAGS.fullmatch(header):
        raise MalformedRequest('If-Match: expected entity tags as GET gave them, such as "3", or *')
    return frozenset(int(version) for version in _OURS.findall(header))
