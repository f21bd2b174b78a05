"""Sign-in at a real OpenID Connect provider, a process of its own: who gets in, by which claim, and what is refused."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.accounts.actions.accounts import change_account, disable_account
from services.accounts.app import create_app
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.settings import BadSetting
from tests.integration.signing_in import Accounts, settings_of
from tests.system import free_base_port
from tests.visitor import Visitor

START, CALLBACK = "/accounts/oidc/start", "/accounts/oidc/callback"
PEOPLE = [
    {"sub": "u-1", "preferred_username": "Y.Tanaka"},
    {"sub": "u-2", "email": "mail@hospital.example", "email_verified": True},
    {"sub": "u-3", "email": "mail@hospital.example", "email_verified": False},
    {"sub": "u-4", "preferred_username": "nobody.here"},
    {"sub": "u-5", "preferred_username": "y.tanaka"},
    {"sub": "u-6", "preferred_username": "boss@hospital.example"},
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The provider's address. It is asked for people by the subject that is typed."""
    port = free_base_port(1)
    people = [part for person in PEOPLE for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 20
    while True:
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=1).raise_for_status()
            break
        except requests.RequestException:
            assert time.monotonic() < deadline, "the provider did not start"
            time.sleep(0.1)
    yield address
    running.terminate()
    running.wait()


@pytest.fixture
def accounts(mongo_url: str, database: Database, tmp_path: Path, provider: str) -> Accounts:
    given = {"IMC_OIDC_ISSUER": provider, "IMC_OIDC_CLIENT_ID": "imc", "IMC_OIDC_CLIENT_SECRET": "of the provider"}
    made = Accounts(mongo_url, database, tmp_path, **given, IMC_PUBLIC_URL="http://localhost")
    made.clock.now = datetime.now(UTC).replace(microsecond=0)  # the provider's clock is the machine's
    return made


def browser(accounts: Accounts) -> Visitor:
    return Visitor(accounts.app.test_client())


