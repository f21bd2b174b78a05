"""`/healthz` (the process answers), `/readyz` (it may get requests), `/metrics`. Public, without credentials or rate limit."""

import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pymongo
from flask import Blueprint, Response
from pymongo.errors import PyMongoError

from shared.mongo import Document, missing_indexes
from shared.settings import Settings
from shared.web.state import AppContext, current_request

CHECK_SECONDS = 0.8
FRESH_SECONDS = 1.0


class Readiness:
    """Checks the servers, once at a time; requests meanwhile, or within a second, get the last result."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: tuple[bool, dict[str, Any]] = (False, {"mongodb": "not asked yet"})
        self._at = float("-inf")

    def look(self, app_context: AppContext) -> tuple[bool, dict[str, Any]]:
        if time.monotonic() - self._at > FRESH_SECONDS and self._lock.acquire(blocking=self._at == float("-inf")):
            try:
                self._found = look(app_context)
                self._at = time.monotonic()
            finally:
                self._lock.release()
        return self._found


def look(app_context: AppContext) -> tuple[bool, dict[str, Any]]:
    """Whether MongoDB, indexes and set-up are as declared, and the details; the broker's state is reported but does not count."""
    state: dict[str, Any] = {}
    try:
        with pymongo.timeout(CHECK_SECONDS):
            setup = app_context.database["meta"].find_one({"_id": "setup"})
            missing = missing_indexes(app_context.database, app_context.indexes)
        state["mongodb"] = "ok"
        state["setup"] = (
            "ok" if _queue(app_context.settings) in (setup or {}).get("queues", []) else "missing: run `imc setup`"
        )
        state["indexes"] = "ok" if not missing else f"missing: {', '.join(missing)}"
    except PyMongoError:
        state["mongodb"] = "away"
    ready = all(value == "ok" for value in state.values())
    return ready, state | {"broker": broker_state(app_context.settings)}


def _queue(settings: Settings) -> str:
    return f"{settings.broker_prefix}imc.{settings.service}"


def broker_state(settings: Settings) -> str:
    """The state of the broker: whether something listens at its address."""
    if settings.embedded_broker:
        return "embedded"
    parts = urlsplit(settings.amqp_url)
    try:
        port = parts.port or (5671 if parts.scheme == "amqps" else 5672)
        socket.create_connection((parts.hostname or "127.0.0.1", port), timeout=0.3).close()
    except OSError:
        return "away"
    return "ok"


def health_blueprint(service: str) -> Blueprint:
    """The blueprint of the three routes, under the service's prefix."""
    blueprint = Blueprint("health", __name__, url_prefix=f"/{service}")
    readiness = Readiness()

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response(b'{"status":"ok"}', content_type="application/json")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        ready, state = readiness.look(current_request().app_context)
        body = msgspec.json.encode({"status": "ready" if ready else "not ready", **state})
        headers = {} if ready else {"Retry-After": "2"}
        return Response(body, 200 if ready else 503, headers, content_type="application/json")

    @blueprint.get("/metrics")
    def metrics() -> Response:
        text, content_type = current_request().app_context.metrics.exposition(_leaving(current_request().app_context))
        return Response(text, content_type=content_type)

    return blueprint


def _leaving(app_context: AppContext) -> list[Document]:
    """The deliveries that are still due; none where the database is unavailable, which /readyz reports."""
    try:
        with pymongo.timeout(CHECK_SECONDS):
            return app_context.operations.deliveries(app_context.database, app_context.clock())
    except PyMongoError:
        return []
