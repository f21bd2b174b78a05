"""Request input: JSON bodies, uploads and query strings, loaded by a schema that reports all faults at once.

Not here: the strict JSON reader (shared/strict_json.py). A schema is prepared once, at its route's first request: preparing all of
them would make the start slower because of routes that are never called.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from hashlib import blake2b
from itertools import islice
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import marshmallow as ma
import msgspec
from flask import request
from marshmallow import fields
from werkzeug.datastructures import FileStorage, MultiDict

from shared.documents.formats import DOCUMENT_BYTES
from shared.errors import InvalidInput, MalformedRequest, TooLarge, WrongContentType
from shared.strict_json import MalformedJson, read
from shared.unicode_forms import composed
from shared.web.bounds import MAX_FAULTS, bound
from shared.web.fields import Schema, worded
from shared.web.single_pass import single_pass_load
from shared.web.state import RequestContext

Loaded = dict[str, Any]
SchemaLike = type[ma.Schema] | ma.Schema
_STEP = 100  # the most characters of a name that a pointer repeats
_IN_A_FRAGMENT = "~!$&'()*+,;=:@?"  # allowed there unescaped (RFC 3986, 3.5)
BODY_BYTES = 1024 * 1024
UPLOAD_BYTES = DOCUMENT_BYTES + BODY_BYTES
"""Of a document and the form it is sent in."""
FORM_WITH_FILES_BYTES = 2 * DOCUMENT_BYTES + BODY_BYTES
"""Of a page's form: one with a file that is too large is still read, so that the page can say so and nothing typed is lost."""
MAX_BODY_BYTES = max(BODY_BYTES, UPLOAD_BYTES, FORM_WITH_FILES_BYTES)
"""Of the largest body any route reads: what stands in front of a service lets as much pass."""
_JSON = "application/json"
_sorted = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True)
class Upload:
    """The input of an upload route: the fields beside its file, and the file's allowed media types."""

    schema: SchemaLike
    accept: Sequence[str]


class Nothing(Schema):
    """The schema of a body without fields."""


@cache
def instance(schema: SchemaLike) -> ma.Schema:
    """The single instance of a schema; its integers are strict, and every field has a bound."""
    made = schema() if isinstance(schema, type) else schema
    _harden(made.fields, set())
    return made


def _harden(members: Mapping[str, fields.Field[Any]], seen: set[int]) -> None:
    bound(members)
    for member in members.values():
        while isinstance(member, fields.List):
            member = member.inner
        if isinstance(member, fields.Integer):
            member.strict = True
        if isinstance(member, fields.Nested) and id(member.schema) not in seen:
            seen.add(id(member.schema))
            _harden(member.schema.fields, seen)


def at_first(make: Callable[[Any], Callable[..., Loaded]]) -> Callable[[Any], Callable[..., Loaded]]:
    """Returns a reader that is made when it first reads."""

    @wraps(make)
    def reader(schema: SchemaLike | None) -> Callable[..., Loaded]:
        @cache
        def made() -> Callable[..., Loaded]:
            return make(schema)

        def read(*given: Any) -> Loaded:
            return made()(*given)

        return read

    return reader


@at_first
def json_reader(schema: SchemaLike | None) -> Callable[[RequestContext], Loaded]:
    """A function that reads and loads the JSON body; the body may be missing where the schema requires nothing."""
    shape = instance(schema or Nothing)
    optional = not any(field.required for field in shape.fields.values())
    load = single_pass_load(shape)

    def body(request_context: RequestContext) -> Loaded:
        raw = request_context.request.get_data(cache=False)
        if len(raw) >= BODY_BYTES and "CONTENT_LENGTH" not in request_context.environ:
            raise TooLarge("The body is larger than the limit.")  # werkzeug silently truncates a chunked body
        if not raw and optional:
            sent: Any = {}
        else:
            _expect_json(request_context)
            try:
                sent = read(raw)
            except MalformedJson as error:
                raise MalformedRequest(f"The body: {error}.") from None
        request_context.sent = lambda: _sorted.encode(sent)
        try:
            return load(sent)
        except ma.ValidationError as error:
            raise InvalidInput(faults(error.messages)) from None

    return body


