"""The board and tomorrow: who comes, what is missing, who waits; one press does what comes next, and takes it back; who comes second is told."""

import re
from datetime import timedelta

import pymongo
import pytest
from pymongo import monitoring

from services.intake.actions import board
from services.intake.dependencies import Dependencies
from services.intake.rules.board import BoardFilter
from services.intake.rules.days import bounds
from services.intake.store.cases_by_visit import CasesByVisit
from services.intake.store.store import Store
from services.intake.store.worklists import Worklists
from tests.integration.intake_front import Front, at, front
from tests.visitor import forms_of

DAY = at("00:00").date()


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


def row(html: str, visit_id: str) -> str:
    """The words of one line, without markup."""
    found = re.search(rf'<tr id="v-{visit_id}".*?</tr>', html, re.DOTALL)
    assert found, "not on the board"
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_a_day_in_the_hospitals_zone_in_time_with_who_comes_and_what_is_missing(desk):
    late, early = desk.visit("23:30"), desk.visit("00:10", status="arrived")
    other = [desk.visit("23:59", day=25), desk.visit("00:00", day=27)]
    unsure = desk.visit("09:00", interpreter="unfilled")
    html = desk.sit().get("/intake/").text
    order = [html.index(f"v-{visit_id}") for visit_id in (early, unsure, late)]
    assert order == sorted(order)
    assert not any(f"v-{visit_id}" in html for visit_id in other)
    line = row(html, unsure)
    assert "09:00" in line and "SOMCHAI Jaidee" in line and "age 65" in line
    assert "Siam Travel" in line and "Cardiology" in line and "Thai" in line
    assert "No interpreter yet" in line and "Interpreter" in line
    assert "None" in row(html, late) and "Prasert T." in row(html, late)
    assert "Waiting 11 h 20 min over 60 min" in row(html, early)
    assert "2 h 30 min late phone the patient" in line


@pytest.mark.parametrize(
    ("interpreter", "waits"),
    [("confirmed", True), ("requested", True), ("in_progress", False), ("completed", False), (None, True)],
)
def test_the_colour_of_waiting_ends_with_the_wait(desk, interpreter, waits):
    visit_id = desk.visit("09:00", status="arrived", interpreter=interpreter)
    assert ("Waiting" in row(desk.sit().get("/intake/").text, visit_id)) == waits


@pytest.mark.parametrize("interpreter", ["unfilled", "requested"])
@pytest.mark.parametrize(
    ("status", "alarmed"),
    [("booked", True), ("arrived", True), ("completed", False), ("no-show", False)],
)
def test_nobody_is_alarmed_over_an_interpreter_once_the_visit_is_over(desk, status, alarmed, interpreter):
    desk.visit("09:00", status=status, interpreter=interpreter)
    word = {"unfilled": "No interpreter yet", "requested": "Searching"}[interpreter]
    html = desk.sit().get("/intake/" + ("" if alarmed else "?state=done")).text
    (tone,) = re.findall(rf'<span class="chip (\w+)">{word}<', html)
    assert (tone != "neutral") == alarmed


def test_the_same_in_japanese(desk):
    visit_id = desk.visit("11:15", status="arrived", interpreter=None)
    html = desk.sit(language="ja").get("/intake/").text
    line = row(html, visit_id)
    assert "循環器内科" in line and "65歳" in line and "手配中" in line and "待ち 15分" in line
    assert "2026年11月26日(木)" in html


def test_filters_stand_in_the_address_and_counts_beside_them(desk):
    here, sure, unsure = (
        desk.visit("09:00", status="arrived"),
        desk.visit("10:00"),
        desk.visit("10:30", interpreter="offered"),
    )
    off = desk.visit("10:40", status="completed")
    clerk = desk.sit()
    html = clerk.get("/intake/").text
    counts = dict(re.findall(r'>\s*([A-Z][a-z ]+) <span class="figure">(\d+)</span>', html))
    assert counts == {
        "All": "4",
        "Expected": "2",
        "Checked in": "1",
        "Finished": "1",
        "Cancelled": "0",
        "Interpreter not confirmed": "1",
    }
    shown = {
        "state=here": {here}, "state=to_come": {sure, unsure}, "interpreter=missing": {unsure}, "state=done": {off},
        "department=orthopedics": set(), "state=to_come&interpreter=missing&department=cardiology": {unsure},
    }  # fmt: skip
    for asked, visit_ids in shown.items():
        found = set(re.findall(r'<tr id="v-([^"]+)"', clerk.get(f"/intake/?{asked}").text))
        assert found == visit_ids, asked
    assert clerk.get("/intake/?state=nonsense").status_code == 422
    assert clerk.get("/intake/?day=").status_code == 200
    assert "No visits match these filters." in clerk.get("/intake/?department=orthopedics").text


