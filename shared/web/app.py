"""build_app: a service's web process, wired top to bottom. Nothing is connected here; clients come in as arguments."""

import logging
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from pymongo.database import Database
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.auth import AUTH_INDEXES, Authenticator
from shared.clock import Clock, utc_now
from shared.logs import configure, line
from shared.metrics import Metrics, shared_directory
from shared.mongo import Index
from shared.operations.desk import CaseIdOf, Notices, no_cases, no_notices, operations_of
from shared.operations.routes import operations_blueprint
from shared.rate_limit import RateLimit, rate_headers
from shared.records import Records
from shared.settings import BadSetting, Settings
from shared.tokens import public_keys
from shared.web.body import BODY_BYTES
from shared.web.door import ApiBlueprint
from shared.web.gate import Gate
from shared.web.health import health_blueprint
from shared.web.openapi import docs_blueprint, make_api
from shared.web.problems import answer_to
from shared.web.state import Ask, Errors, House

THREADS = 8  # as in deploy/gunicorn.conf.py
log = logging.getLogger("imc.web")
_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
]


class WebApp(Flask):
    """Flask without its search for coroutines, of which this house has none."""

    def ensure_sync(self, func: Any) -> Any:
        return func


def build_app(
    settings: Settings,
    database: Database[dict[str, Any]],
    parts: Any,
    blueprints: Iterable[ApiBlueprint],
    indexes: Sequence[Index],
    clock: Clock = utc_now,
    title: str = "",
    errors: Errors | None = None,
    keeps: Sequence[Records] = (),
    threads: int = THREADS,
    pages: Iterable[Blueprint] = (),
    notices: Notices = no_notices,
    case_id_of: CaseIdOf = no_cases,
) -> Flask:
    """The Flask app of one service; `pages` are made by `shared.ui.pages_blueprint`.

    `errors` is the service's table from exception to (status, problem slug, title); `keeps` the Records (made with
    `answers`) in which answers to commands are kept, where a repeated Idempotency-Key is looked up; `notices` what the
    service told of a case's events, `case_id_of` finds a case by its reference: both for operators.
    """
    configure(settings.service, settings.log_level)
    operations = operations_of(settings, database, indexes, clock, _version(), notices, case_id_of)
    house = House(
        settings=settings,
        database=database,
        parts=parts,
        clock=clock,
        authenticator=_authenticator(settings, database),
        rate=RateLimit(database, settings.rate_limit, clock),
        gate=Gate(max(1, threads - 1)),
        metrics=Metrics(settings.service, shared_directory(settings.service)),
        errors=errors or {},
        keepers=(*keeps, operations.acts),
        indexes=[*indexes, *AUTH_INDEXES],
        cursor_key=_hex(settings, "cursor_key"),
        operations=operations,
    )
    return _wired(
        house,
        [*blueprints, operations_blueprint(operations)],
        pages,
        title or f"International Medical Center: {settings.service}",
    )


def _wired(house: House, blueprints: Iterable[ApiBlueprint], pages: Iterable[Blueprint], title: str) -> Flask:
    app = WebApp("imc", static_folder=None, root_path=str(Path(__file__).parent))  # a folder called imc is no module
    app.config |= {
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "MAX_CONTENT_LENGTH": BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": BODY_BYTES,
        "MAX_FORM_PARTS": 50,
    }
    app.url_map.merge_slashes = False
    app.extensions["imc"] = house
    api = make_api(app, title, _version())
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(health_blueprint(house.settings.service))
    app.register_blueprint(docs_blueprint(house.settings.service, api, title))
    for page in pages:
        app.register_blueprint(page)

    @app.before_request
    def begin() -> None:
        g.ask = Ask(house, request._get_current_object())  # type: ignore[attr-defined]

    @app.errorhandler(Exception)
    def wrong(error: Exception) -> Response:
        answer = answer_to(g.get("ask"), error, house.errors)
        return house.shown_as_page(error, answer) if house.shown_as_page else answer

    @app.after_request
    def end(answer: Response) -> Response:
        return _ended(answer)

    app.wsgi_app = behind_gateway(app.wsgi_app)  # type: ignore[method-assign]
    return app


def behind_gateway(direct: Any) -> Any:
    """Takes the caller's address, scheme and host from the one proxy in front, where there is one."""
    forwarded = ProxyFix(direct, x_for=1, x_proto=1, x_host=1)

    def app(environ: dict[str, Any], start: Any) -> Any:
        return (forwarded if "HTTP_X_FORWARDED_FOR" in environ else direct)(environ, start)

    return app


def _ended(answer: Response) -> Response:
    """Headers that every answer has, the figure and the line in the log."""
    ask: Ask = g.ask
    present = answer.headers
    for name, value in _HEADERS:
        if name not in present:
            present.add(name, value)
    present.add("X-Request-Id", ask.request_id)
    if ask.verdict:
        for name, value in rate_headers(ask.verdict):
            present.add(name, value)
    _noted(ask, answer.status_code)
    return answer


def _noted(ask: Ask, status: int) -> None:
    seconds = time.perf_counter() - ask.started
    rule = ask.request.url_rule
    route, method = (rule.rule, ask.environ["REQUEST_METHOD"]) if rule else ("unmatched", "any")
    ask.house.metrics.request_ended(route, method, status, seconds)
    probed = rule and status < 400 and rule.endpoint.startswith("health.")
    if not probed and log.isEnabledFor(logging.INFO):
        line(
            log,
            "request",
            request_id=ask.request_id,
            traceparent=ask.traceparent,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            actor=ask.caller.actor,
        )


def _authenticator(settings: Settings, database: Database[dict[str, Any]]) -> Authenticator:
    try:
        keys = public_keys(settings.secret("token_public_keys"))
    except ValueError as error:
        raise BadSetting("IMC_SECRET_DIR/token_public_keys", str(error).removeprefix("expected ")) from error
    called_by_agencies = (settings.secret_dir / "api_key_hmac").exists()
    return Authenticator(database, keys, _hex(settings, "api_key_hmac") if called_by_agencies else None)


def _hex(settings: Settings, name: str) -> bytes:
    try:
        return bytes.fromhex(settings.secret(name).decode())
    except ValueError as error:
        raise BadSetting(f"IMC_SECRET_DIR/{name}", "64 hexadecimal characters") from error


def _version() -> str:
    try:
        return version("imc")
    except PackageNotFoundError:
        return "0"
