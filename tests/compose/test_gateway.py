"""The gateway: every prefix passed on, figures never, and what it answers itself is problem+json."""

import json

import pytest
import requests

from shared.settings import SERVICES
from tests.compose.client import wait_for
from tests.compose.conftest import Compose

PROBLEM = "application/problem+json"


@pytest.mark.parametrize("service", SERVICES)
def test_every_prefix_is_passed_on(system: Compose, service: str) -> None:
    assert requests.get(f"{system.url}/{service}/healthz", timeout=10).status_code == 200
    wait_for("ready", lambda: requests.get(f"{system.url}/{service}/readyz", timeout=10).status_code == 200)
    assert requests.get(f"{system.url}/{service}/api/openapi.json", timeout=10).json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/%6Detrics", "//metrics", "/x/../metrics", "/metrics?a=b"])
def test_figures_stay_inside(system: Compose, path: str) -> None:
    request = requests.Request("GET", system.url).prepare()
    request.url = f"{system.url}/intake{path}"  # as it stands: the library would tidy it up
    with requests.Session() as session:
        answer = session.send(request, timeout=10)
    assert answer.status_code == 404
    assert "imc_" not in answer.text


def test_unknown_prefix(system: Compose) -> None:
    answer = requests.get(f'{system.url}/nobody/a"b?c="', timeout=10)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json()["status"] == 404


def test_too_large_for_anything_but_a_document(system: Compose) -> None:
    answer = requests.post(f"{system.url}/intake/api/v1/referrals", data=b" " * 3 * 1024 * 1024, timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)


def test_request_id_goes_through(system: Compose) -> None:
    given = {"X-Request-Id": "journey-1"}
    answer = requests.get(f"{system.url}/intake/api/v1/cases", headers=given, timeout=10)
    assert answer.status_code == 401
    assert answer.headers["X-Request-Id"] == "journey-1"


def test_what_a_client_says_about_itself_is_not_believed(system: Compose) -> None:
    given = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    answer = requests.post(
        f"{system.url}/intake/api/v1/cases", headers=given, json={}, allow_redirects=False, timeout=10
    )
    assert "evil.example" not in str(answer.headers) + answer.text


def test_a_service_away(system: Compose) -> None:
    """503 with Retry-After within the caller's ten seconds; its neighbours answer; it is found again by itself."""
    system.run("stop", "partners-web")
    try:
        answer = requests.get(f"{system.url}/partners/healthz", timeout=10)
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert int(answer.headers["Retry-After"]) > 0
        assert requests.get(f"{system.url}/intake/healthz", timeout=10).status_code == 200
    finally:
        system.run("up", "--wait", "--no-recreate", "partners-web")
    assert requests.get(f"{system.url}/partners/healthz", timeout=10).status_code == 200


def test_the_log_says_how_a_refused_request_was_sent(system: Compose) -> None:
    """Also where it is answered from an address of the gateway's own."""
    for method in ("POST", "PUT", "DELETE"):
        requests.request(method, f"{system.url}/intake/api/v1/refused-{method}", data=b"x" * (3 << 20), timeout=20)
        requests.request(method, f"{system.url}/nowhere/refused-{method}", timeout=20)
    logged = [line for line in system.run("logs", "--no-log-prefix", "gateway").splitlines() if "refused-" in line]
    lines = [json.loads(line[line.index("{") :]) for line in logged]  # Compose may wipe the line before it
    told = {(line["path"].rpartition("-")[2], line["method"]) for line in lines}
    assert told == {(method, method) for method in ("POST", "PUT", "DELETE")}
