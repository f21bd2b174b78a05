"""The page of a case: what each reader sees, every command of its forms, what is taken back, what comes back refused, who comes second."""

import re
from datetime import datetime

import pytest

from tests.integration.intake_front import Front, at, front
from tests.visitor import Form, form_to, forms_of

UNKNOWN = "0197f0a0-0000-7000-8000-000000000001"


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


def home(case_id: str) -> str:
    return f"/intake/cases/{case_id}"


def stored(desk: Front, case_id: str) -> dict:
    return desk.office.database["cases"].find_one({"_id": case_id})


def case_in(desk: Front, status: str) -> str:
    """A case that has come so far."""
    case_id = desk.refer()
    steps = {
        "received": [], "in_review": ["review"], "accepted": ["review", "accept"],
        "awaiting_information": ["review", ("request-information", {"message": "The CT, please."})],
        "declined": [("decline", {"reason": "no_capacity"})], "cancelled": [("cancel", {"reason": "travel"})],
    }  # fmt: skip
    if status in ("scheduled", "in_care", "completed"):
        visit_id = desk.visit("11:00", status={"scheduled": "booked", "in_care": "arrived"}.get(status, "completed"))
        case_id = desk.case_of(visit_id)["_id"]
        if status == "completed":
            desk.office.command(f"/cases/{case_id}/complete", {"outcome": "treated"})
        return case_id
    for step in steps[status]:
        command, body = step if isinstance(step, tuple) else (step, None)
        desk.office.command(f"/cases/{case_id}/{command}", body)
    return case_id


def words_of(desk: Front, case_id: str) -> list[tuple[str, str]]:
    """Kind and text of what was written in a case."""
    read = desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json
    return [(each["kind"], each["text"]) for each in read["messages"]]


def undo_on(html: str, action: str) -> list[Form]:
    """The forms in a page's message that take back what was just done."""
    said = html.partition("<flash-message")[2].partition("</flash-message>")[0]
    return [form for form in forms_of(said) if form.action == action]


COMMANDS = [
    ("received", "review", {}, "in_review", "review started"),
    ("in_review", "accept", {"patient_id": "new"}, "accepted", ": accepted."),
    ("received", "decline", {"reason": "no_capacity", "message": "We are full."}, "declined", ": declined."),
    (
        "in_review",
        "request-information",
        {"message": "The CT, please."},
        "awaiting_information",
        "information requested",
    ),
    ("awaiting_information", "record-information", {"message": "By phone."}, "in_review", "information recorded"),
    ("scheduled", "cancel", {"reason": "travel", "wanted_by": "patient"}, "cancelled", ": cancelled."),
    ("in_care", "complete", {"outcome": "treated"}, "completed", ": completed."),
    ("declined", "reopen", {"reason": "They found the money."}, "in_review", ": reopened."),
    ("cancelled", "reopen", {"reason": "They come after all."}, "in_review", ": reopened."),
    ("completed", "reopen", {"reason": "Back with a fever."}, "in_care", ": reopened."),
]
TYPED = [each for each in COMMANDS if each[1] not in ("review", "accept") and each[0] not in ("cancelled", "completed")]
MAY_BE_EMPTY = (("decline", "message"), ("cancel", "wanted_by"))


@pytest.mark.parametrize(("status", "command", "typed", "after", "word"), COMMANDS)
def test_a_command_moves_the_case_once_however_often_its_form_is_sent(desk, status, command, typed, after, word):
    case_id = case_in(desk, status)
    clerk = desk.sit()
    form = clerk.form(home(case_id), f"{home(case_id)}/{command}")
    first, again = clerk.send(form, **typed), clerk.send(form, **typed)
    assert first.headers["Location"] == again.headers["Location"] == home(case_id)
    assert stored(desk, case_id)["version"] == int(form.values()["version"]) + 1
    html = clerk.follow(first)
    assert stored(desk, case_id)["status"] == after
    assert word in html and stored(desk, case_id)["reference"] in html
    text = typed.get("message") or (typed.get("reason") if command == "reopen" else None)
    assert not text or (words_of(desk, case_id)[-1][1] == text and text in html)


