"""A form that commands: its hidden fields are the same Idempotency-Key and If-Match that a program sends as headers."""

from collections.abc import Callable
from typing import Any

from flask import Response, g

from shared.command_context import Answer, CommandContext
from shared.errors import MalformedRequest
from shared.web.commands import attempt_of, command
from shared.web.state import current_request

Document = dict[str, Any]


def submit(
    run: Callable[[CommandContext], Document],
    then: Callable[[Document], Answer],
    part: str = "",
    holder: str | None = None,
    ignores_system_changes: bool = False,
) -> Response:
    """Runs one command as `shared.web.command` does; `then(record)` says where to go, and is kept with the record.

    `then` is called while the record is being written: it must not write, only `go(address, said(...))`. `part` tells commands
    apart that one form sends to several records, by buttons with a `formaction` of their own or all at once: each has its own key.
    `holder` is whose keys they are where nobody is signed in: what a signed link opens, a browser by its form cookie.
    `ignores_system_changes`: what the house's clock alone changed since the form was made is left to the rules to forbid.
    """
    version = _version(g.typed.hidden.get("version", ""))
    return command(run, then, attempt_of(current_request(), then, _key(part), version, holder, ignores_system_changes))


def submit_one(run: Callable[[CommandContext], Document], part: str) -> None:
    """One of many commands of a form about many records, against no version; what it raises tells what became of it."""
    nothing: Callable[[Document], Answer] = lambda record: Answer(204, {}, b"")  # noqa: E731
    command(run, nothing, attempt_of(current_request(), nothing, _key(part), None))


def _key(part: str) -> str | None:
    key = g.typed.hidden.get("idempotency_key") or None
    return f"{key}.{part}" if key and part else key


def _version(text: str) -> frozenset[int] | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise MalformedRequest("version: expected the number that the page gave")
    return frozenset((int(text),))
