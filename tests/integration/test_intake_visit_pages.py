"""A visit's page and the commands on visits of a case: booked, moved, changed, called off, put right; each taken back where it can be."""

from datetime import datetime

import pytest

from tests.integration.intake_front import JAPAN, Front, at, front
from tests.visitor import form_to, forms_of

WHEN = {"day": "R8.11.27", "time": "930", "minutes": "45"}


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


def visits_of(desk: Front, case_id: str) -> list[dict]:
    return desk.office.database["cases"].find_one({"_id": case_id})["visits"]


def visit_of(desk: Front, visit_id: str) -> dict:
    return next(visit for visit in desk.case_of(visit_id)["visits"] if visit["id"] == visit_id)


def home(visit_id: str) -> str:
    return f"/intake/visits/{visit_id}"


def undo_on(html: str) -> list:
    return forms_of(html.partition("<flash-message")[2].partition("</flash-message>")[0])


def test_a_visit_is_booked_once_as_times_are_typed_in_japan(desk):
    case_id = desk.office.accepted()
    clerk = desk.sit()
    page, address = f"/intake/cases/{case_id}", f"/intake/cases/{case_id}/visits"
    form = clerk.form(page, address)
    assert form.values()["department"] == "cardiology" and form.values()["minutes"] == "60"
    first, again = (clerk.send(form, **WHEN, modality="video", place="Room 3") for _ in range(2))
    (visit,) = visits_of(desk, case_id)
    assert first.headers["Location"] == again.headers["Location"] == f"{page}#visit-{visit['id']}"
    assert (visit["start"], visit["end"]) == (at("09:30", day=27), at("10:15", day=27))
    assert (visit["modality"], visit["kind"], visit["place"]) == ("video", "outpatient", "Room 3")
    html = clerk.follow(first)
    assert "Visit booked." in html and "Fri 27 Nov 2026 09:30" in html and "Scheduled" in html


def test_what_is_needed_of_an_interpreter_is_booked_with_the_visit(desk):
    case_id = desk.office.accepted()
    clerk = desk.sit()
    form = clerk.form(f"/intake/cases/{case_id}", f"/intake/cases/{case_id}/visits")
    need = {"interpreter.gender_wish": "female", "interpreter.for": "parent"}
    assert clerk.send(form, **WHEN, **need).status_code == 303
    assert visits_of(desk, case_id)[0]["interpreter"] == {"gender_wish": "female", "for": "parent"}
    assert "preferred: Female" in clerk.get(f"/intake/cases/{case_id}").text


def test_a_refused_booking_comes_back_with_its_faults_where_they_were_typed(desk):
    case_id = desk.office.accepted()
    clerk = desk.sit()
    page, address = f"/intake/cases/{case_id}", f"/intake/cases/{case_id}/visits"
    faults = [
        ({"day": "", "time": ""}, {"day", "time"}),
        ({"day": "tomorrow", "time": "25:00", "minutes": "3"}, {"day", "time", "minutes"}),
        ({"day": "2036-11-27"}, {"day"}),
        ({"department": ""}, {"department"}),
        ({"department": "closed_ward"}, {"department"}),
        ({"interpreter.provided_by": "family"}, {"interpreter.waiver"}),
    ]  # fmt: skip
    for typed, wrong in faults:
        refused = clerk.send(clerk.form(page, address), **(WHEN | {"place": "Room 3"} | typed))
        errors = refused.text.partition('class="errors"')[2].partition("</div>")[0]
        found = {part.partition('"')[0] for part in errors.split('data-field="')[1:]}
        assert (refused.status_code, found) == (422, wrong)
        assert "expected" not in errors, errors
        again = form_to(refused.text, address).values()
        assert again["place"] == "Room 3" and again["day"] == (WHEN | typed)["day"]
    assert visits_of(desk, case_id) == []


