"""The gateway of `imc up` between a real caller and a real service, each a process of its own under gunicorn."""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local import children
from deploy.local import gateway_server
from deploy.local.gateway import create_gateway
from deploy.local.web import serve
from tests.system import free_base_port


def toy(environ: dict[str, Any], start: Any) -> Any:
    """Says what arrived; refuses bodies over a megabyte before reading them; answers slowly piece by piece."""
    if environ["PATH_INFO"] == "/intake/slow":
        start("200 OK", [("Content-Type", "text/plain")])
        return (time.sleep(0.3) or piece for piece in (b"one\n", b"two\n", b"three\n"))
    if int(environ.get("CONTENT_LENGTH") or 0) > 1024 * 1024:
        start("413 Content Too Large", [("Content-Type", "application/problem+json"), ("Content-Length", "2")])
        return [b"{}"]
    size = 0
    while piece := environ["wsgi.input"].read(65536):
        size += len(piece)
    seen = {name: value for name, value in environ.items() if name.startswith("HTTP_") or name == "RAW_URI"}
    body = json.dumps(seen | {"size": size, "method": environ["REQUEST_METHOD"]}).encode()
    start("200 OK", [("Content-Type", "application/json"), ("ETag", '"7"'), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`/intake/` is the toy, `/notify/` is a port where nobody listens."""
    logs: Path = tmp_path_factory.mktemp("gateway")
    base = free_base_port(3)
    ports = {"intake": base + 1, "notify": base + 2}
    pids = [
        children.fork("toy", logs / "toy.log", lambda: serve(lambda: toy, f"127.0.0.1:{base + 1}", 1)),
        children.fork(
            "gate", logs / "gate.log", lambda: gateway_server.serve(create_gateway(ports), "127.0.0.1", base, threads=8)
        ),
    ]
    for port in (base, base + 1):
        _await_listening(port)
    yield f"http://127.0.0.1:{base}"
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def _await_listening(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


def test_passes_path_query_headers_and_body_on_as_they_came(gateway: str) -> None:
    sent = requests.post(
        f"{gateway}/intake/a%2Fb%20c/%E5%8F%97?x=%20&y=1", data=b"x" * 70_000, headers={"If-Match": '"6"'}
    )
    seen = sent.json()
    assert (seen["RAW_URI"], seen["size"], seen["method"]) == ("/intake/a%2Fb%20c/%E5%8F%97?x=%20&y=1", 70_000, "POST")
    assert seen["HTTP_IF_MATCH"] == '"6"'
    assert seen["HTTP_HOST"] == gateway.removeprefix("http://")
    assert sent.headers["ETag"] == '"7"'


def test_says_where_a_request_came_from_and_keeps_what_an_outer_proxy_said(gateway: str) -> None:
    plain = requests.get(f"{gateway}/intake/").json()
    assert (plain["HTTP_X_FORWARDED_FOR"], plain["HTTP_X_FORWARDED_PROTO"]) == ("127.0.0.1", "http")
    assert plain["HTTP_X_FORWARDED_HOST"] == gateway.removeprefix("http://")
    before = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "imc.example"}
    outer = requests.get(f"{gateway}/intake/", headers=before).json()
    assert outer["HTTP_X_FORWARDED_FOR"] == "203.0.113.9, 127.0.0.1"
    assert (outer["HTTP_X_FORWARDED_PROTO"], outer["HTTP_X_FORWARDED_HOST"]) == ("https", "imc.example")


def test_a_body_of_unknown_length_streams_in(gateway: str) -> None:
    pieces = (bytes([number]) * 50_000 for number in range(18))
    assert requests.post(f"{gateway}/intake/", data=pieces).json()["size"] == 900_000


def test_an_answer_streams_out_piece_by_piece(gateway: str) -> None:
    with requests.get(f"{gateway}/intake/slow", stream=True, timeout=10) as answer:
        arrivals = [(line, time.monotonic()) for line in answer.iter_lines(chunk_size=1)]
    assert [line for line, _ in arrivals] == [b"one", b"two", b"three"]
    assert arrivals[2][1] - arrivals[0][1] > 0.3


def test_a_refusal_before_the_body_is_read_reaches_the_caller(gateway: str) -> None:
    assert requests.post(f"{gateway}/intake/", data=b"x" * 5_000_000).status_code == 413


def test_head_has_no_body(gateway: str) -> None:
    answer = requests.head(f"{gateway}/intake/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_service_away_is_503_with_retry_after(gateway: str) -> None:
    answer = requests.post(f"{gateway}/notify/api/v1/notifications", json={})
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["instance"] == "/notify/api/v1/notifications"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "今はつながりません"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "Not reachable just now"),
        ({"Accept-Language": "en", "Cookie": "imc_language=ja"}, "今はつながりません"),
    ],
)
def test_a_service_away_is_a_page_to_people_in_their_language(
    gateway: str, headers: dict[str, str], words: str
) -> None:
    answer = requests.get(f"{gateway}/notify/", headers={"Accept": "text/html"} | headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert words in answer.content.decode()
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/intake/metrics", "/intake/metrics/", "/intake/%6detrics", "/training/", "/x"])
def test_metrics_and_unknown_prefixes_are_404(gateway: str, path: str) -> None:
    host, _, port = gateway.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (404, "application/problem+json")
    connection.close()


def test_home_and_the_missing_slash(gateway: str) -> None:
    home = requests.get(f"{gateway}/", allow_redirects=False)
    assert (home.status_code, home.headers["Location"]) == (303, "/accounts/")
    redirected = requests.get(f"{gateway}/intake", allow_redirects=False)
    assert (redirected.status_code, redirected.headers["Location"]) == (308, "/intake/")
