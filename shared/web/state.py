"""The context of a web process (one per app) and of a request (one per request)."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import getrandbits
from typing import Any, TypeVar

from flask import Request, Response, g
from pymongo.database import Database

from shared.auth import ANONYMOUS, Authenticator, Caller
from shared.clock import Clock
from shared.command_context import Attempt, CommandContext
from shared.documents.inspection import Inspector
from shared.ids import new_id
from shared.metrics import Metrics
from shared.mongo import Index
from shared.operations.console import Operations
from shared.outbox.records import Records
from shared.rate_limit import RateLimit, Verdict
from shared.settings import Settings
from shared.web.circuit_breaker import CircuitBreaker

T = TypeVar("T")
Document = dict[str, Any]
Errors = Mapping[type[Exception], tuple[int, str, str]]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_IS_ONLY_AN_ID = (
    re.compile(  # a UUID, 32 hexadecimal digits, a ULID: any other value could be a person's name or number
        r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}(\1[0-9a-fA-F]{4}){2}\1[0-9a-fA-F]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25}"
    )
)
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass
class AppContext:
    """The context of one web process of one service; made by build_app, reached through the app, never global."""

    settings: Settings
    database: Database[Document]
    deps: object  # the service's Dependencies; dependencies_of() narrows it
    clock: Clock
    authenticator: Authenticator
    rate: RateLimit
    breaker: CircuitBreaker
    metrics: Metrics
    errors: Errors
    keepers: Sequence[Records]
    indexes: Sequence[Index]
    cursor_key: bytes
    operations: Operations
    inspector: Inspector = field(default_factory=Inspector)
    started: float = field(default_factory=time.monotonic)
    shown_as_page: "Callable[[Exception, Response], Response] | None" = None  # set where pages are served (shared.ui)


class RequestContext:
    """One request: who makes it, when, and under which ids.

    `given_id` is returned to the caller in X-Request-Id; `request_id` goes into logs, events and problems: it is `given_id` where
    that can only be an id.
    """

    __slots__ = (
        "app_context",
        "caller",
        "environ",
        "given_id",
        "now",
        "request",
        "request_id",
        "sent",
        "started",
        "traceparent",
        "verdict",
    )

    def __init__(self, app_context: AppContext, request: Request) -> None:
        self.app_context, self.request, self.environ = app_context, request, request.environ
        self.started = time.perf_counter()
        self.now: datetime = app_context.clock()
        given = self.environ.get("HTTP_X_REQUEST_ID")
        self.request_id = given if given and _IS_ONLY_AN_ID.fullmatch(given) else new_id()
        self.given_id = given if given and _REQUEST_ID.fullmatch(given) else self.request_id
        self.traceparent = continued(self.environ.get("HTTP_TRACEPARENT"))
        self.caller: Caller = ANONYMOUS
        self.verdict: Verdict | None = None
        self.sent: Callable[[], bytes] = bytes

    @property
    def address(self) -> str:
        """The network address of the client, as the gateway forwards it."""
        return str(self.environ.get("REMOTE_ADDR", "unknown"))

    def context(self, attempt: Attempt | None = None) -> CommandContext:
        return CommandContext(self.now, self.caller.actor, self.request_id, self.traceparent, attempt)


def continued(header: str | None) -> str:
    """The W3C trace context of this request: the caller's trace id where there is one, with a new span id."""
    known = _TRACEPARENT.fullmatch(header) if header else None
    if known:
        return (
            f"00-{known[1]}-{getrandbits(64) | 1:016x}-{known[2]}"  # ids, not secrets: os.urandom is ten times as slow
        )
    return f"00-{getrandbits(128) | 1:032x}-{getrandbits(64) | 1:016x}-00"


def current_request() -> RequestContext:
    """The context of the request being answered."""
    current: RequestContext = g.request_context
    return current


def dependencies_of(kind: type[T]) -> T:
    """Returns the service's Dependencies, as app.py passed them to build_app; `current.py` of each service calls it with its own class."""
    deps = current_request().app_context.deps
    if not isinstance(deps, kind):
        raise TypeError(f"expected build_app to be given {kind.__qualname__}, not {type(deps).__qualname__}")
    return deps


def caller() -> Caller:
    """The caller: `.kind` (`agency`, `staff`, `service`, `anonymous`), `.id`, `.roles`, `.organization_id`, `.actor`."""
    return current_request().caller


def context() -> CommandContext:
    """The CommandContext of this request, for reads and actions without idempotency; `command` passes a command its own."""
    return current_request().context()
