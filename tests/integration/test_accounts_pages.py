"""Accounts' pages over the real app and a real MongoDB: in, renewed, out; sessions; password, device, recovery codes."""

import re
from pathlib import Path
from typing import Any

import pyotp
import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.accounts.actions.accounts import change_account, disable_account
from services.accounts.actions.devices import new_device
from services.accounts.rules.sign_in import KNOWN_DEVICE_LIFETIME, MAX_ATTEMPTS
from shared.command_context import CommandContext
from shared.ids import new_id
from tests.integration.signing_in import PASSWORD, Accounts
from tests.visitor import Visitor, form_to

SIGN_IN, RENEW, ME = "/accounts/sign-in", "/accounts/renew", "/accounts/me"


@pytest.fixture
def accounts(mongo_url: str, database: Database, tmp_path: Path) -> Accounts:
    return Accounts(mongo_url, database, tmp_path)


def browser(accounts: Accounts) -> Visitor:
    return Visitor(accounts.app.test_client())


def sign_in(accounts: Accounts, person: dict[str, str], visitor: Visitor | None = None, **other: str) -> Visitor:
    visitor = visitor or browser(accounts)
    answer = try_to(accounts, visitor, person, **other)
    assert answer.status_code == 303, answer.text
    visitor.cookie("imc_language", visitor.language)  # people are made as reading Japanese
    return visitor


def try_to(accounts: Accounts, visitor: Visitor, person: dict[str, str], **other: str) -> TestResponse:
    typed = {"username": person["username"], "password": person["password"], "one_time_code": accounts.code(person)}
    return visitor.send(visitor.form(SIGN_IN, SIGN_IN), **(typed | other))


def cookie(answer: TestResponse, name: str) -> str:
    return next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{name}="))


def context(accounts: Accounts) -> CommandContext:
    return CommandContext(accounts.clock(), "operator:test", new_id())


def expire(visitor: Visitor) -> None:
    visitor.client.delete_cookie("imc_token")


def test_signing_in_redirects_to_the_requested_page(accounts: Accounts) -> None:
    visitor, person = browser(accounts), accounts.person("front_desk")
    assert visitor.get(ME).headers["Location"] == "/accounts/renew?next=/accounts/me"
    away = visitor.get("/accounts/renew?next=/accounts/me")
    assert away.headers["Location"] == "/accounts/sign-in?next=%2Faccounts%2Fme"
    form = visitor.form(away.headers["Location"], SIGN_IN)
    typed = {"username": person["username"], "password": person["password"], "one_time_code": accounts.code(person)}
    answer = visitor.send(form, **typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, ME)
    assert person["username"] in visitor.get(ME).text


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_redirects_to_no_other_site(accounts: Accounts, evil: str) -> None:
    visitor = browser(accounts)
    answer = try_to(accounts, visitor, accounts.person("front_desk"), next=evil)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/") and "evil" not in answer.headers["Location"]
    assert "evil" not in str(browser(accounts).get(f"{RENEW}?next={evil}").headers.get("Location"))


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(accounts: Accounts) -> None:
    answer = try_to(accounts, browser(accounts), accounts.person("front_desk"))
    session, token = cookie(answer, "imc_session"), cookie(answer, "imc_token")
    for line, path in ((session, "/accounts"), (token, "/")):
        assert "HttpOnly" in line and "SameSite=Lax" in line and f"Path={path}" in line
        assert "Secure" not in line, "http on this machine itself"


def test_a_known_device_can_sign_in_while_others_are_locked(accounts: Accounts) -> None:
    person, visitor = accounts.person("front_desk"), browser(accounts)
    sign_in(accounts, person, visitor)
    device = visitor.client.get_cookie("imc_device", path="/accounts")
    assert device and person["username"] not in device.value and person["id"] not in device.value
    visitor.send(visitor.form(ME, "/accounts/sign-out"))
    stranger = browser(accounts)
    for _ in range(MAX_ATTEMPTS + 1):  # behind the same address
        assert try_to(accounts, stranger, person, password="wrong wrong wrong").status_code == 401
    accounts.clock.move(seconds=60)
    assert try_to(accounts, stranger, person).status_code == 401
    assert try_to(accounts, visitor, person).status_code == 303