def test_cancelled_visits_are_shown_to_who_asks_for_them(desk):
    visit_id = desk.visit("10:00")
    clerk = desk.sit()
    clerk.press(clerk.get("/intake/").text, f"/intake/board/visits/{visit_id}/cancel-patient")
    assert f"v-{visit_id}" not in clerk.get("/intake/").text
    assert f"v-{visit_id}" in clerk.get("/intake/?state=cancelled").text


def test_an_empty_day_says_what_to_do_next(desk):
    html = desk.sit().get("/intake/").text
    assert "No visits today." in html and "/intake/triage" in html
    assert "No visits on this day." in desk.sit().get("/intake/?day=2026-12-24").text


@pytest.mark.parametrize(
    ("status", "move", "after", "back"),
    [
        ("booked", "arrive", "arrived", "booked"),
        ("arrived", "complete", "completed", "arrived"),
        ("booked", "no-show", "no_show", "booked"),
        ("booked", "cancel-agency", "cancelled", "booked"),
        ("no-show", "correct-arrived", "arrived", "no_show"),
        ("completed", "correct-arrived", "arrived", "completed"),
        ("arrived", "correct-booked", "booked", "arrived"),
        ("arrived", "leave", "left", "arrived"),
    ],
)
def test_one_press_moves_a_visit_and_one_takes_it_back(desk, status, move, after, back):
    visit_id = desk.visit("11:00", status=status)
    before = _standing(desk, visit_id)
    clerk = desk.sit()
    address = f"/intake/board/visits/{visit_id}/{move}"
    answer = clerk.press(
        clerk.get("/intake/?state=" + ("done" if status in ("no-show", "completed") else "")).text, address
    )
    assert desk.status(visit_id) == after
    html = clerk.follow(answer)
    reference = desk.case_of(visit_id)["reference"]
    assert f"{reference}: " in html
    (undo,) = [form for form in forms_of(html) if form.action.endswith(f"{visit_id}/take-back")]
    desk.now += timedelta(minutes=4)
    shown = clerk.follow(clerk.send(undo))
    assert desk.status(visit_id) == back and f"{reference}: undone." in shown
    assert _standing(desk, visit_id) == before, "times, waiting and marks as they were"


def _standing(desk, visit_id):
    case = desk.case_of(visit_id)
    (visit,) = case["visits"]
    return {name: case.get(name) for name in ("status", "next", "turned_at", "unanswered", "closing")} | {
        "visit": {name: visit.get(name) for name in ("status", "start", "end", "arrived_at", "closing", "rescheduled")}
    }