def test_a_form_left_empty_comes_back_with_what_is_missing(desk):
    clerk = desk.sit()
    for status, command, typed, *_ in TYPED:
        case_id = case_in(desk, status)
        form = clerk.form(home(case_id), f"{home(case_id)}/{command}")
        refused = clerk.send(form, **dict.fromkeys(typed, ""))
        assert refused.status_code == 422, command
        errors = refused.text.partition('class="errors"')[2].partition("</div>")[0]
        missing = [name for name in typed if (command, name) not in MAY_BE_EMPTY]
        assert [name for name in typed if f'data-field="{name}"' in errors] == missing
        assert errors.count("Fill in this field") == len(missing)
        assert stored(desk, case_id)["status"] == status


def test_what_was_typed_stands_in_the_form_that_comes_back(desk):
    case_id = case_in(desk, "in_review")
    clerk = desk.sit()
    address = f"{home(case_id)}/decline"
    refused = clerk.send(clerk.form(home(case_id), address), reason="", message="We are <full>.")
    again = form_to(refused.text, address)
    assert again.values()["message"] == "We are <full>."
    assert clerk.send(again, reason="no_capacity").status_code == 303
    assert words_of(desk, case_id)[-1] == ("decline", "We are <full>.")


def test_who_comes_second_is_told_who_did_what(desk):
    desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    clerk = desk.sit()
    for status, command, typed, after, _ in COMMANDS:
        case_id = case_in(desk, status)
        form = clerk.form(home(case_id), f"{home(case_id)}/{command}")
        desk.office.command(f"/cases/{case_id}/messages", {"text": "The bed is ready."})
        second = clerk.send(form, **typed)
        assert second.status_code == 412, command
        assert "Someone else changed this first" in second.text and f'href="{home(case_id)}"' in second.text
        assert "sato" in second.text and "Message (from: This centre)" in second.text
        assert stored(desk, case_id)["status"] == status
        over = clerk.send(form_to(second.text, f"{home(case_id)}/{command}"))
        assert over.status_code == 303 and stored(desk, case_id)["status"] == after, "mine, once theirs is known"


def test_what_is_not_possible_any_more_is_said_on_the_case(desk):
    case_id = case_in(desk, "in_review")
    clerk = desk.sit()
    form = clerk.form(home(case_id), f"{home(case_id)}/decline")
    desk.office.command(f"/cases/{case_id}/accept")
    form.fields = [(name, value) for name, value in form.fields if name != "version"]
    late = clerk.send(form, reason="no_capacity")
    assert late.status_code == 409
    assert "This cannot be done in the current state" in late.text and "Accepted" in late.text
    assert stored(desk, case_id)["status"] == "accepted"


@pytest.mark.parametrize(
    ("command", "status", "typed"),
    [
        ("decline", "in_review", {"reason": "other"}),
        ("cancel", "in_review", {"reason": "other", "wanted_by": "patient"}),
        ("complete", "in_care", {"outcome": "treated"}),
    ],
)
def test_a_closing_is_taken_back_from_the_message_that_says_it(desk, command, status, typed):
    case_id = case_in(desk, status)
    clerk = desk.sit()
    html = clerk.follow(clerk.send(clerk.form(home(case_id), f"{home(case_id)}/{command}"), **typed))
    (undo,) = undo_on(html, f"{home(case_id)}/take-back")
    assert clerk.send(undo).status_code == 303
    assert stored(desk, case_id)["status"] == status
    assert words_of(desk, case_id)[-1] == ("note", "Registered by mistake and undone.")