def _expect_json(request_context: RequestContext) -> None:
    if request_context.environ.get("CONTENT_TYPE") != _JSON:
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if request.mimetype != _JSON or charset not in ("utf-8", "utf8"):
            raise WrongContentType(f"Expected {_JSON} in UTF-8.")
    if request_context.environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise WrongContentType("Expected a body without Content-Encoding.")


@at_first
def upload_reader(upload: Upload) -> Callable[[RequestContext], Loaded]:
    """A function that reads multipart/form-data: each of the schema's fields once, and exactly one file named `file` (an IncomingDocument)."""
    shape = instance(upload.schema)

    def body(request_context: RequestContext) -> Loaded:
        request.max_content_length = UPLOAD_BYTES
        if request.mimetype != "multipart/form-data":
            raise WrongContentType("Expected multipart/form-data with a part named file.")
        found, wrong = _once(request.form)
        files = request.files.getlist("file")
        if len(files) != 1 or len(request.files) != 1:
            wrong.append(("#/file", "expected exactly one file, in a part named file"))
        loaded: Loaded = {}
        try:
            loaded = shape.load(found)  # type: ignore[assignment]
        except ma.ValidationError as error:
            wrong += faults(error.messages)
        if wrong:
            raise InvalidInput(wrong)
        name = loaded.get("name") or files[0].filename
        document = request_context.app_context.inspector.judge(name, cast(BinaryIO, files[0].stream), upload.accept)
        request_context.sent = lambda: _sorted.encode([found, file_digest(files[0])])
        return loaded | {"file": document}

    return body


def file_digest(file: FileStorage) -> str:
    """A digest of a file: of its name, its type as sent, and its content."""
    digest = blake2b(f"{file.filename}\0{file.mimetype}\0".encode(errors="replace"), digest_size=16)
    place = file.stream.tell()  # the view may have read it already
    file.stream.seek(0)
    for block in iter(lambda: file.stream.read(1 << 16), b""):
        digest.update(block)
    file.stream.seek(place)
    return digest.hexdigest()


def query_shape(schema: SchemaLike) -> ma.Schema:
    """The instance of a query's schema, whose integers accept text, since everything in a query is text."""
    shape = instance(schema)
    for field in shape.fields.values():
        if isinstance(field, fields.Integer):
            field.strict = False
    return shape


@at_first
def query_reader(schema: SchemaLike | None) -> Callable[[], Loaded]:
    """A function that loads the query string: each name once, unknown names rejected (`field[$gt]` is just an unknown name)."""
    shape = query_shape(schema or Nothing)

    def query() -> Loaded:
        found, wrong = _once(request.args)
        try:
            loaded: Loaded = shape.load(found)  # type: ignore[assignment]
        except ma.ValidationError as error:
            wrong += faults(error.messages)
            loaded = {}
        if wrong:
            raise InvalidInput(wrong)
        return loaded

    return query


def _once(given: MultiDict[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    found, wrong = {}, []
    for name, values in given.lists():
        if len(values) != 1:
            wrong.append((pointer((name,)), "expected once"))
        elif "\0" in values[0]:
            wrong.append((pointer((name,)), "expected text without NUL"))
        else:
            found[name] = composed(values[0])
    return found, wrong


def faults(messages: Any, path: tuple[Any, ...] = ()) -> list[tuple[str, str]]:
    """marshmallow's nested messages as a flat list of (pointer, expectation): the first hundred, and how many more there are."""
    flat = _flat(messages, path)
    listed_errors = [(pointer(at), worded(str(message))) for at, message in islice(flat, MAX_FAULTS)]
    more = sum(1 for _ in flat)
    return [*listed_errors, (pointer(path), f"and {more} more")] if more else listed_errors


def _flat(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            yield from _flat(below, path if name == "_schema" else (*path, name))
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from _flat(message, path)
    else:
        yield path, messages


def pointer(path: tuple[Any, ...]) -> str:
    """A JSON pointer as a URI fragment (RFC 6901, section 6), as in RFC 9457's example; a very long name is truncated."""
    named = (str(step) for step in path)
    cut = (name if len(name) <= _STEP else f"{name[:_STEP]}…" for name in named)
    steps = (name.replace("~", "~0").replace("/", "~1") for name in cut)
    return "#" + "".join("/" + quote(step, safe=_IN_A_FRAGMENT) for step in steps)
