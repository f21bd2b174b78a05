"""build_app: wires a service's web process, in order from top to bottom. It connects to nothing; clients are arguments."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Blueprint, Flask, Response, g
from flask.globals import request_ctx
from pymongo.database import Database

from shared.auth import AUTH_INDEXES, Authenticator
from shared.clock import Clock, utc_now
from shared.logs import configure, line
from shared.metrics import Metrics, shared_directory
from shared.mongo import Index
from shared.operations.console import CaseIdOf, Deliveries, Notices, no_cases, no_deliveries, no_notices, operations_of
from shared.operations.routes import operations_blueprint
from shared.operations.schemas import MEANINGS as OPERATORS
from shared.outbox.records import Records
from shared.rate_limit import RateLimit, rate_headers
from shared.service_tokens import public_key
from shared.settings import SERVICES, BadSetting, Settings
from shared.tokens import public_keys
from shared.web.access import ApiBlueprint
from shared.web.body import BODY_BYTES
from shared.web.bounded_request import BoundedRequest, check_headers
from shared.web.circuit_breaker import CircuitBreaker
from shared.web.edge import Edge
from shared.web.health import health_blueprint
from shared.web.openapi import Described, docs_blueprint
from shared.web.openapi_codes import Meanings, no_meanings
from shared.web.openapi_details import completed
from shared.web.problem_pages import problem_pages
from shared.web.problems import answer_to
from shared.web.state import AppContext, Errors, RequestContext

THREADS = 20  # of a web process; concurrent inserts share one write (shared/outbox/group_commit.py)
log = logging.getLogger("imc.web")
_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
]


class WebApp(Flask):
    """Flask without its check for coroutines, which this application does not use."""

    request_class = BoundedRequest

    def ensure_sync(self, func: Any) -> Any:
        return func


def build_app(
    settings: Settings,
    database: Database[dict[str, Any]],
    deps: object,
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
    deliveries: Deliveries = no_deliveries,
    guide: str = "",
    webhooks: dict[str, Any] | None = None,
    meanings: Callable[[], Meanings] = no_meanings,
    examples: Path | None = None,
    fhir: Path | None = None,
) -> Flask:
    """Builds the Flask app of one service; `pages` are made by `shared.ui.pages_blueprint`.

    `errors` is the service's table from exception to (status, problem slug, title). `keeps` are the Records (made with
    `answers`) that store answers to commands, where a repeated Idempotency-Key is looked up. Three are for operators: `notices`
    finds what the service sent because of a case's events, `case_id_of` finds a case by its reference, `deliveries` what is still
    to be delivered. `guide` (Markdown), `webhooks`, `meanings` of codes and the file `examples` go into the OpenAPI document;
    `fhir` (a fhir.toml) becomes a page beside it.
    """
    configure(settings.service, settings.log_level)
    operations = operations_of(settings, database, indexes, clock, _version(), notices, case_id_of, deliveries)
    app_context = AppContext(
        settings=settings,
        database=database,
        deps=deps,
        clock=clock,
        authenticator=_authenticator(settings, database),
        rate=RateLimit(database, settings.rate_limit, clock),
        breaker=CircuitBreaker(max(1, threads - 1)),
        metrics=Metrics(settings.service, shared_directory(settings.service)),
        errors=errors or {},
        keepers=(*keeps, operations.actions),
        indexes=[*indexes, *AUTH_INDEXES],
        cursor_key=_hex(settings, "cursor_key"),
        operations=operations,
    )
    return _create_flask_app(
        app_context,
        [*blueprints, operations_blueprint(operations)],
        pages,
        title or f"International Medical Center: {settings.service}",
        partial(
            completed,
            service=settings.service,
            public_url=settings.public_url,
            guide=guide,
            webhooks=webhooks,
            examples=examples,
            has_fhir_table=fhir is not None,
        ),
        lambda: {**OPERATORS, **meanings()},
        fhir,
    )


def _create_flask_app(
    app_context: AppContext,
    blueprints: Sequence[ApiBlueprint],
    pages: Iterable[Blueprint],
    title: str,
    complete: Callable[[dict[str, Any]], dict[str, Any]],
    meanings: Callable[[], Meanings],
    fhir: Path | None,
) -> Flask:
    app = WebApp("imc", static_folder=None, root_path=str(Path(__file__).parent))  # a folder called imc is not a module
    app.config |= {
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "MAX_CONTENT_LENGTH": BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": BODY_BYTES,
        "MAX_FORM_PARTS": 50,
    }
    app.url_map.merge_slashes = False
    app.extensions["imc"] = app_context
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.register_blueprint(health_blueprint(app_context.settings.service))
    described = Described(app, title, _version(), blueprints, complete, meanings)
    app.register_blueprint(docs_blueprint(app_context.settings.service, described, title, fhir))
    app.register_blueprint(problem_pages(app_context.settings.service, app_context.errors))
    for page in pages:
        app.register_blueprint(page)
    _check_authorization(app, app_context)

    @app.before_request
    def begin() -> None:
        g.request_context = RequestContext(app_context, request_ctx.request)
        check_headers(g.request_context.environ)

    @app.errorhandler(Exception)
    def wrong(error: Exception) -> Response:
        answer = answer_to(g.get("request_context"), error, app_context.errors)
        return app_context.shown_as_page(error, answer) if app_context.shown_as_page else answer

    @app.after_request
    def end(answer: Response) -> Response:
        return _finish_response(answer)

    app.wsgi_app = Edge(app.wsgi_app, app_context.settings)  # type: ignore[method-assign,assignment]
    return app


def _check_authorization(app: Flask, app_context: AppContext) -> None:
    """Checks that each service permitted on a route has its public key here; without it the route could never be called."""
    for view in app.view_functions.values():
        asker = getattr(getattr(view, "plan", None), "service", None)
        if asker and asker not in app_context.authenticator.services:
            raise BadSetting(f"IMC_SECRET_DIR/{asker}_token_public_key", f"a file: {asker} asks here")


def _finish_response(answer: Response) -> Response:
    """Adds the headers of every response, counts the request and logs it."""
    request_context: RequestContext = g.request_context
    present = answer.headers
    for name, value in _HEADERS:
        if name not in present:
            present.add(name, value)
    present.add("X-Request-Id", request_context.given_id)
    if request_context.verdict:
        for name, value in rate_headers(request_context.verdict):
            present.add(name, value)
    _log_request(request_context, answer.status_code)
    return answer


def _log_request(request_context: RequestContext, status: int) -> None:
    seconds = time.perf_counter() - request_context.started
    rule = request_context.request.url_rule
    route, method = (rule.rule, request_context.environ["REQUEST_METHOD"]) if rule else ("unmatched", "any")
    request_context.app_context.metrics.request_ended(route, method, status, seconds)
    probed = rule and status < 400 and rule.endpoint.startswith("health.")
    if not probed and log.isEnabledFor(logging.INFO):
        line(
            log,
            "request",
            request_id=request_context.request_id,
            traceparent=request_context.traceparent,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            actor=request_context.caller.actor,
        )


def _authenticator(settings: Settings, database: Database[dict[str, Any]]) -> Authenticator:
    try:
        keys = public_keys(settings.secret("token_public_keys"))
    except ValueError as error:
        raise BadSetting("IMC_SECRET_DIR/token_public_keys", str(error).removeprefix("expected ")) from error
    called_by_agencies = (settings.secret_dir / "api_key_hmac").exists()
    hmac_secret = _hex(settings, "api_key_hmac") if called_by_agencies else None
    return Authenticator(database, keys, hmac_secret, services=_askers(settings))


def _askers(settings: Settings) -> dict[str, Ed25519PublicKey]:
    """The public keys of the services that may call this one, as far as its secrets contain any."""
    named = {name: f"{name}_token_public_key" for name in SERVICES}
    found = {name: file for name, file in named.items() if (settings.secret_dir / file).exists()}
    try:
        return {name: public_key(settings.secret(file)) for name, file in found.items()}
    except ValueError as error:
        raise BadSetting(f"IMC_SECRET_DIR/{', '.join(found.values())}", "the PEM of an Ed25519 public key") from error


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