def test_a_double_press_is_one_effect_and_two_rows_of_one_page_are_two(desk):
    one, other = desk.visit("11:00"), desk.visit("11:10")
    clerk = desk.sit()
    html = clerk.get("/intake/").text
    first, again = (clerk.press(html, f"/intake/board/visits/{one}/arrive") for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert clerk.press(html, f"/intake/board/visits/{other}/arrive").status_code == 303
    assert (desk.status(one), desk.status(other)) == ("arrived", "arrived")
    assert [entry["type"] for entry in desk.case_of(one)["outbox"]].count("intake.visit.arrived.v1") == 1


def test_two_clerks_at_once_the_second_is_told_who_did_what(desk):
    visit_id = desk.visit("11:00")
    desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    first, second = desk.sit(), desk.sit()
    seen = second.get("/intake/").text
    first.press(first.get("/intake/").text, f"/intake/board/visits/{visit_id}/no-show")
    answer = second.press(seen, f"/intake/board/visits/{visit_id}/arrive")
    assert answer.status_code == 412
    assert "Someone else changed this first" in answer.text and "sato" in answer.text
    assert "Patient marked as no-show." in answer.text
    assert desk.status(visit_id) == "no_show"


TWICE = {"arrive": "booked", "no-show": "booked", "cancel-patient": "booked", "complete": "arrived", "leave": "arrived"}


@pytest.mark.parametrize("move", TWICE)
def test_the_same_act_by_two_clerks_is_recorded_once_and_no_clash(desk, move):
    visit_id = desk.visit("11:00", status=TWICE[move])
    desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    first, second = desk.sit(), desk.sit()
    address = f"/intake/board/visits/{visit_id}/{move}"
    version = desk.case_of(visit_id)["version"]
    seen = second.get("/intake/").text
    seen += second.get(f"/intake/fragments/board/visits/{visit_id}?version={version}").text
    assert first.press(first.get("/intake/").text, address).status_code == 303
    said = len(desk.case_of(visit_id)["outbox"])
    answer = second.press(seen, address)
    shown = second.follow(answer)
    assert "Already recorded: sato" in shown
    assert len(desk.case_of(visit_id)["outbox"]) == said, "recorded once"


def test_an_act_that_was_taken_back_meanwhile_is_a_clash_again(desk):
    visit_id = desk.visit("11:00")
    first, second = desk.sit(), desk.sit()
    seen, address = second.get("/intake/").text, f"/intake/board/visits/{visit_id}/arrive"
    assert first.press(first.get("/intake/").text, address).status_code == 303
    back = f"/intake/board/visits/{visit_id}/correct-booked"
    assert first.press(first.get("/intake/").text, back).status_code == 303
    assert second.press(seen, address).status_code == 412
    assert desk.status(visit_id) == "booked"


def test_an_act_on_another_visit_of_the_same_case_is_no_record_of_this_one(desk):
    visit_id = desk.visit("11:00")
    case = desk.case_of(visit_id)
    period = {"start": at("11:10").isoformat(), "end": at("11:40").isoformat()}
    other = desk.office.command(f"/cases/{case['_id']}/visits", {"department": "cardiology"} | period)["id"]
    first, second = desk.sit(), desk.sit()
    seen = second.get("/intake/").text
    assert first.press(first.get("/intake/").text, f"/intake/board/visits/{other}/arrive").status_code == 303
    assert second.press(seen, f"/intake/board/visits/{visit_id}/arrive").status_code == 412


def test_a_rows_menu_comes_when_it_is_opened_and_carries_the_version_that_the_row_showed(desk):
    visit_id = desk.visit("11:00")
    clerk = desk.sit()
    html = clerk.get("/intake/").text
    assert "cancel-patient" not in html
    version = desk.case_of(visit_id)["version"]
    menu = clerk.get(f"/intake/fragments/board/visits/{visit_id}?version={version}").text
    moves = [address.rpartition("/")[2] for address in clerk.buttons(menu)]
    assert moves == ["cancel-patient", "cancel-agency", "cancel-hospital", "no-show"]
    assert f"/intake/cases/{desk.case_of(visit_id)['_id']}#visit-{visit_id}" in menu
    desk.office.command(f"/visits/{visit_id}/arrive")
    late = clerk.get(f"/intake/fragments/board/visits/{visit_id}?version={version}").text
    assert set(clerk.buttons(late).values()) == {str(version)}
    assert clerk.press(html + late, f"/intake/board/visits/{visit_id}/correct-booked").status_code == 412
    assert clerk.get("/intake/fragments/board/visits/nobody?version=1").status_code == 404
    assert clerk.get(f"/intake/fragments/board/visits/{visit_id}").status_code == 422
    assert desk.sit("coordinator").get(f"/intake/fragments/board/visits/{visit_id}?version=1").status_code == 403


def test_what_is_no_longer_possible_comes_back_to_the_same_board(desk):
    visit_id = desk.visit("11:00", status="arrived")
    clerk = desk.sit()
    html = clerk.get("/intake/?state=here").text
    form = next(form for form in forms_of(html) if form.id == "board-form")
    headers = {"Origin": "http://localhost", "Accept": "text/html", "Accept-Language": "en"}
    answer = clerk.client.post(f"/intake/board/visits/{visit_id}/arrive", data=form.values(), headers=headers)
    assert answer.status_code == 409
    assert f"v-{visit_id}" in answer.text and "This cannot be done in the current state" in answer.text
    assert answer.text.count('aria-current="true"') >= 1
    unknown = clerk.client.post(f"/intake/board/visits/{visit_id}/dance", data=form.values(), headers=headers)
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "asked", ["day=0001-01-01", "day=9999-12-31&state=here", "state=nowhere", "day=R99.13.1&x=1", ""]
)
def test_a_refused_move_comes_back_whatever_the_address_it_was_made_at_asks(desk, asked):
    visit_id = desk.visit("11:00", status="arrived")
    clerk = desk.sit()
    form = next(form for form in forms_of(clerk.get("/intake/?state=here").text) if form.id == "board-form")
    sent = form.values() | {"back": f"/intake/?{asked}"}
    headers = {"Origin": "http://localhost", "Accept": "text/html", "Accept-Language": "en"}
    answer = clerk.client.post(f"/intake/board/visits/{visit_id}/arrive", data=sent, headers=headers)
    assert answer.status_code == 409
    assert f"v-{visit_id}" in answer.text and "This cannot be done in the current state" in answer.text


