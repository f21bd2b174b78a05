"""What goes out: a document through a schema as JSON with its ETag. Encoded once, so that it can be kept with the record."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response
from werkzeug.datastructures import Headers

from shared.errors import MalformedRequest
from shared.origin import Answer
from shared.web.body import SchemaLike, instance
from shared.web.state import ask

encoder = msgspec.json.Encoder()
_ENTITY_TAG_CHARACTERS = frozenset(map(chr, [0x21, *range(0x23, 0x7F)]))


def respond(
    document: Mapping[str, Any],
    schema: SchemaLike | None,
    status: int = 200,
    location: str | None = None,
    version: int | None = None,
) -> Answer:
    """The document as `schema` shows it (None: as it is); its `version` becomes the ETag."""
    shown = instance(schema).dump(document) if schema is not None else document
    headers = {}
    version = document.get("version") if version is None else version
    if version is not None:
        headers["ETag"] = f'"{version}"'
    if location:
        headers["Location"] = location
    return Answer(status, headers, encoder.encode(shown))


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


def if_match() -> frozenset[int] | None:
    """The versions If-Match names; None where it was not sent or is `*`. Raises MalformedRequest.

    Strong comparison (RFC 9110, 13.1.1): a weak tag, or one we never gave, matches no version.
    """
    header = ask().environ.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    return frozenset(_versions(header))


def _versions(header: str) -> list[int]:
    versions = []
    for part in header.split(","):
        tag = part.strip()
        opaque = tag.removeprefix("W/")
        if (
            len(opaque) < 2
            or opaque[0] != '"'
            or opaque[-1] != '"'
            or not _ENTITY_TAG_CHARACTERS.issuperset(opaque[1:-1])
        ):
            raise MalformedRequest('If-Match: expected entity tags as GET gave them, such as "3", or *')
        if tag == opaque and opaque[1:-1].isascii() and opaque[1:-1].isdigit() and len(opaque) < 20:
            versions.append(int(opaque[1:-1]))
    return versions
