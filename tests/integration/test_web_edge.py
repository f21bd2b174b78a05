"""The edge of a web process: addresses, links and cookies are ours, whatever a request says of itself."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database

from shared.settings import BadSetting
from shared.web.edge import HSTS, PREFIX, client_of, ours, prefixed
from tests.integration.signing_in import Accounts
from tests.integration.toy import BED, BEDS, TickingClock, Toy
from tests.visitor import Visitor

HTTPS = "https://imc.example"
LIES: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"Host": "evil.example:8443"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
    {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Prefix": "/evil.example", "X-Forwarded-Port": "666"},
    {"Forwarded": 'for="evil.example";host=evil.example;proto=https'},
    {"X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example", "X-Host": "evil.example"},
    {"Host": "imc.example@evil.example"},
    {"Host": ""},
]


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


def people(mongo_url: str, database: Database, root: Path, url: str = HTTPS, **variables: str) -> Accounts:
    return Accounts(mongo_url, database, root, IMC_PUBLIC_URL=url, **variables)


def sign_in(accounts: Accounts, visitor: Visitor, person: dict[str, str], **other: str) -> Any:
    typed = {"username": person["username"], "password": person["password"], "one_time_code": accounts.code(person)}
    return visitor.send(visitor.form("/accounts/sign-in", "/accounts/sign-in"), **(typed | other))


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_links_are_paths_whatever_a_request_says(toy: Toy, lie: dict[str, str]) -> None:
    desk = {"Authorization": toy.token("front_desk")}
    for _ in range(3):
        assert toy.client.post(BEDS, json=BED, headers=desk).status_code == 201
    told = toy.client.get(f"{BEDS}?limit=1", headers=desk | lie)
    assert told.headers["Link"].startswith(f"<{BEDS}?")
    moved = toy.client.get("/intake/api/docs/", headers=lie)
    for answer in (told, moved):
        assert "evil" not in str(answer.headers) + answer.text


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_redirects_and_pages_name_no_other_host(
    mongo_url: str, database: Database, tmp_path: Path, lie: dict[str, str]
) -> None:
    client = people(mongo_url, database, tmp_path).app.test_client()
    for path in (
        "/accounts/",
        "/accounts/me",
        "/accounts/renew?next=/intake/",
        "/accounts/sign-in",
        "/accounts/nothing",
    ):
        answer = client.get(path, headers=lie | {"Accept": "text/html"})
        assert "evil" not in str(answer.headers) + answer.text
        assert answer.headers.get("Location", "/").startswith("/")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/sign-in",
        "/accounts/api/v1/me",
        "/accounts/healthz",
        "/accounts/nothing",
        "/accounts/static/imc.css",
        "/nothing",
        "/accounts/metrics",
        "/accounts/api/openapi.json",
    ],
)
def test_every_answer_says_https_where_people_come_by_it(
    mongo_url: str, database: Database, tmp_path: Path, path: str
) -> None:
    secure = people(mongo_url, database, tmp_path).app.test_client()
    assert secure.get(path).headers.getlist(HSTS[0]) == [HSTS[1]]
    assert secure.post(path, data="x" * 10, headers={"Accept": "a" * 9000}).headers.getlist(HSTS[0]) == [HSTS[1]]


def test_plain_http_on_this_machine_says_nothing_of_it(mongo_url: str, database: Database, tmp_path: Path) -> None:
    plain = people(mongo_url, database, tmp_path, "http://127.0.0.1:8000").app.test_client()
    answer = plain.get("/accounts/sign-in")
    assert HSTS[0] not in answer.headers
    assert all(line.startswith("imc_") and "Secure" not in line for line in answer.headers.getlist("Set-Cookie"))


def test_every_cookie_is_bound_to_this_host_from_the_first_page_to_sign_out(
    mongo_url: str, database: Database, tmp_path: Path
) -> None:
    accounts = people(mongo_url, database, tmp_path)
    visitor, person = Visitor(accounts.app.test_client()), accounts.person("front_desk")
    answers = [visitor.get("/accounts/sign-in"), sign_in(accounts, visitor, person)]
    assert answers[-1].status_code == 303, answers[-1].text
    answers.append(visitor.get("/accounts/me"))
    assert answers[-1].status_code == 200
    answers.append(visitor.send(visitor.form("/accounts/me", "/accounts/language"), language="en"))
    answers.append(visitor.get("/accounts/renew?next=/accounts/me"))
    answers.append(visitor.send(visitor.form("/accounts/me", "/accounts/sign-out")))
    lines = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    names = {line.partition("=")[0] for line in lines}
    assert {f"{PREFIX}imc_{name}" for name in ("session", "token", "form", "language", "device")} <= names
    for line in lines:
        attributes = {part.strip().partition("=")[0].lower() for part in line.split(";")[1:]}
        assert line.startswith(PREFIX) and "Path=/" in line and "domain" not in attributes
        assert {"secure", "httponly", "samesite"} <= attributes
    assert visitor.get("/accounts/me").status_code == 303, "signed out"


def test_a_cookie_that_another_host_planted_is_not_read(mongo_url: str, database: Database, tmp_path: Path) -> None:
    accounts = people(mongo_url, database, tmp_path)
    visitor, person = Visitor(accounts.app.test_client()), accounts.person("front_desk")
    sign_in(accounts, visitor, person)
    stolen = {name: visitor.client.get_cookie(f"{PREFIX}imc_{name}").value for name in ("session", "token")}  # type: ignore[union-attr]
    planted = "; ".join(f"imc_{name}={value}" for name, value in stolen.items())
    fresh = accounts.app.test_client(use_cookies=False)
    assert fresh.get("/accounts/me", headers={"Cookie": planted}).status_code == 303
    real = "; ".join(f"{PREFIX}imc_{name}={value}" for name, value in stolen.items())
    assert fresh.get("/accounts/me", headers={"Cookie": real}).status_code == 200


def test_the_token_of_forms_ends_with_sign_in_and_sign_out(mongo_url: str, database: Database, tmp_path: Path) -> None:
    accounts = people(mongo_url, database, tmp_path)
    visitor, person = Visitor(accounts.app.test_client()), accounts.person("front_desk")
    visitor.get("/accounts/sign-in")
    seen = [visitor.client.get_cookie(f"{PREFIX}imc_form").value]  # type: ignore[union-attr]
    sign_in(accounts, visitor, person)
    visitor.get("/accounts/me")
    seen.append(visitor.client.get_cookie(f"{PREFIX}imc_form").value)  # type: ignore[union-attr]
    visitor.send(visitor.form("/accounts/me", "/accounts/sign-out"))
    visitor.get("/accounts/sign-in")
    seen.append(visitor.client.get_cookie(f"{PREFIX}imc_form").value)  # type: ignore[union-attr]
    assert len(set(seen)) == 3
    assert visitor.client.get_cookie(f"{PREFIX}imc_session") is None


@pytest.mark.parametrize(
    ("chain", "proxies", "client"),
    [
        (["203.0.113.9"], [], "203.0.113.9"),
        (["6.6.6.6", "203.0.113.9"], [], "203.0.113.9"),
        (["6.6.6.6", "203.0.113.9", "10.0.0.1"], ["10.0.0.0/8"], "203.0.113.9"),
        (["6.6.6.6", "203.0.113.9", "10.0.0.1", "10.2.0.1"], ["10.0.0.0/8"], "203.0.113.9"),
        (["evil", "10.0.0.1"], ["10.0.0.0/8"], "10.0.0.1"),
        (["10.0.0.1"], ["10.0.0.0/8"], "10.0.0.1"),
        ([" 2001:db8::9 ", "2001:db8:1::1"], ["2001:db8:1::/48"], "2001:db8::9"),
        (["", "203.0.113.9"], ["203.0.113.9/32"], "203.0.113.9"),
    ],
)
def test_a_proxys_address_is_never_the_clients(chain: list[str], proxies: list[str], client: str) -> None:
    from ipaddress import ip_network

    assert client_of(chain, [ip_network(one) for one in proxies]) == client


def test_the_service_counts_by_the_client_behind_its_proxies(
    mongo_url: str, database: Database, tmp_path: Path
) -> None:
    accounts = people(mongo_url, database, tmp_path, IMC_TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.10")
    visitor, person = Visitor(accounts.app.test_client()), accounts.person("front_desk")
    form = visitor.form("/accounts/sign-in", "/accounts/sign-in")
    typed = {"username": person["username"], "password": person["password"], "one_time_code": accounts.code(person)}
    visitor.client.post(
        form.action,
        data=form.values() | typed,
        headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 192.0.2.10, 10.1.1.1", "Sec-Fetch-Site": "same-origin"},
    )
    session = accounts.database.sessions.find_one({})
    assert session and session["address"] == "203.0.113.9"


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.0/33", "10.0.0.1/8", "1.2.3"])
def test_a_proxy_is_named_by_its_address(mongo_url: str, database: Database, tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSetting, match="IMC_TRUSTED_PROXIES: expected addresses or CIDR"):
        people(mongo_url, database, tmp_path, IMC_TRUSTED_PROXIES=value)


@given(
    st.dictionaries(
        st.sampled_from(["imc_token", "imc_form", "imc_session", "other", "x"]), st.text("ab=1", max_size=5)
    )
)
def test_cookies_come_back_as_they_were_set(cookies: dict[str, str]) -> None:
    sent = "; ".join(
        prefixed(f"{name}={value}; Path=/accounts; HttpOnly").partition(";")[0] for name, value in cookies.items()
    )
    back = dict(part.partition("=")[::2] for part in ours(sent, "accounts").split("; ") if part)
    assert back == cookies
    assert "imc_session" not in ours(sent, "intake")
