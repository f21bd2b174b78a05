"""Malformed framing is 400 and the connection closed, at the gateway of `imc up` and at every service's own port; nothing sent
behind it is taken for a request."""

import socket
from pathlib import Path

import pytest

from shared.settings import SERVICES
from tests.system import System

CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTHS = [b"-5", b"five", b"+5", b"5.0", b"0x5", b"1_0", b"5, 5", b"5 5", b"", b"9" * 26, b"5\r\nContent-Length: 6"]
SIZES = [b"F" * 16, b"F" * 20, b"F" * 100, b"-5", b"+5", b"0x5", b"zz", b"5 5", b"5_0", b"", b"1" * 70_000]
TRANSFER = [
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
]
BEHIND = b"GET /healthz HTTP/1.1\r\nHost: behind\r\n\r\n"


def exchange(port: int, content: bytes) -> bytes:
    """All that comes back until the other side closes; TimeoutError where it does not."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(content)
            while piece := connection.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass  # it closed while more came
    return got


def refused(port: int, path: str, framing: bytes, body: bytes) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n".encode()
    got = exchange(port, head + framing + b"\r\n" + body)
    assert got.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")), (framing[:60], body[:30], got[:60])
    assert got.count(b"HTTP/1.") == 1, "what came behind it was answered"
    assert b"application/problem+json" in got


def ports(system: System) -> list[int]:
    state = system.state
    urls = [state["gateway"]["url"], *(state["services"][service]["url"] for service in SERVICES)]
    return [int(url.split(":")[2].split("/")[0]) for url in urls]


@pytest.mark.parametrize("length", LENGTHS, ids=lambda length: length[:20].decode())
def test_a_length_that_is_none(system: System, length: bytes) -> None:
    for port in ports(system):
        refused(port, "/accounts/api/v1/tokens", b"Content-Length: " + length + b"\r\n", b"hello" + BEHIND)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size[:20].decode())
def test_a_chunk_of_an_impossible_size(system: System, size: bytes) -> None:
    for port, service in zip(ports(system), ("accounts", *SERVICES), strict=True):
        for path in (f"/{service}/api/v1/tokens", f"/{service}/healthz"):
            refused(port, path, CHUNKED, size + b"\r\nhello\r\n0\r\n\r\n" + BEHIND)


@pytest.mark.parametrize("framing", TRANSFER, ids=range(len(TRANSFER)))
def test_a_length_said_twice(system: System, framing: bytes) -> None:
    for port in ports(system):
        refused(port, "/accounts/api/v1/tokens", framing, b"0\r\n\r\n" + BEHIND)


def test_a_chunk_that_does_not_end_where_it_says(system: System) -> None:
    for port in ports(system):
        refused(port, "/accounts/api/v1/tokens", CHUNKED, b"3\r\nabcdef\r\n0\r\n\r\n" + BEHIND)


def test_chunked_before_http_1_1(system: System) -> None:
    for port in ports(system):
        got = exchange(port, b"POST /accounts/api/v1/tokens HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + BEHIND)
        assert got.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))


def test_good_chunks_are_read(system: System) -> None:
    """The same body whole, in one chunk, in many, with extensions and a trailer: the same answer."""
    body = b'{"username": "nobody", "password": "wrong", "one_time_code": "000000"}'
    many = b"".join(b"%x\r\n%s\r\n" % (1, body[place : place + 1]) for place in range(len(body))) + b"0\r\n\r\n"
    one = b"%x;name=value\r\n%s\r\n0\r\nChecked: yes\r\n\r\n" % (len(body), body)
    head = (
        b"POST /accounts/api/v1/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    )
    own = ports(system)
    for port in (own[0], own[1 + list(SERVICES).index("accounts")]):
        answers = {
            exchange(port, head + framing + content).split(b" ", 2)[1]
            for framing, content in (
                (b"Content-Length: %d\r\n\r\n" % len(body), body),
                (CHUNKED + b"\r\n", one),
                (CHUNKED + b"\r\n", many),
            )
        }
        assert answers == {b"401"}


def test_the_logs_of_it_hold_nothing_that_was_sent(system: System) -> None:
    for port in ports(system):
        refused(port, "/accounts/api/v1/tokens", b"Content-Length: canary-in-a-length\r\n", b"canary-in-a-body")
    for log in Path(system.data / "logs").glob("*.log"):
        assert b"canary-in-a-" not in log.read_bytes(), log
