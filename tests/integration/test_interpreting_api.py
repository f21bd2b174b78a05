"""The HTTP API of interpreting over its real app: the roster, bookings, assigning by hand, and who may do what."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from shared.ids import new_id
from tests.etags import version
from tests.integration.interpreting_office import API, BODY, Desk
from tests.unit.interpreting.world import Visit, at


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture
def desk(mongo_url: str, database: Database[dict[str, Any]], secrets: Path) -> Desk:
    return Desk(mongo_url, database, secrets)


def test_an_interpreter_is_entered_and_read(desk: Desk) -> None:
    answer = desk.call("POST", "/interpreters", BODY)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{API}/interpreters/{answer.json['id']}"
    read = desk.call("GET", f"/interpreters/{answer.json['id']}", role="front_desk")
    assert read.json == answer.json
    assert {name: read.json[name] for name in BODY} == BODY
    said = desk.world.database.interpreters.find_one()["outbox"]
    assert [line["type"] for line in said] == ["interpreting.interpreter.registered.v1"]
    assert said[0]["data"]["email"] == BODY["email"]
    assert said[0]["actor"] == "account:acc-1"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"languages": []}, "#/languages"),
    ({"languages": [{"tag": "th", "level": "fluent"}]}, "#/languages/0/level"),
    ({"languages": [{"tag": "no-such-tag!", "level": "native"}]}, "#/languages/0/tag"),
    ({"modalities": ["telepathy"]}, "#/modalities/0"),
    ({"modalities": ["video", "video"]}, "#/modalities"),
    ({"weekly_hours": [{"day": "wed", "from": "17:00", "to": "08:00"}]}, "#/weekly_hours/0/to"),
    ({"weekly_hours": [{"day": "wed", "from": "8:30", "to": "17:00"}]}, "#/weekly_hours/0/from"),
    ({"weekly_hours": [{"day": "Mittwoch", "from": "08:30", "to": "17:00"}]}, "#/weekly_hours/0/day"),
    ({"travel_buffer_minutes": 1.5}, "#/travel_buffer_minutes"),
    ({"travel_buffer_minutes": -1}, "#/travel_buffer_minutes"),
    ({"email": "not an address"}, "#/email"),
    ({"search": ["th|*|0"]}, "#/search"),
    ({"name": {}}, "#/name/latin"),
    ({"exceptions": [{"from": "2026-11-25T09:00:00", "to": "2026-11-25T10:00:00+09:00"}]}, "#/exceptions/0/from"),
    (
        {"certifications": [{"language": "th", "name": "JMIP", "expires_on": "soon"}]},
        "#/certifications/0/expires_on",
    ),
]


def test_bad_entries_are_refused_with_the_place(desk: Desk) -> None:
    for wrong, pointer in WRONG:
        answer = desk.call("POST", "/interpreters", {**BODY, **wrong})
        assert answer.status_code == 422, (wrong, answer.text)
        assert pointer in [fault["pointer"] for fault in answer.json["errors"]], wrong
    assert desk.world.database.interpreters.count_documents({}) == 0


def test_an_entry_is_changed_and_says_so(desk: Desk) -> None:
    who = desk.interpreter()
    absence = {"from": "2026-11-25T00:00:00.000Z", "to": "2026-11-26T00:00:00.000Z", "reason": "training"}
    changes = {"exceptions": [absence], "daily_maximum": 4, "gender": "other", "active": True}
    etag = desk.call("GET", f"/interpreters/{who}").headers["ETag"]
    answer = desk.call("PATCH", f"/interpreters/{who}", changes, If_Match=etag)
    assert answer.status_code == 200, answer.text
    assert answer.json["exceptions"] == [absence]
    assert desk.call("PATCH", f"/interpreters/{who}", {"active": False}, If_Match=etag).status_code == 412
    said = desk.world.database.interpreters.find_one()["outbox"][-1]
    assert (said["type"], said["data"]["fields"]) == (
        "interpreting.interpreter.updated.v1",
        ["daily_maximum", "exceptions", "gender"],
    )
    assert desk.call("PATCH", f"/interpreters/{new_id()}", {"active": False}).status_code == 404


def test_the_roster_is_listed_by_language_and_in_pages(desk: Desk) -> None:
    mandarin = desk.interpreter(languages=[{"tag": "zh-Hans", "level": "native"}])
    cantonese = desk.interpreter(languages=[{"tag": "yue", "level": "native"}])
    others = [desk.interpreter() for _ in range(3)]
    found = desk.call("GET", "/interpreters?language=cmn").json["items"]
    assert [row["id"] for row in found] == [mandarin]
    first = desk.call("GET", "/interpreters?limit=3")
    assert [row["id"] for row in first.json["items"]] == [mandarin, cantonese, others[0]]
    following = first.headers["Link"].partition("<")[2].partition(">")[0].partition(API)[2]
    assert [row["id"] for row in desk.call("GET", following).json["items"]] == others[1:]
    assert desk.call("GET", "/interpreters?speaks=th").status_code == 422


def test_bookings_of_a_case(desk: Desk) -> None:
    who = desk.interpreter()
    visit = Visit()
    desk.booking(Visit(start=at(13), end=at(14)), visit)
    answer = desk.call("GET", f"/bookings?case_id={visit.case_id}", role="front_desk")
    assert answer.status_code == 200
    (row,) = answer.json["items"]
    fixed = {
        "id": visit.booking_id,
        "status": "confirmed",
        "interpreter_id": who,
        "visit_id": visit.visit_id,
        "start": "2026-11-25T01:00:00.000Z",
        "end": "2026-11-25T02:00:00.000Z",
        "language": "th",
    }
    assert {name: row[name] for name in fixed} == fixed
    assert len(desk.call("GET", "/bookings").json["items"]) == 2
    for filters in (
        "status=unfilled",
        f"interpreter_id={new_id()}",
        "to=2026-11-25T01:00:00Z",
        "from=2026-11-26T00:00:00Z",
    ):
        assert desk.call("GET", f"/bookings?{filters}").json["items"] == []
    first = desk.call("GET", "/bookings?limit=1&from=2026-11-25T00:00:00%2B09:00")
    following = first.headers["Link"].partition("<")[2].partition(">")[0].partition(API)[2]
    assert first.json["items"] == [row]
    assert len(desk.call("GET", following).json["items"]) == 1


def test_one_booking_with_everybody_and_why_not(desk: Desk) -> None:
    best = desk.interpreter(name={"latin": "BEST"}, languages=[{"tag": "th", "level": "certified"}])
    free = desk.interpreter(name={"latin": "FREE"})
    away = desk.interpreter(name={"latin": "AWAY"}, weekly_hours=[])
    vietnamese = desk.interpreter(name={"latin": "VI"}, languages=[{"tag": "vi", "level": "native"}])
    booking_id = desk.booking(Visit())
    answer = desk.call("GET", f"/bookings/{booking_id}")
    assert answer.status_code == 200
    assert version(answer) == 1
    candidates = answer.json["candidates"]
    assert [row["interpreter_id"] for row in candidates][:2] == [best, free]
    why_not = {row["interpreter_id"]: row["why_not"] for row in candidates}
    assert why_not == {best: [], free: [], away: ["outside_hours"], vietnamese: ["language"]}
    assert answer.json["match"]["ranking"]["level"] == "certified"


def test_assigned_by_hand(desk: Desk) -> None:
    booking_id = desk.booking(Visit())
    who = desk.interpreter()
    answer = desk.call("POST", f"/bookings/{booking_id}/assign", {"interpreter_id": who})
    assert answer.status_code == 200, answer.text
    assert (answer.json["status"], answer.json["filled_by"], answer.json["override"]) == ("confirmed", "by_hand", None)
    assert version(answer) == 2
    other = desk.interpreter(name={"latin": "OTHER"})
    moved = desk.call("POST", f"/bookings/{booking_id}/assign", {"interpreter_id": other, "override": None})
    assert moved.json["interpreter_id"] == other
    said = [line["type"].split(".")[2] for line in desk.world.database.bookings.find_one()["outbox"]]
    assert said == ["requested", "unfilled", "confirmed", "reassigned"]


def test_outside_hours_or_languages_only_with_a_reason_that_is_kept(desk: Desk) -> None:
    booking_id = desk.booking(Visit())
    who = desk.interpreter(languages=[{"tag": "lo", "level": "native"}], weekly_hours=[])
    refused = desk.call("POST", f"/bookings/{booking_id}/assign", {"interpreter_id": who})
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    assert "language, outside_hours" in refused.json["detail"]
    given = {"interpreter_id": who, "override": "Speaks Thai too, agreed by phone"}
    answer = desk.call("POST", f"/bookings/{booking_id}/assign", given)
    assert answer.status_code == 200
    kept = answer.json["override"]
    assert (kept["reason"], kept["by"], kept["against"]) == (
        given["override"],
        "account:acc-1",
        ["language", "outside_hours"],
    )


def test_an_overlap_is_never_overridden(desk: Desk) -> None:
    desk.interpreter()
    first, second = Visit(), Visit(start=at(10, 30), end=at(11, 30))
    booking_id = desk.booking(first, second)
    holder = desk.world.booking(first)["interpreter_id"]
    answer = desk.call("POST", f"/bookings/{booking_id}/assign", {"interpreter_id": holder, "override": "urgent"})
    assert answer.status_code == 409
    assert desk.world.booking(second)["status"] == "unfilled"
    assert desk.world.overlapping() == []


def test_refusals_of_assign(desk: Desk) -> None:
    who = desk.interpreter()
    visit = Visit()
    path = f"/bookings/{desk.booking(visit)}/assign"
    assert desk.call("POST", path, {"interpreter_id": new_id()}).status_code == 422
    assert desk.call("POST", path, {"interpreter_id": {"$ne": ""}}).status_code == 422
    assert desk.call("POST", path, {}).status_code == 422
    assert desk.call("POST", f"/bookings/{new_id()}/assign", {"interpreter_id": who}).status_code == 404
    assert desk.call("POST", path, {"interpreter_id": who}, If_Match='"7"').status_code == 412
    desk.world.consume(visit.ended("cancelled"))
    refused = desk.call("POST", path, {"interpreter_id": who})
    assert (refused.status_code, refused.json["allowed"]) == (409, [])
    desk.call("PATCH", f"/interpreters/{who}", {"active": False})
    open_path = f"/bookings/{desk.booking(Visit())}/assign"
    assert desk.call("POST", open_path, {"interpreter_id": who, "override": "please"}).status_code == 409


def test_given_back_and_matched_anew_with_another(desk: Desk) -> None:
    desk.interpreter(languages=[{"tag": "th", "level": "certified"}])
    other = desk.interpreter()
    visit = Visit()
    booking_id = desk.booking(visit)
    answer = desk.call("POST", f"/bookings/{booking_id}/release", {"reason": "ill"})
    assert (answer.json["status"], answer.json["interpreter_id"]) == ("confirmed", other)
    assert desk.world.published(visit)[2:] == ["released", "confirmed"]
    again = desk.call("POST", f"/bookings/{booking_id}/release")
    assert again.json["status"] == "unfilled"
    assert again.json["match"]["why_nobody"] == {"gave_back": 2}
    refused = desk.call("POST", f"/bookings/{booking_id}/release")
    assert (refused.status_code, refused.json["allowed"]) == (409, ["assign", "cancel", "offer"])


def test_cancelled_by_hand(desk: Desk) -> None:
    desk.interpreter()
    visit = Visit()
    booking_id = desk.booking(visit)
    answer = desk.call("POST", f"/bookings/{booking_id}/cancel", {"reason": "provided_otherwise"})
    assert (answer.json["status"], answer.json["cancel_reason"]) == ("cancelled", "provided_otherwise")
    assert desk.world.database.days.count_documents({"claims.0": {"$exists": True}}) == 0


def test_the_same_key_is_answered_as_the_first_time(desk: Desk) -> None:
    first = desk.call("POST", "/interpreters", BODY, Idempotency_Key="k1")
    again = desk.call("POST", "/interpreters", BODY, Idempotency_Key="k1")
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert desk.call("POST", "/interpreters", {**BODY, "gender": "male"}, Idempotency_Key="k1").status_code == 422
    booking_id = desk.booking(Visit(), Visit())
    given = {"interpreter_id": desk.interpreter()}
    path = f"/bookings/{booking_id}/assign"
    one = desk.call("POST", path, given, Idempotency_Key="k2")
    two = desk.call("POST", path, given, Idempotency_Key="k2")
    assert (two.status_code, two.json, two.headers["ETag"]) == (200, one.json, one.headers["ETag"])
    assert desk.call("POST", f"/bookings/{booking_id}/cancel", Idempotency_Key="k3").status_code == 200
    assert desk.call("POST", f"/bookings/{booking_id}/cancel", Idempotency_Key="k3").headers["Idempotency-Replayed"]
    desk.world.store.delete_old_responses(at(9, 0, 28))
    assert desk.world.database.bookings.count_documents({"requests.0": {"$exists": True}}) == 0


WRITES = [
    ("POST", "/interpreters", BODY),
    ("PATCH", "/interpreters/x", {}),
    ("POST", "/bookings/x/assign", {"interpreter_id": new_id()}),
    ("POST", "/bookings/x/release", {}),
    ("POST", "/bookings/x/cancel", {}),
    ("POST", "/bookings/x/offer", {"interpreter_ids": [new_id()]}),
    ("POST", "/bookings/x/offers/y/withdraw", None),
]
OWN: list[tuple[str, str, Any]] = [
    ("GET", "/me", None),
    ("GET", "/me/offers", None),
    ("PATCH", "/me/availability", {}),
    ("POST", "/me/availability/consequences", {}),
    ("POST", "/me/calendar-link", None),
    ("DELETE", "/me/calendar-link", None),
    ("POST", "/bookings/x/offers/y/accept", None),
    ("POST", "/bookings/x/offers/y/decline", None),
]
READS = [
    ("GET", "/interpreters", None),
    ("GET", "/interpreters/x", None),
    ("GET", "/bookings", None),
    ("GET", "/bookings/x", None),
    ("GET", "/bookings/x/candidates/y", None),
    ("GET", "/days?date=2026-11-25", None),
    ("GET", "/free-slots?language=th&from=2026-11-25T00:00:00Z", None),
]


def test_who_may_call(desk: Desk) -> None:
    me = new_id()
    desk.interpreter(account_id=me)
    for method, path, body in OWN:
        assert desk.client.open(API + path, method=method, json=body).status_code == 401
        for role in ("interpreter", "admin", "coordinator", "front_desk", "partners"):
            status = desk.call(method, path, body, role=role, account=me).status_code
            assert (status != 403) == (role in ("interpreter", "admin")), (method, path, role, status)
    for method, path, body in WRITES + READS:
        assert desk.client.open(API + path, method=method, json=body).status_code == 401
        reads_bookings = method == "GET" and path in ("/bookings", "/bookings/x")
        for role, allowed in {
            "coordinator": True,
            "admin": True,
            "front_desk": method == "GET",
            "interpreter": reads_bookings,
            "partners": False,
            "agency": False,
        }.items():
            status = desk.call(method, path, body, role=role).status_code
            assert (status != 403) == allowed, (method, path, role, status)


def test_an_interpreter_sees_only_their_own_bookings(desk: Desk) -> None:
    account = new_id()
    mine = desk.interpreter(account_id=account, languages=[{"tag": "th", "level": "certified"}])
    desk.interpreter()
    first, second = Visit(), Visit()
    desk.booking(first, second)
    seen = desk.call("GET", "/bookings", role="interpreter", account=account).json["items"]
    assert [(row["id"], row["interpreter_id"]) for row in seen] == [(first.booking_id, mine)]
    others = f"interpreter_id={desk.world.booking(second)['interpreter_id']}"
    assert desk.call("GET", f"/bookings?{others}", role="interpreter", account=account).json["items"] == []
    own = desk.call("GET", f"/bookings/{first.booking_id}", role="interpreter", account=account)
    assert own.status_code == 200
    assert "candidates" not in own.json
    assert desk.call("GET", f"/bookings/{second.booking_id}", role="interpreter", account=account).status_code == 404
    assert desk.call("GET", "/bookings", role="interpreter", account=new_id()).json["items"] == []


def test_odd_filters_are_refused(desk: Desk) -> None:
    for filters in (
        "status=lost",
        "case_id=x",
        "case_id[$ne]=x",
        "from=yesterday",
        "limit=0",
        "limit=201",
        "cursor=x",
        "q=1",
    ):
        assert desk.call("GET", f"/bookings?{filters}").status_code == 422, filters


def test_the_openapi_page_can_be_read(desk: Desk) -> None:
    document = desk.client.get("/interpreting/api/openapi.json").json
    noun, verbs = (
        "/bookings/{booking_id}",
        ("assign", "cancel", "release", "offer", "start", "complete", "correct", "candidates/{interpreter_id}"),
    )
    offer = f"{noun}/offers/{{offer_id}}"
    assert {path for path in document["paths"] if "/operations" not in path} == {
        "/interpreting/calendar/{token}.ics",
        *(f"{API}{path}" for path in ("/bookings", noun, "/interpreters", "/interpreters/{interpreter_id}")),
        *(f"{API}{noun}/{verb}" for verb in verbs),
        *(f"{API}{offer}/{verb}" for verb in ("accept", "decline", "withdraw")),
        *(f"{API}/offer-links/{{token}}{verb}" for verb in ("", "/accept", "/decline")),
        *(f"{API}/me{part}" for part in ("", "/offers", "/availability", "/availability/consequences")),
        f"{API}/me/calendar-link",
        f"{API}/days",
        f"{API}/free-slots",
    }


@pytest.mark.parametrize("how", ["register", "change", "at once"])
def test_one_account_is_linked_to_one_interpreter(desk: Desk, how: str) -> None:
    account = new_id()
    entry = {"account_id": account}
    if how == "at once":
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda n: desk.call("POST", "/interpreters", BODY | {"name": {"latin": f"N{n}"}} | entry), range(6)))  # fmt: skip
        assert sorted(one.status_code for one in answers) == [201, *[422] * 5]
        refused = next(one for one in answers if one.status_code == 422)
    else:
        desk.interpreter(**entry)
        refused = desk.call("POST", "/interpreters", BODY | entry)
        if how == "change":
            other = desk.interpreter()
            etag = desk.call("GET", f"/interpreters/{other}").headers["ETag"]
            refused = desk.call("PATCH", f"/interpreters/{other}", entry, If_Match=etag)
    assert refused.status_code == 422 and [one["pointer"] for one in refused.json["errors"]] == ["#/account_id"]
    linked = [one for one in desk.call("GET", "/interpreters?limit=200").json["items"] if one["account_id"] == account]
    assert len(linked) == 1