@pytest.mark.parametrize(
    "stored", ["", "x", "a.1.b", "{other}", "{own}x", "{old}", "a." + "9" * 400, "\u00e9.1.\u00e9"]
)
def test_the_device_of_another_person_is_unknown(accounts: Accounts, stored: str) -> None:
    person, other, stranger = accounts.person("front_desk"), accounts.person("front_desk"), browser(accounts)
    now = accounts.clock()
    own, old = (new_device(accounts.deps, person["username"], at) for at in (now, now - KNOWN_DEVICE_LIFETIME))
    value = stored.format(other=new_device(accounts.deps, other["username"], now), own=own, old=old)
    stranger.client.set_cookie("imc_device", value, path="/accounts")
    for _ in range(MAX_ATTEMPTS):
        try_to(accounts, stranger, person, password="wrong wrong wrong")
    assert try_to(accounts, stranger, person).status_code == 401


def test_a_stolen_device_has_ten_attempts(accounts: Accounts) -> None:
    person, thief = accounts.person("front_desk"), browser(accounts)
    thief.client.set_cookie(
        "imc_device", new_device(accounts.deps, person["username"], accounts.clock()), path="/accounts"
    )
    for _ in range(2 * MAX_ATTEMPTS + 1):
        assert try_to(accounts, thief, person, password="wrong wrong wrong").status_code == 401
    assert try_to(accounts, thief, person).status_code == 401


