"""Who gets in: agencies by key, people by token, each decided from the service's own copies, and nobody by default."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from shared.auth import Authenticator, RefreshAheadCache, hash_key
from shared.web.access import api_blueprint, public, returns, rights
from tests.integration.messaging.conftest import wait_for
from tests.integration.toy import BED, BEDS, KEY, TickingClock, Toy

ME = "/intake/api/v1/whoami"


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path, clock: TickingClock) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, clock)


def status(toy: Toy, credential: str | None, address: str = ME, method: str = "GET") -> int:
    headers = {"Authorization": credential} if credential is not None else {}
    return toy.client.open(address, method=method, headers=headers).status_code


def test_an_agency_is_known_by_its_key(toy: Toy) -> None:
    answer = toy.client.get(ME, headers={"Authorization": toy.add_key()})
    assert answer.json | {"cause": None, "traceparent": None} == {
        "actor": "key:key-1",
        "kind": "agency",
        "organization_id": "org-1",
        "cause": None,
        "traceparent": None,
    }


def test_a_person_is_known_by_a_token(toy: Toy) -> None:
    answer = toy.client.get(ME, headers={"Authorization": toy.token("department")})
    assert answer.json["actor"] == "account:acc-1"
    assert answer.json["kind"] == "staff"


@pytest.mark.parametrize(
    "credential",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer imc_live_wrong",
        "Bearer é",
        "Bearer a.b.c",
        "Bearer " + "x" * 5000,
    ],
)
def test_without_a_credential_that_counts_401_says_how(toy: Toy, credential: str | None) -> None:
    toy.add_key()
    headers = {"Authorization": credential} if credential is not None else {}
    answer = toy.client.get(ME, headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="imc"')
    assert ("invalid_token" in answer.headers["WWW-Authenticate"]) == bool(credential)


def test_expired_revoked_and_foreign_keys_open_nothing(toy: Toy, clock: TickingClock) -> None:
    assert status(toy, toy.add_key("imc_live_old", expires_at=clock.now)) == 401
    assert status(toy, toy.add_key("imc_live_dead", revoked=True)) == 401
    toy.database["agency_keys"].insert_one({"_id": hash_key(b"other", "imc_live_foreign"), "organization_id": "org-1"})
    assert status(toy, "Bearer imc_live_foreign") == 401


def test_a_key_dies_and_an_organization_stops_within_a_moment(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("shared.auth.time.monotonic", lambda: moment)
    credential = toy.add_key()
    assert status(toy, credential) == 200
    toy.add_key(status="suspended")
    assert status(toy, credential) == 200  # known for at most 400 ms
    moment += 0.401
    answer = toy.client.get(ME, headers={"Authorization": credential})
    assert answer.status_code == 403
    assert "suspended" in answer.json["detail"]
    toy.add_key(revoked=True)
    moment += 0.401
    assert status(toy, credential) == 401


def test_who_keeps_coming_waits_for_no_look_up_and_nothing_is_believed_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment, asked = 1000.0, []
    monkeypatch.setattr("shared.auth.time", SimpleNamespace(monotonic=lambda: moment, sleep=time.sleep))

    def find(name: str) -> str | None:
        asked.append(threading.current_thread() is threading.main_thread())
        if len(asked) == 3:
            raise AutoReconnect
        return str(len(asked)) if len(asked) < 4 else None

    copies = RefreshAheadCache(find, 0.4)
    assert (copies.get("key"), copies.get("key"), len(asked)) == ("1", "1", 1)
    moment += 0.2
    assert (copies.get("key"), copies.get("key")) == ("1", "1"), "looked up anew beside"
    wait_for(lambda: copies.get("key") == "2")
    moment += 0.2
    assert copies.get("key") == "2"
    wait_for(lambda: len(asked) == 3)
    assert copies.get("key") == "2", "the database is away, and it is still believed"
    moment += 0.21
    assert (copies.get("key"), copies.get("key")) == (None, None)
    assert asked == [True, False, False, True, True]


def test_nobody_renews_where_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    moment, asked = 1000.0, []
    monkeypatch.setattr("shared.auth.time", SimpleNamespace(monotonic=lambda: moment, sleep=time.sleep))
    monkeypatch.setattr("shared.auth.IDLE_SECONDS", 0.05)
    copies = RefreshAheadCache(lambda name: asked.append(name) or name, 0.4)
    for times in (2, 3):
        copies.get("key")
        moment += 0.2
        copies.get("key")
        wait_for(lambda times=times: len(asked) == times)
        wait_for(lambda: copies._thread is None)


@pytest.mark.parametrize("organization_status", ["prospective", "suspended", "closed"])
def test_an_organization_that_is_not_active_is_told_so(toy: Toy, organization_status: str) -> None:
    credential = toy.add_key(status=organization_status)
    answer = toy.client.get(ME, headers={"Authorization": credential})
    assert (answer.status_code, organization_status in answer.json["detail"]) == (403, True)


def test_a_key_whose_organization_never_came_opens_nothing(toy: Toy) -> None:
    credential = toy.add_key()
    toy.database["organizations"].delete_many({})
    assert status(toy, credential) == 403


def test_a_key_needs_the_scope(toy: Toy) -> None:
    credential = toy.add_key(scopes=["referrals:read"])
    assert status(toy, credential, BEDS) == 200
    answer = toy.client.post(BEDS, json=BED, headers={"Authorization": credential})
    assert (answer.status_code, "referrals:write" in answer.json["detail"]) == (403, True)
    assert status(toy, credential, f"{BEDS}/x/take", "POST") == 403  # staff only


@pytest.mark.parametrize(
    ("roles", "address", "expected"),
    [
        (("front_desk",), BEDS, 200),
        (("admin",), BEDS, 200),
        (("coordinator", "billing"), BEDS, 403),
        ((), BEDS, 403),
        (("applicant",), ME, 200),
        (("front_desk",), "/intake/api/v1/agencies-only", 403),
        (("admin",), "/intake/api/v1/agencies-only", 403),
    ],
)
def test_a_person_needs_a_role(toy: Toy, roles: tuple[str, ...], address: str, expected: int) -> None:
    assert status(toy, toy.token(*roles), address) == expected


def test_what_is_not_a_token_of_ours_is_refused(toy: Toy, clock: TickingClock) -> None:
    now = clock().timestamp()
    good = toy.token("front_desk")
    stranger = Ed25519PrivateKey.generate()
    claims = jwt.decode(good.removeprefix("Bearer "), options={"verify_signature": False})
    refused = [
        toy.token("front_desk", exp=now),
        toy.token("front_desk", iss="somebody"),
        toy.token("front_desk", iat=now + 3600),
        toy.token("front_desk", roles="front_desk"),
        "Bearer " + jwt.encode(claims, stranger, algorithm="EdDSA", headers={"kid": "k1"}),
        "Bearer " + jwt.encode(claims, toy.signing, algorithm="EdDSA", headers={"kid": "k9"}),
        "Bearer " + jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"}),
        "Bearer " + jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"kid": "k1"}),
        good[:-4] + "AAAA",
    ]
    assert [status(toy, credential) for credential in refused] == [401] * len(refused)
    assert status(toy, good) == 200


def test_a_token_ends_at_its_time_though_it_was_good_before(toy: Toy, clock: TickingClock) -> None:
    credential = toy.token("front_desk")
    assert status(toy, credential) == 200
    clock.forward(seconds=900)
    assert status(toy, credential) == 401


def test_signing_out_ends_earlier_tokens_and_no_later_ones(
    toy: Toy, clock: TickingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr("shared.auth.time.monotonic", lambda: moment)
    before, other = toy.token("front_desk"), toy.token("front_desk", sid="ses-2")
    assert (status(toy, before), status(toy, other)) == (200, 200)
    clock.forward(seconds=1)
    toy.database["void_tokens"].insert_one({"_id": "acc-1/ses-1", "before": clock()})
    moment += 0.401
    assert (status(toy, before), status(toy, other)) == (401, 200)
    toy.database["void_tokens"].insert_one({"_id": "acc-1", "before": clock()})
    moment += 0.401
    assert (status(toy, other), status(toy, toy.token("front_desk", sid="ses-3"))) == (401, 200)


def test_anyone_may_call_what_is_public_even_with_a_bad_credential(toy: Toy) -> None:
    assert status(toy, None, "/intake/api/v1/open") == 200
    assert status(toy, "Bearer nonsense", "/intake/api/v1/open") == 200
    answer = toy.client.get("/intake/api/v1/open", headers={"Authorization": toy.token("front_desk")})
    assert answer.json == {"kind": "staff"}


def test_a_route_that_names_nobody_cannot_be_added() -> None:
    blp = api_blueprint("beds", "intake")
    with pytest.raises(TypeError, match=r"rights\(\.\.\.\) or public\(\)"):

        @blp.get("/forgotten")
        def forgotten() -> None:
            """Nobody said who may call it."""

    with pytest.raises(ValueError, match="roles"):
        rights()

    @blp.get("/remembered")
    @public()
    @returns(204, None)
    def remembered() -> None:
        """Anyone may."""


def test_every_address_of_the_app_refuses_the_anonymous_but_for_the_short_list(toy: Toy) -> None:
    free = {"/intake/healthz", "/intake/readyz", "/intake/metrics", "/intake/api/openapi.json", "/intake/api/docs"}
    free |= {
        "/intake/api/docs/files/<name>",
        "/intake/api/v1/open",
        "/intake/api/agencies/openapi.json",
        "/intake/api/agencies/docs",
    }
    free |= {"/intake/api/agencies/docs/files/<name>"}
    free |= {"/intake/api/problems", "/intake/api/problems/<slug>"}
    for rule in toy.app.url_map.iter_rules():
        for method in rule.methods - {"HEAD"}:
            found = toy.client.open(rule.rule.replace("<name>", "start.js").replace("<bed_id>", "x"), method=method)
            assert (found.status_code == 401) == (rule.rule not in free), rule.rule


def test_an_admins_call_is_noted_before_it_is_answered(toy: Toy, clock: TickingClock) -> None:
    headers = {
        "Authorization": toy.token("admin"),
        "X-Request-Id": "0197f0a0-0000-7000-8000-000000000007",
        "X-Forwarded-For": "203.0.113.9",
    }
    answer = toy.client.post(f"{BEDS}/nowhere/take", headers=headers | {"X-Reason": "見学".encode().decode("latin-1")})
    assert answer.status_code == 404
    (entry,) = toy.database["audit"].find({}, {"_id": 0})
    assert entry == {
        "time": clock(),
        "actor": "account:acc-1",
        "from": "203.0.113.9",
        "method": "POST",
        "route": f"{BEDS}/<bed_id>/take",
        "targets": {"bed_id": "nowhere"},
        "reason": "見学",
        "request_id": "0197f0a0-0000-7000-8000-000000000007",
    }
    toy.client.get(BEDS, headers={"Authorization": toy.token("front_desk")})
    assert toy.database["audit"].count_documents({}) == 1


def test_an_admins_call_that_cannot_be_noted_does_not_happen(toy: Toy) -> None:
    toy.database.drop_collection("audit")
    toy.database.command({"create": "audit", "validator": {"impossible": {"$exists": True}}})
    answer = toy.client.post(BEDS, json=BED, headers={"Authorization": toy.token("admin")})
    assert answer.status_code == 500
    assert toy.database["beds"].count_documents({}) == 0


def test_a_service_without_the_key_secret_knows_no_agencies(toy: Toy) -> None:
    toy.app.extensions["imc"].authenticator = Authenticator(toy.database, {}, None)
    assert status(toy, f"Bearer {KEY}") == 401