def test_what_would_not_lead_back_to_where_it_was_offers_no_undo(desk):
    clerk = desk.sit()
    received, booked = case_in(desk, "received"), case_in(desk, "scheduled")
    declined = clerk.send(clerk.form(home(received), f"{home(received)}/decline"), reason="other")
    assert not undo_on(clerk.follow(declined), f"{home(received)}/take-back"), "it would be in review"
    cancelled = clerk.send(clerk.form(home(booked), f"{home(booked)}/cancel"), reason="other", wanted_by="patient")
    assert not undo_on(clerk.follow(cancelled), f"{home(booked)}/take-back"), "its visit would stay cancelled"
    treated = case_in(desk, "in_care")
    desk.office.visit(treated, hours=24)
    completed = clerk.send(clerk.form(home(treated), f"{home(treated)}/complete"), outcome="treated")
    assert not undo_on(clerk.follow(completed), f"{home(treated)}/take-back"), (
        "the visit of tomorrow would stay cancelled"
    )


def test_accepting_one_who_may_be_known_asks_who_it_is(desk):
    known = case_in(desk, "accepted")
    patient_id = stored(desk, known)["patient_id"]
    case_id = case_in(desk, "in_review")
    clerk = desk.sit()
    address = f"{home(case_id)}/accept"
    html = clerk.get(home(case_id)).text
    assert 'popovertarget="do-accept"' in html and f'value="{patient_id}"' in html
    form = form_to(html, address)
    refused = clerk.send(form)
    assert refused.status_code == 422 and 'data-field="patient_id"' in refused.text
    assert clerk.send(form_to(refused.text, address), patient_id=patient_id).status_code == 303
    assert stored(desk, case_id)["patient_id"] == patient_id
    assert desk.office.database["patients"].count_documents({}) == 1
    other = case_in(desk, "in_review")
    assert clerk.send(clerk.form(home(other), f"{home(other)}/accept"), patient_id="new").status_code == 303
    assert desk.office.database["patients"].count_documents({}) == 2


def test_a_wish_to_cancel_is_confirmed_or_refused(desk):
    clerk = desk.sit()
    for command, typed, after in (
        ("cancel", {}, "cancelled"),
        ("refuse-cancellation", {"message": "Too late: the room is paid."}, "scheduled"),
    ):
        case_id = case_in(desk, "scheduled")
        desk.office.post(f"/referrals/{case_id}/cancellation", desk.office.as_agency(1), {"reason": "travel"})
        html = clerk.get(home(case_id)).text
        assert "Agency requests cancellation: Travel problem" in html
        form = form_to(html, f"{home(case_id)}/{command}")
        assert command != "cancel" or (form.values()["reason"], form.values()["wanted_by"]) == ("travel", "agency")
        assert clerk.send(form, **typed).status_code == 303
        assert stored(desk, case_id)["status"] == after and not stored(desk, case_id).get("cancellation")


def test_the_one_thing_to_do_next_is_a_button_and_the_rest_is_in_the_menu(desk):
    wanted = {
        "received": "Start review", "in_review": "Accept case", "awaiting_information": "Record information",
        "accepted": "Book visit", "scheduled": "Check in", "in_care": "Mark as seen",
    }  # fmt: skip
    clerk = desk.sit()
    for status, word in wanted.items():
        html = clerk.get(home(case_in(desk, status))).text
        main = html.partition('class="row next-actions"')[2].partition("<details")[0]
        assert word in main, status
        assert main.count("<button") == 1, status


def test_the_live_part_is_the_page_and_answers_304_until_something_changes(desk):
    case_id = case_in(desk, "scheduled")
    clerk = desk.sit()
    part = clerk.get(f"/intake/fragments/cases/{case_id}")
    tag = part.headers["ETag"]
    assert f'etag="{tag.replace(chr(34), "&#34;")}"' in clerk.get(home(case_id)).text
    assert clerk.get(f"/intake/fragments/cases/{case_id}", **{"If-None-Match": tag}).status_code == 304
    visit_id = stored(desk, case_id)["visits"][0]["id"]
    desk.office.database["visit_interpreters"].update_one({"_id": visit_id}, {"$set": {"status": "unfilled"}})
    again = clerk.get(f"/intake/fragments/cases/{case_id}", **{"If-None-Match": tag})
    assert again.status_code == 200 and "No interpreter yet" in again.text


