"""A form that commands: its hidden fields are the same Idempotency-Key and If-Match that a program sends as headers."""

from collections.abc import Callable
from typing import Any

from flask import Response, g

from shared.errors import MalformedRequest
from shared.origin import Answer, Origin
from shared.web.commands import attempt_of, command
from shared.web.state import ask

Document = dict[str, Any]


def submit(run: Callable[[Origin], Document], then: Callable[[Document], Answer]) -> Response:
    """Runs one command as `shared.web.command` does; `then(record)` says where to go, and is kept with the record.

    `then` is called while the record is being written: it must not write, only `go(address, said(...))`.
    """
    hidden = g.typed.hidden
    key = hidden.get("idempotency_key") or None
    return command(run, then, attempt_of(ask(), then, key, _version(hidden.get("version", ""))))


def _version(text: str) -> frozenset[int] | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise MalformedRequest("version: expected the number that the page gave")
    return frozenset((int(text),))
