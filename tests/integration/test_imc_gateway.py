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

from deploy.local import children, gateway_server
from deploy.local.gateway import create_gateway
from deploy.web_server import serve
from shared.web.body import MAX_BODY_BYTES
from tests.system import free_base_port


def toy(environ: dict[str, Any], start: Any) -> Any:
    """Says what arrived; refuses bodies over a megabyte before reading them; answers slowly piece by piece."""
    if environ["PATH_INFO"] == "/intake/slow":
        start("200 OK", [("Content-Type", "text/plain")])
        return (time.sleep(0.3) or piece for piece in (b"one\n", b"two\n", b"three\n"))
    if environ["PATH_INFO"] == "/intake/large":
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(12 << 20))])
        return (b"l" * (1 << 20) for _ in range(12))
    if int(environ.get("CONTENT_LENGTH") or 0) > 1024 * 1024 and environ["PATH_INFO"] != "/intake/uploads":
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
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture
def gateway_pid(gateway: str, logs: Path) -> int:
    return int((logs / "pid").read_text())


@pytest.fixture(scope="module")
def gateway(logs: Path) -> Iterator[str]:
    """`/intake/` is the toy, `/notify/` is a port where nobody listens."""
    base = free_base_port(3)
    ports = {"intake": base + 1, "notify": base + 2}
    pids = [
        children.fork("toy", logs / "toy.log", lambda: serve(lambda: toy, f"127.0.0.1:{base + 1}", 1)),
        children.fork(
            "gate", logs / "gate.log", lambda: gateway_server.serve(create_gateway(ports), "127.0.0.1", base, threads=8)
        ),
    ]
    for port in (base, base + 1):
        await_listening(port)
    (logs / "pid").write_text(str(pids[1]))
    yield f"http://127.0.0.1:{base}"
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def await_listening(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


@pytest.mark.parametrize("size", [22 << 20, 30 << 20, MAX_BODY_BYTES - 65_536, MAX_BODY_BYTES])
def test_what_any_route_reads_passes_whole(gateway: str, size: int) -> None:
    """Also in chunks, at the service's own port."""
    assert requests.post(f"{gateway}/intake/uploads", data=bytes(size), timeout=60).json()["size"] == size
    service = int(gateway.rpartition(":")[2]) + 1
    pieces = (bytes(min(1 << 20, size - place)) for place in range(0, size, 1 << 20))
    chunked = requests.post(f"http://127.0.0.1:{service}/intake/uploads", data=pieces, timeout=60)
    assert chunked.json()["size"] == size


def test_more_than_any_route_reads_is_refused(gateway: str) -> None:
    with opened(
        gateway, b"POST /intake/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    ) as sent:
        assert b" 413 " in sent.recv(65536).partition(b"\r\n")[0]


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
        ({}, "現在、接続できません"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "Service unavailable"),
        ({"Accept-Language": "en", "Cookie": "imc_language=ja"}, "現在、接続できません"),
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


def opened(gateway: str, content: bytes) -> socket.socket:
    """A connection over which this was sent, and which stays open."""
    host, _, port = gateway.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(content)
    return connection


HEADER = b"POST /intake/ HTTP/1.1\r\nHost: slow\r\nContent-Length: 1000\r\n"
SLOW = {
    "nothing": b"",
    "half a header": HEADER,
    "half a body": HEADER + b"\r\n{",
    "half a chunk": HEADER.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked") + b"\r\nff\r\nab",
}


@pytest.mark.parametrize("kind", SLOW)
def test_clients_that_trickle_starve_nobody(gateway: str, kind: str) -> None:
    """Twenty-five for each of its threads."""
    slow = [opened(gateway, SLOW[kind]) for _ in range(200)]
    try:
        for _ in range(3):
            for connection in slow:
                connection.sendall(b"a" if "body" in kind or "chunk" in kind else b"X")
            answers = [requests.get(f"{gateway}/intake/", timeout=5).status_code for _ in range(10)]
            assert answers == [200] * 10
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize("kind", SLOW)
def test_clients_that_close_early_cost_nothing(gateway: str, kind: str) -> None:
    for _ in range(200):
        opened(gateway, SLOW[kind]).close()
    assert requests.get(f"{gateway}/intake/", timeout=5).status_code == 200


def test_slow_readers_of_large_answers_starve_nobody(gateway: str) -> None:
    slow = [opened(gateway, b"GET /intake/large HTTP/1.1\r\nHost: slow\r\n\r\n") for _ in range(12)]
    try:
        assert requests.get(f"{gateway}/intake/", timeout=20).status_code == 200
    finally:
        for connection in slow:
            connection.close()


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway whose clients have a second for a header and two for a body, more for one that flows."""
    base, logs = free_base_port(1), tmp_path_factory.mktemp("hasty")

    def serve_hastily() -> None:
        gateway_server.HEADER_SECONDS, gateway_server.BODY_SECONDS = 1.0, 1.0
        gateway_server.serve(create_gateway({}), "127.0.0.1", base, threads=2)

    pid = children.fork("hasty", logs / "gate.log", serve_hastily)
    await_listening(base)
    yield f"http://127.0.0.1:{base}"
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("kind", [kind for kind in SLOW if kind != "nothing"])
def test_header_and_body_have_deadlines(hasty: str, kind: str) -> None:
    """Also where a byte comes again and again."""
    with opened(hasty, SLOW[kind]) as connection:
        connection.settimeout(0.2)
        got, deadline = b"", time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                connection.sendall(b"a")
                piece = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            got += piece
        assert got.startswith(b"HTTP/1.") and got.split(b" ", 2)[1] == b"408" and b"problem+json" in got
        assert time.monotonic() < deadline, "not closed"


def test_a_body_that_flows_has_the_time_it_needs(hasty: str) -> None:
    """Longer than the deadline of one that does not."""
    with opened(hasty, b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 20480\r\n\r\n") as connection:
        for _ in range(40):
            connection.sendall(b"b" * 512)
            time.sleep(0.1)
        assert b" 404 " in connection.recv(65536)


def test_an_upload_of_20_mib_goes_through_with_bounded_memory(gateway: str, gateway_pid: int) -> None:
    before = _resident(gateway_pid)
    pieces = [b"u" * (1 << 20)] * 20
    host, _, port = gateway.removeprefix("http://").partition(":")
    connections = [http.client.HTTPConnection(host, int(port), timeout=60) for _ in range(6)]
    for connection in connections:
        connection.putrequest("POST", "/intake/uploads")
        connection.putheader("Content-Length", str(20 << 20))
        connection.endheaders()
    for piece in pieces:
        for connection in connections:
            connection.send(piece)
    answers = [connection.getresponse() for connection in connections]
    assert [json.loads(answer.read())["size"] for answer in answers] == [20 << 20] * 6
    assert _resident(gateway_pid) - before < 40 << 20
    for connection in connections:
        connection.close()


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_stop_answers_what_it_has_begun(tmp_path: Path, gateway: str) -> None:
    base = free_base_port(1)
    intake = int(gateway.rpartition(":")[2]) + 1
    run = lambda: gateway_server.serve(create_gateway({"intake": intake}), "127.0.0.1", base, threads=2)  # noqa: E731
    pid = children.fork("stopped", tmp_path / "gate.log", run)
    await_listening(base)
    with opened(f"http://127.0.0.1:{base}", b"GET /intake/slow HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        got = connection.recv(65536)
        os.kill(pid, signal.SIGTERM)
        while piece := connection.recv(65536):
            got += piece
    assert b"three" in got
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
