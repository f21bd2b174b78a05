"""Every route for every kind of caller: who gets in, who is told 403, and that strangers are told 401. The table is written by hand."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import requests

from shared.settings import SERVICES
from tests.contract.refusals import refused
from tests.contract.world import World
from tests.journeys.play import until
from tests.system import System

UNKNOWN = "0197f0a0-0000-7000-8000-0000000000ff"
ROLES = ("front_desk", "coordinator", "training", "partners", "billing", "department", "chief", "auditor", "operator", "admin", "interpreter", "reviewer", "applicant")  # fmt: skip
EVERYBODY = frozenset(ROLES)
STAFF = EVERYBODY - {"applicant"}
DESK, COORDINATOR, PARTNERS = frozenset({"front_desk"}), frozenset({"coordinator"}), frozenset({"partners"})
TRAINING, CHIEF, REVIEWER = frozenset({"training"}), frozenset({"chief"}), frozenset({"reviewer"})
DEPARTMENT = frozenset({"department"})
OPERATOR = frozenset({"operator"})
INTERPRETER = frozenset({"interpreter"})
NOBODY: frozenset[str] = frozenset()
INTAKE, INTERPRETING = "/intake/api/v1", "/interpreting/api/v1"
CASE, REFERRAL, VISIT = f"{INTAKE}/cases/{{}}", f"{INTAKE}/referrals/{{}}", f"{INTAKE}/visits/{{}}"
OWN, ORGANIZATION = "/partners/api/v1/organizations/me", "/partners/api/v1/organizations/{}"
AGREEMENTS = "/partners/api/v1/agreements"
TRAIN = "/training/api/v1"
APPLICATION = f"{TRAIN}/applications/{{}}"
ACCOUNTS, NOTIFY = "/accounts/api/v1", "/notify/api/v1"

# who may besides admin; the scope an agency's key needs, if agencies may
ROUTES: dict[str, tuple[frozenset[str], str | None]] = {
    f"POST {INTAKE}/referrals": (NOBODY, "referrals:write"),
    f"GET {INTAKE}/referrals": (NOBODY, "referrals:read"),
    f"GET {REFERRAL}": (NOBODY, "referrals:read"),
    f"GET {REFERRAL}/timeline": (NOBODY, "referrals:read"),
    f"GET {REFERRAL}/messages/{{}}": (NOBODY, "referrals:read"),
    f"GET {REFERRAL}/documents/{{}}": (NOBODY, "referrals:read"),
    **{f"POST {REFERRAL}/{one}": (NOBODY, "referrals:write") for one in ("information", "messages", "documents", "cancellation")},
    f"GET {INTAKE}/cases": (DESK | COORDINATOR, None),
    f"GET {CASE}": (DESK | COORDINATOR, None),
    f"GET {CASE}/timeline": (DESK | COORDINATOR, None),
    f"POST {INTAKE}/cases": (DESK, None),
    f"PATCH {CASE}": (DESK, None),
    f"GET {CASE}/messages/{{}}": (DESK, None),
    f"GET {CASE}/documents/{{}}": (DESK, None),
    **{f"POST {CASE}/{one}": (DESK, None) for one in ("review", "accept", "decline", "request-information", "record-information", "cancel", "refuse-cancellation", "complete", "reopen", "no-reply-needed", "visits", "messages", "documents")},
    f"GET {VISIT}": (DESK, None),
    f"PATCH {VISIT}": (DESK, None),
    **{f"POST {VISIT}/{one}": (DESK, None) for one in ("reschedule", "cancel", "arrive", "leave", "complete", "no-show", "correct")},
    f"GET {INTAKE}/patients/{{}}": (DESK, None),
    **{f"POST {INTAKE}/patients/{{}}/{one}": (DESK, None) for one in ("merge", "unmerge")},
    f"POST {INTAKE}/search": (DESK, None),
    f"POST {INTAKE}/duplicates": (DESK, None),
    f"GET {INTERPRETING}/bookings": (DESK | COORDINATOR | {"interpreter"}, None),
    f"GET {INTERPRETING}/bookings/{{}}": (DESK | COORDINATOR | {"interpreter"}, None),
    **{f"POST {INTERPRETING}/bookings/{{}}/{one}": (COORDINATOR, None) for one in ("assign", "release", "cancel", "offer", "offers/{}/withdraw")},
    **{f"POST {INTERPRETING}/bookings/{{}}/offers/{{}}/{one}": (INTERPRETER, None) for one in ("accept", "decline")},
    **{f"POST {INTERPRETING}/bookings/{{}}/{one}": (DESK | COORDINATOR | INTERPRETER, None) for one in ("start", "complete", "correct")},
    f"GET {INTERPRETING}/bookings/{{}}/candidates/{{}}": (DESK | COORDINATOR, None),
    f"GET {INTERPRETING}/days": (DESK | COORDINATOR, None),
    f"GET {INTERPRETING}/free-slots": (DESK | COORDINATOR, None),
    f"GET {INTERPRETING}/me": (INTERPRETER, None),
    f"GET {INTERPRETING}/me/offers": (INTERPRETER, None),
    f"PATCH {INTERPRETING}/me/availability": (INTERPRETER, None),
    f"POST {INTERPRETING}/me/availability/consequences": (INTERPRETER, None),
    f"POST {INTERPRETING}/me/calendar-link": (INTERPRETER, None),
    f"DELETE {INTERPRETING}/me/calendar-link": (INTERPRETER, None),
    f"GET {INTERPRETING}/interpreters": (DESK | COORDINATOR, None),
    f"GET {INTERPRETING}/interpreters/{{}}": (DESK | COORDINATOR, None),
    f"POST {INTERPRETING}/interpreters": (COORDINATOR, None),
    f"PATCH {INTERPRETING}/interpreters/{{}}": (COORDINATOR, None),
    f"GET {OWN}": (NOBODY, "organization:read"),
    f"GET {OWN}/webhooks": (NOBODY, "organization:read"),
    f"POST {OWN}/webhooks": (NOBODY, "webhooks:write"),
    f"GET {OWN}/webhooks/{{}}": (NOBODY, "organization:read"),
    f"DELETE {OWN}/webhooks/{{}}": (NOBODY, "webhooks:write"),
    **{f"POST {OWN}/webhooks/{{}}/{one}": (NOBODY, "webhooks:write") for one in ("disable", "enable", "rotate-secret")},
    "GET /partners/api/v1/organizations": (PARTNERS, None),
    "POST /partners/api/v1/organizations": (PARTNERS, None),
    f"GET {ORGANIZATION}": (PARTNERS, None),
    f"GET {ORGANIZATION}/activity": (PARTNERS | TRAINING | CHIEF, None),
    f"PATCH {ORGANIZATION}": (PARTNERS, None),
    **{f"POST {ORGANIZATION}/{one}": (PARTNERS, None) for one in ("activate", "suspend", "close", "keys")},
    f"GET {ORGANIZATION}/webhooks": (PARTNERS, None),
    f"GET {ORGANIZATION}/keys": (PARTNERS, None),
    **{f"POST {ORGANIZATION}/keys/{{}}/{one}": (PARTNERS, None) for one in ("revoke", "rotate")},
    **{f"GET {AGREEMENTS}{one}": (PARTNERS | TRAINING, None) for one in ("", "/{}", "/{}/scan")},
    f"POST {AGREEMENTS}": (PARTNERS, None),
    f"PATCH {AGREEMENTS}/{{}}": (PARTNERS, None),
    **{f"POST {AGREEMENTS}/{{}}/{one}": (PARTNERS, None) for one in ("submit", "sign", "activate", "terminate", "give-notice", "renew", "abandon", "scan")},
    **{f"GET {TRAIN}/programmes{one}": (TRAINING | CHIEF | REVIEWER, None) for one in ("", "/{}")},
    f"POST {TRAIN}/programmes": (TRAINING, None),
    f"PATCH {TRAIN}/programmes/{{}}": (TRAINING, None),
    **{f"POST {TRAIN}/programmes/{{}}/{one}": (TRAINING, None) for one in ("publish", "close")},
    f"POST {TRAIN}/departments/{{}}/places": (TRAINING, None),
    f"POST {TRAIN}/groups": (TRAINING, None),
    f"GET {TRAIN}/groups/{{}}": (TRAINING | CHIEF, None),
    f"POST {TRAIN}/groups/{{}}/people": (TRAINING, None),
    f"GET {TRAIN}/applications": (TRAINING | CHIEF, None),
    f"POST {TRAIN}/applications": (TRAINING, None),
    f"GET {APPLICATION}/contact": (NOBODY, None),  # notify alone, by what it signs for this very address
    f"GET {APPLICATION}": (TRAINING | CHIEF | REVIEWER, None),
    f"GET {APPLICATION}/papers/{{}}": (TRAINING | CHIEF | REVIEWER, None),
    f"PATCH {APPLICATION}": (TRAINING, None),
    **{f"POST {APPLICATION}/{one}": (TRAINING, None) for one in ("submit", "check", "screening", "return", "review", "withdraw", "confirm", "breaks", "move", "no-show", "terminate", "hands-on", "papers", "papers/{}/accept", "papers/{}/refuse", "chase", "certificate", "conditions/{}/meet", "send-link", "end-links")},
    f"POST {APPLICATION}/give-review": (TRAINING | REVIEWER | DEPARTMENT | CHIEF, None),
    **{f"POST {APPLICATION}/{one}": (TRAINING | CHIEF, None) for one in ("accept", "reject", "announce")},
    **{f"POST {APPLICATION}/{one}": (TRAINING | DEPARTMENT, None) for one in ("start", "attendance", "evaluate", "complete")},
    f"POST {APPLICATION}/agreement": (TRAINING | PARTNERS, None),
    f"POST {APPLICATION}/need-no-agreement": (CHIEF, None),
    f"GET {NOTIFY}/notifications": (DESK | COORDINATOR | {"operator"}, None),
    f"GET {NOTIFY}/notifications/{{}}": (DESK | COORDINATOR | {"operator"}, None),
    **{f"POST {NOTIFY}/notifications/{{}}/{one}": (DESK | {"operator"}, None) for one in ("retry", "settle")},
    f"GET {NOTIFY}/inbox": (EVERYBODY, None),
    f"GET {NOTIFY}/inbox/unread": (EVERYBODY, None),
    f"POST {NOTIFY}/inbox/read-all": (EVERYBODY, None),
    **{f"POST {NOTIFY}/inbox/{{}}/{one}": (EVERYBODY, None) for one in ("read", "archive", "unarchive")},
    f"GET {NOTIFY}/me/preferences": (EVERYBODY, None),
    f"PUT {NOTIFY}/me/preferences": (EVERYBODY, None),
    f"GET {ACCOUNTS}/departments": (STAFF, "departments:read"),
    f"GET {ACCOUNTS}/departments/{{}}": (STAFF, "departments:read"),
    f"POST {ACCOUNTS}/departments": (NOBODY | {"admin"}, None),
    f"PATCH {ACCOUNTS}/departments/{{}}": (NOBODY | {"admin"}, None),
    f"GET {ACCOUNTS}/me": (EVERYBODY, None),
    f"POST {ACCOUNTS}/me/password": (EVERYBODY, None),
    f"GET {ACCOUNTS}/accounts": (NOBODY | {"admin"}, None),
    f"POST {ACCOUNTS}/accounts": (NOBODY | {"admin"}, None),
    f"GET {ACCOUNTS}/accounts/{{}}": (NOBODY | {"admin"}, None),
    f"PATCH {ACCOUNTS}/accounts/{{}}": (NOBODY | {"admin"}, None),
    **{f"POST {ACCOUNTS}/accounts/{{}}/{one}": (NOBODY | {"admin"}, None) for one in ("disable", "enable")},
}  # fmt: skip
for operations in (f"/{service}/api/v1/operations" for service in SERVICES):
    ROUTES |= {
        f"GET {operations}{one}": (OPERATOR, None)
        for one in ("", "/failed-events", "/failed-events/{}", "/history", "/events")
    }
    ROUTES |= {f"POST {operations}/{one}": (OPERATOR, None) for one in ("redrive", "discard")}
    ROUTES |= {
        f"POST {operations}/failed-events/{{}}/{one}": (OPERATOR, None)
        for one in ("redrive", "discard", "restore", "note")
    }
SIGNED = {f"GET {INTERPRETING}/offer-links/{{}}", "GET /interpreting/calendar/{}"}
SIGNED |= {f"POST {INTERPRETING}/offer-links/{{}}/{one}" for one in ("accept", "decline")}
CATALOGUE = {f"GET {TRAIN}/catalogue", f"GET {TRAIN}/catalogue/{{}}", f"GET {TRAIN}/certificates/{{}}"}
FREE = {f"POST {ACCOUNTS}/tokens", "GET /accounts/.well-known/jwks.json"} | SIGNED | CATALOGUE
SCOPES = ("referrals:read", "referrals:write", "organization:read", "webhooks:write", "departments:read")


def _call(system: System, route: str, credential: str | None) -> requests.Response:
    """The call with an unknown id and a body nothing takes: whoever gets in changes nothing."""
    method, _, path = route.partition(" ")
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    sent: dict[str, Any] = {} if method == "GET" else {"json": {"not_a_field": 1}}
    return requests.request(method, system.url + path.format(UNKNOWN, UNKNOWN), headers=headers, timeout=20, **sent)


def _gets_in(answer: requests.Response) -> bool:
    if answer.status_code in (401, 403):
        refused(answer, 401, 403)
        return False
    assert answer.status_code < 500, answer.text
    return True


def _token(world: World, role: str, *departments: str) -> str:
    return _token_of(world, _person(world, role, *departments))


def _person(world: World, role: str, *departments: str) -> dict[str, Any]:
    who = {"username": f"{role.replace('_', '-')}-{uuid.uuid4().hex[:8]}", "roles": [role], "second_factor": "now"}
    person: dict[str, Any] = world.admin.post(f"{ACCOUNTS}/accounts", who | {"departments": list(departments)}, 201)
    return person


def _token_of(world: World, person: dict[str, Any]) -> str:
    body = {name: person[name] for name in ("username", "password")}
    body["one_time_code"] = pyotp.TOTP(person["totp_secret"]).now()
    answer = requests.post(f"{world.system.url}/accounts/api/v1/tokens", json=body, timeout=20)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])


def test_the_table_names_every_route_there_is(system: System) -> None:
    found = set()
    for service in SERVICES:
        paths = requests.get(f"{system.url}/{service}/api/openapi.json", timeout=20).json()["paths"]
        for path, methods in paths.items():
            plain = "/".join("{}" if step.startswith("{") else step for step in path.split("/"))
            found |= {f"{name.upper()} {plain}" for name in methods if name != "parameters"}
    assert found == set(ROUTES) | FREE


def test_a_signed_link_that_is_none_opens_nothing(system: System) -> None:
    for route in SIGNED:
        method, _, path = route.partition(" ")
        address = path.format("A" * 72) + (".ics" if "/calendar/" in path else "")
        refused(requests.request(method, system.url + address, timeout=20), 404)


def test_strangers_are_told_401_everywhere(system: System) -> None:
    for route in ROUTES:
        refused(_call(system, route, None), 401)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_where_it_may_and_nowhere_else(world: World, role: str) -> None:
    token = _token(world, role)
    inside = {route for route in ROUTES if _gets_in(_call(world.system, route, token))}
    assert inside == {route for route, (roles, _) in ROUTES.items() if role in roles or (role == "admin" and roles)}


def test_a_key_opens_what_agencies_may_and_nothing_else(world: World) -> None:
    key = world.cast.agency.credential
    assert {route for route in ROUTES if _gets_in(_call(world.system, route, key))} == {
        r for r, (_, s) in ROUTES.items() if s
    }


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_with_one_scope_opens_that_alone(world: World, scope: str) -> None:
    key = _key(world, scopes=[scope])
    inside = {route for route in ROUTES if _gets_in(_call(world.system, route, key))}
    assert inside == {route for route, (_, needed) in ROUTES.items() if needed == scope}


def test_an_expired_key_opens_nothing(world: World) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=6)
    key = _key(world, expires_at=ends.isoformat())
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 0.1)
    for route, (_, scope) in ROUTES.items():
        if scope:
            refused(_call(world.system, route, key), 401)


def test_a_suspended_organization_gets_in_nowhere_until_it_is_active_again(world: World) -> None:
    organization = _organization(world)
    path = f"/partners/api/v1/organizations/{organization}"
    key = _key(world, organization)
    world.admin.post(f"{path}/suspend", {"reason": "fees"})
    for prefix in (INTAKE, OWN, ACCOUNTS):
        routes = [route for route, (_, scope) in ROUTES.items() if scope and prefix in route]
        until(lambda routes=routes: not any(_gets_in(_call(world.system, route, key)) for route in routes), 10)
    world.admin.post(f"{path}/activate")
    until(lambda: _gets_in(_call(world.system, f"GET {INTAKE}/referrals", key)), 10)


def test_an_interpreter_sees_no_booking_but_their_own(world: World) -> None:
    token = _token(world, "interpreter")
    booking = f"/interpreting/api/v1/bookings/{world.ids['booking_id']}"
    refused(world.system.call("GET", booking, token), 404)
    for query in ("", f"?case_id={world.ids['case_id']}", f"?interpreter_id={world.ids['interpreter_id']}"):
        assert world.system.call("GET", f"/interpreting/api/v1/bookings{query}", token).json() == {"items": []}


STEP = {"step": "department", "verdict": "approve"}


def test_a_departments_role_acts_in_its_own_and_nowhere_else(world: World) -> None:
    """With real tokens: what training refuses and allows by them is tried route by route in tests/integration."""
    application = _under_review(world, "dermatology")
    path = APPLICATION.format(application)
    for role in ("reviewer", "department"):
        for departments in ((), ("cardiology",), ("cardiology", "urology")):
            token = _token(world, role, *departments)
            answer = world.system.call("POST", f"{path}/give-review", token, json=STEP)
            refused(answer, 403)
            assert "dermatology" in answer.json()["detail"], answer.text
            page = requests.get(f"{world.system.url}/training/reviews", cookies={"imc_token": token}, timeout=20)
            assert page.status_code == 200 and application not in page.text
    refused(world.system.call("GET", path, _token(world, "reviewer", "cardiology")), 403)
    for departments in (("dermatology",), ("cardiology", "dermatology")):
        assert world.system.call("GET", path, _token(world, "reviewer", *departments)).status_code == 200
    given = world.system.call("POST", f"{path}/give-review", _token(world, "department", "dermatology"), json=STEP)
    assert given.status_code == 200, given.text


def test_other_departments_count_at_once(world: World) -> None:
    """What an admin takes away is gone with the sessions it was given to; what they give counts from the next sign-in."""
    application = _under_review(world, "dermatology")
    path = APPLICATION.format(application)
    person = _person(world, "reviewer", "dermatology")
    token = _token_of(world, person)
    assert world.system.call("GET", path, token).status_code == 200
    account, moved = f"{ACCOUNTS}/accounts/{person['id']}", {"departments": ["cardiology"]}
    assert world.system.call("PATCH", account, world.admin.credential, json=moved).status_code == 200
    until(lambda: world.system.call("GET", path, token).status_code == 401, 10)
    refused(world.system.call("GET", path, _token_later(world, person)), 403)


def _token_later(world: World, person: dict[str, Any]) -> str:
    """A token with a code that was not used yet."""
    body = {name: person[name] for name in ("username", "password")}
    codes = pyotp.TOTP(person["totp_secret"])
    used = codes.now()
    until(lambda: codes.now() != used, 40)
    answer = requests.post(
        f"{world.system.url}{ACCOUNTS}/tokens", json=body | {"one_time_code": codes.now()}, timeout=20
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])


def _under_review(world: World, department: str) -> str:
    """An application to a programme of this department, whose reviewers are asked."""
    day = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    programme = {
        "kind": "observation",
        "title": {"en": "Looking on", "ja": "見学"},
        "text": {"en": "Wards and clinics.", "ja": "病棟と外来。"},
        "department": department,
        "periods": [{"from": day, "until": day, "slots": 1}],
        "requirements": [],
    }
    made = world.admin.post(f"{TRAIN}/programmes", programme, 201)
    world.admin.post(f"{TRAIN}/programmes/{made['id']}/publish")
    number = uuid.uuid4().int % 10**7
    person = {
        "programme_id": made["id"],
        "period_id": made["periods"][0]["id"],
        "first_day": day,
        "last_day": day,
        "name": {"latin": "NGUYEN Thi Hoa"},
        "birth_date": "1990-05-17",
        "nationality": "TH",
        "residence": "TH",
        "profession": "doctor",
        "institution": "Lotus Hospital",
        "motivation": "To see how a team works.",
        "email": f"hoa.{number}@lotus.example",
        "passport": {"number": f"C{number:07d}", "country": "TH", "expires_on": "2040-01-01"},
    }
    id_ = str(world.admin.post(f"{TRAIN}/applications", person, 201)["id"])
    for command in ("submit", "check", "review"):
        world.admin.post(f"{TRAIN}/applications/{id_}/{command}")
    return id_


def test_a_coordinator_reads_no_clinical_text(world: World) -> None:
    case = world.cast.coordinator.get(f"/intake/api/v1/cases/{world.ids['case_id']}")
    listed = world.cast.coordinator.get("/intake/api/v1/cases", reference=case["reference"])["items"]
    for seen in (case, *listed):
        assert {"reason", "clinical_summary"}.isdisjoint(seen["request"])
        assert {"messages", "documents"}.isdisjoint(seen)
        assert {"allergies", "passport", "phone", "email", "address"}.isdisjoint(seen["patient"])
        assert "Second opinion" not in str(seen)


def _organization(world: World) -> str:
    name = {"name": f"Organization {uuid.uuid4().hex[:12]}"}
    id_ = str(world.admin.post("/partners/api/v1/organizations", name, 201)["id"])
    world.admin.post(f"/partners/api/v1/organizations/{id_}/activate")
    return id_


def _key(world: World, organization: str | None = None, **terms: Any) -> str:
    """A key that every service has heard of."""
    path = f"/partners/api/v1/organizations/{organization or _organization(world)}/keys"
    key = str(world.admin.post(path, terms, 201)["key"])
    for route in (f"GET {INTAKE}/referrals", f"GET {ACCOUNTS}/departments"):
        until(lambda route=route: _call(world.system, route, key).status_code != 401, 10)
    return key
