"""Authorization of every API route: who may call it, how often, with which input; access is denied by default.

A route is declared by decorators that only record a plan (`rights`, `public`, `takes`, `takes_upload`, `query`, `returns`);
`ApiBlueprint` wraps each view once when it is added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import pymongo
from flask import Blueprint, Response, g

from shared.audit import audit
from shared.auth import Caller
from shared.command_context import Answer
from shared.documents.formats import FORMATS
from shared.errors import Forbidden, NotSignedIn, TooManyRequests
from shared.web.answers import to_read, to_response
from shared.web.body import Loaded, SchemaLike, Upload, json_reader, query_reader, upload_reader
from shared.web.state import RequestContext

View = TypeVar("View", bound=Callable[..., Any])
ANYONE_SIGNED_IN = "*"
UNSAFE = frozenset(("POST", "PUT", "PATCH", "DELETE"))


@dataclass
class Plan:
    """What the decorators recorded about a route."""

    open: bool = False
    roles: frozenset[str] = frozenset()
    scope: str | None = None
    service: str | None = None
    stated: bool = False
    body: SchemaLike | None = None
    upload: bool = False
    accept: Sequence[str] = FORMATS
    query: SchemaLike | None = None
    answers: list[tuple[int, SchemaLike | dict[str, Any] | None, str | None, str]] = field(default_factory=list)


def plan_of(view: Callable[..., Any]) -> Plan:
    """Returns the plan of a view; the first decorator creates it."""
    if not hasattr(view, "plan"):
        view.plan = Plan()  # type: ignore[attr-defined]
    plan: Plan = view.plan  # type: ignore[attr-defined]
    return plan


def rights(*roles: str, agency: str | None = None, service: str | None = None) -> Callable[[View], View]:
    """Permits staff with one of `roles` (`"*"`: all who are signed in; admin always, audited) and agencies whose key has the scope `agency`;
    or only `service`, by a token it signed for this address (shared/service_tokens.py), and not even admin."""
    if service and (roles or agency):
        raise ValueError("rights: a route for services admits no other callers")
    if not roles and not agency and not service:
        raise ValueError("rights: expected roles, agency=scope, or service=name; say public() where anyone may call")

    def note(view: View) -> View:
        plan = plan_of(view)
        plan.stated, plan.roles, plan.scope = True, frozenset(roles) | ({"admin"} if roles else set()), agency
        plan.service = service
        return view

    return note


def public() -> Callable[[View], View]:
    """Permits everyone without credentials; rate-limited per address."""

    def note(view: View) -> View:
        plan = plan_of(view)
        plan.stated = plan.open = True
        return view

    return note


def takes(schema: SchemaLike) -> Callable[[View], View]:
    """Declares a JSON body of this schema, passed as `body`; it may be omitted where the schema requires nothing."""

    def note(view: View) -> View:
        plan_of(view).body = schema
        return view

    return note


def takes_upload(schema: SchemaLike, accept: Sequence[str] = FORMATS) -> Callable[[View], View]:
    """Declares multipart/form-data: the schema's fields and one part named `file` (20 MiB), passed together as `body`.

    The file has then been inspected: `body["file"]` is an IncomingDocument of one of the media types in `accept`.
    """

    def note(view: View) -> View:
        plan = plan_of(view)
        plan.body, plan.upload, plan.accept = schema, True, accept
        return view

    return note


def query(schema: SchemaLike) -> Callable[[View], View]:
    """Declares a query string of this schema, passed as `query`; without it any query is rejected."""

    def note(view: View) -> View:
        plan_of(view).query = schema
        return view

    return note


def returns(
    status: int, schema: SchemaLike | dict[str, Any] | None, content_type: str | None = None, description: str = ""
) -> Callable[[View], View]:
    """Documents an answer; may be repeated. A file has no schema, but its media types, separated by commas, in `content_type`.

    The view makes the answer: with `respond`, `command`, `page_of`, or as a Response.
    """

    def note(view: View) -> View:
        plan_of(view).answers.insert(0, (status, schema, content_type, description))
        return view

    return note


@dataclass(frozen=True)
class Route:
    """One route of an ApiBlueprint, as the OpenAPI document needs it."""

    rule: str
    endpoint: str
    view: Callable[..., Any]
    plan: Plan
    methods: frozenset[str]


class ApiBlueprint(Blueprint):
    """A blueprint that wraps every view in authorization. `routes` is what the OpenAPI document is made from (shared/web/openapi.py)."""

    def __init__(self, name: str, import_name: str, url_prefix: str, description: str = "") -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.description = description
        self.routes: list[Route] = []

    def get(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self._adds(rule, "GET", options)

    def post(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self._adds(rule, "POST", options)

    def put(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self._adds(rule, "PUT", options)

    def patch(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self._adds(rule, "PATCH", options)

    def delete(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self._adds(rule, "DELETE", options)

    def _adds(self, rule: str, method: str, options: dict[str, Any]) -> Callable[[View], View]:
        """Returns the decorator that adds a view; unlike Flask's, it accepts views that return an Answer."""

        def add(view: View) -> View:
            self.add_url_rule(rule, view_func=view, methods=[method], **options)
            return view

        return add

    def add_url_rule(self, rule: str, endpoint: Any = None, view_func: Any = None, *rest: Any, **options: Any) -> None:
        plan = plan_of(view_func)
        if not plan.stated:
            raise TypeError(
                f"{view_func.__module__}.{view_func.__name__}: rights(...) or public() must say who may call it"
            )
        methods = frozenset(options.get("methods") or ("GET",))
        guarded = _guarded(view_func, plan, bool(methods & UNSAFE))
        endpoint = endpoint or view_func.__name__
        if any(route.endpoint == endpoint for route in self.routes):  # one view under two addresses
            endpoint = f"{endpoint}_{len(self.routes)}"
        self.routes.append(Route(rule, endpoint, guarded, plan, methods))
        super().add_url_rule(rule, endpoint, guarded, *rest, **options)


