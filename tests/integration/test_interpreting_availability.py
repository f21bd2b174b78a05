"""Looking ahead over HTTP: a day by interpreter, the next free times, and why not this one."""

from typing import Any
from urllib.parse import urlencode

import pytest
from pymongo.database import Database

from shared.clock import parse_rfc3339
from shared.ids import new_id
from tests.integration.interpreting_office import API, BODY, Desk
from tests.unit.interpreting.world import Visit, at

WEEK = [{"day": day, "from": "09:00", "to": "12:00"} for day in ("mon", "tue", "wed", "thu", "fri")]


@pytest.fixture
def desk(mongo_url: str, database: Database[dict[str, Any]]) -> Desk:
    return Desk(mongo_url, database)


def read(desk: Desk, path: str, role: str = "front_desk", **filters: Any) -> list[dict[str, Any]]:
    answer = desk.call("GET", f"{path}?{urlencode(filters)}", role=role)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def spans(rows: list[dict[str, str]]) -> list[str]:
    """`00:00-01:30` in UTC, of one day."""
    return [f"{row['start'][11:16]}-{row['end'][11:16]}" for row in rows]


def test_a_day_by_interpreter(desk: Desk) -> None:
    absence = {"from": "2026-11-25T02:30:00Z", "to": "2026-11-25T05:00:00Z", "reason": "training"}
    first = desk.interpreter(weekly_hours=WEEK, exceptions=[absence])
    second = desk.interpreter(name={"latin": "SATO Ken"}, languages=[{"tag": "vi", "level": "native"}])
    desk.interpreter(name={"latin": "GONE"}, active=False)
    visit = Visit(start=at(10), end=at(10, 30))
    desk.booking(visit, Visit(start=at(10, 0, 26), end=at(11, 0, 26)))
    mine, other = read(desk, "/days", date="2026-11-25")
    assert (mine["interpreter_id"], mine["name"], mine["languages"]) == (first, "TANAKA Yuki", ["th"])
    assert [(row["id"], row["status"], row["reference"]) for row in mine["bookings"]] == [
        (visit.booking_id, "confirmed", "R-26-00427-K")
    ]
    assert spans(mine["on_duty"]) == ["00:00-02:30"]
    assert spans(mine["absences"]) == ["02:30-05:00"]
    assert spans(mine["bookings"]) == ["01:00-01:30"]
    assert spans(mine["ways"]) == ["00:45-01:00", "01:30-01:45"]
    assert spans(mine["free"]) == ["00:00-00:45", "01:45-02:30"]
    assert (other["interpreter_id"], spans(other["free"]), other["bookings"]) == (second, ["23:30-08:15"], [])
    assert [row["interpreter_id"] for row in read(desk, "/days", date="2026-11-25", language="vi")] == [second]
    assert read(desk, "/days", date="2026-11-25", modality="phone") == []
    assert read(desk, "/days", date="2026-11-29")[0]["on_duty"] == []


def test_a_day_comes_in_pages_and_only_a_day_is_taken(desk: Desk) -> None:
    people = [desk.interpreter() for _ in range(3)]
    first = desk.call("GET", "/days?date=2026-11-25&limit=2")
    following = first.headers["Link"].partition("<")[2].partition(">")[0].partition(API)[2]
    rows = first.json["items"] + desk.call("GET", following).json["items"]
    assert [row["interpreter_id"] for row in rows] == people
    for wrong in ("", "date=", "date=2026-11-31", "date=20261125", "date=2026-11-25&who=me", "date=2026-W48-3"):
        assert desk.call("GET", f"/days?{wrong}").status_code == 422, wrong