def test_a_visit_is_moved_and_moved_back(desk):
    visit_id = desk.visit("14:00")
    clerk = desk.sit()
    form = clerk.form(home(visit_id), f"{home(visit_id)}/reschedule")
    assert {name: form.values()[name] for name in WHEN} == {"day": "2026-11-26", "time": "14:00", "minutes": "30"}
    first, again = (clerk.send(form, **WHEN, wanted_by="patient") for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    moved = visit_of(desk, visit_id)
    assert (moved["start"], moved["end"], moved["rescheduled"]) == (at("09:30", day=27), at("10:15", day=27), 1)
    html = clerk.follow(first)
    assert "Visit moved." in html and "moved once" in html
    (undo,) = undo_on(html)
    assert clerk.send(undo).status_code == 303
    back = visit_of(desk, visit_id)
    assert (back["start"], back["end"], back["rescheduled"]) == (at("14:00"), at("14:30"), 0)


def test_a_refused_move_comes_back_to_the_visit(desk):
    visit_id = desk.visit("14:00")
    clerk = desk.sit()
    form = clerk.form(home(visit_id), f"{home(visit_id)}/reschedule")
    refused = clerk.send(form, day="2026-11-31", time="14:00", minutes="2000")
    assert refused.status_code == 422
    assert 'data-field="day"' in refused.text and 'data-field="minutes"' in refused.text
    assert form_to(refused.text, f"{home(visit_id)}/reschedule").values()["day"] == "2026-11-31"


def test_place_way_and_interpreter_are_changed_and_what_is_the_same_is_said(desk):
    visit_id = desk.visit("14:00")
    clerk = desk.sit()
    address = f"{home(visit_id)}/change"
    form = clerk.form(home(visit_id), address)
    assert "No changes were made." in clerk.follow(clerk.send(form))
    typed = {"modality": "phone", "place": "Room 3", "interpreter.gender_wish": "male"}
    assert clerk.send(clerk.form(home(visit_id), address), **typed).status_code == 303
    changed = visit_of(desk, visit_id)
    assert (changed["modality"], changed["place"], changed["interpreter"]) == (
        "phone",
        "Room 3",
        {"gender_wish": "male"},
    )
    emptied = {"place": "", "interpreter.gender_wish": ""}
    assert clerk.send(clerk.form(home(visit_id), address), **emptied).status_code == 303
    assert (visit_of(desk, visit_id)["place"], visit_of(desk, visit_id)["interpreter"]) == (None, {})


def test_a_family_interprets_with_a_waiver_and_the_form_shows_it_again(desk):
    visit_id = desk.visit("14:00")
    clerk = desk.sit()
    address = f"{home(visit_id)}/change"
    refused = clerk.send(clerk.form(home(visit_id), address), **{"interpreter.provided_by": "family"})
    assert refused.status_code == 422 and 'data-field="interpreter.waiver"' in refused.text
    waiver = {"interpreter.waiver.who": "Her sister", "interpreter.waiver.why": "She wishes it so."}
    assert clerk.send(form_to(refused.text, address), **waiver).status_code == 303
    shown = clerk.form(home(visit_id), address).values()
    assert {name: shown[name] for name in waiver} == waiver and shown["interpreter.provided_by"] == "family"


@pytest.mark.parametrize(
    ("status", "command", "typed", "after", "back"),
    [
        ("booked", "arrive", {}, "arrived", "booked"),
        ("booked", "no-show", {}, "no_show", "booked"),
        ("arrived", "complete", {}, "completed", "arrived"),
        ("arrived", "leave", {}, "left", "arrived"),
        ("booked", "cancel", {"reason": "travel", "wanted_by": "agency"}, "cancelled", "booked"),
        ("no-show", "correct", {"to": "arrived", "reason": "She sat in the other room."}, "arrived", "no_show"),
    ],
)
def test_a_move_and_its_way_back(desk, status, command, typed, after, back):
    visit_id = desk.visit("11:00", status=status)
    clerk = desk.sit()
    case_page = f"/intake/cases/{desk.case_of(visit_id)['_id']}"
    page = home(visit_id) if typed else case_page
    form = clerk.form(page, f"{home(visit_id)}/{command}")
    first, again = clerk.send(form, **typed), clerk.send(form, **typed)
    assert first.headers["Location"] == again.headers["Location"] == f"{case_page}#visit-{visit_id}"
    assert desk.status(visit_id) == after
    (undo,) = undo_on(clerk.follow(first))
    assert clerk.send(undo).status_code == 303
    assert desk.status(visit_id) == back


@pytest.mark.parametrize(("command", "missing"), [("cancel", ["reason"]), ("correct", ["reason"])])
def test_what_needs_a_reason_is_refused_without(desk, command, missing):
    visit_id = desk.visit("11:00", status="booked" if command == "cancel" else "arrived")
    clerk = desk.sit()
    refused = clerk.send(clerk.form(home(visit_id), f"{home(visit_id)}/{command}"), reason="")
    assert refused.status_code == 422
    assert [part.partition('"')[0] for part in refused.text.split('data-field="')[1:]] == missing


def test_who_comes_second_is_told_and_may_look_at_the_visit(desk):
    desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    visit_id = desk.visit("14:00")
    clerk = desk.sit()
    form = clerk.form(home(visit_id), f"{home(visit_id)}/reschedule")
    later = datetime(2026, 11, 26, 16, tzinfo=JAPAN)
    period = {"start": later.isoformat(), "end": later.replace(minute=30).isoformat(), "wanted_by": "agency"}
    desk.office.command(f"/visits/{visit_id}/reschedule", period)
    clash = clerk.send(form, **WHEN)
    assert clash.status_code == 412
    assert (
        "sato" in clash.text
        and "cause: Agency&#39;s request" in clash.text
        and f'href="{home(visit_id)}"' in clash.text
    )
    assert visit_of(desk, visit_id)["start"] == later
    assert clerk.send(form_to(clash.text, f"{home(visit_id)}/reschedule")).status_code == 303
    assert visit_of(desk, visit_id)["start"] == at("09:30", day=27)


def test_what_is_not_possible_any_more_is_said_on_the_visits_page(desk):
    visit_id = desk.visit("11:00")
    clerk = desk.sit()
    form = clerk.form(home(visit_id), f"{home(visit_id)}/cancel")
    form.fields = [(name, value) for name, value in form.fields if name != "version"]
    desk.office.command(f"/visits/{visit_id}/arrive")
    late = clerk.send(form, reason="travel")
    assert late.status_code == 409 and "This cannot be done in the current state" in late.text
    form.action, form.fields = f"{home(visit_id)}/dance", form.fields[:2]
    assert clerk.send(form).status_code == 404


def test_a_command_leads_back_to_the_page_it_came_from_and_nowhere_else(desk):
    visit_id = desk.visit("11:00")
    clerk = desk.sit()
    form = clerk.form(f"/intake/cases/{desk.case_of(visit_id)['_id']}", f"{home(visit_id)}/arrive")
    for bad in ("https://evil.example/", "//evil.example", "/accounts/me", "/intake/x\r\nSet-Cookie: a"):
        assert clerk.send(form, back=bad).status_code == 422, bad
    done = clerk.send(form, back="/intake/calendar?date=2026-11-26")
    assert done.headers["Location"] == f"/intake/calendar?date=2026-11-26#visit-{visit_id}"


def test_nobody_arrives_before_the_day_has_come(desk):
    visit_id = desk.visit("11:00", day=27)
    html = desk.sit().get(f"/intake/cases/{desk.case_of(visit_id)['_id']}").text
    assert f"{home(visit_id)}/arrive" not in html and f"{home(visit_id)}/no-show" not in html
    assert f"{home(visit_id)}#reschedule" in html and f"{home(visit_id)}/sheet" in html


def test_the_live_part_is_the_page_and_answers_304_until_something_changes(desk):
    visit_id = desk.visit("14:00")
    clerk, path = desk.sit(), "/intake/fragments/visits/"
    tag = clerk.get(path + visit_id).headers["ETag"]
    assert tag.replace('"', "&#34;") in clerk.get(home(visit_id)).text
    assert clerk.get(path + visit_id, **{"If-None-Match": tag}).status_code == 304
    desk.office.database["visit_interpreters"].update_one({"_id": visit_id}, {"$set": {"status": "unfilled"}})
    assert "No interpreter yet" in clerk.get(path + visit_id, **{"If-None-Match": tag}).text
    assert clerk.get(path + "0197f0a0-0000-7000-8000-000000000001").status_code == 404
    assert desk.sit("coordinator").get(path + visit_id).status_code == 403


def test_a_visit_that_is_over_offers_only_what_puts_it_right(desk):
    seen, left = desk.visit("10:00", status="completed"), desk.visit("10:30", status="arrived")
    desk.office.command(f"/visits/{left}/leave")
    clerk = desk.sit()
    offered = lambda visit_id: {  # noqa: E731
        form.action.rpartition("/")[2] for form in forms_of(clerk.get(home(visit_id)).text) if visit_id in form.action
    }
    assert offered(seen) == {"correct"}
    assert offered(left) == {"correct"}


OVERLAPS = "Another visit at the same time"


def test_two_visits_of_one_patient_at_one_time_hint_at_each_other(desk):
    office, clerk = desk.office, desk.sit()
    one = office.accepted()
    patient = office.database["cases"].find_one({"_id": one})["patient_id"]
    two = office.refer(agency_reference="BKK-2")
    office.command(f"/cases/{two}/review")
    office.command(f"/cases/{two}/accept", {"patient_id": patient})
    stranger = office.accepted(agency_reference="BKK-3")
    here, there, other = (office.visit(case_id, 24) for case_id in (one, two, stranger))
    reference = {case_id: office.database["cases"].find_one({"_id": case_id})["reference"] for case_id in (one, two)}

    def hinted(path: str) -> bool:
        return OVERLAPS in clerk.get(path).text

    for case_id, visit_id, against in ((one, here, two), (two, there, one)):
        for path in (f"/intake/cases/{case_id}", home(visit_id)):
            html = clerk.get(path).text
            assert OVERLAPS in html and reference[against] in html, path
    assert not hinted(f"/intake/cases/{stranger}") and not hinted(home(other))
    assert "同じ時間帯に別の予約あり" in desk.sit(language="ja").get(f"/intake/cases/{one}").text
    office.command(f"/visits/{there}/reschedule", office.period(48))
    assert not hinted(f"/intake/cases/{one}") and not hinted(home(there))
    office.visit(one, 48)  # another department of the same case, or another case: the patient is one
    assert hinted(f"/intake/cases/{one}") and hinted(f"/intake/cases/{two}")
    office.command(f"/visits/{there}/cancel", {"reason": "medical"})
    assert not hinted(f"/intake/cases/{one}") and not hinted(f"/intake/cases/{two}")
