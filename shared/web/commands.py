"""Runs one command over HTTP: with its idempotency key and If-Match, again where somebody else saved first.

`run(origin)` does the action and gives the record as saved; `render(record)` the answer, which is kept inside the record.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from flask import Response
from pymongo.errors import PyMongoError

from shared.command_context import Answer, Attempt, CommandContext
from shared.errors import Unavailable
from shared.idempotency import checked_key, fingerprint, first_answer, scoped
from shared.outbox.records import RecordExists, StaleRecord
from shared.web.answers import if_match, to_response
from shared.web.state import RequestContext, current_request

Document = dict[str, Any]
TRIES = 6


def command(
    run: Callable[[CommandContext], Document], render: Callable[[Document], Answer], attempt: Attempt | None = None
) -> Response:
    """The answer to a command. `run` may be called several times; its changes are one write of `shared.records`.

    `attempt` is what a form's hidden fields said (shared.ui); where it is not given, the headers say it.

    Raises what `run` raises, but for StaleRecord (tried again) and for whatever a repeated request comes to: that is
    answered as the first time.
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
    """Somebody saved first; or the key was there a moment ago and its 24 hours are over."""
    return isinstance(error, StaleRecord) or (isinstance(error, RecordExists) and "requests.key" in error.key)


def _attempt(current: RequestContext, render: Callable[[Document], Answer]) -> Attempt:
    return attempt_of(current, render, current.environ.get("HTTP_IDEMPOTENCY_KEY"), if_match())


def attempt_of(
    current: RequestContext,
    render: Callable[[Document], Answer],
    key: str | None,
    expected: frozenset[int] | None,
    holder: str | None = None,
    ignores_system_changes: bool = False,
) -> Attempt:
    """One try under this Idempotency-Key against these versions; raises MalformedRequest.

    `holder` is whose keys these are where nobody is signed in: anonymous callers share none.
    """
    environ = current.environ
    attempt = Attempt(render, expected=expected, ignores_system_changes=ignores_system_changes)
    scope = current.caller.scope if current.caller.id else holder
    if key is not None and scope:
        attempt.key = scoped(scope, checked_key(key))
        where = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        attempt.fingerprint = fingerprint(where.encode(), current.sent())
    return attempt
