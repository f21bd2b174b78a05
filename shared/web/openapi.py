"""Generates OpenAPI 3.1 from the routes, with every problem status of a route, and serves the docs page (a local Swagger UI)."""

import inspect
import threading
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import flask
import flask_smorest
import marshmallow as ma
from flask import Blueprint, Response
from markupsafe import escape
from marshmallow import fields

from shared.web.access import UNSAFE, ApiBlueprint, Plan, Route
from shared.web.body import SchemaLike
from shared.web.fhir_table import fhir_page
from shared.web.fields import Moment
from shared.web.openapi_codes import Meanings, describe_codes
from shared.web.openapi_details import for_agencies

PROBLEMS = {
    400: ("BadRequest", "Malformed JSON or header"),
    401: ("Unauthorized", "No credentials, or none that count"),
    403: ("Forbidden", "Without the right"),
    404: ("NotFound", "Not there, or not yours to know of"),
    409: ("Conflict", "Not possible in this state; `allowed` names what is"),
    410: ("Gone", "No longer here"),
    412: ("PreconditionFailed", "If-Match names another version"),
    413: ("TooLarge", "Body too large"),
    415: ("UnsupportedMediaType", "Another content type is expected"),
    422: ("InvalidInput", "`errors` names every fault"),
    429: ("TooManyRequests", "Over the rate limit; see Retry-After"),
    503: ("Unavailable", "A server is away; see Retry-After"),
}
_CSP = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
_FOLDER = str(resources.files("flask_swagger_ui") / "dist")
_FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "index.css")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="docs/files/favicon-32x32.png">
<link rel="stylesheet" href="docs/files/swagger-ui.css">
<link rel="stylesheet" href="docs/files/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/files/swagger-ui-bundle.js"></script>
<script src="docs/files/start.js"></script>
</body>
</html>
"""
_START = """window.ui = SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
});
"""


class FieldError(ma.Schema):
    """One fault: a JSON pointer and what is expected there."""

    pointer = fields.String(required=True)
    detail = fields.String(required=True)


class Problem(ma.Schema):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    reason = fields.String()
    allowed = fields.List(fields.String())
    errors = fields.List(fields.Nested(FieldError))


class DocumentApi(flask_smorest.Api):
    """flask-smorest, used only for the document; problems are documented by `PROBLEMS`."""

    DEFAULT_ERROR_RESPONSE_NAME = None


def operation(route: Route, tag: str) -> dict[str, Any]:
    """Returns the OpenAPI operation of a route, with schemas where apispec puts references."""
    plan, unsafe = route.plan, bool(UNSAFE & route.methods)
    conditional = "GET" in route.methods and any(status == 200 and schema for status, schema, *_ in plan.answers)
    summary, _, details = inspect.cleandoc(route.view.__doc__ or "").partition("\n\n")
    query = [{"in": "query", "schema": plan.query}] if plan.query is not None else []
    made: dict[str, Any] = {
        "parameters": [
            *query,
            *_headers(route.rule, unsafe, route.methods),
            *(["IfNoneMatch"] if conditional else []),
        ],
        **({"requestBody": _body(plan.body, plan.upload)} if plan.body is not None else {}),
        "responses": _answers(route)
        | {
            str(status): {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"}
            for status in _statuses(plan, route.rule, unsafe)
        }
        | ({"304": {"$ref": "#/components/responses/NotModified"}} if conditional else {}),
        "security": [] if plan.open else [{"bearer": []}],
        "x-view": route.view.__name__,
        "x-files": _files(plan),
    }
    if plan.stated and not plan.open:
        made["x-roles"], made["x-scope"] = sorted(plan.roles), plan.scope
        made |= {"x-service": plan.service} if plan.service else {}
    return made | {"summary": summary} | ({"description": details} if details else {}) | {"tags": [tag]}


def _answers(route: Route) -> dict[str, dict[str, Any]]:
    """The documented answers by status; one status may have several media types."""
    first_line = (route.view.__doc__ or "Done").split("\n")[0]
    responses: dict[str, dict[str, Any]] = {}
    for status, schema, content_type, description in reversed(route.plan.answers or [(200, None, None, "")]):
        response = responses.setdefault(str(status), {})
        response["description"] = description or first_line
        if schema is not None:
            shown = schema() if isinstance(schema, type) else schema
            response.setdefault("content", {})[content_type or "application/json"] = {"schema": shown}
    return responses


def _files(plan: Plan) -> dict[str, list[str]]:
    """The media types of answers that are files, by status."""
    files: dict[str, list[str]] = {}
    for status, schema, content_type, _ in plan.answers:
        if schema is None and content_type:
            files.setdefault(str(status), []).extend(content_type.split(", "))
    return files


def _body(schema: SchemaLike, upload: bool) -> dict[str, Any]:
    shape = schema() if isinstance(schema, type) else schema
    if not upload:
        required = any(each.required for each in shape.fields.values())
        return {"required": required, "content": {"application/json": {"schema": schema}}}
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    form = type(f"{type(shape).__name__}Upload", (type(shape),), {"file": file})
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def _statuses(plan: Plan, rule: str, unsafe: bool) -> list[int]:
    statuses = {400, 422, 429, 503}
    if not plan.open:
        statuses |= {401, 403}
    if "<" in rule:
        statuses |= {404}
    if unsafe:
        statuses |= {409, 410, 412, 413, 415} | ({401, 403} if plan.open else set())
    answered = {status for status, *_ in plan.answers}
    return sorted(statuses - answered)


def _headers(rule: str, unsafe: bool, methods: frozenset[str]) -> list[str]:
    names = (["IdempotencyKey"] if "POST" in methods else []) + (["IfMatch"] if unsafe and "<" in rule else [])
    return names


def _plain_pattern(_: Any, field: Any, ret: dict[str, Any], **more: Any) -> dict[str, str]:
    """Rewrites a pattern for JSON Schema (ECMA-262): Python's \\Z means a plain Z there, and patterns are not anchored."""
    pattern = ret.get("pattern", "")
    return {"pattern": f"^{pattern.removeprefix('^').removesuffix(chr(92) + 'Z')}$"} if pattern.endswith(r"\Z") else {}


