"""The main job, end to end over the gateway of a running system: referral, triage, visit, interpreter, notices, change, cancellation."""

import time
from collections.abc import Iterator

import pytest
import requests

from tests.journeys import play
from tests.journeys.play import Cast, until
from tests.system import System


@pytest.fixture
def cast(system: System) -> Iterator[Cast]:
    made = play.gather(system)
    yield made
    made.receiver.close()


def test_from_referral_to_cancellation_everybody_is_told(cast: Cast) -> None:
    cast.receives_by_webhook()
    language = "ka"
    interpreter = cast.interpreter(language)
    body = play.referral(language)
    case_id = cast.agency.post("/intake/api/v1/referrals", body, 201)["id"]
    for command, status in (("review", "in_review"), ("accept", "accepted")):
        assert cast.desk.post(f"/intake/api/v1/cases/{case_id}/{command}")["status"] == status
    day = play.day_in(98)
    visit_id = cast.book(case_id, day)
    until(lambda: cast.interpreter_of(case_id, visit_id)["status"] == "confirmed")
    assert cast.interpreter_of(case_id, visit_id)["interpreter_id"] == interpreter
    (booking,) = cast.desk.get("/interpreting/api/v1/bookings", case_id=case_id)["items"]
    assert booking["visit_id"] == visit_id
    assert booking["language"] == language
    until(lambda: "interpreter.confirmed" in cast.receiver.types(case_id))
    for type_ in ("referral.received", "referral.in_review", "referral.accepted", "visit.booked"):
        until(lambda type_=type_: type_ in cast.receiver.types(case_id))
    confirmed = next(m for m in cast.receiver.taken if m["type"] == "interpreter.confirmed")
    data = {"id", "reference", "agency_reference", "status", "next", "link"}
    assert set(confirmed["data"]) == data
    assert confirmed["data"]["agency_reference"] == body["agency_reference"]
    assert confirmed["data"]["status"] == "scheduled"

    moved = {"start": f"{day}T13:00:00+09:00", "end": f"{day}T14:00:00+09:00", "wanted_by": "patient"}
    cast.desk.post(f"/intake/api/v1/visits/{visit_id}/reschedule", moved)
    until(
        lambda: cast.desk.get("/interpreting/api/v1/bookings", case_id=case_id)["items"][0]["start"].startswith(
            f"{day}T04:00"
        )
    )
    (booking,) = cast.desk.get("/interpreting/api/v1/bookings", case_id=case_id)["items"]
    assert (booking["status"], booking["interpreter_id"]) == ("confirmed", interpreter), "the interpreter is kept"
    until(lambda: "visit.rescheduled" in cast.receiver.types(case_id))

    asked = cast.agency.post(f"/intake/api/v1/referrals/{case_id}/cancellation", {"reason": "travel"}, 202)
    assert asked["status"] == "scheduled", "a booked visit is cancelled by the hospital"
    cast.desk.post(f"/intake/api/v1/cases/{case_id}/cancel", {"reason": "travel", "wanted_by": "agency"})
    until(lambda: cast.desk.get("/interpreting/api/v1/bookings", case_id=case_id)["items"][0]["status"] == "cancelled")
    until(lambda: {"referral.cancelled", "visit.cancelled"} <= set(cast.receiver.types(case_id)))

    told = until(
        lambda: (
            [t for t in cast.told(case_id) if t[0].endswith("booking.cancelled.v1") and t[2] == "email"]
            and cast.told(case_id)
        )
    )
    assert len(told) == len(set(told)), "one notice per cause, recipient and channel"
    assert ("intake.referral.received.v1", "role:front_desk", "inbox") in told
    lines = cast.desk.get(f"/intake/api/v1/cases/{case_id}/timeline")["items"]
    types = [line["type"] for line in lines]
    for type_ in (
        "referral.received",
        "visit.booked",
        "booking.confirmed",
        "visit.rescheduled",
        "booking.rescheduled",
        "case.cancelled",
        "booking.cancelled",
    ):
        assert type_ in types, f"{type_} stands on the timeline"
    assert all({"time", "type", "text", "by"} <= set(line) for line in lines)
    assert cast.receiver.forged == 0
    ids = [message["webhook-id"] for message in cast.receiver.taken]
    assert len(ids) == len(set(ids)), "nothing delivered is sent again"