def test_the_next_times_somebody_is_free(desk: Desk) -> None:
    desk.interpreter(weekly_hours=WEEK)
    desk.interpreter(weekly_hours=[{"day": "wed", "from": "10:00", "to": "12:00"}])
    desk.interpreter(languages=[{"tag": "vi", "level": "native"}])
    wish = {"language": "th", "from": "2026-11-25T10:10:00+09:00", "minutes": 60, "limit": 4}
    found = read(desk, "/free-slots", **wish)
    assert [(row["start"], row["free"]) for row in found] == [
        ("2026-11-25T01:30:00.000Z", 2),
        ("2026-11-25T02:00:00.000Z", 2),
        ("2026-11-26T00:00:00.000Z", 1),
        ("2026-11-26T00:30:00.000Z", 1),
    ]
    desk.booking(Visit(start=at(10, 30), end=at(11, 30)))
    found = read(desk, "/free-slots", **wish)
    assert [(row["start"], row["free"]) for row in found][:2] == [
        ("2026-11-25T01:30:00.000Z", 1),
        ("2026-11-25T02:00:00.000Z", 1),
    ]
    assert read(desk, "/free-slots", **{**wish, "language": "fr"}) == []
    assert read(desk, "/free-slots", **{**wish, "gender": "male"}) == []
    assert read(desk, "/free-slots", **{**wish, "to": "2026-11-25T11:20:00+09:00"}) == []
    quarter = read(desk, "/free-slots", **{**wish, "every": 15, "modality": "video", "limit": 1})
    assert [row["start"] for row in quarter] == ["2026-11-25T01:15:00.000Z"]


def test_what_is_found_is_what_matching_then_takes(desk: Desk) -> None:
    """The first time found is confirmed at once when it is booked, again and again until none is left that day."""
    desk.interpreter(weekly_hours=[{"day": "wed", "from": "08:30", "to": "17:15"}], travel_buffer_minutes=20)
    wish = {"language": "th", "from": at(0).isoformat(), "to": at(23).isoformat(), "place": "Ward 9", "every": 5}
    booked = 0
    while found := read(desk, "/free-slots", **wish):
        (slot,) = found[:1]
        visit = Visit(
            start=parse_rfc3339(slot["start"]),
            end=parse_rfc3339(slot["end"]),
            place="Ward 9" if booked % 2 else "Ward 3",
        )
        desk.booking(visit)
        if visit.place == "Ward 9":
            assert desk.world.booking(visit)["status"] == "confirmed"
        booked += 1
        assert booked < 20
    assert booked >= 5
    assert desk.world.overlapping() == []


@pytest.mark.parametrize(
    "wrong",
    [
        "language=th",
        "from=2026-11-25T00:00:00Z",
        "language=th&from=2026-11-25",
        "language=th&from=2026-11-25T00:00:00Z&minutes=4",
        "language=th&from=2026-11-25T00:00:00Z&minutes=1441",
        "language=th&from=2026-11-25T00:00:00Z&every=7",
        "language=th&from=2026-11-25T00:00:00Z&limit=101",
        "language=th&from=2026-11-25T00:00:00Z&to=2026-11-25T00:00:00Z",
        "language=th&from=2026-11-25T00:00:00Z&to=2027-11-25T00:00:00Z",
        "language=th&from=2026-11-25T00:00:00Z&modality=telepathy",
    ],
)
def test_odd_wishes_are_refused(desk: Desk, wrong: str) -> None:
    assert desk.call("GET", f"/free-slots?{wrong}").status_code == 422


def test_why_not_this_one(desk: Desk) -> None:
    """Also somebody beyond the hundred that are listed."""
    visit = Visit()
    booking_id = desk.booking(visit)
    vietnamese = desk.interpreter(languages=[{"tag": "vi", "level": "native"}])
    fits = desk.interpreter(weekly_hours=BODY["weekly_hours"])
    path = f"/bookings/{booking_id}/candidates"
    one = desk.call("GET", f"{path}/{vietnamese}", role="front_desk")
    assert (one.status_code, one.json["fits"], one.json["why_not"]) == (200, False, ["language"])
    assert desk.call("GET", f"{path}/{fits}").json["fits"] is True
    desk.call("POST", f"/bookings/{booking_id}/offer", {"interpreter_ids": [fits]})
    (offer,) = desk.world.booking(visit)["offers"]
    desk.world.decline(visit, offer["id"])
    assert desk.call("GET", f"{path}/{fits}").json["gave_back"] is True
    assert desk.call("GET", f"{path}/{new_id()}").status_code == 404
    assert desk.call("GET", f"/bookings/{new_id()}/candidates/{fits}").status_code == 404
