"""The OpenAPI document is valid and true: what it says is what is answered, tried by schemathesis; the docs page needs no inline script."""

import itertools
import re
from contextlib import suppress
from importlib import resources
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from pymongo.database import Database
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.toy import TickingClock, Toy

FEW = settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


def test_the_document_is_valid_openapi_3_1(toy: Toy) -> None:
    document = toy.client.get("/intake/api/openapi.json").json
    assert document["openapi"] == "3.1.0"
    validate(document)
    assert document["components"]["schemas"]["BedIn"]["additionalProperties"] is False


def test_every_route_states_who_may_call_it_and_how_it_may_fail(toy: Toy) -> None:
    document = toy.client.get("/intake/api/openapi.json").json
    post = document["paths"]["/intake/api/v1/beds"]["post"]
    assert (post["x-roles"], post["x-scope"]) == (["admin", "front_desk"], "referrals:write")
    assert {"400", "401", "403", "409", "412", "413", "415", "422", "429", "503"} <= set(post["responses"])
    taken = document["paths"]["/intake/api/v1/beds/{bed_id}/take"]["post"]
    assert {"$ref": "#/components/parameters/IfMatch"} in taken["parameters"]
    assert "404" in taken["responses"]
    assert document["paths"]["/intake/api/v1/open"]["get"]["security"] == []
    upload = document["paths"]["/intake/api/v1/beds/{bed_id}/papers"]["post"]
    assert list(upload["requestBody"]["content"]) == ["multipart/form-data"]


def test_every_operation_answers_only_what_the_document_says(toy: Toy) -> None:
    schema = schemathesis.openapi.from_wsgi("/intake/api/openapi.json", toy.app)
    callers = itertools.cycle([toy.token("front_desk"), toy.token("admin"), toy.add_key(), None])
    tried: list[str] = []

    def call(case: schemathesis.Case) -> None:
        caller = next(callers)
        tried.append(case.operation.label)
        case.call_and_validate(headers={"Authorization": caller} if caller else {}, checks=CHECKS)

    for found in schema.exclude(path_regex="/break$|/operations").get_all_operations():
        for mode in schemathesis.GenerationMode:
            with suppress(Unsatisfiable):  # there is nothing to be wrong about where nothing is taken
                FEW(given(found.ok().as_strategy(generation_mode=mode))(call))()
    assert len(tried) > 100
    assert len(set(tried)) == 9


def test_the_docs_page_runs_under_a_strict_policy(toy: Toy) -> None:
    page = toy.client.get("/intake/api/docs")
    assert page.content_type == "text/html; charset=utf-8"
    assert "<title>Beds</title>" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=|https?:", page.text)
    for found in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        file = toy.client.get(f"/intake/api/{found}")
        assert (file.status_code, len(file.data) > 0, file.headers["X-Content-Type-Options"]) == (200, True, "nosniff")
    drawn = re.search(r'url: "([^"]+)"', toy.client.get("/intake/api/docs/files/start.js").text)
    assert drawn
    shown = toy.client.get(f"/intake/api/{drawn[1]}").json
    assert shown["openapi"].startswith("3.1")
    validate(shown)


@pytest.mark.parametrize(
    "name", ["index.html", "swagger-initializer.js", "swagger-ui.js", "..%2f__init__.py", "%2fetc%2fpasswd", "x"]
)
def test_only_what_the_page_needs_is_served(toy: Toy, name: str) -> None:
    assert toy.client.get(f"/intake/api/docs/files/{name}").status_code == 404


def test_the_docs_page_is_drawn_by_a_current_swagger_ui() -> None:
    """Versions before 5 draw no OpenAPI 3.1; their fixes ended in 2023."""
    folder = resources.files("flask_swagger_ui") / "dist"
    assert int((folder / "VERSION").read_text().strip().removeprefix("v").split(".")[0]) >= 5
    assert "Apache License" in (folder / "LICENSE").read_text()
