"""Partners over its real app and a real MongoDB: organizations, the life of a key, webhook endpoints, who may do what."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from deploy.secret_files import make_secrets
from services.accounts.rules.accounts import ROLES
from services.partners.actions.organizations import find_by_name
from services.partners.actions.webhooks import disable_gone_endpoint, retire_secrets
from services.partners.rules.keys import SCOPES
from services.partners.rules.webhooks import OVERLAP
from shared.hpke import open_with
from tests.integration.signing_in import Partners, own_database

NEW = {
    "name": "Bangkok Medical Travel",
    "country": "TH",
    "contacts": [{"name": "Desk", "email": "desk@agency.example"}],
}
HOOK = {"url": "https://agency.example/imc", "events": ["referral.scheduled", "visit.rescheduled"]}
NOT_THERE = "01890000-0000-7000-8000-000000000001"


@pytest.fixture
def partners(mongo_url: str, database: Database, tmp_path: Path) -> Partners:
    return Partners(mongo_url, database, tmp_path)


@pytest.fixture(scope="module")
def standing(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    """One for all the tests that only look at what is refused."""
    with own_database(mongo_url) as database:
        yield Partners(mongo_url, database, tmp_path_factory.mktemp("partners"))


def types(partners: Partners, organization_id: str) -> list[str]:
    return [
        event["type"].removeprefix("partners.").removesuffix(".v1") for event in partners.published(organization_id)
    ]


def test_an_organization_moves_through_its_states_and_publishes_events(partners: Partners) -> None:
    staff = partners.staff("partners")
    made = partners.call("POST", "/organizations", staff, NEW)
    assert (
        made.status_code == 201 and made.json["status"] == "prospective" and made.json["kinds"] == ["referring_agency"]
    )
    path = f"/organizations/{made.json['id']}"
    assert made.headers["Location"] == f"/partners/api/v1{path}"
    refused = partners.call("POST", f"{path}/suspend", staff, {"reason": "x"})
    assert refused.status_code == 409 and refused.json["allowed"] == ["activate"]
    for move, body, status in (
        ("activate", None, "active"),
        ("suspend", {"reason": "unpaid"}, "suspended"),
        ("activate", None, "active"),
        ("suspend", {"reason": "unpaid"}, "suspended"),
        ("close", {"reason": "gone"}, "closed"),
    ):
        answer = partners.call("POST", f"{path}/{move}", staff, body)
        assert answer.status_code == 200 and answer.json["status"] == status
    refused = partners.call("POST", f"{path}/activate", staff)
    assert refused.status_code == 409 and refused.json["allowed"] == []
    assert types(partners, made.json["id"]) == [
        "organization.registered",
        "organization.activated",
        "organization.suspended",
        "organization.activated",
        "organization.suspended",
        "organization.closed",
    ]
    assert [event["sequence"] for event in partners.published(made.json["id"])] == [1, 2, 3, 4, 5, 6]


def test_one_name_is_one_organization_until_it_is_closed(partners: Partners) -> None:
    staff = partners.staff("partners")
    first = partners.call("POST", "/organizations", staff, NEW).json
    assert (
        partners.call("POST", "/organizations", staff, NEW | {"name": "ＢＡＮＧＫＯＫ medical  travel"}).status_code
        == 409
    )
    other = partners.call("POST", "/organizations", staff, NEW | {"name": "Other"}).json
    assert partners.call("PATCH", f"/organizations/{other['id']}", staff, {"name": NEW["name"]}).status_code == 409
    assert find_by_name(partners.deps, "bangkok MEDICAL travel")["_id"] == first["id"]
    for move in ("activate", "suspend", "close"):
        partners.call(
            "POST", f"/organizations/{first['id']}/{move}", staff, {"reason": "x"} if move != "activate" else None
        )
    assert find_by_name(partners.deps, NEW["name"]) is None
    assert partners.call("POST", "/organizations", staff, NEW).status_code == 201


def test_organizations_are_changed_at_the_version_that_was_read_and_listed(partners: Partners) -> None:
    staff = partners.staff("partners")
    made = [partners.call("POST", "/organizations", staff, {"name": f"Agency {turn}"}).json["id"] for turn in range(3)]
    path = f"/organizations/{made[0]}"
    etag = partners.call("GET", path, staff).headers["ETag"]
    change = {"kinds": ["hospital", "university"], "contacts": [{"name": "田中", "language": "ja"}]}
    changed = partners.call("PATCH", path, staff, change, **{"If-Match": etag})
    assert changed.status_code == 200 and changed.json["kinds"] == ["hospital", "university"]
    assert partners.call("PATCH", path, staff, {"name": "x"}, **{"If-Match": etag}).status_code == 412
    assert partners.call("PATCH", path, staff, change).headers["ETag"] == changed.headers["ETag"], "nothing changed"
    assert partners.published(made[0])[-1]["data"]["fields"] == ["kinds", "contacts"]
    assert [row["id"] for row in partners.call("GET", "/organizations?kind=hospital", staff).json["items"]] == made[:1]
    assert [row["id"] for row in partners.call("GET", "/organizations?name=agency%202", staff).json["items"]] == made[
        2:
    ]
    first = partners.call("GET", "/organizations?limit=2", staff)
    rest = partners.call("GET", first.headers["Link"].split(">")[0].split("/api/v1")[1], staff)
    assert [row["id"] for row in first.json["items"] + rest.json["items"]] == made


def test_a_key_is_shown_once_and_grants_its_scopes(partners: Partners) -> None:
    staff = partners.staff("partners")
    organization = partners.call("POST", "/organizations", staff, NEW).json["id"]
    path = f"/organizations/{organization}"
    asked = {"scopes": ["organization:read"]}
    made = partners.call("POST", f"{path}/keys", staff, asked, **{"Idempotency-Key": "k"})
    assert made.status_code == 201 and made.json["key"].startswith("imc_live_") and len(made.json["key"]) >= 31
    repeated = partners.call("POST", f"{path}/keys", staff, asked, **{"Idempotency-Key": "k"})
    assert repeated.json == made.json and repeated.headers["Idempotency-Replayed"] == "true"
    key = {"Authorization": f"Bearer {made.json['key']}"}
    assert partners.call("GET", "/organizations/me", key).status_code == 403, "not active yet"
    partners.call("POST", f"{path}/activate", staff)
    partners.let_copies_age()
    me = partners.call("GET", "/organizations/me", key)
    assert me.status_code == 200 and me.json["id"] == organization and "status_reason" not in me.json
    assert partners.call("POST", "/organizations/me/webhooks", key, HOOK).status_code == 403, "not its scope"
    listed = partners.call("GET", f"{path}/keys", staff).json["items"]
    assert (
        listed[0]["shown"].endswith(made.json["key"][-4:]) and listed[0]["status"] == "live" and "key" not in listed[0]
    )
    dump = "".join(
        repr(row) for name in partners.database.list_collection_names() for row in partners.database[name].find()
    )
    assert made.json["key"] not in dump
    partners.call("POST", f"{path}/suspend", staff, {"reason": "unpaid"})
    partners.let_copies_age()
    assert partners.call("GET", "/organizations/me", key).status_code == 403


def test_two_keys_live_while_one_replaces_the_other(partners: Partners) -> None:
    staff = partners.staff("partners")
    organization, old = partners.agency()
    path = f"/organizations/{organization}/keys"
    old_id = partners.call("GET", path, staff).json["items"][0]["key_id"]
    rotated = partners.call("POST", f"{path}/{old_id}/rotate", staff)
    assert (
        rotated.status_code == 201 and rotated.json["replaces"] == old_id and set(rotated.json["scopes"]) == set(SCOPES)
    )
    new = {"Authorization": f"Bearer {rotated.json['key']}"}
    assert {partners.call("GET", "/organizations/me", key).status_code for key in (old, new)} == {200}
    assert partners.call("POST", path, staff, {}).status_code == 409, "a third"
    assert partners.call("POST", f"{path}/{old_id}/rotate", staff).status_code == 409
    with partners.broker_confirming(organization):
        revoked = partners.call("POST", f"{path}/{old_id}/revoke", staff)
    assert revoked.status_code == 200 and revoked.json["status"] == "revoked"
    partners.let_copies_age()
    assert partners.call("GET", "/organizations/me", old).status_code == 401
    assert partners.call("GET", "/organizations/me", new).status_code == 200
    assert partners.call("POST", path, staff, {}).status_code == 201
    assert partners.call("POST", f"{path}/{old_id}/rotate", staff).status_code == 409, "a dead key is not rotated"


def test_without_the_broker_a_revocation_is_effective_here_and_pending_elsewhere(partners: Partners) -> None:
    staff = partners.staff("partners")
    organization, key = partners.agency()
    path = f"/organizations/{organization}/keys"
    key_id = partners.call("GET", path, staff).json["items"][0]["key_id"]
    pending = partners.call("POST", f"{path}/{key_id}/revoke", staff, **{"Idempotency-Key": "r"})
    assert pending.status_code == 202 and pending.json["status"] == "pending"
    assert partners.call("GET", "/organizations/me", key).status_code == 401
    assert partners.call("GET", path, staff).json["items"][0]["status"] == "pending"
    event = partners.published(organization)[-1]
    assert event["type"] == "partners.api_key.revoked.v1" and set(event["data"]) == {
        "organization_id",
        "key_id",
        "hash",
    }
    partners.broker_confirms(organization)
    assert partners.call("GET", path, staff).json["items"][0]["status"] == "revoked"
    repeated = partners.call("POST", f"{path}/{key_id}/revoke", staff, **{"Idempotency-Key": "r"})
    assert repeated.status_code == 200 and repeated.json["status"] == "revoked"
    assert types(partners, organization) == [], "nothing more was published"


def test_a_key_expires(partners: Partners) -> None:
    staff = partners.staff("partners")
    organization, _ = partners.agency()
    path = f"/organizations/{organization}/keys"
    made = partners.call("POST", path, staff, {"expires_at": "2026-11-23T18:10:00+09:00"})
    assert made.json["expires_at"] == "2026-11-23T09:10:00.000Z"
    key = {"Authorization": f"Bearer {made.json['key']}"}
    assert partners.call("GET", "/organizations/me", key).status_code == 200
    partners.clock.move(minutes=10)
    assert partners.call("GET", "/organizations/me", key).status_code == 401
    listed = {row["key_id"]: row["status"] for row in partners.call("GET", path, partners.staff("admin")).json["items"]}
    assert listed[made.json["key_id"]] == "expired"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"test": True}, {"#/test"}),
        ({"scopes": []}, {"#/scopes"}),
        ({"scopes": ["everything"]}, {"#/scopes/0"}),
        ({"expires_at": "2026-11-23"}, {"#/expires_at"}),
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"#/expires_at"}),
        ({"organization_id": "x", "key": "imc_live_x"}, {"#/organization_id", "#/key"}),
    ],
)
def test_invalid_keys_are_rejected(standing: Partners, body: Any, pointers: set[str]) -> None:
    organization, _ = standing.agency()
    answer = standing.call("POST", f"/organizations/{organization}/keys", standing.staff("partners"), body)
    assert answer.status_code == 422 and {error["pointer"] for error in answer.json["errors"]} == pointers
    assert len(standing.database.partners.find_one({"_id": organization})["keys"]) == 1


def test_a_closed_organization_has_no_live_key_and_no_endpoint(partners: Partners) -> None:
    staff = partners.staff("partners")
    organization, key = partners.agency()
    partners.call("POST", "/organizations/me/webhooks", key, HOOK)
    partners.call("POST", f"/organizations/{organization}/suspend", staff, {"reason": "x"})
    assert partners.call("POST", f"/organizations/{organization}/keys", staff, {}).status_code == 409
    partners.call("POST", f"/organizations/{organization}/close", staff, {"reason": "gone"})
    assert types(partners, organization)[-3:] == ["organization.closed", "api_key.revoked", "webhook.changed"]
    assert partners.published(organization)[-1]["data"]["status"] == "deleted"
    partners.let_copies_age()
    assert partners.call("GET", "/organizations/me", key).status_code == 401


def test_a_webhook_secret_is_shown_once_and_encrypted_to_notify(partners: Partners, tmp_path: Path) -> None:
    organization, key = partners.agency()
    made = partners.call("POST", "/organizations/me/webhooks", key, HOOK, **{"Idempotency-Key": "w"})
    assert made.status_code == 201 and made.json["secret"].startswith("whsec_") and made.json["status"] == "active"
    repeated = partners.call("POST", "/organizations/me/webhooks", key, HOOK, **{"Idempotency-Key": "w"})
    assert repeated.json == made.json
    event = partners.published(organization)[-1]["data"]
    private = (tmp_path / "notify" / "notify_private_key").read_bytes()
    assert event["url"] == HOOK["url"] and event["events"] == HOOK["events"] and event["endpoint_id"] == made.json["id"]
    assert [open_with(private, each).decode() for each in event["sealed_secrets"]] == [made.json["secret"]]
    dump = "".join(
        repr(row) for name in partners.database.list_collection_names() for row in partners.database[name].find()
    )
    assert made.json["secret"] not in dump and made.json["secret"].removeprefix("whsec_") not in dump
    listed = partners.call("GET", "/organizations/me/webhooks", key).json["items"]
    assert [row["id"] for row in listed] == [made.json["id"]] and "secret" not in listed[0]


def test_a_replaced_secret_signs_beside_the_new_one_for_a_day(partners: Partners, tmp_path: Path) -> None:
    organization, key = partners.agency()
    made = partners.call("POST", "/organizations/me/webhooks", key, HOOK).json
    path = f"/organizations/me/webhooks/{made['id']}"
    rotated = partners.call("POST", f"{path}/rotate-secret", key)
    assert rotated.status_code == 200 and rotated.json["secret"] != made["secret"] and rotated.json["signatures"] == 2
    private = (tmp_path / "notify" / "notify_private_key").read_bytes()
    sealed = partners.published(organization)[-1]["data"]["sealed_secrets"]
    assert [open_with(private, each).decode() for each in sealed] == [rotated.json["secret"], made["secret"]]
    assert retire_secrets(partners.deps, partners.clock(), partners.context()) == 0
    partners.clock.now += OVERLAP
    assert retire_secrets(partners.deps, partners.clock(), partners.context()) == 1
    assert partners.call("GET", path, key).json["signatures"] == 1
    assert len(partners.published(organization)[-1]["data"]["sealed_secrets"]) == 1
    assert retire_secrets(partners.deps, partners.clock(), partners.context()) == 0


def test_an_endpoint_is_disabled_enabled_and_deleted(partners: Partners) -> None:
    organization, key = partners.agency()
    made = partners.call("POST", "/organizations/me/webhooks", key, HOOK)
    path = f"/organizations/me/webhooks/{made.json['id']}"
    etag = partners.call("GET", path, key).headers["ETag"]
    assert partners.call("POST", f"{path}/disable", key, **{"If-Match": etag}).json["status"] == "disabled"
    assert partners.call("POST", f"{path}/enable", key, **{"If-Match": etag}).status_code == 412
    refused = partners.call("POST", f"{path}/disable", key)
    assert refused.status_code == 409 and refused.json["allowed"] == ["enable"]
    assert partners.call("POST", f"{path}/enable", key).json["status"] == "active"
    disable_gone_endpoint(partners.deps, organization, made.json["id"], partners.context())
    assert partners.call("GET", path, key).json["status"] == "disabled"
    assert partners.published(organization)[-1]["data"]["status"] == "disabled"
    assert partners.call("DELETE", path, key).status_code == 204
    assert partners.call("GET", path, key).status_code == 404 and partners.call("DELETE", path, key).status_code == 404
    assert partners.published(organization)[-1]["data"]["status"] == "deleted"
    before = len(partners.published(organization))
    disable_gone_endpoint(partners.deps, organization, made.json["id"], partners.context())
    disable_gone_endpoint(partners.deps, NOT_THERE, made.json["id"], partners.context())
    assert len(partners.published(organization)) == before


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/url", "#/events"}),
        ({"url": "http://agency.example/", "events": ["*"]}, {"#/url"}),
        ({"url": "https://169.254.169.254/", "events": ["*"]}, {"#/url"}),
        ({"url": "https://[::ffff:10.0.0.1]/", "events": ["*"]}, {"#/url"}),
        ({"url": "https://agency.example/", "events": []}, {"#/events"}),
        ({"url": "https://agency.example/", "events": ["referral.exploded", "*"]}, {"#/events/0"}),
        ({"url": "https://agency.example/", "events": "*"}, {"#/events"}),
        ({"url": 7, "events": [{}]}, {"#/url", "#/events/0"}),
        (HOOK | {"secret": "whsec_mine", "status": "active"}, {"#/secret", "#/status"}),
    ],
)
def test_invalid_endpoints_are_rejected(standing: Partners, body: Any, pointers: set[str]) -> None:
    _, key = standing.agency()
    answer = standing.call("POST", "/organizations/me/webhooks", key, body)
    assert answer.status_code == 422 and {error["pointer"] for error in answer.json["errors"]} == pointers


def test_an_exempt_local_address_is_accepted(mongo_url: str, database: Database, tmp_path: Path) -> None:
    partners = Partners(mongo_url, database, tmp_path, IMC_WEBHOOK_ALLOW="127.0.0.1:9000")
    _, key = partners.agency()
    local = HOOK | {"url": "http://127.0.0.1:9000/hook"}
    assert partners.call("POST", "/organizations/me/webhooks", key, local).status_code == 201
    assert (
        partners.call("POST", "/organizations/me/webhooks", key, HOOK | {"url": "http://127.0.0.1/"}).status_code == 422
    )


@pytest.mark.parametrize(("name", "value"), [("IMC_WEBHOOK_ALLOW", "http://x"), ("IMC_WEBHOOK_ALLOW", "10.0.0.0/99")])
def test_a_malformed_setting_stops_the_process(
    mongo_url: str, database: Database, tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SystemExit, match=name):
        Partners(mongo_url, database, tmp_path, **{name: value})


def test_a_malformed_secret_stops_the_process(mongo_url: str, database: Database, tmp_path: Path) -> None:
    make_secrets(tmp_path)
    path = tmp_path / "partners" / "notify_public_key"
    path.chmod(0o600)
    path.write_text("hello")
    with pytest.raises(SystemExit, match="notify_public_key"):
        Partners(mongo_url, database, tmp_path)


def test_one_agency_sees_nothing_of_another(partners: Partners) -> None:
    _, mine = partners.agency()
    theirs_id, theirs = partners.agency()
    endpoint = partners.call("POST", "/organizations/me/webhooks", theirs, HOOK, **{"Idempotency-Key": "same"}).json[
        "id"
    ]
    for method, move in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/disable"),
        ("POST", "/enable"),
        ("POST", "/rotate-secret"),
    ):
        known = partners.call(method, f"/organizations/me/webhooks/{endpoint}{move}", mine)
        unknown = partners.call(method, f"/organizations/me/webhooks/{NOT_THERE}{move}", mine)
        assert known.status_code == unknown.status_code == 404
        assert {k: v for k, v in known.json.items() if k != "instance"} == {
            k: v for k, v in unknown.json.items() if k != "instance"
        }
    assert partners.call("GET", "/organizations/me/webhooks", mine).json["items"] == []
    own = partners.call("POST", "/organizations/me/webhooks", mine, HOOK, **{"Idempotency-Key": "same"})
    assert own.status_code == 201 and own.json["id"] != endpoint
    for method, path in (
        ("GET", ""),
        ("GET", f"/{theirs_id}"),
        ("PATCH", f"/{theirs_id}"),
        ("GET", f"/{theirs_id}/keys"),
    ):
        assert (
            partners.call(method, f"/organizations{path}", mine, {} if method == "PATCH" else None).status_code == 403
        )


@pytest.mark.parametrize("role", ROLES)
def test_who_may_call_what(standing: Partners, role: str) -> None:
    header, let_in = standing.staff(role), role in ("partners", "admin")
    expected = {
        ("GET", "/organizations"): 200,
        ("POST", "/organizations"): 422,
        ("GET", f"/organizations/{NOT_THERE}"): 404,
        ("PATCH", f"/organizations/{NOT_THERE}"): 404,
        ("POST", f"/organizations/{NOT_THERE}/activate"): 404,
        ("POST", f"/organizations/{NOT_THERE}/suspend"): 422,
        ("POST", f"/organizations/{NOT_THERE}/close"): 422,
        ("GET", f"/organizations/{NOT_THERE}/webhooks"): 404,
        ("GET", f"/organizations/{NOT_THERE}/keys"): 404,
        ("POST", f"/organizations/{NOT_THERE}/keys"): 404,
        ("POST", f"/organizations/{NOT_THERE}/keys/x/rotate"): 404,
        ("POST", f"/organizations/{NOT_THERE}/keys/x/revoke"): 404,
    }
    for (method, path), status in expected.items():
        body = {} if method != "GET" else None
        assert standing.call(method, path, header, body).status_code == (status if let_in else 403), (method, path)
        assert standing.call(method, path, None, body).status_code == 401
    for method, path in (("GET", ""), ("GET", "/webhooks"), ("POST", "/webhooks"), ("DELETE", "/webhooks/x")):
        assert (
            standing.call(method, f"/organizations/me{path}", header, {} if method == "POST" else None).status_code
            == 403
        )


def test_eight_concurrent_changes_of_one_organization_are_all_saved(partners: Partners) -> None:
    organization, key = partners.agency()
    hooks = [HOOK | {"url": f"https://agency.example/{turn}"} for turn in range(8)]
    answers: list[int] = []

    def add(hook: dict[str, Any]) -> None:
        answers.append(partners.call("POST", "/organizations/me/webhooks", key, hook).status_code)

    threads = [threading.Thread(target=add, args=[hook]) for hook in hooks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saved = {row["url"] for row in partners.call("GET", "/organizations/me/webhooks", key).json["items"]}
    assert len(saved) == answers.count(201) and set(answers) <= {201, 503}
    sequences = [event["sequence"] for event in partners.published(organization)]
    assert sequences == list(range(1, len(sequences) + 1))


ODD = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"name": NaN}', b'{"name":"a","name":"b"}', b"\xff\xfe", b'{"name":"\\u0000"}',
    b'{"name":"\\ud800"}', b"[" * 100, b'{"name":' + b"9" * 400 + b"}", b'{"name": " "}', b'{"name": 1.9}',
    json.dumps({"name": "x", "contacts": [{"name": {"$gt": ""}}], "kinds": {"$ne": 1}}).encode(),
    json.dumps({"name": "x" * 201, "country": "th", "kinds": ["bank"], "contacts": [1]}).encode(),
    json.dumps({"url": "https://a.example", "events": [["*"]]}).encode(),
    json.dumps({"scopes": "x", "expires_at": 10**30, "test": 1}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/organizations", "/organizations/{}/keys", "/organizations/me/webhooks"])
def test_odd_bodies_are_rejected_with_a_4xx(standing: Partners, path: str) -> None:
    organization, key = standing.agency()
    header = key if "me" in path else standing.staff("partners")
    before, count = (
        standing.database.partners.find_one({"_id": organization}),
        standing.database.partners.count_documents({}),
    )
    for body in ODD:
        if not body and "keys" in path:
            continue  # a key needs no body
        answer = standing.app.test_client().post(
            f"/partners/api/v1{path.format(organization)}", data=body, content_type="application/json", headers=header
        )
        assert 400 <= answer.status_code < 500, (body[:80], answer.text)
        assert answer.content_type == "application/problem+json"
    assert standing.database.partners.count_documents({}) == count
    assert standing.database.partners.find_one({"_id": organization}) == before


def test_health_and_the_document(partners: Partners) -> None:
    assert partners.app.test_client().get("/partners/healthz").status_code == 200
    document = partners.app.test_client().get("/partners/api/openapi.json").json
    assert "/partners/api/v1/organizations/me/webhooks" in document["paths"]