def test_nobody_free_is_seen_and_filled_when_somebody_comes(cast: Cast) -> None:
    cast.receives_by_webhook()
    language = "km"
    case_id = cast.accepted(language)
    visit_id = cast.book(case_id, play.day_in(99))
    until(lambda: cast.interpreter_of(case_id, visit_id)["status"] == "unfilled")
    until(lambda: "interpreter.unfilled" in cast.receiver.types(case_id))
    until(lambda: ("interpreting.booking.unfilled.v1", "role:coordinator", "inbox") in cast.told(case_id))
    late = cast.interpreter(language)
    until(lambda: cast.interpreter_of(case_id, visit_id)["interpreter_id"] == late)
    until(lambda: "interpreter.confirmed" in cast.receiver.types(case_id))


def test_a_walk_in_is_one_act_and_has_somebody_who_is_free_now(cast: Cast) -> None:
    language = "lo"
    interpreter = cast.interpreter(language)
    body = play.referral(language) | {"visit": {"department": "cardiology", "minutes": 60}}
    del body["agency_reference"]
    case = cast.desk.post("/intake/api/v1/cases", body, 201)
    assert (case["status"], case["channel"], case["visits"][0]["status"]) == ("in_care", "walk_in", "arrived")
    found = until(lambda: (i := cast.interpreter_of(case["id"], case["visits"][0]["id"]))["interpreter_id"] and i)
    assert found["interpreter_id"] == interpreter
    types = [line["type"] for line in cast.desk.get(f"/intake/api/v1/cases/{case['id']}/timeline")["items"]]
    assert {"case.registered", "visit.booked", "visit.arrived"} <= set(types)


def test_a_revoked_key_is_dead_within_a_second_of_the_answer(cast: Cast, system: System) -> None:
    partners = play.Person(system, system.token("partners"))
    assert cast.agency.get("/intake/api/v1/referrals")["items"] == []
    partners.post(f"/partners/api/v1/organizations/{cast.organization_id}/keys/{cast.key_id}/revoke")
    time.sleep(1)
    for path in ("/intake/api/v1/referrals", "/partners/api/v1/organizations/me", "/accounts/api/v1/departments"):
        assert system.call("GET", path, cast.agency.credential).status_code == 401, path


def test_somebody_disabled_is_out_everywhere(system: System) -> None:
    admin = play.Person(system, system.token("admin"))
    token = system.token("front_desk")
    account_id = play.Person(system, token).get("/accounts/api/v1/me")["id"]
    admin.post(f"/accounts/api/v1/accounts/{account_id}/disable", {"reason": "left"})
    paths = ("/intake/api/v1/cases", "/interpreting/api/v1/bookings", "/notify/api/v1/notifications")
    until(lambda: all(system.call("GET", path, token).status_code == 401 for path in paths), seconds=5)


def test_another_agency_learns_nothing(cast: Cast, system: System) -> None:
    case_id = cast.accepted("th")
    other = play.gather(system)
    unknown = "0197f0a0-0000-7000-8000-0000000000ff"
    for path in ("", "/timeline"):
        mine = system.call("GET", f"/intake/api/v1/referrals/{case_id}{path}", other.agency.credential)
        none = system.call("GET", f"/intake/api/v1/referrals/{unknown}{path}", other.agency.credential)
        assert mine.status_code == none.status_code == 404
        assert mine.json()["title"] == none.json()["title"]
    assert other.agency.get("/intake/api/v1/referrals")["items"] == []
    assert system.call("GET", f"/intake/api/v1/cases/{case_id}", other.agency.credential).status_code == 403
    other.receiver.close()


def test_every_service_says_what_it_can_do(system: System) -> None:
    for service in ("intake", "interpreting", "training", "partners", "notify", "accounts"):
        document = requests.get(f"{system.url}/{service}/api/openapi.json", timeout=10).json()
        assert document["openapi"].startswith("3.1")
        assert requests.get(f"{system.url}/{service}/api/docs", timeout=10).status_code == 200
        assert requests.get(f"{system.url}/{service}/readyz", timeout=10).status_code == 200
        assert requests.get(f"{system.url}/{service}/metrics", timeout=10).status_code == 404