def test_a_database_dump_contains_no_usable_session(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    secret = visitor.client.get_cookie("imc_session", path="/accounts").value  # type: ignore[union-attr]
    stored = accounts.database["sessions"].find_one({})
    assert stored and secret not in str(stored)


def test_every_refusal_of_the_page_is_the_same(accounts: Accounts) -> None:
    person, disabled = accounts.person("front_desk"), accounts.person("front_desk")
    disable_account(accounts.deps, disabled["id"], "gone", context(accounts))
    errors = set()
    for who, other in (
        (person, {"password": "not the right one"}),
        (person, {"one_time_code": "000000"}),
        (person, {"username": "nobody"}),
        (disabled, {}),
    ):
        answer = try_to(accounts, browser(accounts), who, **other)
        assert answer.status_code == 401
        errors.add(re.search(r'class="errors".*?</div>', answer.text, re.DOTALL)[0])  # type: ignore[index]
        assert who["password"] not in answer.text
    assert len(errors) == 1 and "name, password or code is wrong" in errors.pop()


def test_too_many_attempts_lock_the_page_like_the_api(accounts: Accounts) -> None:
    person, visitor = accounts.person("front_desk"), browser(accounts)
    for _ in range(MAX_ATTEMPTS):
        try_to(accounts, visitor, person, password="wrong wrong wrong")
    assert try_to(accounts, visitor, person).status_code == 401
    assert accounts.try_to_sign_in(person).status_code == 401
    accounts.clock.move(minutes=16)
    assert try_to(accounts, visitor, person).status_code == 303


def test_an_empty_form_lists_the_missing_fields(accounts: Accounts) -> None:
    visitor = browser(accounts)
    answer = visitor.send(visitor.form(SIGN_IN + "?next=/accounts/me", SIGN_IN), username="x")
    assert answer.status_code == 422
    assert "Password: Fill in this field" in answer.text
    form = form_to(answer.text, SIGN_IN).values()
    assert (form["username"], form["next"]) == ("x", "/accounts/me")


def test_a_token_lasts_five_minutes_and_is_renewed_by_redirect(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    accounts.clock.move(seconds=299)
    assert visitor.get(ME).status_code == 200
    accounts.clock.move(seconds=2)
    assert visitor.get(ME).status_code == 303
    answer = visitor.get(f"{RENEW}?next={ME}")
    assert answer.headers["Location"] == ME
    assert visitor.get(ME).status_code == 200


@pytest.mark.parametrize(("minutes", "alive"), [(14, True), (16, False)])
def test_fifteen_minutes_without_activity_end_a_session(accounts: Accounts, minutes: int, alive: bool) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    accounts.clock.move(minutes=minutes)
    leads = visitor.get(f"{RENEW}?next={ME}").headers["Location"]
    assert leads == (ME if alive else "/accounts/sign-in?next=%2Faccounts%2Fme")
    assert accounts.database["sessions"].count_documents({}) == alive


def test_ten_hours_end_every_session(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    for _ in range(59):
        accounts.clock.move(minutes=10)
        assert visitor.get(f"{RENEW}?next={ME}").headers["Location"] == ME
    accounts.clock.move(minutes=10)
    assert visitor.get(f"{RENEW}?next={ME}").headers["Location"] != ME


def test_requests_of_a_script_are_no_activity(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    token = re.search(r'name="imc-form" content="(\w+)"', visitor.get(ME).text)[1]  # type: ignore[index]

    def renewed(idle: float) -> int:
        headers = {"Origin": "http://localhost", "X-CSRF": token, "HX-Request": "true"}
        return visitor.client.post(RENEW, data={"idle": str(idle)}, headers=headers).status_code

    for minute in (5, 10, 14):
        accounts.clock.now = accounts.clock.now.replace(minute=minute)
        assert renewed(60 * minute) == 204, "signed in at minute 0, nobody there since"
    accounts.clock.now = accounts.clock.now.replace(minute=16)
    assert renewed(60 * 16) == 401
    assert accounts.database["sessions"].count_documents({}) == 0


def test_renewal_by_a_script_needs_the_form_token(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    assert visitor.client.post(RENEW, headers={"Origin": "http://localhost"}).status_code == 403
    assert visitor.client.post(RENEW, headers={"Origin": "https://evil.example"}).status_code == 403


def test_signing_out_ends_the_session_and_its_tokens_everywhere(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    visitor, other = sign_in(accounts, person), browser(accounts)
    accounts.clock.move(seconds=31)
    sign_in(accounts, person, other)
    stolen = visitor.client.get_cookie("imc_token").value  # type: ignore[union-attr]
    answer = visitor.send(visitor.form(ME, "/accounts/sign-out"))
    assert answer.headers["Location"] == SIGN_IN
    accounts.let_copies_age()
    thief = browser(accounts)
    thief.cookie("imc_token", stolen)
    assert thief.get(ME).status_code == 303
    assert other.get(ME).status_code == 200, "the other session of the same person goes on"
    event = accounts.published(person["id"])[-1]
    assert event["type"] == "accounts.session.ended.v1"
    assert event["data"]["session_id"] and event["data"]["account_id"] == person["id"]


def test_a_new_sign_in_ends_the_browsers_earlier_session(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    visitor = sign_in(accounts, person)
    before = visitor.client.get_cookie("imc_session", path="/accounts").value  # type: ignore[union-attr]
    expire(visitor)
    accounts.clock.move(seconds=31)
    sign_in(accounts, person, visitor)
    assert visitor.client.get_cookie("imc_session", path="/accounts").value != before  # type: ignore[union-attr]
    assert accounts.database["sessions"].count_documents({}) == 1


@pytest.mark.parametrize("end", ["disable", "roles"])
def test_a_change_that_takes_a_right_away_ends_the_session(accounts: Accounts, end: str) -> None:
    person = accounts.person("front_desk")
    visitor = sign_in(accounts, person)
    if end == "disable":
        disable_account(accounts.deps, person["id"], "left", context(accounts))
    else:
        change_account(accounts.deps, person["id"], {"roles": ["coordinator"]}, context(accounts))
    accounts.let_copies_age()
    assert visitor.get(ME).status_code == 303
    assert visitor.get(f"{RENEW}?next={ME}").headers["Location"].startswith(SIGN_IN)


def test_one_session_of_many_is_ended_from_the_list(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    accounts.clock.move(seconds=31)
    there = sign_in(accounts, person)
    page = here.get(ME).text
    assert page.count("This session") == 1
    form = next(f for f in _forms(page) if re.search(r"/sessions/[0-9a-f-]{36}/end", f.action))
    assert here.send(form).headers["Location"] == ME
    assert "Session ended." in here.get(ME).text
    accounts.let_copies_age()
    assert there.get(ME).status_code == 303
    assert here.get(ME).status_code == 200


def test_the_session_of_another_person_cannot_be_ended(accounts: Accounts) -> None:
    sign_in(accounts, accounts.person("front_desk"))
    theirs = str(accounts.database["sessions"].find_one({})["_id"])  # type: ignore[index]
    mine = sign_in(accounts, accounts.person("front_desk"))
    form = mine.form(ME, "/accounts/me/sessions/end")
    form.action = f"/accounts/me/sessions/{theirs}/end"
    assert mine.send(form).status_code == 404
    assert accounts.database["sessions"].find_one({"_id": theirs})


def test_ending_all_sessions_leaves_only_this_browser(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    accounts.clock.move(seconds=31)
    there = sign_in(accounts, person)
    assert here.send(here.form(ME, "/accounts/me/sessions/end")).status_code == 303
    accounts.let_copies_age()
    assert here.get(ME).status_code == 200
    assert there.get(ME).status_code == 303
    assert there.get(f"{RENEW}?next={ME}").headers["Location"].startswith(SIGN_IN)


def _forms(html: str) -> list[Any]:
    from tests.visitor import forms_of

    return forms_of(html)


def test_another_password_ends_other_sessions_and_keeps_this_browser_signed_in(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    accounts.clock.move(seconds=31)
    there = sign_in(accounts, person)
    accounts.clock.move(seconds=31)
    form = here.form("/accounts/me/password", "/accounts/me/password")
    typed = {"current_password": person["password"], "one_time_code": accounts.code(person)}
    weak = here.send(form, **typed, new_password="password password")
    assert weak.status_code == 422 and "too easy to guess" in weak.text
    form = form_to(weak.text, "/accounts/me/password")
    assert here.send(form, **typed, new_password=PASSWORD).headers["Location"] == ME
    assert "Password changed." in here.get(ME).text
    accounts.let_copies_age()
    assert there.get(ME).status_code == 303
    accounts.clock.move(seconds=31)
    sign_in(accounts, person | {"password": PASSWORD})


def codes_of(accounts: Accounts, person: dict[str, str], visitor: Visitor) -> list[str]:
    accounts.clock.move(seconds=31)
    form = visitor.form("/accounts/me/recovery-codes", "/accounts/me/recovery-codes")
    typed = {"current_password": person["password"], "one_time_code": accounts.code(person)}
    shown = visitor.send(form, **typed)
    assert shown.status_code == 200, shown.text
    return re.findall(r"<li>(\w{5}-\w{5})</li>", shown.text)


def test_recovery_codes_are_shown_once_and_each_is_valid_once(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    assert "None yet" in here.get(ME).text
    codes = codes_of(accounts, person, here)
    assert len(set(codes)) == 10
    assert codes[0] not in here.get("/accounts/me/recovery-codes").text
    assert codes[0] not in str(accounts.database["accounts"].find_one({"_id": person["id"]}))
    assert codes[0] not in str(accounts.published(person["id"]))
    sign_in(accounts, person, one_time_code=codes[0].upper().replace("-", " "))
    assert try_to(accounts, browser(accounts), person, one_time_code=codes[0]).status_code == 401
    assert accounts.try_to_sign_in(person, codes[1]).status_code == 201, "the API takes one too"
    assert "8 codes left" in here.get(ME).text
    fields = [event["data"].get("fields") for event in accounts.published(person["id"])]
    assert fields.count(["recovery_codes"]) == 3


def test_new_recovery_codes_invalidate_the_old_ones(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    old, new = codes_of(accounts, person, here), codes_of(accounts, person, here)
    assert try_to(accounts, browser(accounts), person, one_time_code=old[0]).status_code == 401
    sign_in(accounts, person, one_time_code=new[0])


def test_the_recovery_code_of_another_person_is_not_valid(accounts: Accounts) -> None:
    person, other = accounts.person("front_desk"), accounts.person("front_desk")
    codes = codes_of(accounts, person, sign_in(accounts, person))
    codes_of(accounts, other, sign_in(accounts, other))
    assert try_to(accounts, browser(accounts), other, one_time_code=codes[0]).status_code == 401


def test_recovery_codes_need_password_and_code_again(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    form = here.form("/accounts/me/recovery-codes", "/accounts/me/recovery-codes")
    used = here.send(form, current_password=person["password"], one_time_code=accounts.code(person))
    assert used.status_code == 401, "the code that signed in"
    assert "name, password or code is wrong" in used.text


def test_another_device_is_confirmed_by_its_code_and_replaces_the_first(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    here = sign_in(accounts, person)
    codes = codes_of(accounts, person, here)
    page = here.get("/accounts/me/device").text
    assert "<svg" in page
    secret = "".join(re.search(r'<p class="code">([A-Z2-7 ]+)</p>', page)[1].split())  # type: ignore[index]
    form = form_to(page, "/accounts/me/device")
    typed = {"current_password": person["password"], "one_time_code": codes[0]}
    wrong = here.send(form, **typed, new_code="000000")
    assert wrong.status_code == 422
    assert "".join(re.search(r'<p class="code">([A-Z2-7 ]+)</p>', wrong.text)[1].split()) == secret  # type: ignore[index]
    right = pyotp.TOTP(secret).at(accounts.clock())
    assert here.send(form_to(wrong.text, "/accounts/me/device"), **typed, new_code=right).headers["Location"] == ME
    accounts.clock.move(seconds=31)
    assert try_to(accounts, browser(accounts), person).status_code == 401, "the old device"
    sign_in(accounts, person, one_time_code=pyotp.TOTP(secret).at(accounts.clock()))
    assert secret not in str(accounts.database["accounts"].find_one({"_id": person["id"]}))


def test_a_new_device_form_is_valid_for_its_person_only(accounts: Accounts) -> None:
    mine, theirs = (sign_in(accounts, accounts.person("front_desk")) for _ in range(2))
    sealed = theirs.form("/accounts/me/device", "/accounts/me/device").values()["sealed_secret"]
    form = mine.form("/accounts/me/device", "/accounts/me/device")
    answer = mine.send(form, sealed_secret=sealed, current_password="x", one_time_code="1", new_code="1")
    assert answer.status_code in (404, 422)


def test_the_language_is_the_persons_own(accounts: Accounts) -> None:
    person, visitor = accounts.person("interpreter"), browser(accounts)
    change_account(accounts.deps, person["id"], {"language": "ja"}, context(accounts))
    chosen = visitor.send(visitor.form(SIGN_IN, "/accounts/language"), language="en")
    assert "imc_language=en" in cookie(chosen, "imc_language")
    answer = try_to(accounts, visitor, person)
    assert "imc_language=ja" in cookie(answer, "imc_language"), "as one who reads Japanese"
    visitor.send(visitor.form(ME, "/accounts/language"), language="en")
    assert accounts.database["accounts"].find_one({"_id": person["id"]})["language"] == "en"  # type: ignore[index]
    assert "My settings" in visitor.get(ME).text


def test_without_a_chosen_language_the_pages_language_is_kept(accounts: Accounts) -> None:
    person, visitor = accounts.person("interpreter"), browser(accounts)
    visitor.send(visitor.form(SIGN_IN, "/accounts/language"), language="en")
    assert "imc_language=en" in cookie(try_to(accounts, visitor, person), "imc_language")
    assert accounts.database["accounts"].find_one({"_id": person["id"]})["language"] == "en"  # type: ignore[index]


def test_the_look_is_the_browsers(accounts: Accounts) -> None:
    visitor = browser(accounts)
    answer = visitor.send(visitor.form(SIGN_IN, "/accounts/look"), look="dark")
    assert answer.headers["Location"] == SIGN_IN
    assert 'data-look="dark"' in visitor.get(SIGN_IN).text


def test_home_redirects_to_an_existing_page(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("reviewer"))
    assert visitor.get("/accounts/").status_code == 303
    assert browser(accounts).get("/accounts/").headers["Location"].startswith("/accounts/renew?next=/accounts/")


def test_a_signed_in_person_skips_the_sign_in_page(accounts: Accounts) -> None:
    visitor = sign_in(accounts, accounts.person("front_desk"))
    assert visitor.get(f"{SIGN_IN}?next={ME}").headers["Location"] == ME
