"""The documents a programmer abroad reads: names by intent, where to begin, headers of answers, the agencies' part, a page for each problem."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate
from standardwebhooks import Webhook

from shared.web.openapi_details import operations
from shared.web.problem_pages import known_problems


@pytest.fixture
def document(app: Flask) -> Any:
    return app.test_client().get(f"/{app.config['SERVICE']}/api/openapi.json").get_json()


@pytest.fixture
def agencies(app: Flask) -> Any:
    return app.test_client().get(f"/{app.config['SERVICE']}/api/agencies/openapi.json").get_json()


def test_operations_are_named_by_what_they_do_each_once(document: Any) -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert [name for name, n in names.items() if n > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", name)] == []
    assert not any("x-view" in operation for _, _, operation in operations(document))


def test_the_document_says_where_and_how_to_begin(document: Any) -> None:
    assert document["servers"][0]["url"].startswith("http")
    about = document["info"]["description"]
    for word in ("Authorization: Bearer", "Idempotency-Key", "If-Match", "/api/problems", "Retry-After"):
        assert word in about
    assert document["info"]["contact"]["name"]


def test_a_stranger_learns_from_it_how_to_get_a_key_and_where_all_begins(document: Any, app: Flask) -> None:
    about, base = document["info"]["description"], document["servers"][0]["url"]
    assert f"{base}/{app.config['SERVICE']}/api/v1" in about
    assert "partner office" in about and "imc_live_" in about and "imc_test_" not in about
    assert all(f"{base}/{service}/api/agencies/docs" in about for service in ("intake", "partners", "accounts"))


@pytest.mark.parametrize("body", [b"{}", b'{"type":"visit.booked"}', '{"text":"สมชาย"}'.encode()])
def test_the_recipe_for_signatures_tells_genuine_messages_from_others(app: Flask, agencies: Any, body: bytes) -> None:
    if app.config["SERVICE"] != "partners":
        return
    lines = agencies["info"]["description"].split("In Python:")[1].split("Handle a message")[0].splitlines()
    recipe = "\n".join(line[4:] for line in lines if line.startswith("    "))
    told: dict[str, Any] = {}
    exec(recipe, told)
    secret, other = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"a", b"b"))
    signed = Webhook(secret).sign("msg_1", now := datetime.now(UTC), body.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}
    assert told["is_genuine"](headers, body, secret)
    assert told["is_genuine"](headers | {"webhook-signature": f"v1,AAAA {signed}"}, body, secret)
    assert not told["is_genuine"](headers, body, other) and not told["is_genuine"](headers, body + b" ", secret)
    assert not told["is_genuine"](headers | {"webhook-id": "msg_2"}, body, secret)
    old = str(int(now.timestamp()) - 3600)
    resigned = Webhook(secret).sign("msg_1", now - timedelta(hours=1), body.decode())
    stale = headers | {"webhook-timestamp": old, "webhook-signature": resigned}
    assert not told["is_genuine"](stale, body, secret)


def test_answers_tell_their_headers(document: Any) -> None:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if "$ref" not in answer:
                assert {"X-Request-Id", "RateLimit", "RateLimit-Policy"} <= set(answer["headers"]), (path, method)
                assert (status != "201" or "application/json" not in answer.get("content", {})) or "Location" in answer[
                    "headers"
                ]
    for name in ("TooManyRequests", "Unavailable"):
        assert "Retry-After" in document["components"]["responses"][name]["headers"]


NO_WORDS = ([5, 10, 15, 20, 30, 60], [False])
"""Values that say what they are."""
EMPTY_AT_TIMES = {
    "PersonResponse", "AgencyPatientResponse", "DeskPatientResponse",  # intake: what was erased
    "ClosingResponse", "NameResponse", "NeedResponse", "NeedsResponse", "OpenNeedsResponse", "StatedNeedResponse",  # intake: what was told of it
    "Name", "Title", "LocalizedText", "Validity", "Reviewers", "AppliesTo",  # likewise
    "Switches", "Kinds",  # what is not named is on
}  # fmt: skip
"""Shapes of answers of which no field is always there."""


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _parts(each)


def test_each_code_of_a_set_says_what_it_means(document: Any) -> None:
    sets = [part for part in _parts(document) if isinstance(part.get("enum"), list)]
    assert len(sets) >= 5
    for part in sets:
        values = [value for value in part["enum"] if value is not None]
        if values not in NO_WORDS:
            assert set(part["x-enum-descriptions"]) == set(values), part
            assert all(len(words) > 1 and "code." not in words for words in part["x-enum-descriptions"].values())
            assert all(f"- `{value}`: " in part["description"] for value in values if "description" in part)


def test_every_answer_has_a_schema_that_says_what_is_always_there(document: Any) -> None:
    schemas, waiting, seen = document["components"]["schemas"], list[Any](), set[str]()
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith("2") and status != "204":
                assert all("schema" in content for content in answer["content"].values()), (path, method)
                waiting.append(answer["content"])
    while waiting:
        for part in _parts(waiting.pop()):
            name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in seen:
                seen.add(name)
                waiting.append(schemas[name])
    assert seen and sorted(name for name in seen - EMPTY_AT_TIMES if not schemas[name].get("required")) == []


def test_lists_promise_a_page_of_rows_and_no_more(document: Any) -> None:
    pages = {name: shape for name, shape in document["components"]["schemas"].items() if name.endswith("Page")}
    assert pages
    for shape in pages.values():
        assert (list(shape["properties"]), shape["required"], shape["additionalProperties"]) == (
            ["items"],
            ["items"],
            False,
        )
    for path, method, operation in operations(document):
        for one in operation.get("parameters", ()):
            if one.get("in") == "query":
                shape = one["schema"]
                bounds = {"enum", "format", "maxLength", "maximum", "pattern"} & set(shape) or shape[
                    "type"
                ] == "boolean"
                assert bounds, (path, method, one["name"])


def test_every_read_as_json_may_be_asked_whether_it_changed(document: Any) -> None:
    asked = {"$ref": "#/components/parameters/IfNoneMatch"}
    for path, method, operation in operations(document):
        shown = "application/json" in operation["responses"].get("200", {}).get("content", {})
        told = (asked in operation["parameters"], "304" in operation["responses"])
        assert told == ((True, True) if method == "get" and shown else (False, path.endswith(".ics"))), (path, method)
        if method == "get" and shown:
            assert "ETag" in operation["responses"]["200"]["headers"]
    assert "ETag" in document["components"]["responses"]["NotModified"]["headers"]


def test_the_agencies_part_is_valid_and_holds_nothing_of_the_staffs(document: Any, agencies: Any) -> None:
    validate(agencies)
    for path, method, operation in operations(agencies):
        assert operation.get("x-scope") or operation["security"] == [], (path, method)
    for path, method, operation in operations(document):
        if operation.get("x-scope"):
            assert agencies["paths"][path][method] == operation
    assert set(agencies["components"].get("schemas", {})) <= set(document["components"]["schemas"])


def test_every_kind_of_problem_has_a_page(app: Flask) -> None:
    client, service, house = app.test_client(), app.config["SERVICE"], app.extensions["imc"]
    known = known_problems(service, house.errors)
    listed = client.get(f"/{service}/api/problems").text
    assert {"not-found", "invalid-input", "illegal-move", "precondition-failed", "too-many-requests"} <= set(known)
    for slug, (status, title, _) in known.items():
        page = client.get(f"/{service}/api/problems/{slug}")
        assert page.status_code == 200 and f"urn:imc:problem:{slug}" in page.text and str(status) in page.text, slug
        assert f"/{service}/api/problems/{slug}" in listed, title
    assert client.get(f"/{service}/api/problems/nothing-of-ours").status_code == 404


def test_agencies_read_what_is_sent_to_their_endpoints(app: Flask, agencies: Any) -> None:
    if app.config["SERVICE"] != "partners":
        return
    (event,) = agencies["webhooks"].values()
    sent = event["post"]
    assert {one["name"] for one in sent["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert {"200", "410"} <= set(sent["responses"])
