"""What is refused besides bodies: addresses, methods, headers, queries, periods. Each as a problem, the gateway's own answers too."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import requests

from tests.contract.refusals import is_problem, pointers, raw, refused
from tests.contract.world import World
from tests.journeys import play
from tests.system import System

UNKNOWN = "0197f0a0-0000-7000-8000-0000000000ff"
API = {
    "intake": "/intake/api/v1/cases",
    "interpreting": "/interpreting/api/v1/bookings",
    "training": "/training/api/v1/applications",
    "partners": "/partners/api/v1/organizations",
    "notify": "/notify/api/v1/notifications",
    "accounts": "/accounts/api/v1/accounts",
}


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/nothing/api/v1/things",
        "/training/api/v1/nothing",
        "/intake/nothing",
        "/intake/api/v1/nothing",
        "/intake/api/v1/cases/",
        "/intake/api/v1//cases",
        "/intake/api/v2/cases",
        "/intake/metrics",
        "/intake/metrics/",
        "/INTAKE/api/v1/cases",
        "/intake/..%2faccounts/api/v1/accounts",
        "/intake/%2e%2e/metrics",
        "/intake/api/v1/cases/%00",
        "/intake/api/v1/cases/%ff%fe",
        "/intake/api/v1/cases/" + "a" * 5000,
        "/favicon.ico",
        "/.env",
        "/wp-login.php",
    ],
)
def test_there_is_nothing_at_other_addresses(world: World, path: str) -> None:
    refused(world.system.call("GET", path, world.admin.credential), 404)


@pytest.mark.parametrize("service", API)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_405_with_those_that_are_taken(world: World, service: str, method: str) -> None:
    problem_answer = world.system.call(method, API[service], world.admin.credential)
    refused(problem_answer, 405)
    assert "GET" in problem_answer.headers["Allow"]


def test_what_is_no_http_is_a_problem_too(system: System) -> None:
    head = b"GET /intake/healthz HTTP/1.1\r\nHost: imc.example\r\n"
    for sent in (
        b"GET /intake/healthz HTTP/9.9\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /%s HTTP/1.1\r\nHost: imc.example\r\n\r\n" % (b"a" * 9000),
        head + b"X-Long: %s\r\n\r\n" % (b"a" * 20_000),
        head + b"".join(b"X-%d: a\r\n" % number for number in range(200)) + b"\r\n",
        head + b"Bad Name: 1\r\n\r\n",
        head + b"Content-Length: abc\r\n\r\n",
    ):
        status, headers, body = raw(system.url, sent)
        assert 400 <= status < 500, sent[:60]
        assert is_problem(status, headers, body), (sent[:60], status, headers, body)


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "application/fhir+json", "*/*;q=0", "nonsense", ""])
def test_json_is_answered_whatever_is_accepted(world: World, accept: str) -> None:
    answer = world.system.call("GET", API["intake"], world.cast.desk.credential, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    answer = world.system.call(
        "GET", f"{API['intake']}/{UNKNOWN}", world.cast.desk.credential, headers={"Accept": accept}
    )
    refused(answer, 404)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer imc_live_", "Bearer imc_live_" + "A" * 43, "Bearer a.b.c", "Bearer " + "a" * 5000, "bearer null", "Bearer é", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."],
)  # fmt: skip
def test_credentials_that_are_none_are_401(system: System, header: str) -> None:
    for path in API.values():
        headers = {"Authorization": header.encode()} if header else {}
        refused(requests.get(system.url + path, headers=headers, timeout=20), 401)


def test_a_token_somebody_changed_is_401(world: World) -> None:
    head, claims, signature = world.admin.credential.split(".")
    other = world.cast.desk.credential.split(".")
    flipped = signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")
    for forged in (
        (head, claims, flipped),
        (head, other[1], signature),
        (head, claims, ""),
        (head, claims + "A", signature),
    ):
        for path in API.values():
            refused(world.system.call("GET", path, ".".join(forged)), 401)


def test_every_answer_has_an_id_of_ours_or_the_callers(world: World) -> None:
    given = uuid.uuid4().hex
    answer = world.system.call("GET", API["intake"], world.admin.credential, headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given
    for bad in ("a b", "ä".encode(), "x" * 200, "<script>", "${jndi:ldap://x}"):
        answer = world.system.call("GET", API["intake"], world.admin.credential, headers={"X-Request-Id": bad})
        assert answer.status_code == 200
        assert len(answer.headers["X-Request-Id"]) == 36, "one of ours instead"


LISTS = {
    "referrals": ("/intake/api/v1/referrals", "agency"),
    "cases": (API["intake"], "desk"),
    "bookings": (API["interpreting"], "coordinator"),
    "interpreters": ("/interpreting/api/v1/interpreters", "coordinator"),
    "applications": (API["training"], "admin"),
    "programmes": ("/training/api/v1/programmes", "admin"),
    "organizations": (API["partners"], "admin"),
    "endpoints": ("/partners/api/v1/organizations/me/webhooks", "agency"),
    "notifications": (API["notify"], "desk"),
    "inbox": ("/notify/api/v1/inbox", "desk"),
    "accounts": (API["accounts"], "admin"),
    "departments": ("/accounts/api/v1/departments", "agency"),
}


def _asker(world: World, name: str) -> Callable[[str], requests.Response]:
    path, who = LISTS[name]
    person = world.admin if who == "admin" else getattr(world.cast, who)
    return lambda query: world.system.call("GET", f"{path}?{query}", person.credential)


@pytest.mark.parametrize("name", LISTS)
def test_queries_are_as_strict_as_bodies(world: World, name: str) -> None:
    ask = _asker(world, name)
    for limit in ("0", "201", "-1", "abc", "1.5", "1e1", "", "٣x", "99999999999999999999", "true", "1%00"):
        assert pointers(refused(ask(f"limit={limit}"), 422)) == {"#/limit"}, limit
    assert pointers(refused(ask("limit=1&limit=2"), 422)) == {"#/limit"}
    for unknown in ("x=1", "limit[$gt]=1", "$where=1", "status[$ne]=x", "_id=1", "filter={}", "organization.id=1"):
        assert pointers(refused(ask(unknown), 422)) == {
            f"#/{unknown.partition('=')[0]}".replace("[", "%5B").replace("]", "%5D")
        }
    for cursor in ("", "abc", "%00", "AAAA", "../../etc", "%7B%22%24gt%22%3A%22%22%7D", "A" * 1000, "A" * 1001, "é"):
        assert pointers(refused(ask(f"cursor={cursor}"), 422)) == {"#/cursor"}, cursor
    assert ask("limit=1").status_code == 200


@pytest.mark.parametrize(
    ("name", "query", "pointer"),
    [
        ("cases", "status=nothing", "#/status"),
        ("cases", "status=accepted&status=declined", "#/status"),
        ("cases", "status={%22$ne%22:1}", "#/status"),
        ("cases", "updated_since=2026-11-23T09:00:00", "#/updated_since"),
        ("cases", "updated_since=2026-11-23", "#/updated_since"),
        ("cases", "updated_since=yesterday", "#/updated_since"),
        ("cases", "updated_since=9999-12-31T23:59:59-23:59", "#/updated_since"),
        ("cases", "updated_since=0001-01-01T00:00:00%2B14:00", "#/updated_since"),
        ("referrals", "organization_id=" + UNKNOWN, "#/organization_id"),
        ("bookings", "case_id=1", "#/case_id"),
        ("bookings", "case_id[$ne]=1", "#/case_id%5B$ne%5D"),
        ("bookings", "from=2026-11-23T09:00", "#/from"),
        ("bookings", "status=confirmed,unfilled", "#/status"),
        ("interpreters", "active=perhaps", "#/active"),
        ("interpreters", "modality=telepathy", "#/modality"),
        ("notifications", "channel=pigeon", "#/channel"),
        ("inbox", "unread=1", "#/unread"),
        ("accounts", "role=king", "#/role"),
        ("departments", "listed=yes", "#/listed"),
    ],
)
def test_filters_that_are_none_are_named(world: World, name: str, query: str, pointer: str) -> None:
    assert pointers(refused(_asker(world, name)(query), 422)) == {pointer}


@pytest.mark.parametrize("value", ['{"$ne":""}', "[$ne]", ".*", "^", "' or '1'='1", "\\", "*", "%"])
def test_a_filter_is_a_value_and_nothing_more(world: World, value: str) -> None:
    query = {"agency_reference": value}
    assert world.cast.agency.get("/intake/api/v1/referrals", **query)["items"] == []
    assert world.cast.desk.get("/intake/api/v1/cases", **query)["items"] == []
    assert world.cast.desk.get("/notify/api/v1/notifications", case_id=value)["items"] == []
    assert world.admin.get("/partners/api/v1/organizations", name=value)["items"] == []


def test_a_cursor_is_good_for_its_list_its_filters_and_its_caller_only(world: World) -> None:
    for _ in range(2):
        world.cast.agency.post("/intake/api/v1/referrals", play.referral(), 201)
    first = world.system.call("GET", "/intake/api/v1/referrals?limit=1", world.cast.agency.credential)
    cursor = first.links["next"]["url"].partition("cursor=")[2]
    agency, desk, admin = world.cast.agency.credential, world.cast.desk.credential, world.admin.credential
    assert world.system.call("GET", f"/intake/api/v1/referrals?limit=2&cursor={cursor}", agency).status_code == 200
    for credential, path in (
        (agency, f"/intake/api/v1/referrals?status=received&cursor={cursor}"),
        (desk, f"/intake/api/v1/cases?cursor={cursor}"),
        (admin, f"/accounts/api/v1/accounts?cursor={cursor}"),
        (agency, f"/intake/api/v1/referrals?cursor={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}A"),
        (agency, f"/intake/api/v1/referrals?cursor={cursor[1:]}"),
        (agency, f"/intake/api/v1/referrals?cursor={cursor}{cursor}"),
    ):
        assert pointers(refused(world.system.call("GET", path, credential), 422)) == {"#/cursor"}
    other = play.gather(world.system)
    other.receiver.close()
    stolen = world.system.call("GET", f"/intake/api/v1/referrals?cursor={cursor}", other.agency.credential)
    assert pointers(refused(stolen, 422)) == {"#/cursor"}


DAY, FAR = play.day_in(157), play.day_in(157 + 731)
PERIODS = [
    (f"{DAY}T10:00:00", f"{DAY}T11:00:00", {"#/start", "#/end"}),
    (f"{DAY} 10:00", f"{DAY}T11:00:00Z", {"#/start"}),
    (DAY, f"{DAY}T11:00:00Z", {"#/start"}),
    (f"{DAY}T10:00:00+09:00", f"{DAY}T10:00:00+09:00", {"#/end"}),
    (f"{DAY}T10:00:00+09:00", f"{DAY}T09:59:59+09:00", {"#/end"}),
    (f"{DAY}T10:00:00+09:00", f"{DAY}T10:30:00+10:00", {"#/end"}),
    (f"{DAY}T10:00:00+09:00", f"{FAR}T10:00:00+09:00", {"#/end"}),
    ("2031-02-29T10:00:00+09:00", "2031-03-01T11:00:00+09:00", {"#/start"}),
    (f"{DAY}T25:00:00+09:00", f"{DAY}T26:00:00+09:00", {"#/start", "#/end"}),
    (f"{DAY}T10:00:60Z", f"{DAY}T11:00:00Z", {"#/start"}),
    ("1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z", {"#/start"}),
    ("9999-12-31T23:00:00-12:00", "9999-12-31T23:30:00-12:00", {"#/start", "#/end"}),
    (1795000000, 1795003600, {"#/start", "#/end"}),
    (None, f"{DAY}T10:00:00+99:00", {"#/start", "#/end"}),
]


@pytest.mark.parametrize(("start", "end", "expected"), PERIODS, ids=range(len(PERIODS)))
def test_periods_that_are_none_are_refused(world: World, start: Any, end: Any, expected: set[str]) -> None:
    body = play.visit(DAY) | {"start": start, "end": end}
    path = f"/intake/api/v1/cases/{world.ids['case_id']}/visits"
    answer = world.system.call("POST", path, world.cast.desk.credential, json=body)
    assert pointers(refused(answer, 422)) == expected
    moved = {"start": start, "end": end}
    path = f"/intake/api/v1/visits/{world.ids['visit_id']}/reschedule"
    assert pointers(refused(world.system.call("POST", path, world.cast.desk.credential, json=moved), 422)) == expected


def test_a_time_is_a_moment_whatever_its_offset(world: World) -> None:
    """The night clocks go back in New York: an hour that comes twice there is two hours here."""
    case_id = world.cast.accepted("ja")
    year = int(play.day_in(0)[:4]) + 1
    day = next(f"{year}-11-{day:02d}" for day in range(1, 8) if date(year, 11, day).weekday() == 6)
    body = play.visit("x") | {"start": f"{day}T01:30:00-04:00", "end": f"{day}T01:30:00-05:00"}
    made = world.cast.desk.post(f"/intake/api/v1/cases/{case_id}/visits", body, 201)
    assert (made["start"], made["end"]) == (f"{day}T05:30:00.000Z", f"{day}T06:30:00.000Z")


@pytest.mark.parametrize(
    "department", ["nowhere", "Cardiology", "cardiology\n", "", "c", "a" * 41, "ｃardiology", 1, None]
)
def test_a_visit_needs_a_listed_department(world: World, department: Any) -> None:
    body = play.visit(DAY) | {"department": department}
    path = f"/intake/api/v1/cases/{world.ids['case_id']}/visits"
    answer = world.system.call("POST", path, world.cast.desk.credential, json=body)
    assert pointers(refused(answer, 422)) == {"#/department"}


GARBAGE = ["", "t", "xx", "th_", "thai", "th-", "-th", "th--TH", "🇹🇭", "th\u0000"[:2] + " ", "a" * 36, "en-US-u-", "ไทย", 7, None, ["th"], {"th": 1}]  # fmt: skip


@pytest.mark.parametrize("tag", GARBAGE, ids=repr)
def test_languages_that_are_none_are_refused(world: World, tag: Any) -> None:
    body = play.referral() | {"languages": [{"tag": "th", "level": "native"}, {"tag": tag, "level": "daily"}]}
    answer = world.system.call("POST", "/intake/api/v1/referrals", world.cast.agency.credential, json=body)
    assert pointers(refused(answer, 422)) == {"#/languages/1/tag"}
    interpreter = {
        "name": {"latin": "A"},
        "languages": [{"tag": tag, "level": "professional"}],
        "modalities": ["on_site"],
    }
    interpreter |= {"weekly_hours": []}
    answer = world.system.call(
        "POST", "/interpreting/api/v1/interpreters", world.cast.coordinator.credential, json=interpreter
    )
    assert "#/languages/0/tag" in pointers(refused(answer, 422))


@pytest.mark.parametrize(
    "languages",
    [[], {}, "th", None, [{"tag": "th"}, {"tag": "TH"}], [{"tag": "th", "level": "mother"}], [["th"]], [{"tag": "th", "x": 1}], [{"tag": "th"}] * 21],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_lists_of_languages_that_are_none_are_refused(world: World, languages: Any) -> None:
    body = play.referral() | {"languages": languages}
    answer = world.system.call("POST", "/intake/api/v1/referrals", world.cast.agency.credential, json=body)
    assert any(pointer.startswith("#/languages") for pointer in pointers(refused(answer, 422)))


def test_who_calls_too_often_is_told_when_to_come_again(own_system: Callable[..., System]) -> None:
    """Through the gateway: strangers by where they come from, whatever they say of it; a service that is away is a problem."""
    system = own_system(IMC_RATE_LIMIT="20")
    answers = [
        requests.get(f"{system.url}/intake/api/v1/cases", headers={"X-Forwarded-For": f"10.0.0.{n}"}, timeout=20)
        for n in range(30)
    ]
    assert [answer.status_code for answer in answers].count(429) >= 5
    refused(answers[-1], 429)
    assert {"ratelimit", "ratelimit-policy"} <= {name.lower() for name in answers[-1].headers}
    assert requests.get(f"{system.url}/intake/healthz", timeout=20).status_code == 200, "health is never limited"
