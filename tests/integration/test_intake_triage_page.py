"""Triage: four groups by whose turn it is, the clock on working days, answers in two presses, words to start from; who comes second is told."""

import re

import pytest

from tests.integration.intake_front import Front, at, front
from tests.visitor import form_to

TRIAGE = "/intake/triage"


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


def groups(html: str) -> dict[str, list[str]]:
    """The cases in each group, in their order."""
    found = {}
    for part in html.split('<section id="group-')[1:]:
        found[part.partition('"')[0]] = re.findall(r'<tr id="r-([^"]+)"', part)
    return found


def status(desk: Front, case_id: str) -> str:
    return str(desk.office.database["cases"].find_one({"_id": case_id})["status"])


def test_four_groups_with_counts_what_is_due_first_on_top(desk):
    office = desk.office
    desk.now = at("09:00", day=24)
    overdue, asked, declined = desk.refer(), desk.refer(), desk.refer()
    office.command(f"/cases/{overdue}/review")
    office.command(f"/cases/{asked}/review")
    office.command(f"/cases/{asked}/request-information", {"message": "The CT, please."})
    office.command(f"/cases/{declined}/decline", {"reason": "no_capacity"})
    desk.now = at("10:00")
    accepted = office.accepted(agency_reference="A-1")
    new = [desk.refer() for _ in range(2)]
    urgent = desk.refer(request={"department": "cardiology", "reason": "Chest pain", "urgency": "emergency"})
    visit = desk.visit("15:00")
    talks = desk.case_of(visit)["_id"]
    office.post(f"/referrals/{talks}/messages", office.as_agency(1), {"text": "Which entrance?"})
    desk.now = at("11:30")
    html = desk.sit().get(TRIAGE).text
    assert groups(html) == {
        "new": [urgent, *new], "us": [overdue, talks], "them": [asked], "answered": [declined, accepted],
    }  # fmt: skip
    assert re.findall(r'#group-(\w+)">[^<]+<span class="figure">(\d+)', html) == [
        ("new", "3"), ("us", "2"), ("them", "1"), ("answered", "2"),
    ]  # fmt: skip
    assert "26 h 30 min over" in html and "22 h 30 min left" in html
    assert "Reply needed" in html and "Chest pain" in html and "Siam Travel" in html


def test_the_clock_stands_still_over_the_weekend_and_a_holiday(desk):
    desk.now = at("17:00", day=20)  # Friday; Monday the 23rd is a holiday
    desk.refer()
    desk.now = at("09:00", day=24)
    html = desk.sit().get(TRIAGE).text
    assert "8 h left" in html and "today" in html and "Tue 24 Nov 17:00" in html
    assert "残り 8時間" in desk.sit(language="ja").get(TRIAGE).text


def test_a_referral_is_triaged_in_two_presses(desk):
    case_id = desk.refer()
    clerk = desk.sit()
    answer = clerk.press(clerk.get(TRIAGE).text, f"{TRIAGE}/{case_id}/review")
    html = clerk.follow(answer)
    assert status(desk, case_id) == "in_review" and "review started" in html
    assert "Second opinion, aortic stenosis" in html and "No matching patient" in html
    answer = clerk.send(form_to(html, f"{TRIAGE}/{case_id}/accept"))
    assert answer.headers["Location"] == f"/intake/cases/{case_id}"
    case = desk.office.database["cases"].find_one({"_id": case_id})
    assert case["status"] == "accepted" and case["patient_id"]


def test_accepting_at_once_begins_the_review_in_the_same_write(desk):
    case_id = desk.refer()
    clerk = desk.sit()
    clerk.send(clerk.form(f"{TRIAGE}/{case_id}", f"{TRIAGE}/{case_id}/accept"))
    case = desk.office.database["cases"].find_one({"_id": case_id})
    assert (case["status"], case["version"]) == ("accepted", 2)
    assert desk.office.published(case_id) == ["referral.received", "case.review_started", "case.accepted"]


def test_who_may_be_known_is_shown_with_reasons_and_can_be_chosen(desk):
    known = desk.office.accepted(agency_reference="A-1")
    patient_id = desk.office.database["cases"].find_one({"_id": known})["patient_id"]
    case_id = desk.refer()
    clerk = desk.sit()
    html = clerk.get(f"{TRIAGE}/{case_id}").text
    assert f'value="{patient_id}"' in html
    clerk.send(form_to(html, f"{TRIAGE}/{case_id}/accept"), patient_id=patient_id)
    assert desk.office.database["cases"].find_one({"_id": case_id})["patient_id"] == patient_id
    assert desk.office.database["patients"].count_documents({}) == 1


def test_words_to_start_from_are_in_the_agencys_language_first_with_its_number_in_them(desk):
    case_id = desk.refer()
    html = desk.sit().get(f"{TRIAGE}/{case_id}").text
    options = re.findall(r'<option value="([^"]{20,})"[^>]*data-language="(\w+)"', html)
    assert options and options[0][1] == "en", "the agency's contact reads English"
    assert {language for _, language in options} == {"ja", "en"}
    assert "Siam Travel" in options[0][0] and "BKK-1" in options[0][0]
    desk.office.database["organizations"].update_one({"_id": "org-1"}, {"$set": {"contacts.0.language": "ja"}})
    html = desk.sit().get(f"{TRIAGE}/{case_id}").text
    assert re.findall(r'<option value="[^"]{20,}"[^>]*data-language="(\w+)"', html)[0] == "ja"