def agree(visitor: Visitor, subject: str, way: str = "/accounts/me") -> str:
    """Goes to the provider, says there who one is, and gives the address it leads back to."""
    there = visitor.get(f"{START}?next={way}")
    assert there.status_code == 303, there.text
    answer = requests.post(there.headers["Location"], data={"sub": subject}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def back(visitor: Visitor, address: str) -> TestResponse:
    parts = urlsplit(address)
    return visitor.get(f"{parts.path}?{parts.query}")


def enter(accounts: Accounts, subject: str, visitor: Visitor | None = None) -> TestResponse:
    visitor = visitor or browser(accounts)
    return back(visitor, agree(visitor, subject))


def context(accounts: Accounts) -> CommandContext:
    return CommandContext(accounts.clock(), "operator:test", new_id())


def test_the_page_links_to_the_provider_only_if_one_is_set(accounts: Accounts, mongo_url: str, tmp_path: Path) -> None:
    assert "/accounts/oidc/start?next=/accounts/me" in browser(accounts).get("/accounts/sign-in?next=/accounts/me").text
    without = settings_of("accounts", mongo_url, accounts.database.name, tmp_path / "none")
    client = Visitor(create_app(without).test_client())
    assert "oidc" not in client.get("/accounts/sign-in").text
    assert client.get(START).status_code == 404


def test_an_incomplete_provider_setting_stops_the_process_at_start(
    mongo_url: str, database: Database, tmp_path: Path
) -> None:
    half = settings_of("accounts", mongo_url, database.name, tmp_path, IMC_OIDC_ISSUER="https://login.example")
    with pytest.raises(BadSetting, match="IMC_OIDC_CLIENT_ID"):
        create_app(half)


def test_the_authorization_request(accounts: Accounts, provider: str) -> None:
    address = urlsplit(browser(accounts).get(START).headers["Location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.netloc == urlsplit(provider).netloc
    assert asked["redirect_uri"] == "http://localhost/accounts/oidc/callback"
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", "imc")
    assert len(asked["state"]) >= 43 and len(asked["nonce"]) >= 43 and len(asked["code_challenge"]) >= 43


def test_the_hospital_username_signs_in_to_the_account_of_that_name(accounts: Accounts) -> None:
    person, visitor = accounts.person("front_desk", username="y.tanaka"), browser(accounts)
    answer = enter(accounts, "u-1", visitor)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts/me")
    assert "y.tanaka" in visitor.get("/accounts/me").text
    stored: Any = accounts.database["accounts"].find_one({"_id": person["id"]})
    assert stored["oidc"]["subject"] == "u-1"
    assert ["provider"] in [event["data"].get("fields") for event in accounts.published(person["id"])]
    change_account(accounts.deps, person["id"], {"name": "Y. Tanaka"}, context(accounts))
    assert enter(accounts, "u-1").status_code == 303, "by the link from now on"


def test_an_address_counts_only_if_it_is_verified(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    change_account(accounts.deps, person["id"], {"email": "mail@hospital.example"}, context(accounts))
    assert enter(accounts, "u-3").status_code == 401
    assert enter(accounts, "u-2").status_code == 303


def test_an_address_of_two_accounts_matches_neither(accounts: Accounts) -> None:
    for person in (accounts.person("front_desk"), accounts.person("coordinator")):
        change_account(accounts.deps, person["id"], {"email": "mail@hospital.example"}, context(accounts))
    assert enter(accounts, "u-2").status_code == 401


def test_a_username_that_is_an_unverified_address_does_not_match(accounts: Accounts) -> None:
    accounts.person("admin", username="boss@hospital.example")
    assert enter(accounts, "u-6").status_code == 401


def test_no_account_is_created_and_the_response_reveals_nothing(accounts: Accounts) -> None:
    accounts.person("front_desk")
    answer = enter(accounts, "u-4")
    assert answer.status_code == 401
    assert "We could not match your hospital account" in answer.text
    assert accounts.database["accounts"].count_documents({}) == 1


def test_a_linked_account_accepts_only_its_subject(accounts: Accounts) -> None:
    accounts.person("front_desk", username="y.tanaka")
    assert enter(accounts, "u-1").status_code == 303
    assert enter(accounts, "u-5").status_code == 401, "another subject under the same name"


def test_a_disabled_account_cannot_sign_in(accounts: Accounts) -> None:
    person = accounts.person("front_desk", username="y.tanaka")
    disable_account(accounts.deps, person["id"], "left", context(accounts))
    assert enter(accounts, "u-1").status_code == 401


def test_only_the_browser_that_began_can_finish(accounts: Accounts) -> None:
    accounts.person("front_desk", username="y.tanaka")
    mine, theirs = browser(accounts), browser(accounts)
    address = agree(mine, "u-1")
    assert back(theirs, address).status_code == 401, "no cookie: a link from another person"
    agree(theirs, "u-4")
    assert back(theirs, address).status_code == 401, "another state"
    assert back(mine, address).status_code == 303
    assert back(mine, address).status_code == 401, "a code works once"


def test_a_code_of_another_sign_in_is_refused_by_its_nonce_or_verifier(accounts: Accounts) -> None:
    accounts.person("front_desk", username="y.tanaka")
    mine, other = browser(accounts), browser(accounts)
    state = parse_qs(urlsplit(agree(mine, "u-4")).query)["state"][0]
    code = parse_qs(urlsplit(agree(other, "u-1")).query)["code"][0]
    assert mine.get(f"{CALLBACK}?state={state}&code={code}").status_code == 401


def test_a_late_callback_is_refused(accounts: Accounts) -> None:
    accounts.person("front_desk", username="y.tanaka")
    visitor = browser(accounts)
    address = agree(visitor, "u-1")
    accounts.clock.move(seconds=601)
    assert back(visitor, address).status_code == 401


def test_the_callback_redirects_to_no_other_site(accounts: Accounts) -> None:
    accounts.person("front_desk", username="y.tanaka")
    visitor = browser(accounts)
    answer = back(visitor, agree(visitor, "u-1", "https://evil.example/"))
    assert answer.status_code == 303
    assert not re.search("evil", answer.headers["Location"])


def test_an_unavailable_provider_is_reported(mongo_url: str, database: Database, tmp_path: Path) -> None:
    given = {"IMC_OIDC_ISSUER": "http://127.0.0.1:9", "IMC_OIDC_CLIENT_ID": "imc", "IMC_OIDC_CLIENT_SECRET": "x"}
    answer = browser(Accounts(mongo_url, database, tmp_path, **given)).get(START)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy")


@pytest.mark.parametrize("name", PROXIES)
def test_a_local_provider_is_reached_without_the_proxy(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    sent = browser(accounts)
    for each in PROXIES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    there = sent.get(f"{START}?next=/accounts/me")
    assert there.status_code == 303, there.text


def test_a_remote_provider_is_reached_through_the_proxy(
    mongo_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "IMC_OIDC_ISSUER": "http://sso.hospital.example",
        "IMC_OIDC_CLIENT_ID": "imc",
        "IMC_OIDC_CLIENT_SECRET": "x",
    }
    made = Accounts(mongo_url, database, tmp_path, **given, IMC_PUBLIC_URL="http://localhost")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        proxy.settimeout(10)
        heard: list[bytes] = []

        def hear() -> None:
            with proxy.accept()[0] as caller:
                heard.append(caller.recv(4000))

        listening = threading.Thread(target=hear)
        listening.start()
        assert browser(made).get(f"{START}?next=/accounts/me").status_code == 503
        listening.join()
    assert heard[0].startswith(b"GET http://sso.hospital.example/.well-known/openid-configuration ")


class Busy:
    """A provider that answers one request with this status and Retry-After, and records every request."""

    def __init__(self, status: int, retry_after: str) -> None:
        self.asked: list[str] = []
        busy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                busy.asked.append(self.path)
                self.send_response(status)
                self.send_header("Retry-After", retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.mark.parametrize("status", [302, 429, 503])
@pytest.mark.parametrize(("retry_after", "seconds"), [("90", 90), ("date", 90), ("99999999", 3600)])
def test_a_providers_retry_after_is_honoured(
    mongo_url: str, database: Database, tmp_path: Path, status: int, retry_after: str, seconds: int
) -> None:
    clock = datetime(2026, 12, 2, 3, 2, 35, tzinfo=UTC)
    busy = Busy(status, "Wed, 02 Dec 2026 03:04:05 GMT" if retry_after == "date" else retry_after)
    given = {"IMC_OIDC_ISSUER": busy.url, "IMC_OIDC_CLIENT_ID": "imc", "IMC_OIDC_CLIENT_SECRET": "x"}
    accounts = Accounts(mongo_url, database, tmp_path, **given)
    accounts.clock.now = clock
    for passed in (0, 1, seconds - 2):
        accounts.clock.now = clock + timedelta(seconds=passed)
        answer = browser(accounts).get(START)
        assert answer.status_code == 503 and len(busy.asked) == 1
        assert int(answer.headers["Retry-After"]) == seconds - passed
    accounts.clock.now = clock + timedelta(seconds=seconds)
    browser(accounts).get(START)
    assert len(busy.asked) == 2
    busy.server.shutdown()
    busy.server.server_close()
