"""The table of our fields to HL7 FHIR: every field an agency sends or reads stands in it, and every element it names is one of FHIR's."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from shared.web.fhir_table import rows_of
from shared.web.openapi_details import operations

FHIR: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "fhir_elements.json").read_text())
PRIMITIVES = {"string", "code", "boolean", "number"}
RESOURCES: dict[
    str, tuple[str | None, str | None]
] = {  # of each operation an agency calls: what it takes, what it answers
    "createReferral": ("referral", "referral"),
    "listReferrals": (None, "referral"),
    "getReferral": (None, "referral"),
    "giveInformation": ("message", "referral"),
    "askToCancel": ("cancellation", "referral"),
    "postMessage": ("message", "message"),
    "getMessage": (None, "message"),
    "attachDocument": ("document", "document"),
    "getDocument": (None, None),
    "getTimeline": (None, "timeline"),
    "readOwn": (None, "organization"),
    "listOwnEndpoints": (None, "webhook"),
    "addEndpoint": ("webhook", "webhook"),
    "readEndpoint": (None, "webhook"),
    "deleteEndpoint": (None, None),
    "disableEndpoint": (None, "webhook"),
    "enableEndpoint": (None, "webhook"),
    "rotateSecret": (None, "webhook"),
    "listDepartments": (None, "department"),
    "readDepartment": (None, "department"),
}


@pytest.fixture
def agencies(app: Flask) -> Any:
    return app.test_client().get(f"/{app.config['SERVICE']}/api/agencies/openapi.json").get_json()


def table_of(app: Flask) -> dict[str, Any]:
    folder = import_module(f"services.{app.config['SERVICE']}").__path__[0]
    file = Path(folder) / "fhir.toml"
    return rows_of(file) if file.exists() else {}


def fields_of(document: Any, shape: Any) -> Iterator[str]:
    """The paths of all leaves of a schema; an array is as what stands in it, an object that may be text is both."""
    while "$ref" in shape:
        shape = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    for way in (*shape.get("anyOf", ()), *shape.get("oneOf", ()), *shape.get("allOf", ())):
        yield from fields_of(document, way)
    if "items" in shape:
        yield from fields_of(document, shape["items"])
        return
    below = shape.get("properties", {})
    kinds = shape.get("type", [])
    if (not below and "anyOf" not in shape and "oneOf" not in shape and "allOf" not in shape and kinds != "null") or (
        below and "string" in kinds
    ):
        yield ""
    for name, member in below.items():
        for path in fields_of(document, member):
            yield f"{name}.{path}".rstrip(".")


def agency_fields(document: Any) -> Iterator[tuple[str, str]]:
    for _, _, operation in operations(document):
        if not operation.get("x-scope"):
            continue
        taken, answered = RESOURCES[operation["operationId"]]
        sent = operation.get("requestBody", {}).get("content", {})
        shown = {status: answer for status, answer in operation["responses"].items() if status in ("200", "201", "202")}
        contents = [(taken, sent), *((answered, answer.get("content", {})) for answer in shown.values())]
        for resource, content in contents:
            for body in (content.get(kind, {}) for kind in ("application/json", "multipart/form-data")):
                for path in fields_of(document, body["schema"]) if "schema" in body else ():
                    assert resource, operation["operationId"]
                    yield (
                        resource,
                        path.removeprefix("items.") if "Page" in str(body) or resource == "timeline" else path,
                    )


def test_every_field_of_an_agencys_requests_and_answers_has_a_row_and_no_other_has(app: Flask, agencies: Any) -> None:
    found = set(agency_fields(agencies))
    rows = {(resource, field) for resource, fields in table_of(app).items() for field in fields}
    assert sorted(found - rows) == [], "fields without a row in fhir.toml"
    assert sorted(rows - found) == [], "rows of fields that are gone"


def test_every_element_it_names_is_one_of_fhirs(app: Flask) -> None:
    for resource, fields in table_of(app).items():
        for field, row in fields.items():
            assert (set(row) <= {"r4", "r5", "system", "note"} and "r4" in row) or set(row) == {"none"}, (
                resource,
                field,
            )
            if "none" in row:
                assert row["none"], (resource, field)
                continue
            assert has_element("R4", row["r4"]), (resource, field, row["r4"])
            assert has_element("R5", row.get("r5", row["r4"])), (resource, field, "R5")
            assert re.fullmatch(r"(https?://\S+|urn:[a-z]+:\S+)", row.get("system", "urn:none:x")), (resource, field)


def has_element(release: str, path: str) -> bool:
    kind, *steps = path.split(".")
    for step in steps:
        kind = FHIR[release].get(kind, {}).get(step, "")
    return kind in PRIMITIVES or kind in FHIR[release]


@pytest.mark.parametrize(
    ("release", "path", "there"),
    [
        ("R4", "Patient.name.family", True),
        ("R5", "Patient.name.family", True),
        ("R4", "ServiceRequest.reasonCode.text", True),
        ("R5", "ServiceRequest.reasonCode.text", False),
        ("R5", "ServiceRequest.reason.concept.text", True),
        ("R4", "Patient.surname", False),
        ("R4", "Patients.name", False),
        ("R4", "Patient.birthDate.year", False),
    ],
)
def test_a_path_is_walked_by_fhirs_own_types(release: str, path: str, there: bool) -> None:
    assert has_element(release, path) is there


def test_the_table_is_served_to_anyone_and_the_agencies_document_leads_to_it(app: Flask, agencies: Any) -> None:
    service, client = app.config["SERVICE"], app.test_client()
    address = f"/{service}/api/agencies/docs/fhir"
    page = client.get(address)
    rows = table_of(app)
    assert (address in agencies["info"]["description"]) == bool(rows)
    assert page.status_code == (200 if rows else 404)
    for fields in rows.values():
        for field, row in fields.items():
            assert f"<code>{field}</code>" in page.text
            assert row.get("r4", "no counterpart") in page.text