def test_asking_waits_for_them_and_what_came_comes_back_to_us(desk):
    case_id = desk.refer()
    clerk = desk.sit()
    page = f"{TRIAGE}/{case_id}"
    html = clerk.follow(clerk.send(clerk.form(page, f"{page}/ask"), message="Please send the CT."))
    assert groups(html)["them"] == [case_id]
    read = desk.office.get(f"/referrals/{case_id}", desk.office.as_agency(1)).json
    assert read["messages"][-1]["text"] == "Please send the CT."
    html = clerk.follow(clerk.send(clerk.form(page, f"{page}/record"), message="By phone: follows tomorrow."))
    assert status(desk, case_id) == "in_review" and "By phone: follows tomorrow." in html


def test_declining_says_why_and_is_taken_back(desk):
    case_id = desk.refer()
    clerk = desk.sit()
    page = f"{TRIAGE}/{case_id}"
    form = clerk.form(page, f"{page}/decline")
    refused = clerk.send(form, message="We are full.")
    assert refused.status_code == 422 and "We are full." in refused.text, "what was typed is kept"
    html = clerk.follow(clerk.send(form, reason="no_capacity", message="We are full."))
    assert status(desk, case_id) == "declined" and groups(html)["answered"] == [case_id]
    clerk.send(form_to(html, f"{page}/reopen"))
    assert status(desk, case_id) == "in_review"


def test_a_message_answers_what_was_asked(desk):
    case_id = desk.office.accepted(agency_reference="A-1")
    desk.office.post(f"/referrals/{case_id}/messages", desk.office.as_agency(1), {"text": "When?"})
    clerk = desk.sit()
    assert groups(clerk.get(TRIAGE).text)["us"] == [case_id]
    page = f"{TRIAGE}/{case_id}"
    html = clerk.follow(clerk.send(clerk.form(page, f"{page}/message"), message="Next week."))
    assert groups(html) == {"answered": [case_id]}


@pytest.mark.parametrize(("answer", "after"), [("cancel", "cancelled"), ("refuse", "scheduled")])
def test_a_wish_to_cancel_is_confirmed_or_refused(desk, answer, after):
    case_id = desk.case_of(desk.visit("15:00"))["_id"]
    desk.office.post(f"/referrals/{case_id}/cancellation", desk.office.as_agency(1), {"reason": "travel"})
    clerk = desk.sit()
    assert groups(clerk.get(TRIAGE).text)["us"] == [case_id]
    page = f"{TRIAGE}/{case_id}"
    words = {"message": "Too late."} if answer == "refuse" else {}
    clerk.send(clerk.form(page, f"{page}/{answer}"), **words)
    assert status(desk, case_id) == after
    assert "us" not in groups(clerk.get(TRIAGE).text)


def test_two_clerks_at_once_the_second_is_told_and_may_still_insist(desk):
    case_id = desk.refer()
    desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    first, second = desk.sit(), desk.sit()
    page = f"{TRIAGE}/{case_id}"
    form = second.form(page, f"{page}/decline")
    first.send(first.form(page, f"{page}/ask"), message="The CT, please.")
    answer = second.send(form, reason="no_capacity", message="We are full.")
    assert answer.status_code == 412
    assert "sato" in answer.text and "Information requested" in answer.text and "We are full." in answer.text
    assert second.send(form_to(answer.text, f"{page}/decline")).status_code == 303
    assert status(desk, case_id) == "declined"


def test_only_so_many_are_shown_and_the_count_is_honest(desk, monkeypatch):
    monkeypatch.setattr("services.intake.actions.triage.MAX_SHOWN", 2)
    monkeypatch.setattr("services.intake.actions.triage.MAX_READ", 3)
    cases = [desk.refer() for _ in range(5)]
    html = desk.sit().get(TRIAGE).text
    assert groups(html)["new"] == cases[:2]
    assert "Showing the 2 due first." in html
    assert re.findall(r'#group-new">[^<]+<span class="figure">(\d+)', html) == ["5"]


@pytest.mark.parametrize("urgency", ["routine", "emergency"])
@pytest.mark.parametrize("flood", [5, 9])
def test_a_flood_of_one_agency_hides_nobody_elses_referral(desk, monkeypatch, flood, urgency):
    monkeypatch.setattr("services.intake.actions.triage.MAX_SHOWN", 5)
    monkeypatch.setattr("services.intake.actions.triage.MAX_READ", 5)
    request = {"department": "cardiology", "reason": "Everything at once", "urgency": urgency}
    many = [desk.refer(1, request=request) for _ in range(flood)]
    others = [desk.refer(number) for number in (2, 3)]
    html = desk.sit().get(TRIAGE).text
    assert groups(html)["new"] == many[:5] + others
    assert re.findall(r'#group-new">[^<]+<span class="figure">(\d+)', html) == [str(flood + 2)]


def test_the_live_part_is_the_page(desk):
    desk.refer()
    clerk = desk.sit()
    part = clerk.get("/intake/fragments/triage")
    assert part.headers["ETag"] in clerk.get(TRIAGE).text.replace("&#34;", '"')
    assert clerk.get("/intake/fragments/triage", **{"If-None-Match": part.headers["ETag"]}).status_code == 304


def test_an_unknown_referral_is_not_found(desk):
    assert desk.sit().get(f"{TRIAGE}/0197f0a0-0000-7000-8000-000000000001").status_code == 404
