"""What interpreters do over HTTP: answer offers signed in or by link, change when they work, hand out their calendar."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from pymongo.database import Database

from services.interpreting.actions import offer_commands
from shared.ids import new_id
from tests.integration.interpreting_office import API, BODY, Desk
from tests.unit.interpreting.world import TOKYO, Visit, at

SHOWN_BEFORE = {
    "id", "booking_id", "outcome", "yours", "why_not", "sent_at", "expires_at", "answered_at",
    "language", "start", "end", "place", "modality", "department", "reference",
}  # fmt: skip
OVERTIME = {"override": "Agreed to stay on"}


@pytest.fixture
def desk(mongo_url: str, database: Database[dict[str, Any]]) -> Desk:
    return Desk(mongo_url, database)


class Me:
    """An interpreter who signs in, outside whose hours all visits here are."""

    def __init__(self, desk: Desk, **entry: Any) -> None:
        self.desk, self.account = desk, new_id()
        self.id = desk.interpreter(account_id=self.account, **{"weekly_hours": [], **entry})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.desk.call(method, path, body, role="interpreter", account=self.account, **headers)

    def offers(self) -> list[dict[str, Any]]:
        answer = self.call("GET", "/me/offers")
        assert answer.status_code == 200, answer.text
        return list(answer.json["items"])

    def answer(self, verb: str, **headers: str) -> Any:
        (offer,) = self.offers()
        return self.call("POST", f"/bookings/{offer['booking_id']}/offers/{offer['id']}/{verb}", **headers)


def offered(desk: Desk, *people: Me, visit: Visit | None = None, minutes: int = 30) -> str:
    """The id of a booking offered to these."""
    booking_id = desk.booking(visit or Visit())
    body = {"interpreter_ids": [me.id for me in people], "expires_in_minutes": minutes, **OVERTIME}
    answer = desk.call("POST", f"/bookings/{booking_id}/offer", body)
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "offered"
    return booking_id


def test_two_are_asked_one_accepts_both_know(desk: Desk) -> None:
    yuki, ken = Me(desk), Me(desk, name={"latin": "SATO Ken"})
    booking_id = offered(desk, yuki, ken)
    (before,) = yuki.offers()
    assert set(before) == SHOWN_BEFORE
    assert (before["outcome"], before["yours"], before["reference"]) == ("open", False, None)
    assert (before["expires_at"], before["language"], before["place"]) == ("2026-11-24T00:30:00.000Z", "th", "Ward 3")
    taken = yuki.answer("accept", Idempotency_Key="once")
    assert taken.status_code == 200, taken.text
    assert (taken.json["outcome"], taken.json["yours"], taken.json["reference"]) == ("accepted", True, "R-26-00427-K")
    assert yuki.answer("accept", Idempotency_Key="once").json == taken.json
    assert yuki.answer("accept").json == taken.json, "a second tap without a key either"
    assert [row["outcome"] for row in ken.offers()] == ["taken"]
    late = ken.answer("accept")
    assert (late.status_code, late.json["type"], late.json["detail"]) == (
        409,
        "urn:imc:problem:offer-over",
        "Another interpreter accepted first.",
    )
    mine = yuki.call("GET", "/bookings").json["items"]
    assert [(row["id"], row["status"], row["filled_by"]) for row in mine] == [(booking_id, "confirmed", "offer")]
    assert "offers" not in mine[0]
    assert "offers" not in yuki.call("GET", f"/bookings/{booking_id}").json
    staff = desk.call("GET", f"/bookings/{booking_id}", role="front_desk").json["offers"]
    assert [(row["interpreter_name"], row["status"], row["reason"]) for row in staff] == [
        ("TANAKA Yuki", "accepted", None),
        ("SATO Ken", "withdrawn", "taken"),
    ]


def test_only_the_one_asked_may_answer(desk: Desk) -> None:
    yuki, ken = Me(desk), Me(desk)
    booking_id = offered(desk, yuki)
    (offer,) = yuki.offers()
    path = f"/bookings/{booking_id}/offers/{offer['id']}"
    for verb in ("accept", "decline"):
        assert ken.call("POST", f"{path}/{verb}").status_code == 404
        for version in ('"1"', '"999"', "*"):
            stranger = ken.call("POST", f"{path}/{verb}", If_Match=version)
            unknown = ken.call("POST", f"/bookings/{booking_id}/offers/{new_id()}/{verb}", If_Match=version)
            assert stranger.status_code == unknown.status_code == 404, "no version tells that it is there"
        assert yuki.call("POST", f"{path}/{verb}", If_Match='"999"').status_code == 412
        assert desk.call("POST", f"{path}/{verb}").status_code == 403
    assert ken.call("GET", f"/bookings/{booking_id}").status_code == 404
    assert yuki.call("GET", f"/bookings/{booking_id}").status_code == 404, "an offer is not yet a booking"
    assert ken.offers() == []
    declined = yuki.answer("decline")
    assert (declined.json["outcome"], declined.json["answered_at"]) == ("declined", "2026-11-24T00:00:00.000Z")
    assert desk.call("GET", f"/bookings/{booking_id}").json["status"] == "unfilled"


def test_an_offer_that_cannot_be_made_is_refused(desk: Desk) -> None:
    yuki = Me(desk)
    path = f"/bookings/{desk.booking(Visit())}/offer"
    wrong = [{}, {"interpreter_ids": []}, {"interpreter_ids": [yuki.id, yuki.id]}, {"interpreter_ids": ["x"]}]
    wrong += [{"interpreter_ids": [yuki.id], "expires_in_minutes": value} for value in (0, 10081, 1.5, "30")]
    wrong += [{"interpreter_ids": [new_id()]}]
    for body in wrong:
        assert desk.call("POST", path, body).status_code == 422, body
    unfit = desk.call("POST", path, {"interpreter_ids": [yuki.id]})
    assert (unfit.status_code, unfit.json["type"]) == (409, "urn:imc:problem:conflict")
    assert desk.call("POST", path, {"interpreter_ids": [yuki.id], **OVERTIME}, If_Match='"9"').status_code == 412
    first = desk.call("POST", path, {"interpreter_ids": [yuki.id], **OVERTIME}, Idempotency_Key="k")
    again = desk.call("POST", path, {"interpreter_ids": [yuki.id], **OVERTIME}, Idempotency_Key="k")
    assert (first.status_code, again.json) == (200, first.json)
    (offer,) = first.json["offers"]
    withdrawn = desk.call("POST", f"{path}s/{offer['id']}/withdraw")
    assert [row["reason"] for row in withdrawn.json["offers"]] == ["withdrawn"]
    assert desk.call("POST", f"{path}s/{offer['id']}/withdraw").status_code == 409


def test_a_signed_link_needs_no_sign_in_and_tells_no_more_than_it_must(desk: Desk) -> None:
    yuki, ken = Me(desk), Me(desk)
    offered(desk, yuki, ken)
    links = desk.world.links()
    mine, theirs = (f"/api/v1/offer-links/{links[me.offers()[0]['id']]}" for me in (yuki, ken))
    seen = desk.anyone("GET", mine)
    assert seen.status_code == 200
    assert set(seen.json) == SHOWN_BEFORE
    assert seen.json["reference"] is None
    assert seen.headers["Cache-Control"] == "no-store"
    accepted = desk.anyone("POST", f"{mine}/accept")
    assert (accepted.status_code, accepted.json["outcome"], accepted.json["yours"]) == (200, "accepted", True)
    assert desk.anyone("POST", f"{mine}/accept").json["outcome"] == "accepted"
    assert desk.anyone("POST", f"{theirs}/accept").status_code == 409
    assert desk.anyone("POST", f"{theirs}/decline").status_code == 409
    assert desk.anyone("GET", theirs).json["outcome"] == "taken"
    for wrong in ("x" * 72, mine.rpartition("/")[2][:-2]):
        for method, verb in (("GET", ""), ("POST", "/accept"), ("POST", "/decline")):
            assert desk.anyone(method, f"/api/v1/offer-links/{wrong}{verb}").status_code == 404
    desk.world.now = at(11)
    assert desk.anyone("GET", mine).status_code == 404, "the visit is over"


def test_my_entry(desk: Desk) -> None:
    yuki = Me(desk)
    me = yuki.call("GET", "/me")
    assert me.status_code == 200
    assert (me.json["id"], me.json["calendar_since"]) == (yuki.id, None)
    assert desk.call("GET", "/me", role="interpreter", account=new_id()).status_code == 404


def test_availability_is_ones_own_and_its_cost_is_said_before_and_after(desk: Desk) -> None:
    yuki = Me(desk, weekly_hours=BODY["weekly_hours"])
    booking_id, later = desk.booking(Visit(start=at(13), end=at(14))), desk.booking(Visit(start=at(15), end=at(16)))
    body = {"weekly_hours": [{"day": "wed", "from": "08:30", "to": "15:30"}]}
    told = yuki.call("POST", "/me/availability/consequences", body)
    assert told.status_code == 200, told.text
    assert [(row["booking_id"], row["why_not"]) for row in told.json["loses"]] == [(later, ["outside_hours"])]
    assert yuki.call("GET", "/me").json["weekly_hours"] == BODY["weekly_hours"], "nothing was changed"
    absence = {"from": "2026-11-25T04:30:00.000Z", "to": "2026-11-25T05:00:00.000Z", "reason": None}
    etag = yuki.call("GET", "/me").headers["ETag"]
    changed = yuki.call("PATCH", "/me/availability", {**body, "exceptions": [absence]}, If_Match=etag)
    assert changed.status_code == 200, changed.text
    assert [row["booking_id"] for row in changed.json["loses"]] == [booking_id, later]
    assert changed.json["exceptions"] == [absence]
    assert yuki.call("PATCH", "/me/availability", body, If_Match=etag).status_code == 412
    desk.world.retry_searches()
    assert {desk.world.store.bookings.get(one)["status"] for one in (booking_id, later)} == {"unfilled"}
    assert yuki.call("GET", "/bookings").json["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"email": "elsewhere@hospital.example"},
        {"active": False},
        {"account_id": None},
        {"languages": [{"tag": "en", "level": "native"}]},
        {"weekly_hours": [{"day": "wed", "from": "17:00", "to": "08:00"}]},
        {"exceptions": [{"from": "2026-11-25T05:00:00Z", "to": "2026-11-25T05:00:00Z"}]},
    ],
)
def test_nothing_else_of_the_entry_is_theirs_to_change(desk: Desk, body: dict[str, Any]) -> None:
    yuki = Me(desk)
    before = yuki.call("GET", "/me").json
    for method, path in (("PATCH", "/me/availability"), ("POST", "/me/availability/consequences")):
        assert yuki.call(method, path, body).status_code == 422
    assert yuki.call("GET", "/me").json == before


def feed(desk: Desk, url: str, **headers: str) -> Any:
    return desk.anyone("GET", url.partition("/interpreting")[2], **headers)


def link(yuki: Me) -> str:
    made = yuki.call("POST", "/me/calendar-link")
    assert made.status_code == 201, made.text
    return str(made.json["url"])


def events(answer: Any) -> list[tuple[str, str, int]]:
    """(UID, STATUS, SEQUENCE) of every event."""
    assert answer.status_code == 200
    calendar: Any = Calendar.from_ical(answer.data)
    return [(str(one["UID"]), str(one["STATUS"]), int(one["SEQUENCE"])) for one in calendar.events]


def test_the_calendar_follows_bookings_and_names_no_patient(desk: Desk) -> None:
    yuki = Me(desk, weekly_hours=BODY["weekly_hours"])
    stays, moves, ends, lost = (Visit(start=at(hour), end=at(hour + 1)) for hour in (9, 11, 13, 15))
    desk.booking(stays, moves, ends, lost)
    url = link(yuki)
    answer = feed(desk, url)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert sorted(events(answer)) == sorted((visit.booking_id, "CONFIRMED", 1) for visit in (stays, moves, ends, lost))
    calendar: Any = Calendar.from_ical(answer.data)
    (first,) = [one for one in calendar.events if str(one["UID"]) == stays.booking_id]
    assert (first.start, first.start.tzinfo.key) == (stays.start, TOKYO.key)
    assert {name: str(first[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")} == {
        "SUMMARY": "通訳 タイ語 Thai",
        "LOCATION": "Ward 3",
        "DESCRIPTION": "R-26-00427-K",
    }
    assert [str(zone["TZID"]) for zone in calendar.timezones] == ["Asia/Tokyo"]
    for hidden in (stays.case_id, "cardiology", "account"):
        assert hidden not in answer.text
    desk.world.consume(moves.rescheduled(at(11, 15), at(12, 15)), ends.ended("cancelled"))
    desk.call("POST", f"/bookings/{lost.booking_id}/release", {"reason": "ill"})
    after = feed(desk, url)
    assert {uid: (status, sequence) for uid, status, sequence in events(after)} == {
        stays.booking_id: ("CONFIRMED", 1),
        moves.booking_id: ("CONFIRMED", 2),
        ends.booking_id: ("CANCELLED", 2),
        lost.booking_id: ("CANCELLED", 2),
    }
    desk.world.consume(lost.rescheduled(at(20), at(21)))
    known = {str(one["UID"]): one for one in Calendar.from_ical(feed(desk, url).data).events}  # type: ignore[attr-defined]
    assert known[lost.booking_id].start == at(15), "what becomes of it is nobody's business who lost it"


def test_who_loses_a_booking_reads_so_in_the_title_and_its_sequence_only_grows(desk: Desk) -> None:
    yuki, ken = Me(desk, weekly_hours=BODY["weekly_hours"]), Me(desk, weekly_hours=BODY["weekly_hours"])
    urls = {yuki.id: link(yuki), ken.id: link(ken)}
    assert [events(feed(desk, url)) for url in urls.values()] == [[], []], "an empty calendar is one all the same"
    visit = Visit(start=at(9), end=at(10))
    desk.booking(visit)
    path = f"/bookings/{visit.booking_id}"
    seen: dict[str, list[int]] = {yuki.id: [], ken.id: []}
    for turn in range(4):
        holder = (yuki.id, ken.id)[turn % 2]
        desk.call("POST", f"{path}/assign", {"interpreter_id": holder, "override": "asked for by name"})
        assert desk.call("GET", path).json["interpreter_id"] == holder
        for who, url in urls.items():
            for one in Calendar.from_ical(feed(desk, url).data).events:  # type: ignore[attr-defined]
                assert str(one["SUMMARY"]).startswith("【担当解除】 Released: " if who != holder else "通訳")
                assert str(one["STATUS"]) == ("CONFIRMED" if who == holder else "CANCELLED")
                seen[who].append(int(one["SEQUENCE"]))
    assert all(each == sorted(each) for each in seen.values())
    assert all(len(set(each)) >= 3 for each in seen.values())


def test_a_calendar_that_did_not_change_is_not_sent_again(desk: Desk) -> None:
    yuki = Me(desk, weekly_hours=BODY["weekly_hours"])
    visit = Visit()
    desk.booking(visit)
    url = link(yuki)
    first = feed(desk, url)
    desk.world.now += timedelta(minutes=20)
    same = feed(desk, url, If_None_Match=first.headers["ETag"])
    assert (same.status_code, same.data) == (304, b"")
    desk.world.consume(visit.ended("cancelled"))
    assert feed(desk, url, If_None_Match=first.headers["ETag"]).status_code == 200


def test_a_calendar_link_is_shown_once_replaced_and_revoked(desk: Desk) -> None:
    yuki, ken = Me(desk), Me(desk)
    first, other = link(yuki), link(ken)
    token = first.rpartition("/")[2].removesuffix(".ics")
    assert len(token) >= 43
    assert token not in str(list(desk.world.database.interpreters.find({}, {"requests": 0})))
    assert yuki.call("GET", "/me").json["calendar_since"] == "2026-11-24T00:00:00.000Z"
    second = link(yuki)
    assert [feed(desk, url).status_code for url in (first, second, other)] == [404, 200, 200]
    assert yuki.call("DELETE", "/me/calendar-link").json["calendar_since"] is None
    assert yuki.call("DELETE", "/me/calendar-link").status_code == 200
    assert [feed(desk, url).status_code for url in (first, second, other)] == [404, 404, 200]
    said = desk.world.database.interpreters.find_one({"_id": yuki.id})["outbox"]
    assert [line["data"].get("fields") for line in said] == [None, *[["calendar_link"]] * 3]
    kept = yuki.call("POST", "/me/calendar-link", Idempotency_Key="k").json
    assert yuki.call("POST", "/me/calendar-link", Idempotency_Key="k").json == kept
    assert feed(desk, kept["url"]).status_code == 200


def test_an_offer_nobody_answered_runs_out(desk: Desk) -> None:
    yuki = Me(desk)
    offered(desk, yuki, minutes=5)
    desk.world.now += timedelta(minutes=5)
    assert offer_commands.expire_offers(desk.world.deps, desk.world.now) == 1
    assert [row["outcome"] for row in yuki.offers()] == ["expired"]
    assert desk.client.get(f"{API}/me/offers").status_code == 401
