"""The documents a programmer abroad reads: names by intent, where to begin, headers of answers, the agencies' part, a page for each problem."""

import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

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