class Described:
    """The document of one app, made at its first request: most processes never need it, and it takes half as long as a start."""

    def __init__(
        self,
        app: flask.Flask,
        title: str,
        version: str,
        blueprints: Sequence[ApiBlueprint],
        complete: Callable[[dict[str, Any]], dict[str, Any]],
        meanings: Callable[[], Meanings],
    ) -> None:
        self._app, self._title, self._version, self._blueprints = app, title, version, blueprints
        self._complete, self._meanings = complete, meanings
        self._making = threading.Lock()
        self._made: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Returns the OpenAPI 3.1 document."""
        with self._making:
            if self._made is None:
                api = _make_api(self._title, self._version, self._meanings())
                for blueprint in self._blueprints:
                    self._describe(blueprint, api.spec)
                    api.spec.tag({"name": blueprint.name, "description": blueprint.description})
                self._made = self._complete(api.spec.to_dict())
            return self._made

    def _describe(self, blueprint: ApiBlueprint, spec: Any) -> None:
        for route in blueprint.routes:
            rule = next(self._app.url_map.iter_rules(f"{blueprint.name}.{route.endpoint}"))
            operations = {method.lower(): operation(route, blueprint.name) for method in route.methods}
            spec.path(rule=rule, operations=operations)


def _make_api(title: str, version: str, meanings: Meanings) -> DocumentApi:
    """flask-smorest with the shared components, on a separate app: on ours it would handle errors."""
    app = flask.Flask(__name__)
    app.config |= {"API_TITLE": title, "API_VERSION": version, "OPENAPI_VERSION": "3.1.0"}
    api = DocumentApi(app)
    api.register_field(Moment, "string", "date-time")
    api.ma_plugin.converter.add_attribute_function(_plain_pattern)
    api.ma_plugin.converter.add_attribute_function(describe_codes(meanings))
    components = api.spec.components
    components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "description": "API key or access token"})
    components.schema("Problem", schema=Problem)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, (name, description) in PROBLEMS.items():
        components.response(name, {"description": description, "content": content, "x-status": str(status)})
    text = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]{1,255}$"}
    components.parameter(
        "IdempotencyKey",
        "header",
        {
            "name": "Idempotency-Key",
            "description": "The same key and body answer as the first time, for 24 h",
            "schema": text,
        },
    )
    match = {"type": "string", "pattern": '^(\\*|(W/)?"[\\x21\\x23-\\x7e]*"(, *(W/)?"[\\x21\\x23-\\x7e]*")*)$'}
    components.parameter(
        "IfMatch", "header", {"name": "If-Match", "description": "The ETag that GET gave, or *", "schema": match}
    )
    components.response("NotModified", {"description": "What is shown is what If-None-Match names"})
    unchanged = {"name": "If-None-Match", "description": "ETags you have, or *: 304 where nothing else is shown now"}
    components.parameter("IfNoneMatch", "header", unchanged | {"schema": {"type": "string"}})
    return api


def docs_blueprint(service: str, described: Described, title: str, fhir: Path | None = None) -> Blueprint:
    """The blueprint of `/<service>/api/openapi.json` and `/<service>/api/docs`, public; the same below `/api/agencies` for the routes
    of agencies, with a table that maps its fields to HL7 FHIR where the service has one."""
    blueprint = Blueprint("docs", __name__, url_prefix=f"/{service}/api")
    encoded: dict[str, bytes] = {}

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return _document("whole", described.document)

    @blueprint.get("/agencies/openapi.json")
    def openapi_for_agencies() -> Response:
        return _document("agencies", lambda: for_agencies(described.document()))

    def _document(name: str, make: Callable[[], dict[str, Any]]) -> Response:
        if name not in encoded:
            encoded[name] = flask.json.dumps(make(), sort_keys=False).encode()
        return Response(encoded[name], content_type="application/json")

    @blueprint.get("/docs")
    @blueprint.get("/agencies/docs")
    def page() -> Response:
        shown = _PAGE.format(title=escape(title))
        return Response(shown, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP})

    if fhir is not None:

        @blueprint.get("/agencies/docs/fhir")
        def fhir_table() -> Response:
            return Response(
                fhir_page(fhir), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP}
            )

    @blueprint.get("/docs/files/<name>")
    @blueprint.get("/agencies/docs/files/<name>")
    def file(name: str) -> Response:
        if name == "start.js":
            return Response(_START, content_type="text/javascript; charset=utf-8")
        if name not in _FILES:
            flask.abort(404)
        return flask.send_from_directory(_FOLDER, name, max_age=86400)

    return blueprint
