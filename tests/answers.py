"""Every answer of an API that any test gets is looked at as it passes: its OpenAPI document promises all of it, and nothing is missing.

Not here: requests made for this (tests/contract), what an answer means (the test that asked).
"""

import copy
import functools
import json
import re
import weakref
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import requests
from flask import Flask
from flask.testing import FlaskClient

from shared.settings import SERVICES
from shared.web.openapi_details import operations

Document = dict[str, Any]


class Promises:
    """One service's document, with every object of an answer closed: what it does not name must not be there.

    `any_id`: where a test makes up ids of what other services own, they are not looked at.
    """

    def __init__(self, document: Document, any_id: bool = False) -> None:
        self._formats = {"uuid": lambda _: True} if any_id else {}
        self._document = copy.deepcopy(document)
        close(self._document["components"]["schemas"])
        self._validators: dict[tuple[str, str, str], Any] = {}
        found = [(method.upper(), _pattern(path), operation) for path, method, operation in operations(self._document)]
        self._operations = sorted(found, key=lambda one: one[1].groups)  # a fixed address before one with an id

    def operation(self, method: str, path: str) -> Document | None:
        """The operation of a request, if it is one of the API."""
        return next((one for verb, form, one in self._operations if verb == method and form.fullmatch(path)), None)

    def faults(self, operation: Document, status: int, media: str, body: bytes) -> list[str]:
        """What is wrong with an answer: a status, a type of content or a field that nobody promised, or a promise not kept."""
        about = operation["responses"].get(str(status))
        if about is None:
            return [f"the status {status} is not documented"]
        if "$ref" in about:
            about = self._document["components"]["responses"][about["$ref"].rpartition("/")[2]]
        content = about.get("content", {})
        if not body or (media in content and "json" not in media):
            return [] if body or not content else [f"nothing came, but {', '.join(content)} is promised"]
        if media not in content:
            return [f"{media} is not documented"]
        validator = self._validator(operation["operationId"], str(status), media, content[media]["schema"])
        return [f"{fault.instance_path}: {fault.message}"[:300] for fault in validator.iter_errors(json.loads(body))]

    def fits(self, shape: Document, value: Any) -> list[str]:
        """What is wrong with a value under any schema of the document."""
        validator = self._validator_of(shape)
        return [f"{fault.instance_path}: {fault.message}"[:300] for fault in validator.iter_errors(value)]

    def _validator(self, operation_id: str, status: str, media: str, shape: Document) -> Any:
        key = (operation_id, status, media)
        if key not in self._validators:
            self._validators[key] = self._validator_of(shape)
        return self._validators[key]

    def _validator_of(self, shape: Document) -> Any:
        whole = {**shape, "components": self._document["components"]}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats=self._formats)


def close(part: Any) -> None:
    """Every object that names its properties has no others."""
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        close(each)
    if isinstance(part, dict) and isinstance(part.get("properties"), dict) and part.get("type") == "object":
        part.setdefault("additionalProperties", False)


def _pattern(path: str) -> re.Pattern[str]:
    steps = re.split(r"(\{\w+\})", path)
    return re.compile("".join("([^/]+)" if step.startswith("{") else re.escape(step) for step in steps))


_OF_SERVICE: dict[str, Promises] = {}
_OF_APP: "weakref.WeakKeyDictionary[Flask, Promises | None]" = weakref.WeakKeyDictionary()


def look(promises: Promises, method: str, address: str, status: int, media: str, body: bytes) -> None:
    """Raises AssertionError where an answer is not what its document says."""
    path = urlsplit(address).path
    if status == 500:
        return  # a fault of ours, which no document promises
    operation = promises.operation(method, path)
    if operation is None:
        return
    faults = promises.faults(operation, status, media, body)
    assert not faults, (
        f"{method} {path} ({operation['operationId']}, {status}) against its OpenAPI document: {faults[:5]}"
    )


def look_at_all() -> None:
    """From now on every answer of a service's app to a test's client is looked at."""
    ask = FlaskClient.open

    @functools.wraps(ask)
    def asked(client: FlaskClient, *given: Any, **more: Any) -> Any:
        answer = ask(client, *given, **more)
        request = answer.request
        if "/api/v1/" in request.path and "json" in (answer.mimetype or ""):
            promises = _promises_of(client.application)
            if promises is not None:
                look(promises, request.method, request.path, answer.status_code, answer.mimetype, answer.data)
        return answer

    FlaskClient.open = asked  # type: ignore[method-assign]


def _promises_of(app: Flask) -> Promises | None:
    """By the app's title and addresses: a test may wire a service otherwise."""
    if app not in _OF_APP:
        service = next(
            (name for name in SERVICES if f"/{name}/api/openapi.json" in map(str, app.url_map.iter_rules())), ""
        )
        key = service + str(hash(frozenset(map(str, app.url_map.iter_rules()))))
        if service and key not in _OF_SERVICE:
            answer = FlaskClient.open.__wrapped__(app.test_client(), f"/{service}/api/openapi.json")  # type: ignore[attr-defined]
            _OF_SERVICE[key] = Promises(answer.get_json(), any_id=True)
        _OF_APP[app] = _OF_SERVICE.get(key)
    return _OF_APP[app]


def look_through_gateway(url: str, known: dict[str, Promises], answer: requests.Response) -> None:
    """The same of an answer that came through a running system's gateway; `known` keeps its documents."""
    path = urlsplit(answer.request.url or "").path
    service = path.split("/")[1]
    if service not in SERVICES or "/api/v1/" not in path:
        return
    if service not in known:
        known[service] = Promises(requests.get(f"{url}/{service}/api/openapi.json", timeout=20).json())
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    look(known[service], str(answer.request.method), path, answer.status_code, media, answer.content)