def test_the_live_part_is_the_page_and_answers_304_until_something_changes(desk):
    visit_id = desk.visit("11:00")
    clerk = desk.sit()
    part = clerk.get("/intake/fragments/board")
    tag = part.headers["ETag"]
    shown = re.search(r'<live-part id="live-board"[^>]* etag="([^"]+)"', clerk.get("/intake/").text)
    assert shown and shown[1].replace("&#34;", '"') == tag
    assert clerk.get("/intake/fragments/board", **{"If-None-Match": tag}).status_code == 304
    desk.office.database["visit_interpreters"].update_one({"_id": visit_id}, {"$set": {"status": "requested"}})
    again = clerk.get("/intake/fragments/board", **{"If-None-Match": tag})
    assert again.status_code == 200 and "Searching" in again.text


def test_what_earlier_days_left_open_is_said_today(desk):
    desk.visit("10:00", day=25, status="arrived")
    desk.visit("11:00", day=24)
    html = desk.sit().get("/intake/").text
    assert "2 visits on earlier days are still open" in html
    assert "/intake/close?day=2026-11-24" in html and "/intake/close?day=2026-11-25" in html
    assert "still open" not in desk.sit().get("/intake/?day=2026-11-27").text


def test_nobody_arrives_before_the_day_has_come(desk):
    visit_id = desk.visit("10:00", day=27)
    clerk = desk.sit()
    moves = [address.rpartition("/")[2] for address in clerk.buttons(clerk.get("/intake/?day=2026-11-27").text)]
    assert moves == ["cancel-patient", "cancel-agency", "cancel-hospital"]
    assert desk.status(visit_id) == "booked"


def test_who_was_erased_is_said_and_the_rest_stands(desk):
    visit_id = desk.visit("11:00")
    desk.office.database["keys"].delete_one({"_id": desk.case_of(visit_id)["_id"]})
    assert "(erased)" in row(desk.sit().get("/intake/").text, visit_id)


def test_only_the_desk_sees_the_desk(desk):
    for path in ("/intake/", "/intake/tomorrow", "/intake/close", "/intake/triage", "/intake/fragments/board"):
        assert desk.sit("coordinator").get(path).status_code == 403, path
        assert desk.sit("admin").get(path).status_code == 200, path