def test_a_linked_case_leads_to_its_patient(desk):
    clerk = desk.sit()
    fresh, linked = case_in(desk, "received"), case_in(desk, "accepted")
    assert "/intake/patients/" not in clerk.get(home(fresh)).text
    patient_id = stored(desk, linked)["patient_id"]
    assert f'href="/intake/patients/{patient_id}"' in clerk.get(home(linked)).text
    assert f"/intake/patients/{patient_id}" not in desk.sit("coordinator").get(home(linked)).text, "the desk's alone"


def test_a_coordinator_sees_the_case_without_clinical_text_messages_papers_and_commands(desk):
    case_id = case_in(desk, "accepted")
    desk.office.command(f"/cases/{case_id}/messages", {"text": "The bed is ready."})
    desk.office.visit(case_id)
    html = desk.sit("coordinator").get(home(case_id)).text
    assert "SOMCHAI Jaidee" in html and "Cardiology" in html and "Thai" in html
    for hidden in ("aortic stenosis", "The bed is ready.", "popover", "/edit", "/slip", "<form class"):
        assert hidden not in html.partition("<main")[2], hidden
    assert "aortic stenosis" not in desk.sit("coordinator").get(f"/intake/fragments/cases/{case_id}").text


def test_who_may_not_gets_403(desk):
    case_id = case_in(desk, "scheduled")
    visit_id = stored(desk, case_id)["visits"][0]["id"]
    pages = [
        home(case_id), f"/intake/fragments/cases/{case_id}", f"{home(case_id)}/edit", f"{home(case_id)}/slip",
        f"/intake/visits/{visit_id}", f"/intake/visits/{visit_id}/sheet", "/intake/calendar",
    ]  # fmt: skip
    for path in pages:
        assert desk.sit("interpreter").get(path).status_code == 403, path
        assert desk.sit("admin").get(path).status_code == 200, path
    open_to_coordinators = {path for path in pages if desk.sit("coordinator").get(path).status_code == 200}
    assert open_to_coordinators == {pages[0], pages[1], pages[-1]}
    form = desk.sit().form(home(case_id), f"{home(case_id)}/cancel")
    before = stored(desk, case_id)["version"]
    paths = [rule for rule in posts(desk) if "<" in rule]
    for rule in paths:
        form.action = rule.replace("<case_id>", case_id).replace("<visit_id>", visit_id).replace("<command>", "arrive")
        assert desk.sit("coordinator").send(form).status_code == 403, rule
    assert stored(desk, case_id)["version"] == before


def posts(desk: Front) -> list[str]:
    """Addresses of all commands on cases and visits."""
    rules = desk.office.app.url_map.iter_rules()
    return [
        rule.rule
        for rule in rules
        if "POST" in (rule.methods or ()) and rule.rule.startswith(("/intake/cases/", "/intake/visits/"))
    ]


def test_what_nobody_knows_is_not_found(desk):
    case_id = case_in(desk, "scheduled")
    clerk = desk.sit()
    form = clerk.form(home(case_id), f"{home(case_id)}/cancel")
    for path in (
        home(UNKNOWN), f"/intake/fragments/cases/{UNKNOWN}", f"{home(UNKNOWN)}/edit", f"{home(UNKNOWN)}/slip",
        f"/intake/visits/{UNKNOWN}", f"/intake/visits/{UNKNOWN}/sheet", f"{home(case_id)}/documents/{UNKNOWN}",
    ):  # fmt: skip
        assert clerk.get(path).status_code == 404, path
    for rule in posts(desk):
        form.action = rule.replace("<case_id>", UNKNOWN).replace("<visit_id>", UNKNOWN).replace("<command>", "arrive")
        assert clerk.send(form).status_code == 404, rule


