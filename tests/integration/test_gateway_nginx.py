"""nginx with the gateway's own configuration in front of a service that is there, slow, or away: what it answers and what it logs."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from shared.web.edge import HSTS
from tests import nginx
from tests.compose.conftest import ROOT
from tests.nginx import Nginx
from tests.ports import refusing_port

pytestmark = nginx.needs_nginx
SECRET = "AbCdEf0123456789SecretOfALink"
SECRETS = [
    f"/training/application/{SECRET}",
    f"/training/application/{SECRET}/papers/passport",
    f"/training/application/{SECRET}/files/{SECRET}",
    f"/training/fragments/application/{SECRET}/certificate",
    f"/training/%61pplication/{SECRET}",
    f"//training/application/{SECRET}",
    f"/training//application/{SECRET}",
    f"/training/./application/{SECRET}",
    f"/training/x/../application/{SECRET}",
    f"/training/verify?code={SECRET}",
    f"/training/api/v1/certificates/{SECRET}",
    f"/interpreting/offers/{SECRET}",
    f"/interpreting/offers/{SECRET}/accept",
    f"/interpreting/calendar/{SECRET}.ics",
    f"/interpreting/api/v1/offer-links/{SECRET}/decline",
    f"/accounts/oidc/callback?code={SECRET}&state={SECRET}",
]


class Service(BaseHTTPRequestHandler):
    """Answers, cuts the connection, or says what it was sent, by the query."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "cut" in self.path:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if "odd" in self.path:
            self.wfile.write(b"this is no HTTP\r\n\r\n")
            self.close_connection = True
            return
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        kind, _, size = self.path.partition("?kind=")[2].partition("&size=")
        if kind:
            body = b"imc " * (int(size) // 4)
        self.send_response(200)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("ETag", '"tag"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - as the base class names it

    def log_message(self, *given: Any) -> None:
        return


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=["there", "away"])
def there(request: pytest.FixtureRequest) -> bool:
    """Whether the service is there that the gateway leads to; else nobody listens on its port."""
    return str(request.param) == "there"


@pytest.fixture(scope="module")
def gateway(there: bool, service: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    public_url = "https://imc.example" if there else "http://127.0.0.1"
    with (
        refusing_port() as away,
        nginx.gateway(tmp_path_factory.mktemp("nginx"), service if there else away, public_url) as made,
    ):
        yield made


def raw(gateway: Nginx, head: bytes) -> bytes:
    """What comes back for bytes as they are."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(head)
        return connection.recv(65536)


def test_no_secret_of_an_address_is_in_any_log(gateway: Nginx) -> None:
    session = requests.Session()
    for path in SECRETS:
        headers = {"Referer": f"{gateway.url}{path}"}
        for more in ("", "&cut=1" if "?" in path else "?cut=1", "&odd=1" if "?" in path else "?odd=1"):
            for method, body in (("GET", None), ("POST", b"x" * 100_000), ("POST", b"x" * 3_000_000)):
                request = requests.Request(method, gateway.url, headers=headers, data=body).prepare()
                request.url = f"{gateway.url}{path}{more}"  # as it stands: the library would tidy it up
                with suppress(requests.ConnectionError):  # what is no HTTP is passed on as it is
                    session.send(request, timeout=20)
        where = path.encode()
        raw(gateway, b"GET " + where + b" HTTP/1.1\r\n\r\n")
        raw(gateway, b"GET " + where + b" HTTP/9.9\r\nHost: x\r\n\r\n")
        raw(gateway, b"GET " + where + b"/../../../../.. HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        raw(gateway, b"GET " + where + b" HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n")
        raw(gateway, b"GET " + where + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        raw(
            gateway,
            b"POST " + where + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nZZ\r\n",
        )
    logs = gateway.logs()
    assert SECRET not in logs
    assert logs.count('"logger":"gateway"') >= 9 * len(SECRETS), "it does log"
    assert '"path":"/training/application/..."' in logs and '"path":"/..."' in logs


def test_an_ordinary_path_is_logged_without_its_query(gateway: Nginx) -> None:
    requests.get(f"{gateway.url}/intake/api/v1/cases/abc?name=SOMCHAI", timeout=10)
    logs = gateway.logs()
    assert '"path":"/intake/api/v1/cases/abc"' in logs and "SOMCHAI" not in logs


@pytest.mark.parametrize(
    "given", ["SOMCHAI.Jaidee", "1961-04-02", "0812345678", 'a"b', "01a20a91118977db8a76c2870c317f95"]
)
def test_an_id_of_a_callers_is_logged_only_where_it_is_one(gateway: Nginx, given: str) -> None:
    requests.get(f"{gateway.url}/intake/api/v1/cases", headers={"X-Request-Id": given}, timeout=10)
    assert (given in gateway.logs()) == (re.fullmatch(r"[0-9a-f]{32}", given) is not None)


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/nobody", "/intake/metrics", "/intake/api/v1/cases", "/intake/" + "a" * 40_000]
)
def test_what_it_answers_itself_says_https_where_people_come_by_it(gateway: Nginx, path: str) -> None:
    answer = requests.get(gateway.url + path, timeout=20, allow_redirects=False)
    away = requests.get(f"{gateway.url}/intake/", timeout=20).status_code == 503
    passed_on = answer.status_code == 200 and path.startswith("/intake")
    assert answer.headers.get(HSTS[0]) == (None if away or passed_on else HSTS[1])


def test_too_large_is_told_alike(gateway: Nginx, there: bool) -> None:
    answer = requests.post(f"{gateway.url}/intake/api/v1/cases", data=b"x" * 3_000_000, timeout=20)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    page = requests.post(f"{gateway.url}/intake/", data=b"x" * 3_000_000, headers={"Accept": "text/html"}, timeout=20)
    assert (page.status_code, page.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert {each.headers.get(HSTS[0]) for each in (answer, page)} == {HSTS[1] if there else None}


@pytest.mark.parametrize("said", [None, "6.6.6.6", "6.6.6.6, 7.7.7.7"])
def test_the_service_learns_of_every_address_on_the_way_and_of_no_host(
    gateway: Nginx, there: bool, said: str | None
) -> None:
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example"}
    answer = requests.get(
        f"{gateway.url}/intake/api/v1/cases", headers=lies | ({"X-Forwarded-For": said} if said else {}), timeout=20
    )
    assert answer.status_code == (200 if there else 503)
    if there:
        heard = answer.json()
        assert heard["x-forwarded-for"] == ", ".join([*([said] if said else []), "127.0.0.1"])
        assert not {"x-forwarded-host", "x-forwarded-proto", "forwarded"} & set(heard)


@pytest.mark.parametrize(
    ("cookie", "language"),
    [("imc_language=en", "en"), ("a=b; __Host-imc_language=ja", "ja"), ("ximc_language=en", "ja")],
)
def test_away_is_told_in_the_readers_language(gateway: Nginx, there: bool, cookie: str, language: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "ja", "Cookie": cookie}
    answer = requests.get(f"{gateway.url}/intake/", headers=headers, timeout=20)
    assert answer.status_code == (200 if there else 503)
    if not there:
        assert f'lang="{language}"' in answer.text


def test_every_address_with_a_secret_in_it_is_known_here() -> None:
    """A new signed link is added to the map in nginx.conf, or stands in its log."""
    text = (nginx.GATEWAY / "nginx.conf").read_text()
    kinds = re.search(r'"~\^\(\?<kind>(.*?)\)" "\$\{kind\}', text)
    assert kinds
    secret = re.compile(kinds[1])
    routes = ROOT.glob("services/*/*/*.py")
    found = {
        (path.parts[-3], rule)
        for path in routes
        for rule in re.findall(r'@\w+\.(?:get|post)\("([^"]*<(?:token|code)>[^"]*)"', path.read_text())
    }
    opened = [(name, rule) for name, rule in found if "<token>" in rule or rule == "/certificates/<code>"]
    assert len(opened) >= 15
    for name, rule in opened:
        assert any(secret.match(f"/{name}{prefix}{rule}") for prefix in ("", "/api/v1")), (name, rule)


@pytest.mark.parametrize(
    ("kind", "size", "packed"),
    [
        ("text/html; charset=utf-8", 8000, True),
        ("text/css; charset=utf-8", 8000, True),
        ("text/javascript; charset=utf-8", 8000, True),
        ("image/svg+xml", 8000, True),
        ("text/html; charset=utf-8", 800, False),
        ("application/json", 8000, False),
        ("application/problem+json", 8000, False),
        ("application/pdf", 8000, False),
    ],
)
def test_pages_and_their_files_are_compressed_and_nothing_else(
    gateway: Nginx, there: bool, kind: str, size: int, packed: bool
) -> None:
    address = f"{gateway.url}/intake/x?kind={kind.replace(' ', '')}&size={size}"
    if not there:
        assert "Content-Encoding" not in requests.get(address, timeout=10).headers, "a problem, whatever was asked for"
        return
    taking = requests.get(address, headers={"Accept-Encoding": "gzip", "Via": "1.1 outer"}, timeout=10)
    assert taking.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert taking.headers.get("Vary") == ("Accept-Encoding" if packed else None)
    assert taking.headers["ETag"] == ('W/"tag"' if packed else '"tag"')
    plain = requests.get(address, headers={"Accept-Encoding": "identity"}, timeout=10)
    assert "Content-Encoding" not in plain.headers
    assert plain.content == taking.content == b"imc " * (size // 4)
