"""Paginated lists: `{"items": […]}` and a signed cursor in the Link header, valid only for this caller and these filters."""

import base64
import hmac
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import marshmallow as ma
import msgspec
from flask import request
from marshmallow import fields

from shared.command_context import Answer
from shared.errors import InvalidInput
from shared.paging import Window
from shared.web.answers import encoder
from shared.web.body import SchemaLike, instance
from shared.web.fields import Schema
from shared.web.state import current_request

Document = dict[str, Any]
R = TypeVar("R", bound=Mapping[str, Any])
_SIGNATURE = 16


@cache
def page(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page of such items, for the OpenAPI document."""
    members = {"items": fields.List(fields.Nested(item), required=True)}
    return type(f"{item.__name__}Page", (Schema,), members)


def any_of(*shapes: type[ma.Schema]) -> Document:
    """The schema "one of several", for the OpenAPI document, where the answer depends on the caller."""
    return {"anyOf": list(shapes)}


def by_id(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The sort values of a row in a list sorted by `_id`."""
    return (row["_id"],)


def page_of(
    find: Callable[[Window], list[R]],
    item: SchemaLike | Callable[[R], Any],
    query: Mapping[str, Any],
    mark: Callable[[R], tuple[Any, ...]] = by_id,
) -> Answer:
    """Returns one page. `find(window)` returns up to `window.rows` documents after `window.after`; `query` is what @query loaded.

    `mark` returns a row's sort values, in the order of `shared.paging.onward`'s sort.
    """
    limit, cursor = query["limit"], query.get("cursor")
    rows = find(Window(_decode_cursor(cursor) if cursor else None, limit))
    headers = {}
    if len(rows) > limit:
        rows = rows[:limit]
        headers["Link"] = f'<{_next(_encode_cursor(mark(rows[-1])))}>; rel="next"'
    is_schema = isinstance(item, ma.Schema) or (isinstance(item, type) and issubclass(item, ma.Schema))
    show: Callable[[R], Any] = instance(item).dump if is_schema else item  # type: ignore[arg-type,assignment]
    return Answer(200, headers, encoder.encode({"items": [show(row) for row in rows]}))


def _next(cursor: str) -> str:
    """The next page's address as an absolute path, like Location: valid whatever host the service was reached at."""
    parameters = [(name, value) for name, value in request.args.items() if name != "cursor"]
    return f"{quote(request.path)}?{urlencode([*parameters, ('cursor', cursor)])}"


def _encode_cursor(mark: tuple[Any, ...]) -> str:
    packed = msgspec.msgpack.encode(mark)
    return base64.urlsafe_b64encode(_sign(packed) + packed).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[Any, ...]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    packed = raw[_SIGNATURE:]
    if not hmac.compare_digest(raw[:_SIGNATURE], _sign(packed)):
        raise InvalidInput([("#/cursor", "expected a cursor of this list, from its Link header")])
    return tuple(msgspec.msgpack.decode(packed))


def _sign(packed: bytes) -> bytes:
    """The signature, bound to the route, the caller and the filters: a cursor from elsewhere is not valid."""
    filters = sorted((name, value) for name, value in request.args.items() if name not in ("cursor", "limit"))
    context = msgspec.msgpack.encode([request.path, current_request().caller.scope, filters])
    return hmac.digest(current_request().app_context.cursor_key, context + b"\0" + packed, sha256)[:_SIGNATURE]
