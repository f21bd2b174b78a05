"""What the documents show is true: each example fits its schema, and what agencies are shown as requests is taken by a running system."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from shared.settings import SERVICES
from shared.web.openapi_details import for_agencies, operations
from tests.answers import Promises
from tests.contract import examples
from tests.contract.world import World
from tests.sample_files import PDF

COMMITTED = Path(__file__).parents[2] / "deploy" / "contracts" / "openapi"
DOCUMENTS: dict[str, Any] = {name: json.loads((COMMITTED / f"{name}.json").read_text()) for name in SERVICES}
TYPES = ("application/json", "multipart/form-data")
REFERRALS, ENDPOINTS = "/intake/api/v1/referrals", "/partners/api/v1/organizations/me/webhooks"


def _shown(service: str) -> list[tuple[str, Any, Any]]:
    """(where, schema, example) of all in a document."""
    document, found = DOCUMENTS[service], []
    received = [("webhooks", event["post"]) for event in document.get("webhooks", {}).values()]
    for where, operation in [*((o["operationId"], o) for _, _, o in operations(document)), *received]:
        sides = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
        found += [
            (f"{where} {side}", content) for side, about in sides for content in about.get("content", {}).values()
        ]
    found += [
        (name, content)
        for name, about in document["components"]["responses"].items()
        for content in about.get("content", {}).values()
    ]
    return [(where, content["schema"], content["example"]) for where, content in found if "example" in content]


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_fits_its_schema(service: str) -> None:
    promises = Promises(DOCUMENTS[service])
    shown = _shown(service)
    assert len(shown) >= 5
    assert [(where, faults) for where, schema, one in shown if (faults := promises.fits(schema, one))] == []


def test_all_that_an_agency_may_call_is_shown() -> None:
    lacking = []
    for service, document in DOCUMENTS.items():
        for _, _, operation in operations(for_agencies(document)):
            if not operation.get("x-scope"):
                continue
            answers = [one for status, one in operation["responses"].items() if status < "3"]
            told = [
                c
                for one in [operation.get("requestBody", {}), *answers]
                for m, c in one.get("content", {}).items()
                if m in TYPES
            ]
            lacking += [(service, operation["operationId"]) for content in told if "example" not in content]
    assert lacking == []
    assert DOCUMENTS["partners"]["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]["example"]


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_of_a_machine_or_a_secret_is_shown(service: str) -> None:
    text = (examples.ROOT / service / "examples.json").read_text()
    for trace in ("127.0.0.1", "localhost", "/tmp", "/home", "/root", "eyJ0", "otpauth://totp/I"):
        assert trace not in text, trace
    for start in ("imc_live_", "imc_test_", "whsec_"):
        assert text.count(start) == text.count(f"{start}…")


def _request(service: str, name: str) -> Any:
    """The example of an agency's request."""
    found = next(one for _, _, one in operations(for_agencies(DOCUMENTS[service])) if one["operationId"] == name)
    (content,) = found["requestBody"]["content"].values()
    return content["example"]


def test_the_requests_shown_to_agencies_are_taken(world: World) -> None:
    agency, desk, sent = world.cast.agency, world.cast.desk, set()

    def post(path: str, service: str, name: str, status: int) -> Any:
        sent.add((service, name))
        return agency.post(path, _request(service, name), status)

    case = post(REFERRALS, "intake", "createReferral", 201)
    own, case_path = f"{REFERRALS}/{case['id']}", f"/intake/api/v1/cases/{case['id']}"
    post(f"{own}/messages", "intake", "postMessage", 201)
    fields = dict(_request("intake", "attachDocument"))
    upload = {"files": {"file": (fields.pop("file"), PDF, "application/pdf")}, "data": fields}
    assert world.system.call("POST", f"{own}/documents", agency.credential, **upload).status_code == 201
    sent.add(("intake", "attachDocument"))
    desk.post(f"{case_path}/review")
    desk.post(f"{case_path}/request-information", {"message": "Please send the latest report."})
    post(f"{own}/information", "intake", "giveInformation", 200)
    post(f"{own}/cancellation", "intake", "askToCancel", 200)
    endpoint = post(ENDPOINTS, "partners", "addEndpoint", 201)
    gone = world.system.call("DELETE", f"{ENDPOINTS}/{endpoint['id']}", agency.credential)
    assert gone.status_code == 204
    shown = {
        (service, one["operationId"])
        for service, document in DOCUMENTS.items()
        for _, _, one in operations(for_agencies(document))
        if one.get("x-scope") and "requestBody" in one
    }
    assert shown == sent, "each was sent"


def test_an_answer_that_is_not_as_promised_is_seen() -> None:
    """The look at all answers (tests/answers.py), tried on answers that are wrong in each way."""
    promises = Promises(DOCUMENTS["intake"])
    found = promises.operation("GET", f"/intake/api/v1/referrals/{uuid.uuid4()}")
    assert found is not None
    right = found["responses"]["200"]["content"]["application/json"]["example"]

    def faults(body: Any, status: int = 200, media: str = "application/json") -> list[str]:
        return promises.faults(found, status, media, json.dumps(body).encode())

    assert faults(right) == []
    assert faults({name: value for name, value in right.items() if name != "updated_at"})
    assert faults(right | {"more": 1}) and faults(right | {"status": "lost"}) and faults(right | {"next": None})
    assert faults(right | {"created_at": "yesterday"}) and faults(right | {"id": "17"})
    assert faults(right | {"patient": right["patient"] | {"mood": "good"}})
    assert faults(right, status=207) and faults(right, media="application/xml")