def test_tomorrow_shows_who_is_not_ready_by_what_is_missing(desk):
    desk.now = at("11:30", day=25)
    ready, unsure = desk.visit("10:00", day=26), desk.visit("11:00", day=26, interpreter="unfilled")
    asking = desk.visit("12:00", day=26)
    desk.office.post(
        f"/referrals/{desk.case_of(asking)['_id']}/messages", desk.office.as_agency(1), {"text": "At one?"}
    )
    wish = {
        "request": {"department": "cardiology", "reason": "r", "urgency": "routine", "wished_dates": ["2026-11-26"]}
    }
    undecided, asked = desk.refer(**wish), desk.refer(**wish)
    desk.office.command(f"/cases/{asked}/review")
    desk.office.command(f"/cases/{asked}/request-information", {"message": "The CT, please."})
    html = desk.sit().get("/intake/tomorrow").text
    parts = re.split(r'<section aria-labelledby="lack-|<details class="ready"', html)
    by_title = {part.partition('"')[0]: part for part in parts[1:]}
    reference = lambda case_id: desk.office.database["cases"].find_one({"_id": case_id})["reference"]  # noqa: E731
    assert desk.case_of(unsure)["reference"] in by_title["interpreter"]
    assert desk.case_of(asking)["reference"] in by_title["answer"] and reference(undecided) in by_title["answer"]
    assert reference(asked) in by_title["information"]
    assert desk.case_of(ready)["reference"] in parts[-1]
    assert "Visits: 3, ready: 1" in html


def test_on_friday_tomorrow_is_the_weekend_and_monday(desk):
    desk.now = at("11:30", day=27)
    desk.visit("10:00", day=28)
    desk.visit("10:00", day=30)
    html = desk.sit().get("/intake/tomorrow").text
    assert "Visits: 2, ready: 2" in html and "All visits are ready" in html
    assert "Sat 28 Nov 2026 to Mon 30 Nov" in html


def test_the_boards_queries_read_what_they_show_and_no_more(desk):
    for number in range(30):
        desk.refer(agency_reference=f"X-{number}")
    visit_ids = [desk.visit(clock) for clock in ("09:00", "10:00", "23:00")]
    [desk.visit("10:00", day=day) for day in (24, 25, 27)]
    cases = desk.office.database["cases"]
    begin, end = bounds(DAY, desk.office.settings.time_zone)
    found = {}
    for name, ask in {
        "day": lambda store: CasesByVisit(store).between(begin, end),
        "open": lambda store: Worklists(store).open_before(at("00:00", day=1), begin, 10),
        "owed": lambda store: Worklists(store).owed(10),
        "wishing": lambda store: Worklists(store).requesting_dates(["2026-11-26"], ["received"], 10),
    }.items():
        asked = Asking(cases)
        ask({"cases": asked})
        found[name] = [cases.find(query).explain()["executionStats"] for query in asked.queries]
    for name, most in {"day": 3, "open": 2, "owed": 0, "wishing": 0}.items():
        for stats in found[name]:
            assert stats["totalDocsExamined"] <= most, name
            assert stats["totalKeysExamined"] <= most + 8, name
    day = board.day(desk.office.deps(), DAY, BoardFilter(), desk.now)
    assert [each.id for each in day.rows] == visit_ids


class Asking:
    """Notes the queries a store asks of a collection."""

    def __init__(self, collection) -> None:
        self._collection, self.queries = collection, []

    def find(self, query, *rest, **more):
        self.queries.append(query)
        return self._collection.find(query, *rest, **more)


class QueryListener(monitoring.CommandListener):
    """Records which collections are queried."""

    def __init__(self) -> None:
        self.collections: list[str] = []

    def started(self, event):
        self.collections.append(str(event.command.get(event.command_name)))

    def succeeded(self, event): ...

    def failed(self, event): ...


def test_a_day_costs_the_same_number_of_look_ups_however_many_come(desk):
    listener = QueryListener()
    client = pymongo.MongoClient(desk.office.settings.mongo_url, tz_aware=True, event_listeners=[listener])
    master = bytes.fromhex(desk.office.settings.secret("master_key").decode())
    parts = Dependencies(Store(client[desk.office.database.name], master), desk.office.clock, desk.office.settings)
    for clocks in (("09:00",), ("10:00", "10:10", "10:20", "10:30")):
        for clock in clocks:
            desk.visit(clock)
        listener.collections.clear()
        board.day(parts, DAY, BoardFilter(), desk.now)
        assert sorted(listener.collections) == ["cases", "cases", "keys", "organizations", "visit_interpreters"]
    client.close()
