"""The first sign-in of a new account: its person makes the second factor by QR code; nobody else ever knew its secret."""

import re
from pathlib import Path
from typing import Any

import pyotp
import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.accounts.actions.accounts import disable_account
from services.accounts.actions.sealed_state import LIFETIME_SECONDS
from services.accounts.rules.sign_in import MAX_ATTEMPTS
from shared.command_context import CommandContext
from shared.ids import new_id
from tests.integration.signing_in import Accounts
from tests.visitor import Visitor, form_to

SIGN_IN, ENROL = "/accounts/sign-in", "/accounts/enrol"


@pytest.fixture
def accounts(mongo_url: str, database: Database, tmp_path: Path) -> Accounts:
    return Accounts(mongo_url, database, tmp_path)


def new_person(accounts: Accounts, **more: Any) -> dict[str, Any]:
    body = {"username": f"p{new_id()[-8:]}", "roles": ["front_desk"]} | more
    made = accounts.call("POST", "/accounts", accounts.token("admin"), body)
    assert made.status_code == 201, made.text
    return dict(made.json)


def browser(accounts: Accounts) -> Visitor:
    return Visitor(accounts.app.test_client())


def come(visitor: Visitor, person: dict[str, Any], **other: str) -> TestResponse:
    typed = {"username": person["username"], "password": person["password"]} | other
    return visitor.send(visitor.form(SIGN_IN, SIGN_IN), **typed)


def secret_on(page: TestResponse) -> str:
    found = re.search(r'<p class="code">([A-Z2-7 ]+)</p>', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def code_of(accounts: Accounts, secret: str) -> str:
    return pyotp.TOTP(secret).at(accounts.clock())


def test_the_secret_of_a_second_factor_is_not_returned_to_others(accounts: Accounts) -> None:
    made = new_person(accounts)
    assert made["totp_secret"] is None and made["totp_uri"] is None and len(made["password"]) >= 13


@pytest.mark.parametrize("other", [{}, {"one_time_code": "123456"}, {"next": "/intake/"}])
def test_the_first_sign_in_shows_a_qr_code_and_accepts_its_code(accounts: Accounts, other: dict[str, str]) -> None:
    person, visitor = new_person(accounts), browser(accounts)
    page = come(visitor, person, **other)
    assert page.status_code == 200 and "<svg" in page.text and "Set-Cookie" not in str(page.headers.getlist("x"))
    assert visitor.client.get_cookie("imc_session", path="/accounts") is None, "not in yet"
    secret = secret_on(page)
    wrong = visitor.send(form_to(page.text, ENROL), new_code="000000")
    assert wrong.status_code == 422 and secret_on(wrong) == secret, "the code that was scanned stays good"
    done = visitor.send(form_to(wrong.text, ENROL), new_code=code_of(accounts, secret))
    assert done.status_code == 303, done.text
    assert done.headers["Location"] == other.get("next", "/intake/")
    assert visitor.get("/accounts/me").status_code == 200
    accounts.clock.move(seconds=60)
    known = {"username": person["username"], "password": person["password"], "totp_secret": secret}
    assert accounts.try_to_sign_in(known).status_code == 201
    assert come(browser(accounts), person).status_code == 401, "from now on only with a code"


@pytest.mark.parametrize("password", ["wrong wrong wrong", "x", "ｗｒｏｎｇ"])
def test_the_qr_code_requires_the_password(accounts: Accounts, password: str) -> None:
    person = new_person(accounts)
    refused = come(browser(accounts), person, password=password)
    assert refused.status_code == 401 and "<svg" not in refused.text.partition("<main")[2]


@pytest.mark.parametrize("code", ["", "123456", "000000"])
def test_a_program_is_refused_before_enrolment(accounts: Accounts, code: str) -> None:
    person = new_person(accounts)
    asked = {"username": person["username"], "password": person["password"], "one_time_code": code or "1"}
    assert accounts.client.post("/accounts/api/v1/tokens", json=asked).status_code == 401


def test_a_second_factor_is_enrolled_once(accounts: Accounts) -> None:
    person, first, second = new_person(accounts), browser(accounts), browser(accounts)
    pages = [come(one, person) for one in (first, second)]
    secrets = [secret_on(page) for page in pages]
    assert secrets[0] != secrets[1]
    forms = [form_to(page.text, ENROL) for page in pages]
    assert first.send(forms[0], new_code=code_of(accounts, secrets[0])).status_code == 303
    assert second.send(forms[1], new_code=code_of(accounts, secrets[1])).status_code == 401


def test_the_form_is_valid_for_ten_minutes_and_for_this_person_only(accounts: Accounts) -> None:
    person, other, visitor = new_person(accounts), new_person(accounts), browser(accounts)
    page, foreign = come(visitor, person), come(visitor, other)
    form, theirs = form_to(page.text, ENROL), form_to(foreign.text, ENROL)
    mixed = {"enrolment": theirs.values()["enrolment"], "new_code": code_of(accounts, secret_on(page))}
    assert visitor.send(form, **mixed).status_code in (401, 422)
    for broken in ("", "00", "zz", form.values()["enrolment"][:-2] + "00"):
        assert visitor.send(form, enrolment=broken, new_code="123456").status_code in (401, 422)
    accounts.clock.move(seconds=LIFETIME_SECONDS)
    assert visitor.send(form, new_code=code_of(accounts, secret_on(page))).status_code == 401


def test_codes_cannot_be_guessed(accounts: Accounts) -> None:
    person, visitor = new_person(accounts), browser(accounts)
    page = come(visitor, person)
    for _ in range(MAX_ATTEMPTS):
        assert visitor.send(form_to(page.text, ENROL), new_code="000000").status_code == 422
    late = visitor.send(form_to(page.text, ENROL), new_code=code_of(accounts, secret_on(page)))
    assert late.status_code == 401


def test_a_disabled_account_cannot_enrol(accounts: Accounts) -> None:
    person, visitor = new_person(accounts), browser(accounts)
    page = come(visitor, person)
    disable_account(accounts.deps, person["id"], "left", CommandContext(accounts.clock(), "operator:test", new_id()))
    assert visitor.send(form_to(page.text, ENROL), new_code=code_of(accounts, secret_on(page))).status_code == 401
    assert come(browser(accounts), person).status_code == 401


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("chosen", [None, "ja", "en"])
def test_a_new_account_starts_in_the_language_of_the_page_it_came_from(
    accounts: Accounts, language: str, chosen: str | None
) -> None:
    person, visitor = new_person(accounts, **({"language": chosen} if chosen else {})), browser(accounts)
    visitor.cookie("imc_language", language)
    page = come(visitor, person)
    visitor.send(form_to(page.text, ENROL), new_code=code_of(accounts, secret_on(page)))
    account = accounts.database.accounts.find_one({"_id": person["id"]})
    assert account and account["language"] == (chosen or language)
    assert f'lang="{chosen or language}"' in visitor.get("/accounts/me").text
