"""The HTTP call of a webhook: to the address that was checked, with the name's certificate, within its time."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.notify.actions.delivery.connection import CallFailed, Reply, post
from shared.webhook_targets import Target, allowed, check_url

HOST = "agency.example"
NOTHING = allowed([])


class Server:
    """An HTTP(S) server on this machine that notes the Host it was asked for."""

    def __init__(self, tls: ssl.SSLContext | None, extra: dict[str, str] | None = None) -> None:
        self.hosts: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.hosts.append(self.headers["Host"])
                self.send_response(200)
                for name, value in (extra or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"x" * 100_000)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.port = int(self.http.server_address[1])


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for agency.example, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (tmp_path / "cert").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    return server, ssl.create_default_context(cafile=str(tmp_path / "cert"))


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    made: list[Server] = []
    yield made
    for server in made:
        server.http.shutdown()
        server.http.server_close()


def call(target: Target, exempt: list[str], addresses: list[str], **more: Any) -> Reply:
    return post(target, {"Content-Type": "application/json"}, b"{}", allowed(exempt), lambda *_: addresses, **more)


def test_the_connection_goes_to_the_looked_up_address_with_the_names_certificate(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext], servers: list[Server]
) -> None:
    server, client = certificate
    servers.append(Server(server))
    port = servers[0].port
    named = allowed([HOST, "other.example"])
    target = check_url(f"https://{HOST}:{port}/hook", named)
    assert call(target, [f"{HOST}:{port}"], ["127.0.0.1"], tls=client).status == 200
    assert servers[0].hosts == [f"{HOST}:{port}"]
    other = check_url(f"https://other.example:{port}/hook", named)
    with pytest.raises(CallFailed, match="tls"):
        call(other, [f"other.example:{port}"], ["127.0.0.1"], tls=client)
    with pytest.raises(CallFailed, match="tls"):
        call(target, [f"{HOST}:{port}"], ["127.0.0.1"])
    assert len(servers[0].hosts) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["::1"],
        ["fd00::1"],
        ["fe80::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["192.0.0.192"],
        ["198.18.0.1"],
        ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
        ["64:ff9b:1::a00:1"],
        ["3fff::1"],
        ["5f00::1"],
        ["ff02::1"],
        ["93.184.216.34", "127.0.0.1"],
        ["not an address"],
    ],
)
def test_a_public_name_with_an_internal_address_is_refused_before_any_connection(addresses: list[str]) -> None:
    target = check_url(f"https://{HOST}/hook", NOTHING)
    with pytest.raises(CallFailed, match="address_refused"):
        call(target, [], addresses)


def test_a_name_nobody_knows(servers: list[Server]) -> None:
    with pytest.raises(CallFailed, match="unknown_host"):
        call(check_url(f"https://{HOST}/hook", NOTHING), [], [])


def test_a_resolver_that_hangs_is_abandoned() -> None:
    target, over = check_url(f"https://{HOST}/hook", NOTHING), threading.Event()
    with pytest.raises(CallFailed, match="timeout"):
        post(target, {}, b"", NOTHING, lambda *_: [str(over.wait(60))], seconds=0.3)
    over.set()


@pytest.mark.timeout(60)  # the server itself would go on for hours
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_answers_one_byte_at_a_time_is_disconnected(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        done = threading.Event()

        def drip() -> None:
            taken, _ = dripping.accept()
            with taken:
                while not done.wait(0.05):
                    try:
                        taken.send(b"H" if scheme == "http" else b"\x16")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        url = f"{scheme}://127.0.0.1:{dripping.getsockname()[1]}/"
        with pytest.raises(CallFailed):
            call(check_url(url, allowed(["127.0.0.1"])), ["127.0.0.1"], ["127.0.0.1"], seconds=0.5)
        done.set()


def test_the_next_address_is_taken_where_the_first_is_dead_and_waiting_is_honoured(servers: list[Server]) -> None:
    servers.append(Server(None, {"Retry-After": "120"}))
    target = check_url(f"http://127.0.0.1:{servers[0].port}/", allowed(["127.0.0.0/8"]))
    assert call(target, ["127.0.0.0/8"], ["127.0.0.99", "127.0.0.1"]) == Reply(200, ("120",))


@pytest.mark.parametrize(
    "answer", [b"hello\r\n\r\n", b"", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200]
)
def test_what_is_no_http_is_a_failure(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def speak() -> None:
            taken, _ = odd.accept()
            with taken:
                taken.recv(65536)
                taken.sendall(answer)

        threading.Thread(target=speak, daemon=True).start()
        target = check_url(f"http://127.0.0.1:{odd.getsockname()[1]}/", allowed(["127.0.0.1"]))
        with pytest.raises(CallFailed, match=r"not_http|connection_lost"):
            call(target, ["127.0.0.1"], ["127.0.0.1"])