def api_blueprint(name: str, service: str) -> ApiBlueprint:
    """A blueprint under `/<service>/api/v1`; `name` groups its routes in the docs."""
    return ApiBlueprint(name, service, url_prefix=f"/{service}/api/v1")


def _guarded(view: Callable[..., Any], plan: Plan, unsafe: bool) -> Callable[..., Response]:
    read_query = query_reader(plan.query)
    read_body: Callable[[RequestContext], Loaded] | None = None
    if unsafe:
        read_body = (
            upload_reader(Upload(plan.body, tuple(plan.accept)))
            if plan.upload and plan.body
            else json_reader(plan.body)
        )

    def read(request_context: RequestContext) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if plan.query is not None:
            given["query"] = read_query()
        elif request_context.environ.get("QUERY_STRING"):
            read_query()
        if read_body is not None:
            loaded = read_body(request_context)
            if plan.body is not None:
                given["body"] = loaded
        return given

    @wraps(view)
    def guarded(**path: Any) -> Response:
        request_context: RequestContext = g.request_context
        breaker = request_context.app_context.breaker
        with breaker, pymongo.timeout(breaker.seconds_for()):
            admit(request_context, plan)
            if "admin" in request_context.caller.roles:
                audit_call(request_context, path)
            if not unsafe:
                result = view(**path, **read(request_context))
                return (
                    to_read(result, request_context.environ.get("HTTP_IF_NONE_MATCH"))
                    if isinstance(result, Answer)
                    else result
                )
        given = read(
            request_context
        )  # a slow sender takes no place of the circuit breaker and none of the request's time
        with breaker, pymongo.timeout(breaker.seconds_for(bool(plan.upload))):
            result = view(**path, **given)
            return to_response(result) if isinstance(result, Answer) else result

    return guarded


def admit(request_context: RequestContext, plan: Plan) -> None:
    """Identifies the caller and checks their rights and rate limit; raises NotSignedIn, Forbidden, TooManyRequests."""
    header = request_context.environ.get("HTTP_AUTHORIZATION")
    if plan.open and not header:
        count(request_context, f"address:{request_context.address}")
        return
    try:
        request_context.caller = _who(request_context, plan, header)
    except (NotSignedIn, Forbidden):
        if not plan.open:
            count(request_context, f"address:{request_context.address}")
            raise
    count(
        request_context,
        request_context.caller.actor if request_context.caller.id else f"address:{request_context.address}",
    )
    if not plan.open:
        permit(request_context.caller, plan)


def _who(request_context: RequestContext, plan: Plan, header: str | None) -> Caller:
    """The caller. Service tokens are accepted only on routes for a service."""
    if plan.service:
        return request_context.app_context.authenticator.service(
            plan.service, header, request_context.request.path, request_context.now
        )
    return request_context.app_context.authenticator.caller(header, request_context.now)


def permit(caller: Caller, plan: Plan) -> None:
    """Raises Forbidden where the plan permits neither a role nor a scope of this caller, nor its service."""
    if plan.service:
        if (caller.kind, caller.id) != ("service", plan.service):
            raise Forbidden("Only services may call this, not signed-in users.")
        return
    if caller.kind == "agency":
        if plan.scope is None:
            raise Forbidden("This is for the hospital's staff.")
        if plan.scope not in caller.scopes:
            raise Forbidden(f"This API key lacks the scope {plan.scope}.")
    elif not plan.roles & caller.roles and ANYONE_SIGNED_IN not in plan.roles:
        raise Forbidden(_lacking(plan))


def _lacking(plan: Plan) -> str:
    named = ", ".join(sorted(plan.roles))
    return f"This needs one of the roles: {named}." if named else "This is for agencies, with an API key."


def count(request_context: RequestContext, name: str, most: int | None = None) -> None:
    """Counts this request against the limit of `name` (`most`, where it has its own); raises TooManyRequests."""
    request_context.verdict = request_context.app_context.rate.take(name, request_context.now, most)
    if request_context.verdict and request_context.verdict.retry_after:
        wait = request_context.verdict.retry_after
        raise TooManyRequests(
            f"At most {request_context.verdict.limit} requests a minute; try again in {wait} s.", wait
        )


def count_source(what: str, most: int) -> None:
    """Limits an action that could be used for guessing or for sending to others: `most` times a minute from one address."""
    request_context: RequestContext = g.request_context
    count(request_context, f"{what}:{request_context.address}", most)


def audit_call(request_context: RequestContext, path: dict[str, Any]) -> None:
    """Writes an admin's call to the audit before it is answered; the reason is the header X-Reason (UTF-8)."""
    audit(
        request_context.app_context.database,
        request_context.app_context.clock,
        actor=request_context.caller.actor,
        source=request_context.address,
        method=request_context.request.method,
        route=str(request_context.request.url_rule),
        targets=path,
        reason=request_context.environ.get("HTTP_X_REASON", "").encode("latin-1").decode("utf-8", "replace") or None,
        request_id=request_context.request_id,
    )
