"""The gateway takes what its services read, on every route that takes files, and nginx says so where one is too large.

The real nginx with the configuration Compose mounts; behind it one server that counts what arrives, in the services' place.
"""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from deploy import request_framing
from deploy.cli import contracts
from deploy.local import gateway_server
from deploy.upload_routes import MIB, upload_routes, uploads_conf
from shared.documents.formats import DOCUMENT_BYTES
from shared.web.body import MAX_BODY_BYTES
from tests import nginx

ROUTES = [route for _, app in contracts.apps() for route in upload_routes(app)]
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
TAKES_FILES = re.compile(r"takes_upload\(|files=\(")


class Counting(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        left = size = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, MIB)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(size).encode())

    def log_message(self, *given: object) -> None:
        return


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    with nginx.gateway(tmp_path_factory.mktemp("gateway"), behind.server_port) as made:
        yield made.url
    behind.shutdown()
    behind.server_close()


def address(rule: str) -> str:
    return re.sub(r"<[^>]+>", "0197f0a0-0000-7000-8000-000000000001", rule)


def test_the_committed_limits_are_those_of_the_routes() -> None:
    fresh = uploads_conf(app for _, app in contracts.apps())
    assert contracts.UPLOADS.read_text() == fresh, "stale: run `make contracts`"


def test_every_route_that_takes_files_is_on_the_list() -> None:
    """Found in the sources, not by what the list is made of."""
    folder = Path(contracts.__file__).parents[2] / "services"
    declared = sum(len(TAKES_FILES.findall(path.read_text())) for path in folder.rglob("*.py"))
    assert declared == len(ROUTES) == contracts.UPLOADS.read_text().count("location ~") >= 8
    assert all(most > DOCUMENT_BYTES for _, most in ROUTES)


def test_what_stands_in_front_of_a_service_takes_the_largest_body_of_any_route() -> None:
    """nginx by its generated list, the gateway of `imc up` and the web processes' framing by the same constant."""
    largest = max(most for _, most in ROUTES)
    assert largest == MAX_BODY_BYTES == gateway_server.MAX_BODY_BYTES == request_framing.MAX_BODY_BYTES
    in_nginx = {int(size) for size in re.findall(r"client_max_body_size (\d+)m", contracts.UPLOADS.read_text())}
    assert max(in_nginx) * MIB == largest
    for path in (Path(contracts.__file__).parents[2] / "deploy").rglob("*.py"):
        assert not re.search(r"(?i)body\w* = .*(1024 \* 1024|MIB|<< 20)", path.read_text()), path


def test_nothing_reads_files_beside_these_declarations() -> None:
    folder = Path(contracts.__file__).parents[2] / "services"
    assert not [path for path in folder.rglob("*.py") if "request.files" in path.read_text()]


@nginx.needs_nginx
@pytest.mark.parametrize(("rule", "most"), ROUTES)
def test_a_document_of_20_mebibytes_passes_and_more_is_told(gateway: str, rule: str, most: int) -> None:
    url = gateway + address(rule)
    for size in (3 * MIB, DOCUMENT_BYTES + 4096, most):
        answer = requests.post(url, data=bytes(size), timeout=60)
        assert (answer.status_code, answer.text) == (200, str(size))
    refused = requests.post(url, data=bytes(most + 1), timeout=60)
    assert (refused.status_code, refused.headers["Content-Type"]) == (413, "application/problem+json")
    assert refused.json()["status"] == 413


@nginx.needs_nginx
@pytest.mark.parametrize(("language", "words"), [("en", "The file is too large"), ("ja", "ファイルが大きすぎます")])
@pytest.mark.parametrize(
    "path", ["/intake/cases/1/documents", "/training/application/t/papers/cv", "/accounts/sign-in"]
)
def test_a_page_answers_as_a_page(gateway: str, path: str, language: str, words: str) -> None:
    answer = requests.post(
        gateway + path, data=bytes(42 * MIB), headers=PAGE | {"Accept-Language": language}, timeout=60
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert words in answer.content.decode() and f'lang="{language}"' in answer.text


@nginx.needs_nginx
def test_other_routes_take_what_a_text_may_have(gateway: str) -> None:
    assert requests.post(f"{gateway}/intake/api/v1/referrals", data=bytes(MIB), timeout=20).status_code == 200
    for path in (
        "/intake/api/v1/referrals",
        "/intake/api/v1/documents",
        "/training/api/v1/applications/1/papers/2/accept",
    ):
        assert requests.post(gateway + path, data=bytes(3 * MIB), timeout=20).status_code == 413
