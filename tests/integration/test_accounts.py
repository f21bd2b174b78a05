"""Accounts over its real app and a real MongoDB: signing in and being refused, people, what ends a session, departments."""

import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from deploy.setup import put_departments
from services.accounts.actions.accounts import disable_account, usernames_without_department
from services.accounts.actions.departments import add_default_departments, add_department
from services.accounts.rules.accounts import MAX_DEPARTMENTS, ROLES, STAFF
from services.accounts.rules.sign_in import MAX_ATTEMPTS, MAX_FROM_BUSY_SOURCE
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.ids import new_id
from tests.etags import version
from tests.integration.signing_in import PASSWORD, Accounts, own_database


@pytest.fixture
def accounts(mongo_url: str, database: Database, tmp_path: Path) -> Accounts:
    return Accounts(mongo_url, database, tmp_path)


@pytest.fixture(scope="module")
def standing(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """One for all the tests that only look at what is refused."""
    with own_database(mongo_url) as database:
        yield Accounts(mongo_url, database, tmp_path_factory.mktemp("accounts"))


def test_a_new_account_can_sign_in_at_once(accounts: Accounts) -> None:
    person = accounts.person("front_desk", "coordinator")
    answer = accounts.try_to_sign_in(person)
    assert answer.status_code == 201 and answer.json["expires_in"] == 900 and answer.json["token_type"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"
    published = accounts.client.get("/accounts/.well-known/jwks.json").json["keys"]
    kid = jwt.get_unverified_header(answer.json["access_token"])["kid"]
    key = jwt.PyJWK(next(key for key in published if key["kid"] == kid)).key
    claims = jwt.decode(
        answer.json["access_token"], key, ["EdDSA"], {"verify_exp": False, "verify_iat": False}, issuer="imc-accounts"
    )
    assert claims["sub"] == person["id"] and claims["roles"] == ["front_desk", "coordinator"]
    assert claims["exp"] - claims["iat"] == 900
    me = accounts.call("GET", "/me", {"Authorization": f"Bearer {answer.json['access_token']}"})
    assert me.status_code == 200 and me.json["id"] == person["id"]
    assert not set(me.json) & {"password", "totp", "totp_secret", "last_step"}


def test_the_username_is_folded(accounts: Accounts) -> None:
    person = accounts.person("front_desk", username="Y.Tanaka")
    assert accounts.try_to_sign_in(person, username=" Ｙ.TANAKA").status_code == 201


def test_every_refusal_is_the_same(accounts: Accounts) -> None:
    person, disabled = accounts.person("front_desk"), accounts.person("front_desk")
    admin = accounts.token("admin")
    accounts.call("POST", f"/accounts/{disabled['id']}/disable", admin, {"reason": "left"})
    refusals = [
        accounts.try_to_sign_in(person, username="nobody.here"),
        accounts.try_to_sign_in(person, username="\u0130 nobody"),
        accounts.try_to_sign_in(person, password="wrong wrong wrong"),
        accounts.try_to_sign_in(person, code="000000"),
        accounts.try_to_sign_in(person, code="12345６"),
        accounts.try_to_sign_in(person, code=accounts.code(person, 2)),
        accounts.try_to_sign_in(disabled),
    ]
    for refusal in refusals:
        assert refusal.status_code == 401 and refusal.content_type == "application/problem+json"
        assert "bearer" in refusal.headers["WWW-Authenticate"].lower()
    problems = [{name: value for name, value in refusal.json.items() if name != "instance"} for refusal in refusals]
    assert all(problem == problems[0] for problem in problems)


def test_a_code_works_once_and_an_older_one_not_after_it(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    assert accounts.try_to_sign_in(person).status_code == 201
    assert accounts.try_to_sign_in(person).status_code == 401
    assert accounts.try_to_sign_in(person, code=accounts.code(person, -1)).status_code == 401
    assert accounts.try_to_sign_in(person, code=accounts.code(person, 1)).status_code == 201
    accounts.clock.move(seconds=30)
    assert accounts.try_to_sign_in(person).status_code == 401, "its code was used 30 seconds ahead of time"
    accounts.clock.move(seconds=30)
    assert accounts.try_to_sign_in(person).status_code == 201


def test_one_code_sent_eight_times_at_once_gives_one_token(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    code = accounts.code(person)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: (
                    accounts.app.test_client()
                    .post(
                        "/accounts/api/v1/tokens",
                        json={"username": person["username"], "password": person["password"], "one_time_code": code},
                    )
                    .status_code
                ),
                range(8),
            )
        )
    assert answers.count(201) == 1 and set(answers) <= {201, 401, 503}, "503: a machine too busy for eight at once"


def test_too_many_attempts_lock_only_this_account_for_a_while(accounts: Accounts) -> None:
    person, other = accounts.person("front_desk"), accounts.person("front_desk")
    for _ in range(MAX_ATTEMPTS):
        assert accounts.try_to_sign_in(person, password="wrong wrong wrong").status_code == 401
    assert accounts.try_to_sign_in(person).status_code == 401, "right, but locked"
    assert accounts.try_to_sign_in(other).status_code == 201
    accounts.clock.move(minutes=14)
    assert accounts.try_to_sign_in(person).status_code == 401
    accounts.clock.move(minutes=1)
    assert accounts.try_to_sign_in(person).status_code == 201


def test_a_sign_in_clears_the_failed_attempts_before_it(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    for _ in range(3):
        for _ in range(MAX_ATTEMPTS - 1):
            accounts.try_to_sign_in(person, password="wrong wrong wrong")
        assert accounts.try_to_sign_in(person).status_code == 201
        accounts.clock.move(seconds=60)


def guess(accounts: Accounts, person: dict[str, str], times: int, address: str = "198.51.100.66", **other: str) -> None:
    """Another person tries, from another address."""
    for _ in range(times):
        assert try_from(accounts, person, address, **({"password": "wrong wrong wrong"} | other)) == 401


def try_from(accounts: Accounts, person: dict[str, str], address: str, **other: str) -> int:
    typed = {"username": person["username"], "password": person["password"], "one_time_code": accounts.code(person)}
    sent = {"json": typed | other, "headers": {"X-Forwarded-For": address}}
    return accounts.client.post("/accounts/api/v1/tokens", **sent).status_code


@pytest.mark.parametrize("times", [MAX_ATTEMPTS, MAX_ATTEMPTS + 1, 3 * MAX_ATTEMPTS])
def test_wrong_attempts_of_others_lock_nobody_out(accounts: Accounts, times: int) -> None:
    person = accounts.person("front_desk")
    guess(accounts, person, times)
    assert try_from(accounts, person, "203.0.113.9") == 201


def test_wrong_attempts_from_many_addresses_lock_nobody_out_of_a_known_one(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.accounts.rules.sign_in.MAX_PER_NAME", 20)
    person = accounts.person("front_desk")
    assert try_from(accounts, person, "203.0.113.9") == 201
    for number in range(21):
        guess(accounts, person, 1, f"198.51.100.{number}")
    accounts.clock.move(seconds=60)
    assert try_from(accounts, person, "198.51.100.200") == 401, "never seen there"
    assert try_from(accounts, person, "203.0.113.9") == 201, "a program's token too: it is known by its address"
    accounts.clock.move(days=91)
    for number in range(21):
        guess(accounts, person, 1, f"198.51.100.{number}")
    assert try_from(accounts, person, "203.0.113.9") == 401, "that was too long ago"


@pytest.mark.parametrize("failures", [6, 12])
def test_wrong_attempts_from_one_address_lock_out_nobody_who_shares_it(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    monkeypatch.setattr("services.accounts.rules.sign_in.MAX_PER_SOURCE", 5)
    known, new = accounts.person("front_desk"), accounts.person("front_desk")
    assert try_from(accounts, known, "203.0.113.9") == 201
    for turn in range(failures):
        assert try_from(accounts, known, "203.0.113.9", username=f"guess{turn}") == 401
    assert try_from(accounts, new, "203.0.113.9") == 201, "for the first time from here"
    accounts.clock.move(seconds=60)
    guess(accounts, known, MAX_FROM_BUSY_SOURCE + 1, "203.0.113.9")
    assert try_from(accounts, known, "203.0.113.9") == 201


def test_many_names_from_one_address_get_fewer_attempts_each(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.accounts.rules.sign_in.MAX_PER_SOURCE", 5)
    person = accounts.person("front_desk")
    for turn in range(6):
        try_from(accounts, person, "198.51.100.66", username=f"guess{turn}")
    guess(accounts, person, MAX_FROM_BUSY_SOURCE)
    assert try_from(accounts, person, "198.51.100.66") == 401
    assert try_from(accounts, person, "203.0.113.9") == 201


def warnings(accounts: Accounts, person: dict[str, str]) -> list[dict[str, Any]]:
    return [
        event["data"] for event in accounts.published(person["id"]) if event["type"] == "accounts.account.locked.v1"
    ]


@pytest.mark.parametrize(
    ("other", "password_known"),
    [
        ({}, False),
        ({"password": "wrong " * 4, "one_time_code": "1"}, False),
        ({"one_time_code": "000000", "password": ""}, True),
    ],
)
def test_the_owner_is_notified_once(accounts: Accounts, other: dict[str, str], password_known: bool) -> None:
    person = accounts.person("front_desk")
    typed = other | ({"password": person["password"]} if password_known else {})
    guess(accounts, person, MAX_ATTEMPTS, **typed)
    assert warnings(accounts, person) == []
    guess(accounts, person, 3, **typed)
    until = rfc3339(accounts.clock() + timedelta(minutes=15))
    notice = {"account_id": person["id"], "until": until} | ({"password_known": True} if password_known else {})
    assert warnings(accounts, person) == [notice]
    assert person["username"] not in str(notice) and "198.51" not in str(notice)
    accounts.clock.move(minutes=16)
    guess(accounts, person, MAX_ATTEMPTS + 2, **typed)
    assert len(warnings(accounts, person)) == 1, "not again within the hour"


def test_an_unknown_name_notifies_nobody(accounts: Accounts) -> None:
    guess(accounts, accounts.person("front_desk"), MAX_ATTEMPTS + 2, username="nobody")
    assert not list(accounts.database.accounts.find({"lock_notice_at": {"$exists": True}}))


def test_with_the_password_alone_ten_codes_can_be_tried_from_all_addresses(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    for number in range(MAX_ATTEMPTS):
        guess(accounts, person, 1, f"198.51.100.{number}", password=person["password"], one_time_code="000000")
    assert try_from(accounts, person, "198.51.100.200") == 401, "right, but one too many"
    assert len(warnings(accounts, person)) == 1 and warnings(accounts, person)[0]["password_known"]


def test_the_database_contains_no_secret_in_clear(accounts: Accounts) -> None:
    person = accounts.person("front_desk", username="y.tanaka")
    admin = accounts.token("admin")
    asked = {"username": "k.sato", "roles": ["billing"], "password": PASSWORD, "second_factor": "now"}
    made = accounts.call("POST", "/accounts", admin, asked, **{"Idempotency-Key": "k1"}).json
    accounts.try_to_sign_in(person, username=PASSWORD)
    dump = "".join(
        repr(row) for name in accounts.database.list_collection_names() for row in accounts.database[name].find()
    )
    for secret in (person["password"], person["totp_secret"], PASSWORD, made["totp_secret"]):
        assert secret not in dump
    assert "$argon2id$" in dump


def test_a_new_account_is_returned_with_its_credentials_once(accounts: Accounts) -> None:
    admin = accounts.token("admin")
    body = {"username": "k.sato", "roles": ["coordinator"], "email": "k.sato@hospital.example", "name": "佐藤 健"}
    body["second_factor"] = "now"
    made = accounts.call("POST", "/accounts", admin, body, **{"Idempotency-Key": "one"})
    assert made.status_code == 201 and made.headers["Location"].endswith(made.json["id"])
    assert made.json["totp_uri"].startswith("otpauth://totp/") and len(made.json["password"]) >= 13
    repeated = accounts.call("POST", "/accounts", admin, body, **{"Idempotency-Key": "one"})
    assert repeated.json == made.json and repeated.headers["Idempotency-Replayed"] == "true"
    other = accounts.call("POST", "/accounts", admin, body | {"name": "Sato"}, **{"Idempotency-Key": "one"})
    assert other.status_code == 422
    assert accounts.call("POST", "/accounts", admin, body).status_code == 409
    found = accounts.call("GET", f"/accounts/{made.json['id']}", admin)
    assert "password" not in found.json and version(found) == version(made) == 1
    assert accounts.try_to_sign_in({field: made.json[field] for field in ("username", "password", "totp_secret")})
    assert [event["type"] for event in accounts.published(made.json["id"])] == ["accounts.account.created.v1"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/username", "#/roles"}),
        ({"username": "a b", "roles": ["admin"]}, {"#/username"}),
        ({"username": "k.sato", "roles": []}, {"#/roles"}),
        ({"username": "k.sato", "roles": ["king"]}, {"#/roles/0"}),
        ({"username": "k.sato", "roles": ["agency"]}, {"#/organization_id"}),
        ({"username": "k.sato", "roles": ["agency", "admin"], "organization_id": "0" * 8}, {"#/organization_id"}),
        ({"username": "k.sato", "roles": ["admin"], "password": "password12345"}, {"#/password"}),
        ({"username": "k.sato", "roles": ["admin"], "password": "short"}, {"#/password"}),
        ({"username": "k.sato", "roles": ["admin"], "status": "active", "_id": "x"}, {"#/status", "#/_id"}),
        ({"username": {"$ne": ""}, "roles": "admin"}, {"#/username", "#/roles"}),
        ({"username": 7, "roles": [7], "language": "xx"}, {"#/username", "#/roles/0", "#/language"}),
    ],
)
def test_every_fault_of_a_new_account_is_named(standing: Accounts, body: Any, pointers: set[str]) -> None:
    before = standing.database.accounts.count_documents({})
    admin = standing.token("admin")
    answer = standing.call("POST", "/accounts", admin, body)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == pointers
    assert standing.database.accounts.count_documents({}) == before + 1


def test_a_change_of_roles_ends_the_session_and_a_change_of_name_does_not(accounts: Accounts) -> None:
    admin, person = accounts.token("admin"), accounts.person("front_desk")
    signed_in = accounts.header(person)
    path = f"/accounts/{person['id']}"
    etag = accounts.call("GET", path, admin).headers["ETag"]
    accounts.clock.move(milliseconds=500)
    named = accounts.call("PATCH", path, admin, {"name": "Tanaka"}, **{"If-Match": etag})
    assert named.status_code == 200 and accounts.call("GET", "/me", signed_in).status_code == 200
    assert accounts.call("PATCH", path, admin, {"name": "T"}, **{"If-Match": etag}).status_code == 412
    changed = accounts.call("PATCH", path, admin, {"roles": ["coordinator"]})
    assert changed.json["roles"] == ["coordinator"]
    accounts.let_copies_age()
    assert accounts.call("GET", "/me", signed_in).status_code == 401
    next_header = accounts.header(person, accounts.code(person, 1))
    assert accounts.call("GET", "/me", next_header).status_code == 200, "in the same second as the end of the session"
    types = [event["type"].split(".", 1)[1] for event in accounts.published(person["id"])]
    assert types == ["account.created.v1", "account.updated.v1", "account.updated.v1", "session.ended.v1"]
    assert accounts.call("PATCH", path, admin, {"roles": ["coordinator"]}).json["roles"] == ["coordinator"]
    assert len(accounts.published(person["id"])) == 4, "nothing changed, nothing published"


def claims_of(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(answer.json["access_token"], options={"verify_signature": False})
    return found


@pytest.mark.parametrize("codes", [["urology"], ["dermatology", "cardiology"], []])
def test_departments_are_set_like_roles_and_apply_at_once(accounts: Accounts, codes: list[str]) -> None:
    add_default_departments(accounts.deps)
    admin, person = accounts.token("admin"), accounts.person("department", departments=["cardiology", "psychiatry"])
    answer = accounts.try_to_sign_in(person)
    assert claims_of(answer)["departments"] == ["cardiology", "psychiatry"]
    signed_in = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert accounts.call("GET", "/me", signed_in).json["departments"] == ["cardiology", "psychiatry"]
    accounts.clock.move(seconds=31)
    changed = accounts.call("PATCH", f"/accounts/{person['id']}", admin, {"departments": codes})
    assert changed.status_code == 200 and changed.json["departments"] == sorted(codes)
    events = accounts.published(person["id"])
    assert [one["type"] for one in events[-2:]] == ["accounts.account.updated.v1", "accounts.session.ended.v1"]
    assert (events[-2]["data"].get("departments") or [], events[-2]["data"]["fields"]) == (
        sorted(codes),
        ["departments"],
    )
    accounts.let_copies_age()
    assert accounts.call("GET", "/me", signed_in).status_code == 401, "what was given for other departments is over"
    assert claims_of(accounts.try_to_sign_in(person)).get("departments", []) == sorted(codes)


def test_setting_the_same_departments_ends_no_session(accounts: Accounts) -> None:
    add_default_departments(accounts.deps)
    admin, person = accounts.token("admin"), accounts.person("reviewer", departments=["cardiology"])
    signed_in = accounts.header(person)
    for same in (["cardiology"], ["cardiology", "cardiology"]):
        assert accounts.call("PATCH", f"/accounts/{person['id']}", admin, {"departments": same}).status_code == 200
    accounts.let_copies_age()
    assert accounts.call("GET", "/me", signed_in).status_code == 200
    assert len(accounts.published(person["id"])) == 1


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"departments": ["astrology"]}, {"#/departments/0"}),
        ({"departments": ["cardiology", "Surgery"]}, {"#/departments/1"}),
        ({"departments": "cardiology"}, {"#/departments"}),
        ({"departments": ["cardiology"] * 31}, {"#/departments"}),
        ({"departments": None}, {"#/departments"}),
        ({"roles": ["applicant"], "departments": ["cardiology"]}, {"#/departments"}),
    ],
)
def test_unknown_departments_are_rejected(standing: Accounts, body: Any, pointers: set[str]) -> None:
    add_default_departments(standing.deps)
    admin, person = standing.token("admin"), standing.person("department")
    new = {"username": f"new.{new_id()[-8:]}", "roles": ["department"]}
    for method, path, sent in (("PATCH", f"/accounts/{person['id']}", body), ("POST", "/accounts", new | body)):
        answer = standing.call(method, path, admin, sent)
        assert answer.status_code == 422, answer.text
        assert {error["pointer"] for error in answer.json["errors"]} == pointers


def test_an_account_stored_without_departments_has_none_and_is_listed(accounts: Accounts) -> None:
    """Accounts stored before they had departments can be read, and setup lists them."""
    add_default_departments(accounts.deps)
    admin = accounts.token("admin")
    old = [accounts.person(role, username=f"old.{role}") for role in ("reviewer", "department", "chief", "front_desk")]
    accounts.person("reviewer", username="new.reviewer", departments=["urology"])
    gone = accounts.person("department", username="gone.department")
    accounts.call("POST", f"/accounts/{gone['id']}/disable", admin, {"reason": "left"})
    accounts.database.accounts.update_many({}, {"$unset": {"departments": ""}})
    accounts.database.accounts.update_one({"username": "new.reviewer"}, {"$set": {"departments": ["urology"]}})
    assert usernames_without_department(accounts.deps) == ["old.department", "old.reviewer"]
    for person in old:
        assert accounts.call("GET", f"/accounts/{person['id']}", admin).json["departments"] == []
        assert "departments" not in claims_of(accounts.try_to_sign_in(person))
    (warning,) = put_departments(accounts.database, accounts.settings)
    assert "old.department, old.reviewer:" in warning and "PATCH /accounts/api/v1/accounts/{id}" in warning
    listed = accounts.call("GET", "/accounts", admin).json["items"]
    assert all("departments" in one for one in listed)
    path = f"/accounts/{old[0]['id']}"
    assert accounts.call("PATCH", path, admin, {"departments": []}).status_code == 200
    assert len(accounts.published(old[0]["id"])) == 1, "nothing changed"
    accounts.call("PATCH", path, admin, {"departments": ["urology"]})
    assert usernames_without_department(accounts.deps) == ["old.department"]
    accounts.call("PATCH", f"/accounts/{old[1]['id']}", admin, {"departments": ["cardiology", "urology"]})
    assert put_departments(accounts.database, accounts.settings) == []


def test_a_token_with_the_maximum_of_departments_fits_a_cookie(accounts: Accounts) -> None:
    codes = [("a" * 38) + a + b for a in "abcde" for b in "abcdef"]
    assert len(codes) == MAX_DEPARTMENTS
    for code in codes:
        add_department(
            accounts.deps,
            {"code": code, "names": {"en": code}},
            CommandContext(accounts.clock(), "operator:t", new_id()),
        )
    person = accounts.person(*STAFF, departments=codes)
    assert (
        len(accounts.try_to_sign_in(person).json["access_token"]) < 3500
    )  # RFC 6265: 4096 with its name and attributes


def test_a_disabled_person_is_signed_out_at_once_and_can_sign_in_when_enabled(accounts: Accounts) -> None:
    admin, person = accounts.token("admin"), accounts.person("front_desk")
    signed_in, path = accounts.header(person), f"/accounts/{person['id']}"
    assert accounts.call("POST", f"{path}/disable", admin, {}).status_code == 422
    disabled = accounts.call("POST", f"{path}/disable", admin, {"reason": "left the hospital"})
    assert disabled.status_code == 200 and disabled.json["status"] == "disabled"
    assert accounts.call("GET", "/me", signed_in).status_code == 401
    refused = accounts.call("POST", f"{path}/disable", admin, {"reason": "again"})
    assert refused.status_code == 409 and refused.json["allowed"] == ["enable"]
    assert accounts.call("POST", f"{path}/enable", admin).json["status"] == "active"
    assert accounts.call("GET", "/me", signed_in).status_code == 401, "what was void stays void"
    accounts.clock.move(seconds=30)
    assert accounts.try_to_sign_in(person).status_code == 201
    types = [event["type"].split(".", 1)[1] for event in accounts.published(person["id"])]
    assert types == ["account.created.v1", "account.disabled.v1", "session.ended.v1", "account.updated.v1"]


def test_no_token_is_issued_while_its_account_is_disabled(accounts: Accounts) -> None:
    """A sign-in that read the account before, and writes after, gets nothing; one that wrote before is ended."""
    person = accounts.person("front_desk")
    before = accounts.deps.store.by_username(person["username"])
    admin = accounts.token("admin")
    ahead = accounts.header(person)
    late = accounts.clock()
    accounts.database.accounts.update_one({"_id": person["id"]}, {"$set": {"token_at": late.replace(second=9)}})
    accounts.call("POST", f"/accounts/{person['id']}/disable", admin, {"reason": "left"})
    assert accounts.call("GET", "/me", ahead).status_code == 401
    ended = accounts.published(person["id"])[-1]["data"]["before"]
    assert ended == "2026-11-23T09:00:09.001Z", "after the latest token, though another clock issued it"
    assert not accounts.deps.store.claim_code(before, 10**9, late)


def test_a_sign_in_concurrent_with_disabling_leaves_no_valid_token(accounts: Accounts) -> None:
    """Signing in and being disabled at the same moment, as two processes do it, over and over."""
    chance, ended = random.Random(7), 0
    for _ in range(12):
        person, tokens = accounts.person("front_desk"), []

        def enter(person: dict[str, str] = person, tokens: list[str] = tokens) -> None:
            answer = accounts.app.test_client().post(
                "/accounts/api/v1/tokens",
                json={name: person[name] for name in ("username", "password")}
                | {"one_time_code": accounts.code(person)},
            )
            tokens += [answer.json["access_token"]] if answer.status_code == 201 else []

        thread = threading.Thread(target=enter)
        thread.start()
        time.sleep(chance.uniform(0.0, 0.15))
        disable_account(
            accounts.deps, person["id"], "left", CommandContext(accounts.clock(), "operator:test", new_id())
        )
        thread.join()
        accounts.let_copies_age()
        for token in tokens:
            ended += 1
            assert accounts.call("GET", "/me", {"Authorization": f"Bearer {token}"}).status_code == 401
    assert 0 <= ended <= 12


def test_a_person_changes_the_password(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    signed_in = accounts.header(person)
    asked = {
        "current_password": person["password"],
        "one_time_code": accounts.code(person, 1),
        "new_password": PASSWORD,
    }
    weak = accounts.call("POST", "/me/password", signed_in, asked | {"new_password": "password12345"})
    assert weak.status_code == 422 and weak.json["errors"][0]["pointer"] == "#/new_password"
    wrong = accounts.call("POST", "/me/password", signed_in, asked | {"current_password": "wrong wrong wrong"})
    assert wrong.status_code == 401
    accounts.clock.move(milliseconds=5)
    assert accounts.call("POST", "/me/password", signed_in, asked).status_code == 200
    accounts.let_copies_age()
    assert accounts.call("GET", "/me", signed_in).status_code == 401
    accounts.clock.move(seconds=60)
    assert accounts.try_to_sign_in(person).status_code == 401
    assert accounts.try_to_sign_in(person, password=PASSWORD).status_code == 201


def test_a_stolen_token_does_not_allow_guessing_the_password(accounts: Accounts) -> None:
    person = accounts.person("front_desk")
    signed_in = accounts.header(person)
    asked = {"current_password": "guess", "one_time_code": "000000", "new_password": PASSWORD}
    for _ in range(MAX_ATTEMPTS):
        assert accounts.call("POST", "/me/password", signed_in, asked).status_code == 401
    right = {"current_password": person["password"], "one_time_code": accounts.code(person, 1)}
    assert accounts.call("POST", "/me/password", signed_in, asked | right).status_code == 401
    accounts.clock.move(minutes=15)
    signed_in = accounts.header(person)
    right_again = right | {"one_time_code": accounts.code(person, 1)}
    assert accounts.call("POST", "/me/password", signed_in, asked | right_again).status_code == 200


def test_people_of_a_suspended_organization_cannot_sign_in(accounts: Accounts) -> None:
    organization = "01890000-0000-7000-8000-000000000001"
    person = accounts.person("agency", organization_id=organization)
    accounts.database.organizations.insert_one({"_id": organization, "status": "suspended"})
    assert accounts.try_to_sign_in(person).status_code == 401
    accounts.database.organizations.update_one({"_id": organization}, {"$set": {"status": "active"}})
    assert accounts.try_to_sign_in(person).status_code == 201


@pytest.mark.parametrize("role", ROLES)
def test_who_may_call_what(standing: Accounts, role: str) -> None:
    organization = "01890000-0000-7000-8000-000000000001" if role == "agency" else None
    header = standing.header(standing.person(role, organization_id=organization))
    admin, staff = role == "admin", role in STAFF
    expected = {
        ("GET", "/accounts"): 200 if admin else 403,
        ("POST", "/accounts"): 422 if admin else 403,
        ("GET", "/accounts/nobody"): 404 if admin else 403,
        ("PATCH", "/accounts/nobody"): 404 if admin else 403,
        ("POST", "/accounts/nobody/disable"): 422 if admin else 403,
        ("POST", "/accounts/nobody/enable"): 404 if admin else 403,
        ("POST", "/departments"): 422 if admin else 403,
        ("PATCH", "/departments/nowhere"): 404 if admin else 403,
        ("GET", "/departments"): 200 if staff else 403,
        ("GET", "/departments/nowhere"): 404 if staff else 403,
        ("GET", "/me"): 200,
    }
    for (method, path), status in expected.items():
        assert standing.call(method, path, header, {} if method != "GET" else None).status_code == status, (
            method,
            path,
        )
        assert standing.call(method, path, None, {} if method != "GET" else None).status_code == 401


def test_actions_of_admins_are_audited(accounts: Accounts) -> None:
    admin, person = accounts.token("admin"), accounts.person("front_desk")
    path = f"/accounts/{person['id']}/disable"
    accounts.call("POST", path, admin, {"reason": "left the hospital"}, **{"X-Reason": "letter of 20 November"})
    noted = list(accounts.database.audit.find({"route": "/accounts/api/v1/accounts/<account_id>/disable"}))
    assert [(entry["targets"]["account_id"], entry["reason"]) for entry in noted] == [
        (person["id"], "letter of 20 November")
    ]


def test_accounts_are_listed_a_page_at_a_time(accounts: Accounts) -> None:
    made = [accounts.person("interpreter")["id"] for _ in range(5)]
    admin = accounts.token("admin")
    first = accounts.call("GET", "/accounts?role=interpreter&limit=3", admin)
    path = first.headers["Link"].split(">")[0].split("/api/v1")[1]
    second = accounts.call("GET", path, admin)
    assert [row["id"] for row in first.json["items"] + second.json["items"]] == made and "Link" not in second.headers
    assert accounts.call("GET", "/accounts?colour=red", admin).status_code == 422
    assert accounts.call("GET", "/accounts?role=king", admin).status_code == 422


def test_the_default_departments_are_added_once_and_changes_stay(accounts: Accounts) -> None:
    assert add_default_departments(accounts.deps) >= 30
    admin, desk = accounts.token("admin"), accounts.token("front_desk")
    listed = accounts.call("GET", "/departments?limit=200", desk).json["items"]
    cardiology = next(row for row in listed if row["code"] == "cardiology")
    assert cardiology["names"] == {"ja": "循環器内科", "en": "Cardiology"} and cardiology["listed"]
    assert accounts.call("PATCH", "/departments/cardiology", admin, {"place": "3F East"}).status_code == 200
    assert add_default_departments(accounts.deps) == 0
    assert accounts.call("GET", "/departments/cardiology", desk).json["place"] == "3F East"


def test_a_department_is_added_changed_and_taken_off_the_list(accounts: Accounts) -> None:
    admin = accounts.token("admin")
    body = {"code": "sleep_clinic", "names": {"ja": "睡眠外来", "en": "Sleep Clinic"}, "extension": "4321"}
    assert accounts.call("POST", "/departments", admin, body).status_code == 201
    assert accounts.call("POST", "/departments", admin, body).status_code == 409
    etag = accounts.call("GET", "/departments/sleep_clinic", admin).headers["ETag"]
    assert (
        accounts.call("PATCH", "/departments/sleep_clinic", admin, {"listed": False}, **{"If-Match": etag}).json[
            "listed"
        ]
        is False
    )
    stale = accounts.call("PATCH", "/departments/sleep_clinic", admin, {"listed": True}, **{"If-Match": etag})
    assert stale.status_code == 412
    assert [row["code"] for row in accounts.call("GET", "/departments?listed=true", admin).json["items"]] == []
    record = accounts.database.departments.find_one({"code": "sleep_clinic"})
    assert [event["data"].get("listed", True) for event in accounts.published(record["_id"], "departments")] == [
        True,
        False,
    ]
    for bad in (
        {"code": "Sleep", "names": {"en": "x"}},
        {"code": "x1", "names": {}},
        {"code": "ok_code", "names": {"$x": "y"}},
    ):
        assert accounts.call("POST", "/departments", admin, bad).status_code == 422


ODD = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"username": NaN}', b'{"a":1,"a":2}', b"\xff\xfe", b'{"username":"\\u0000"}',
    b'{"username":"\\ud800","password":"x","one_time_code":"1"}', b"[" * 100, b'{"username":' + b"9" * 400 + b"}",
    json.dumps({"username": "a", "password": ["x"], "one_time_code": {"$gt": ""}}).encode(),
    json.dumps({"username": "a", "password": "x", "one_time_code": 123456}).encode(),
    json.dumps({"username": True, "password": None, "one_time_code": 1.9}).encode(),
    json.dumps({"username": "a" * 300, "password": "x" * 5000, "one_time_code": "1" * 50}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/tokens", "/accounts", "/departments", "/me/password"])
def test_odd_bodies_are_rejected_with_a_4xx(standing: Accounts, path: str) -> None:
    admin = standing.token("admin")
    for body in ODD:
        answer = standing.client.post(
            f"/accounts/api/v1{path}",
            data=body,
            content_type="application/json",
            headers=admin if path != "/tokens" else {},
        )
        assert 400 <= answer.status_code < 500, body[:80]
        assert answer.content_type == "application/problem+json"


def test_health_and_the_document(accounts: Accounts) -> None:
    assert accounts.client.get("/accounts/healthz").status_code == 200
    document = accounts.client.get("/accounts/api/openapi.json").json
    assert "/accounts/api/v1/tokens" in document["paths"] and document["openapi"].startswith("3.1")
