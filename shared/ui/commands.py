"""Commands from forms: hidden fields hold what a program sends in the headers Idempotency-Key and If-Match."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, g

from shared.command_context import Answer, CommandContext
from shared.errors import MalformedRequest
from shared.web.commands import attempt_of, command
from shared.web.state import current_request

R = TypeVar("R")


def submit(
    run: Callable[[CommandContext], R],
    then: Callable[[R], Answer],
    part: str = "",
    holder: str | None = None,
    ignores_system_changes: bool = False,
) -> Response:
    """Runs one command like `shared.web.command`; `then(record)` returns the redirect, which is stored with the record.

    `then` is called while the record is being written: it must not write, only `go(address, flash(...))`. `part` distinguishes the
    commands that one form sends to several records, by buttons with their own `formaction` or all at once: each has its own key.
    `holder` scopes the keys where nobody is signed in: the subject of a signed link, or the browser's form cookie.
    `ignores_system_changes`: a version counts as current where only the system changed the record since; the rules may still refuse.
    """
    version = _version(g.typed.hidden.get("version", ""))
    return command(run, then, attempt_of(current_request(), then, _key(part), version, holder, ignores_system_changes))


def submit_one(run: Callable[[CommandContext], Any], part: str) -> None:
    """Runs one of many commands of a form about many records, without checking a version; raises what the command raises."""
    nothing: Callable[[Any], Answer] = lambda record: Answer(204, {}, b"")  # noqa: E731
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
