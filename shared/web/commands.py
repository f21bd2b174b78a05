"""Runs one command over HTTP: with its idempotency key and If-Match, retried where another writer saved first.

`run(context)` does the action and returns the saved record; `render(record)` returns the answer, which is stored inside the record.
"""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response
from pymongo.errors import PyMongoError

from shared.command_context import Answer, Attempt, CommandContext
from shared.errors import Unavailable
from shared.idempotency import checked_key, fingerprint, first_answer, scoped
from shared.outbox.records import RecordExists, StaleRecord
from shared.web.answers import if_match, to_response
from shared.web.state import RequestContext, current_request

R = TypeVar("R")
TRIES = 6


def command(
    run: Callable[[CommandContext], R], render: Callable[[R], Answer], attempt: Attempt | None = None
) -> Response:
    """Runs a command and returns its answer. `run` may be called several times; its changes are one write of `shared.outbox.records`.

    `attempt` comes from a form's hidden fields (shared.ui); without it, it is read from the headers.

    Raises what `run` raises, except for StaleRecord (retried) and for a repeated request, which gets the first answer.
    """
    current = current_request()
    attempt = attempt or _attempt(current, render)
    context = current.context(attempt)
    for left in reversed(range(TRIES)):
        attempt.answer = None
        try:
            record = run(context)
        except PyMongoError:
            raise
        except Exception as error:
            first = first_answer(current.app_context.keepers, attempt, current.now) if attempt.key else None
            if first is not None:
                return to_response(first, replayed=True)
            if not _is_race(error):
                raise
            if not left:
                raise Unavailable("Others are changing the same record; try again.", retry_after=1) from None
            time.sleep(random.uniform(0, 0.004 * (TRIES - left)))  # noqa: S311  (jitter)
        else:
            return to_response(attempt.answer or render(record))
    raise AssertionError("unreachable")


def _is_race(error: Exception) -> bool:
    """Whether another writer saved first, or the idempotency key was found in the write but has expired since (24 hours)."""
    return isinstance(error, StaleRecord) or (isinstance(error, RecordExists) and "requests.key" in error.key)


def _attempt(current: RequestContext, render: Callable[[Any], Answer]) -> Attempt:
    return attempt_of(current, render, current.environ.get("HTTP_IDEMPOTENCY_KEY"), if_match())


def attempt_of(
    current: RequestContext,
    render: Callable[[Any], Answer],
    key: str | None,
    expected: frozenset[int] | None,
    holder: str | None = None,
    ignores_system_changes: bool = False,
) -> Attempt:
    """Returns the attempt with this Idempotency-Key against these versions; raises MalformedRequest.

    `holder` scopes the keys where nobody is signed in: anonymous callers share no keys.
    """
    environ = current.environ
    attempt = Attempt(render, expected=expected, ignores_system_changes=ignores_system_changes)
    scope = current.caller.scope if current.caller.id else holder
    if key is not None and scope:
        attempt.key = scoped(scope, checked_key(key))
        where = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        attempt.fingerprint = fingerprint(where.encode(), current.sent())
    return attempt
