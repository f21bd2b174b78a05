"""What a request carries and what a web process holds: the house (one per app) and the ask (one per request)."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from os import urandom
from typing import Any

from flask import g, request
from pymongo.database import Database

from shared.auth import ANONYMOUS, Authenticator, Caller
from shared.clock import Clock
from shared.ids import new_id
from shared.mongo import Index
from shared.origin import Answer, Attempt, Origin
from shared.rate_limit import RateLimit, Verdict
from shared.records import Records
from shared.settings import Settings
from shared.web.gate import Gate

Document = dict[str, Any]
Errors = Mapping[type[Exception], tuple[int, str, str]]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass
class House:
    """What one web process of one service holds; made by build_app, found through the app, never global."""

    settings: Settings
    database: Database[Document]
    parts: Any
    clock: Clock
    authenticator: Authenticator
    rate: RateLimit
    gate: Gate
    errors: Errors
    keepers: Sequence[Records]
    indexes: Sequence[Index]
    cursor_key: bytes
    started: float = field(default_factory=time.monotonic)


class Ask:
    """One request on its way through the house."""

    __slots__ = ("caller", "house", "now", "request_id", "sent", "started", "traceparent", "verdict")

    def __init__(self, house: House, request_id: str | None, traceparent: str | None) -> None:
        self.house = house
        self.started = time.perf_counter()
        self.now: datetime = house.clock()
        self.request_id = request_id if request_id and _REQUEST_ID.fullmatch(request_id) else new_id()
        self.traceparent = continued(traceparent)
        self.caller: Caller = ANONYMOUS
        self.verdict: Verdict | None = None
        self.sent: Callable[[], bytes] = bytes

    def origin(self, attempt: Attempt | None = None) -> Origin:
        return Origin(self.now, self.caller.actor, self.request_id, self.traceparent, attempt)


def continued(header: str | None) -> str:
    """The W3C trace context for what follows: the caller's trace where there is one, with a span of our own."""
    known = _TRACEPARENT.fullmatch(header) if header else None
    if known:
        return f"00-{known[1]}-{urandom(8).hex()}-{known[2]}"
    fresh = urandom(24).hex()
    return f"00-{fresh[:32]}-{fresh[32:]}-00"


def ask() -> Ask:
    """The request being answered."""
    current: Ask = g.ask
    return current


def parts() -> Any:
    """The service's Parts, as app.py handed them to build_app."""
    return ask().house.parts


def caller() -> Caller:
    """Who asks: `.kind` (`agency`, `staff`, `anonymous`), `.id`, `.roles`, `.organization_id`, `.actor`."""
    return ask().caller


def origin() -> Origin:
    """The Origin of this request, for reads and for what needs no idempotency; commands get theirs from `command`."""
    return ask().origin()


def source_address() -> str | None:
    """Where the request came from, as the gateway said."""
    return request.remote_addr


__all__ = ["Answer", "Ask", "House", "ask", "caller", "origin", "parts", "source_address"]
