"""Every answer: problems in one form, an id in and out, headers that keep browsers safe, nothing of the inside outside."""

import io
import json
import re
from pathlib import Path

import pytest
from pymongo.database import Database

from shared import logs
from tests.integration.toy import BED, BEDS, TickingClock, Toy


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


@pytest.fixture
def desk(toy: Toy) -> dict[str, str]:
    return {"Authorization": toy.token("front_desk")}


@pytest.mark.parametrize(
    "address", ["/", "/intake", "/intake/", "/intake/api/v1/nothing", "/intake//healthz", "/%00", "/é"]
)
def test_an_unknown_address_is_a_problem_of_its_own(toy: Toy, address: str) -> None:
    answer = toy.client.get(address)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert set(answer.json) == {"type", "title", "status", "detail", "instance"}
    assert answer.json["instance"] == f"urn:imc:request:{answer.headers['X-Request-Id']}"


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_refused_with_those_that_are_allowed(toy: Toy, method: str) -> None:
    answer = toy.client.open(BEDS, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert answer.content_type == "application/problem+json"


def test_a_fault_of_ours_carries_an_id_and_no_internals(toy: Toy, desk: dict[str, str]) -> None:
    heard = io.StringIO()
    logs.configure("intake", "INFO", heard)
    answer = toy.client.post(f"{BEDS}/x/break", headers=desk)
    assert (answer.status_code, answer.json["type"]) == (500, "urn:imc:problem:internal-error")
    assert "Retry-After" in answer.headers
    for text in (answer.text, heard.getvalue()):
        assert "SECRET-PATIENT-NAME" not in text
    assert "RuntimeError" not in answer.text
    told = [json.loads(line) for line in heard.getvalue().splitlines()]
    assert [line["exception"] for line in told if line["level"] == "ERROR"] == ["RuntimeError"]
    assert any("break_bed" in step for step in told[0]["where"])
    assert {line["request_id"] for line in told} == {answer.headers["X-Request-Id"]}


def test_an_error_of_the_domain_is_answered_from_the_services_table(toy: Toy, desk: dict[str, str]) -> None:
    answer = toy.client.post(f"{BEDS}/in-use/break", headers=desk)
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:imc:problem:bed-in-use"
    assert answer.json["title"] == "The bed is in use"


@pytest.mark.parametrize(
    "given", ["01a20a91-1189-77db-8a76-c2870c317f95", "0" * 31 + "F", "01JDXYZ0000000000000000000"]
)
def test_a_request_id_comes_back_and_is_the_cause(toy: Toy, desk: dict[str, str], given: str) -> None:
    answer = toy.client.get("/intake/api/v1/whoami", headers=desk | {"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"], answer.json["cause"]) == (given, given)


@pytest.mark.parametrize("given", ["SOMCHAI.Jaidee", "1961-04-02", "0812345678", "req-1", "A.b_c:9", "a" * 128])
def test_what_may_be_a_name_comes_back_and_goes_nowhere_else(
    toy: Toy, desk: dict[str, str], given: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = toy.client.post(f"{BEDS}/nobody/take", headers=desk | {"X-Request-Id": given, "traceparent": given})
    assert answer.headers["X-Request-Id"] == given
    assert given not in answer.text
    asked = toy.client.get("/intake/api/v1/whoami", headers=desk | {"X-Request-Id": given, "traceparent": given}).json
    assert re.fullmatch(r"[0-9a-f-]{36}", asked["cause"]) and given not in asked["traceparent"]
    assert given not in caplog.text


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "é", '{"a"}', "<script>"])
def test_an_odd_request_id_is_replaced(toy: Toy, given: str | None) -> None:
    headers = {"X-Request-Id": given} if given is not None else {}
    assert re.fullmatch(r"[0-9a-f-]{36}", toy.client.get("/nothing", headers=headers).headers["X-Request-Id"])


def traceparent(toy: Toy, desk: dict[str, str], given: str | None) -> str:
    headers = desk | ({"traceparent": given} if given is not None else {})
    return str(toy.client.get("/intake/api/v1/whoami", headers=headers).json["traceparent"])


def test_a_trace_goes_on_with_a_span_of_our_own(toy: Toy, desk: dict[str, str]) -> None:
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    found = traceparent(toy, desk, given)
    assert found.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert found.endswith("-01")
    assert found != given


@pytest.mark.parametrize(
    "given", [None, "", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "00-abc-def-01", "ff-" + "a" * 32]
)
def test_without_a_usable_trace_one_is_begun(toy: Toy, desk: dict[str, str], given: str | None) -> None:
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", traceparent(toy, desk, given))


@pytest.mark.parametrize("address", [BEDS, "/nothing", "/intake/healthz", "/intake/api/docs", "/intake/api/v1/open"])
def test_every_answer_carries_the_headers_that_keep_browsers_safe(toy: Toy, address: str) -> None:
    headers = toy.client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert len(headers.getlist("Content-Security-Policy")) == len(headers.getlist("Cache-Control")) == 1


def test_one_line_a_request_with_ids_and_never_contents(toy: Toy, desk: dict[str, str]) -> None:
    heard = io.StringIO()
    logs.configure("intake", "INFO", heard)
    made = toy.client.post(BEDS, json=BED, headers=desk)
    toy.client.get(f"/intake/api/v1/{made.json['id']}/SOMCHAI?name=SOMCHAI", headers=desk)
    toy.client.get("/intake/healthz")
    lines = [json.loads(line) for line in heard.getvalue().splitlines()]
    assert "SOMCHAI" not in heard.getvalue()
    first = lines[0]
    assert {
        name: first[name] for name in ("message", "service", "method", "route", "status", "actor", "request_id")
    } == {
        "message": "request",
        "service": "intake",
        "method": "POST",
        "route": BEDS,
        "status": 201,
        "actor": "account:acc-1",
        "request_id": made.headers["X-Request-Id"],
    }
    assert (lines[1]["route"], lines[1]["status"]) == ("unmatched", 404)
    assert len(lines) == 2  # a probe that finds all well is not worth a line


def test_figures_count_by_route_and_never_by_path(toy: Toy, desk: dict[str, str]) -> None:
    toy.client.get(f"{BEDS}/SOMCHAI", headers=desk)
    toy.client.open("/SOMCHAI", method="BREW")
    text = toy.client.get("/intake/metrics").text
    assert (
        'imc_http_request_seconds_count{method="GET",route="/intake/api/v1/beds/<bed_id>",service="intake",status="404"}'
        in text
    )
    assert 'method="any",route="unmatched"' in text
    assert "SOMCHAI" not in text
    assert "BREW" not in text


def test_the_gateways_word_counts_for_the_address_and_not_for_links(toy: Toy, desk: dict[str, str]) -> None:
    for _ in range(2):
        toy.client.post(BEDS, json=BED, headers=desk)
    behind = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "imc.example.org:8443",
    }
    answer = toy.client.get(f"{BEDS}?limit=1", headers=desk | behind)
    assert answer.headers["Link"].startswith(f"<{BEDS}?limit=1&cursor=")