def test_everything_told_of_a_person_and_a_matter_is_there_to_read(desk):
    person = {
        "name": {"latin": "NGUYEN Thi Lan", "native": "Nguyễn Thị Lan", "kana": "グエン ティ ラン", "family": "Nguyễn", "given": "Lan"},
        "birth_date": "1990", "sex": "female", "nationality": "VN", "residence": "medical_traveller",
        "passport": {"number": "C1234567", "country": "VN", "expires": "2030-05-06"}, "phone": "+84 91 234 5678",
        "email": "lan@mail.example", "address": "1 Hàng Bạc\nHà Nội", "allergies": "Penicillin",
        "emergency_contact": {"name": "Minh", "relation": "husband", "phone": "+84 90 000 0000", "language": "vi"},
    }  # fmt: skip
    needs = {"interpreter": {"provided_by": "agency", "gender_wish": "female", "for": "parent"}, "religion": "Buddhist",
             "prayer": "A quiet room", "diet": "No pork", "access": "Wheelchair"}  # fmt: skip
    wished = {"department": "undecided", "reason": "Pain <b>", "clinical_summary": "EF 55 %", "urgency": "emergency",
              "wished_dates": ["2026-12-01", "2026-12-02"]}  # fmt: skip
    payer = {"kind": "foreign_insurer", "company": "Siam Life", "policy_number": "P-77"}
    case_id = desk.refer(patient=person, needs=needs, request=wished, payer=payer)
    html = desk.sit().get(home(case_id)).text
    for words in (
        "Nguyễn Thị Lan", "グエン ティ ラン", "NGUYEN Thi Lan", "1990", "Female", "Vietnam", "Medical traveller", "C1234567",
        "until 6 May 2030", 'href="tel:+84912345678"', "lan@mail.example", "1 Hàng Bạc\nHà Nội", "Penicillin", "Minh", "husband",
        "Arranged by agency", "preferred: Female", "for: Parent", "Buddhist", "A quiet room", "No pork", "Wheelchair",
        "Undecided", "Pain &lt;b&gt;", "EF 55 %", "Emergency", "1 Dec 2026, 2 Dec 2026", "Foreign insurer", "Siam Life", "P-77",
    ):  # fmt: skip
        assert words in html, words


def test_the_other_cases_of_a_patient_are_named_and_their_visits_kept_clear_of(desk):
    before, other = desk.visit("09:00", status="completed"), desk.visit("15:00")
    first, second = (desk.case_of(visit_id) for visit_id in (before, other))
    desk.office.command(f"/patients/{first['patient_id']}/merge", {"from": second["patient_id"], "reason": "the same"})
    html = desk.sit().get(home(first["_id"])).text
    assert f'href="{home(second["_id"])}"' in html and second["reference"] in html
    (busy,) = re.findall(r'busy="([^"]*)"', html)
    periods = [[datetime.fromisoformat(moment) for moment in period.split("/")] for period in busy.split()]
    assert periods == [[at("15:00"), at("15:30")]], "what is over keeps nobody busy"


def test_in_japanese(desk):
    case_id = case_in(desk, "in_review")
    html = desk.sit(language="ja").get(home(case_id)).text
    assert 'lang="ja"' in html and "循環器内科" in html and "タイ語" in html and "受入可とする" in html


def test_the_history_is_cut_to_what_fits_and_shown_whole_to_who_asks(desk, monkeypatch):
    monkeypatch.setattr("services.intake.pages.case_view.MAX_SHOWN", 2)
    case_id = case_in(desk, "accepted")
    clerk = desk.sit()
    html = clerk.get(home(case_id)).text
    assert "Case accepted." in html and "Referral received" not in html and "Show 1 earlier entries" in html
    whole = clerk.get(f"{home(case_id)}?everything=on").text
    assert "Referral received (Cardiology, Routine)." in whole and "earlier entries" not in whole


def test_who_was_erased_is_said_and_the_page_stands(desk):
    case_id = case_in(desk, "accepted")
    desk.office.command(f"/cases/{case_id}/messages", {"text": "The bed is ready."})
    desk.office.database["keys"].delete_one({"_id": case_id})
    html = desk.sit().get(home(case_id)).text
    assert "<h1>(erased)</h1>" in html and "The bed is ready." not in html


def test_the_clock_of_an_answer_is_in_working_days(desk):
    desk.now = at("17:00", day=20)  # a Friday; the Monday is a holiday
    case_id = desk.refer()
    assert "until Tue 24 Nov 2026 17:00" in desk.sit().get(home(case_id)).text
