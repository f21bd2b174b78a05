"""Large forms of pages through the gateway of `imc up`: what the services read comes to them, so that a page answers as a page."""

import io
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pymongo.database import Database
from werkzeug.serving import make_server

from deploy.local import children, gateway_server
from deploy.local.gateway import create_gateway
from shared.documents.formats import DOCUMENT_BYTES
from tests.integration.test_imc_gateway import await_listening
from tests.integration.toy import BED, BEDS, TickingClock, Toy
from tests.integration.toy_pages import toy_pages
from tests.system import free_base_port
from tests.visitor import form_to

MIB = 1024 * 1024


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock(), pages=[toy_pages()])


@pytest.fixture
def gateway(toy: Toy, tmp_path: Path) -> Iterator[str]:
    """In front of the toy's pages."""
    base = free_base_port(1)
    behind = make_server("127.0.0.1", 0, toy.app, threaded=True)
    ports = {"intake": behind.server_port}
    run = lambda: gateway_server.serve(create_gateway(ports), "127.0.0.1", base, threads=2)  # noqa: E731
    pid = children.fork("gate", tmp_path / "gate.log", run)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    await_listening(base)
    yield f"http://127.0.0.1:{base}"
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    behind.shutdown()
    behind.server_close()


@pytest.mark.parametrize("each", [11 * MIB, 15 * MIB, DOCUMENT_BYTES])
def test_a_form_with_large_files_arrives_and_its_faults_are_told_on_its_page(gateway: str, toy: Toy, each: int) -> None:
    made = toy.client.post(BEDS, json=BED, headers={"Authorization": toy.token("front_desk")}).json
    page = f"{gateway}/intake/beds/{made['id']}"
    browser = requests.Session()
    browser.headers.update({"Accept": "text/html", "Accept-Language": "en", "Origin": gateway})
    browser.cookies.set("imc_token", toy.token("front_desk").removeprefix("Bearer "))
    csrf = form_to(browser.get(page, timeout=20).text, f"/intake/beds/{made['id']}/rename").values()["csrf"]
    refused, accepted = (
        browser.post(
            f"{page}/papers",
            data={"csrf": csrf, "idempotency_key": f"key-{kind}", "kind": kind},
            files=[("file", (f"{number}.pdf", io.BytesIO(bytes(each)))) for number in range(2)],
            allow_redirects=False,
            timeout=60,
        )
        for kind in ("", "scan")
    )
    assert (refused.status_code, refused.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert "<h1" in refused.text
    assert (accepted.status_code, accepted.headers["Location"]) == (303, f"/intake/beds/{made['id']}")
    assert toy.database["beds"].find_one({})["name"] == {"latin": f"scan [{each}, {each}]"}  # type: ignore[index]
