"""Pages of training's people on a real database: every form, what is refused, who may see and do what."""

import io

import pytest

from services.training.actions import scheduled_jobs
from shared.ids import new_id
from shared.ui.navigation import home_for
from tests.integration.training_office import TrainingOffice
from tests.sample_files import PDF
from tests.visitor import form_to

RULE = {
    "code": "tb_test",
    "name": {"ja": "結核検査", "en": "TB test"},
    "stage": "post_decision",
    "validity": {"within_days_of_start": 365},
}
CV = {"code": "cv", "name": {"ja": "履歴書", "en": "Curriculum vitae"}}
PASSPORT = {"code": "passport_copy", "name": {"ja": "旅券の写し", "en": "Copy of the passport"}}
SECRETS = ("hoa@lotus.example", "C1234567", "1 Jan 2031", "17 May 1990")


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    made = TrainingOffice(mongo_url, database, tmp_path)
    database.people.insert_many(
        [
            {
                "_id": "01990000-0000-7000-8000-0000000000a1",
                "username": "sato.ken",
                "roles": ["reviewer"],
                "sequence": 1,
            },
            {"_id": "01990000-0000-7000-8000-0000000000a2", "username": "ito.mari", "roles": ["chief"], "sequence": 1},
        ]
    )
    return made


def home(id_: str) -> str:
    return f"/training/applications/{id_}"


def do(visitor, page: str, action: str, **typed):
    """Fills the form that goes to `action` on a page and sends it."""
    return visitor.send(visitor.form(page, action), **typed)


def press(visitor, page: str, form_action: str, action: str, version: int, **typed):
    """A button with an address of its own inside a form around a table."""
    form = visitor.form(page, form_action)
    form.action = action
    return visitor.send(form, version=str(version), **typed)


# the board


def test_the_board_shows_all_applications_by_stage_with_one_command_each(office):
    programme = office.programme()
    draft = office.application(programme, **office.other_person(9))
    submitted = office.submitted(programme, **office.other_person(1))
    ready = office.reviewed(programme, **office.other_person(2))
    offered = office.accepted(programme, **office.other_person(3))
    text = office.visitor("training").get("/training/").text
    for word in (
        "PERSON Number 1",
        "Observation in cardiology",
        "Thailand",
        "Document check",
        "To decide",
        "Decided, not announced",
    ):
        assert word in text, word
    assert "PERSON Number 9" not in text and "1 draft" in text
    assert f"/training/board/{submitted}/check" in text and f"/training/board/{offered}/announce" in text
    assert f"a-{ready}" in text and f"a-{draft}" not in text


def test_an_empty_board_explains_how_to_start(office):
    text = office.visitor("training").get("/training/").text
    assert "Publish a programme" in text and "/training/manage" in text
    assert "プログラムを公開" in office.visitor("training", language="ja").get("/training/").text


def test_one_press_on_the_board_runs_a_command(office):
    id_ = office.submitted(office.programme())
    desk = office.visitor("training")
    answer = press(desk, "/training/", "/training/", f"/training/board/{id_}/check", office.stored(id_)["version"])
    assert answer.status_code == 303 and answer.location == f"/training/#a-{id_}"
    assert office.status(id_) == "document_check"
    assert "document check started" in desk.get("/training/").text


def test_a_second_press_in_the_same_second_reports_that_it_is_recorded_and_changes_nothing(office):
    id_ = office.submitted(office.programme())
    version = office.stored(id_)["version"]
    desk = office.visitor("training")
    form = desk.form("/training/", "/training/")
    form.action = f"/training/board/{id_}/check"
    office.done("POST", f"/applications/{id_}/check")
    said = office.published(id_)
    assert "recorded" in desk.get(str(desk.send(form, version=str(version)).location)).text
    assert office.published(id_) == said


def test_a_transition_outside_the_state_table_is_refused_on_the_board(office):
    id_ = office.submitted(office.programme())
    answer = press(
        office.visitor("training"),
        "/training/",
        "/training/",
        f"/training/board/{id_}/start",
        office.stored(id_)["version"],
    )
    assert answer.status_code == 409 and office.status(id_) == "submitted"


def test_filters_are_in_the_address_and_an_empty_result_leads_back(office):
    one, two = office.programme(), office.programme(department="surgery", kind="elective")
    first = office.submitted(one, **office.other_person(1))
    second = office.submitted(two, **office.other_person(2))
    desk = office.visitor("training")
    for query, shown, hidden in (
        (f"programme={one['id']}", first, second),
        ("kind=elective", second, first),
        ("department=surgery", second, first),
    ):
        text = desk.get(f"/training/?{query}").text
        assert f"a-{shown}" in text and f"a-{hidden}" not in text, query
    assert "No applications match these filters" in desk.get("/training/?kind=overseas").text


def test_the_live_part_answers_304_until_something_changes(office):
    id_ = office.submitted(office.programme())
    desk = office.visitor("training")
    tag = desk.get("/training/fragments/board").headers["ETag"]
    assert desk.get("/training/fragments/board", **{"If-None-Match": tag}).status_code == 304
    office.done("POST", f"/applications/{id_}/check")
    assert desk.get("/training/fragments/board", **{"If-None-Match": tag}).status_code == 200


def test_applications_on_hold_or_overdue_come_first(office):
    programme = office.programme()
    late = office.submitted(programme, **office.other_person(1))
    held = office.confirmed(programme, **office.other_person(2))
    office.database.applications.update_one(
        {"_id": held}, {"$set": {"hold": {"reason": "not_active", "since": office.now, "agreement_id": None}}}
    )
    office.move(days=8)
    text = office.visitor("training").get("/training/").text
    top = text[text.index('id="stage-attention"') : text.index("</section>")]
    assert f"a-{late}" in top and f"a-{held}" in top and "Overdue" in top and "not in force" in top


def test_the_menu_of_a_row_offers_the_other_commands(office):
    id_ = office.accepted(office.programme())
    office.done("POST", f"/applications/{id_}/announce")
    path = f"/training/fragments/board/{id_}?version={office.stored(id_)['version']}"
    assert f"/training/board/{id_}/confirm" in office.visitor("training").get(path).text
    assert f"/training/board/{id_}/confirm" not in office.visitor("chief").get(path).text


def test_a_hundred_rows_are_opened_with_one_look_up_of_keys(office, monkeypatch):
    programme = office.programme()
    for number in range(12):
        office.submitted(programme, **office.other_person(number))
    calls = []
    keyring = office.deps.store.keyring
    real = keyring.open_many
    monkeypatch.setattr(keyring, "open_many", lambda ids: calls.append(1) or real(ids))
    monkeypatch.setattr(keyring, "open", lambda id_: pytest.fail("a look-up for each row"))
    text = office.visitor("training").get("/training/").text
    assert len(calls) == 1 and "PERSON Number 11" in text


# who may


def test_each_role_starts_at_its_own_page():
    for role, home_page in (("training", "/training/"), ("chief", "/training/"), ("department", "/training/")):
        assert home_for([role]) == home_page
    assert home_for(["reviewer"]) == "/training/reviews"
    assert home_for(["front_desk", "training"]) == "/intake/"


WALLS = [
    ("/training/", {"training", "chief", "department"}),
    ("/training/papers", {"training", "chief"}),
    ("/training/reviews", {"training", "chief", "department", "reviewer"}),
    ("/training/decisions", {"training", "chief"}),
    ("/training/manage", {"training"}),
    ("/training/manage/new", {"training"}),
]


@pytest.mark.parametrize(("path", "roles"), WALLS)
def test_each_page_is_open_to_its_roles_only(office, path, roles):
    for role in ("training", "chief", "department", "reviewer", "front_desk", "interpreter", "partners"):
        assert office.visitor(role).get(path).status_code == (200 if role in roles else 403), (path, role)


def test_commands_are_limited_by_role(office):
    id_ = office.submitted(office.programme())
    version = office.stored(id_)["version"]
    for role in ("chief", "department"):
        visitor = office.visitor(role)
        answer = press(visitor, "/training/", "/training/", f"/training/board/{id_}/check", version)
        assert answer.status_code == 403, role
    assert office.status(id_) == "submitted"


def test_a_reviewer_reads_what_the_decision_needs_and_nothing_else(office):
    programme = office.programme(requirements=[CV, PASSPORT, RULE])
    id_ = office.submitted(programme)
    office.paper(id_, "tb_test", issued_on="2026-11-01")
    cv, passport, tb = (one["id"] for one in office.stored(id_)["documents"])
    reviewer = office.visitor("reviewer")
    assert reviewer.get(f"{home(id_)}/papers/{cv}").status_code == 404, "not asked yet"
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/review")
    text = reviewer.get("/training/reviews").text
    assert "NGUYEN Thi Hoa" in text and "heart team" in text and f"/papers/{cv}" in text
    for secret in SECRETS:
        assert secret not in text, secret
    assert f"/papers/{passport}" not in text and f"/papers/{tb}" not in text
    assert reviewer.get(f"{home(id_)}/papers/{cv}").status_code == 200
    assert reviewer.get(f"{home(id_)}/papers/{passport}").status_code == 404
    assert reviewer.get(f"{home(id_)}/papers/{tb}").status_code == 404
    assert reviewer.get(home(id_)).status_code == 403
    seen = office.done("GET", f"/applications/{id_}", role="reviewer")
    assert {"email", "passport", "birth_date", "health_note"}.isdisjoint(seen["written"])
    assert seen["written"]["motivation"] and [one["requirement"] for one in seen["papers"]] == ["cv"]
    other = office.submitted(programme, **office.other_person(2))
    assert office.call("GET", f"/applications/{other}", role="reviewer").status_code == 404


def test_a_department_sees_its_trainees_without_contact_passport_or_documents(office):
    programme = office.programme()
    early, here = office.submitted(programme, **office.other_person(1)), office.confirmed(programme)
    ward = office.visitor("department")
    assert f"a-{early}" not in ward.get("/training/").text and f"a-{here}" in ward.get("/training/").text
    assert ward.get(home(early)).status_code == 404
    text = ward.get(home(here)).text
    assert "NGUYEN Thi Hoa" in text and "Lotus Hospital" in text
    for secret in (*SECRETS, "heart team"):
        assert secret not in text, secret


# an application


def test_documents_are_accepted_with_their_dates_and_rejected_with_a_reason(office):
    id_ = office.submitted(office.programme(requirements=[CV, RULE]))
    office.paper(id_, "tb_test", accept=False)
    cv, tb = (one["id"] for one in office.stored(id_)["documents"])
    desk = office.visitor("training")
    for typed, words in (
        ("R8.12.1", "Enter today or an earlier date"),
        ("2026/1/31", "Enter 2026/02/01 or a later date"),
        ("", "Fill in this field"),
    ):
        answer = do(desk, home(id_), f"{home(id_)}/papers/{tb}/accept", issued_on=typed)
        assert answer.status_code == 422 and words in answer.text, typed
    answer = do(desk, home(id_), f"{home(id_)}/papers/{tb}/accept", issued_on="R8.11.1")
    assert answer.status_code == 303, answer.text
    answer = do(desk, home(id_), f"{home(id_)}/papers/{cv}/refuse", reason="")
    assert answer.status_code == 422
    answer = do(desk, home(id_), f"{home(id_)}/papers/{cv}/refuse", reason="The second page is missing.")
    assert answer.status_code == 303
    text = desk.get(home(id_)).text
    assert "The second page is missing." in text and "1 Nov 2026" in text
    assert [one["status"] for one in office.stored(id_)["documents"]] == ["refused", "accepted"]


def test_doses_are_entered_one_by_one(office):
    rule = {"code": "mmr", "name": {"ja": "麻しん", "en": "MMR"}, "validity": {"doses": 2, "interval_days": 28}}
    id_ = office.submitted(office.programme(requirements=[rule]))
    paper = office.stored(id_)["documents"][0]["id"]
    desk = office.visitor("training")
    typed = {"doses.0": "2020/1/1", "doses.1": "2020/3/1"}
    assert do(desk, home(id_), f"{home(id_)}/papers/{paper}/accept", **typed).status_code == 303
    view = office.done("GET", f"/applications/{id_}")
    assert view["papers"][0]["doses"] == ["2020-01-01", "2020-03-01"] and view["standings"][0]["state"] == "accepted"


def test_the_office_adds_a_document_that_came_another_way(office):
    id_ = office.application(office.programme(requirements=[CV]))
    desk = office.visitor("training")
    form = desk.form(home(id_), f"{home(id_)}/papers")
    fields = dict(form.fields) | {"requirement": "cv", "file": (io.BytesIO(PDF), "cv.pdf")}
    sent = {"Origin": "http://localhost", "Accept": "text/html"}
    assert desk.client.post(form.action, data=fields, headers=sent).status_code == 303
    form = desk.form(home(id_), f"{home(id_)}/papers")
    assert (
        desk.client.post(form.action, data=dict(form.fields) | {"requirement": "cv"}, headers=sent).status_code == 422
    )
    assert len(office.stored(id_)["documents"]) == 1


def test_from_check_to_confirmed_by_the_forms_of_the_page(office):
    programme = office.programme(requirements=[RULE])
    id_ = office.submitted(programme)
    desk, chief = office.visitor("training"), office.visitor("chief")
    assert do(desk, home(id_), f"{home(id_)}/do/check").status_code == 303
    answer = do(desk, home(id_), f"{home(id_)}/return", message="Please name your hospital.", papers=["tb_test"])
    assert answer.status_code == 303 and office.status(id_) == "returned"
    assert "Please name your hospital." in desk.get(home(id_)).text
    office.done("POST", f"/applications/{id_}/submit")
    assert do(desk, home(id_), f"{home(id_)}/do/review").status_code == 303
    for role, step in (("reviewer", "department"), ("chief", "chief")):
        visitor = office.visitor(role)
        answer = do(
            visitor, "/training/reviews", f"/training/reviews/{id_}", verdict="approve", note=f"Fits, says {role}"
        )
        assert answer.status_code == 303, answer.text
        assert office.stored(id_)["reviews"][-1]["step"] == step
    text = chief.get(home(id_)).text
    assert "Fits, says reviewer" in text
    typed = {
        "conditions.0.ja": "保険に入ること",
        "conditions.0.en": "Take out insurance",
        "conditions.0.due": "2027/1/15",
    }
    assert do(chief, home(id_), f"{home(id_)}/accept", **typed).status_code == 303
    condition = office.stored(id_)["conditions"][0]
    assert condition["due"] == "2027-01-15" and condition["text"]["en"] == "Take out insurance"
    assert do(chief, home(id_), f"{home(id_)}/do/announce").status_code == 303
    assert do(desk, home(id_), f"{home(id_)}/do/confirm").status_code == 303
    assert do(desk, home(id_), f"{home(id_)}/conditions/{condition['id']}/meet").status_code == 303
    assert office.status(id_) == "confirmed" and office.stored(id_)["conditions"][0]["met_at"]
    told = desk.get(home(id_)).text
    for line in (
        "Submitted the application",
        "Returned the application",
        "Review: Department",
        "Announced the decision",
        "Confirmed the place",
    ):
        assert line in told, line


def test_a_condition_with_a_day_needs_a_text(office):
    id_ = office.reviewed(office.programme())
    answer = do(office.visitor("training"), home(id_), f"{home(id_)}/accept", **{"conditions.0.due": "2027/1/15"})
    assert answer.status_code == 422 and "Enter the condition" in answer.text
    assert office.status(id_) == "under_review"


def test_a_rejection_stores_the_message_and_waits_to_be_announced(office):
    id_ = office.reviewed(office.programme())
    desk = office.visitor("training")
    answer = do(desk, home(id_), f"{home(id_)}/reject", reason="no_capacity", message="Please apply again in spring.")
    assert answer.status_code == 303
    assert office.stored(id_)["next"]["what"] == "announce"
    assert "Please apply again in spring." in desk.get(home(id_)).text
    assert f"a-{id_}" in desk.get("/training/").text, "still on the board until it is announced"
    assert do(desk, home(id_), f"{home(id_)}/do/announce").status_code == 303
    assert f"a-{id_}" not in desk.get("/training/").text


def test_what_prevents_the_start_is_shown_as_text(office):
    programme = office.programme(kind="hands_on", requirements=[RULE])
    id_ = office.confirmed(programme, licence={"licensed_on": "2025-04-01"})
    desk = office.visitor("training")
    office.on("2027-02-01")
    desk = office.visitor("training")
    answer = do(desk, home(id_), f"{home(id_)}/do/start")
    assert answer.status_code == 409 and "Training cannot start yet" in answer.text
    for words in (
        "Document not in order: TB test",
        "There is no permission from the Minister of Health, Labour and Welfare",
        "less than 3 years old",
        "There is no designated supervisor",
        "Language skills are not confirmed",
    ):
        assert words in answer.text, words
    typed = {
        "number": "12-345",
        "from": "2027/1/1",
        "until": "",
        "supervisor": "SATO Ken",
        "designated_for": ["doctor"],
    }
    answer = do(desk, home(id_), f"{home(id_)}/hands-on", **typed)
    assert answer.status_code == 422
    answer = do(desk, home(id_), f"{home(id_)}/hands-on", **typed | {"until": "2027/12/31", "languages_shown": "on"})
    assert answer.status_code == 303
    assert office.stored(id_)["hands_on"]["permission"] == {
        "number": "12-345",
        "from": "2027-01-01",
        "until": "2027-12-31",
    }
    assert "There is no permission" not in desk.get(home(id_)).text


def test_attendance_in_one_tap_missing_days_evaluation_and_completion(office):
    id_ = office.active(office.programme())
    office.on("2027-02-03")
    ward = office.visitor("department")
    text = ward.get(home(id_)).text
    assert "Mon 1 Feb 2027" in text and "Tue 2 Feb 2027" in text
    answer = do(ward, home(id_), f"{home(id_)}/do/complete")
    assert answer.status_code == 422 and "Record attendance for at least one day first" in answer.text
    assert do(ward, home(id_), f"{home(id_)}/attendance").status_code == 303
    assert [(one["day"], one["attended"]) for one in office.stored(id_)["attendance"]] == [("2027-02-03", "present")]
    answer = do(ward, home(id_), f"{home(id_)}/attendance", day="2027/2/5", attended="present")
    assert answer.status_code == 422
    answer = do(ward, home(id_), f"{home(id_)}/attendance", day="2027/2/1", attended="half", hours="3.5")
    assert answer.status_code == 303
    assert do(ward, home(id_), f"{home(id_)}/evaluate").status_code == 422
    answer = do(ward, home(id_), f"{home(id_)}/evaluate", **{"scores.attitude": "5", "text": "Attentive."})
    assert answer.status_code == 303 and "Attentive." in ward.get(home(id_)).text
    assert do(ward, home(id_), f"{home(id_)}/do/complete").status_code == 303
    assert office.status(id_) == "completed"


def test_the_board_records_today_in_one_press(office):
    id_ = office.active(office.programme())
    answer = press(
        office.visitor("department"),
        "/training/",
        "/training/",
        f"/training/board/{id_}/present",
        office.stored(id_)["version"],
    )
    assert answer.status_code == 303 and office.stored(id_)["attendance"][0]["attended"] == "present"


def test_withdrawal_no_show_and_termination(office):
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 9}])
    desk = office.visitor("training")
    taken_back = office.submitted(programme, **office.other_person(1))
    assert do(desk, home(taken_back), f"{home(taken_back)}/withdraw", reason="visa").status_code == 303
    away = office.confirmed(programme, **office.other_person(2))
    assert do(desk, home(away), f"{home(away)}/do/no-show").status_code == 303
    ended = office.active(programme, **office.other_person(3))
    desk = office.visitor("training")
    assert do(desk, home(ended), f"{home(ended)}/terminate", reason="").status_code == 422
    assert do(desk, home(ended), f"{home(ended)}/terminate", reason="health").status_code == 303
    assert [office.status(id_) for id_ in (taken_back, away, ended)] == ["withdrawn", "no_show", "terminated"]
    assert "Nothing left to do" in desk.get(home(ended)).text


def test_an_agreement_is_chosen_or_waived_by_the_chief(office):
    host = office.organization()
    programme = office.programme(kind="overseas", department=None, organization_id=host, country="DE")
    contact = {"emergency_contact": {"name": "Family", "phone": "+81 3-3456-7890"}, "risk_note": "Low."}
    agreement = office.agreement(host, title={"ja": "覚書", "en": "Memorandum"})
    desk, chief = office.visitor("training"), office.visitor("chief")
    one = office.reviewed(programme, **contact, **office.other_person(1))
    answer = do(desk, home(one), f"{home(one)}/accept")
    assert answer.status_code == 409 and "No agreement covers the whole stay" in answer.text
    assert do(desk, home(one), f"{home(one)}/agreement", agreement_id=agreement).status_code == 303
    assert "Memorandum" in desk.get(home(one)).text
    assert do(desk, home(one), f"{home(one)}/accept").status_code == 303
    two = office.reviewed(programme, **contact, **office.other_person(2))
    assert f'action="{home(two)}/need-no-agreement"' not in desk.get(home(two)).text
    form = chief.form(home(two), f"{home(two)}/need-no-agreement")
    assert office.visitor("training").send(form, because="I say so").status_code == 403
    assert chief.send(form, because="Personal invitation").status_code == 303
    assert office.stored(two)["agreement_waiver"]["because"] == "Personal invitation"


def test_a_form_made_before_another_change_is_a_conflict(office):
    id_ = office.submitted(office.programme())
    office.done("POST", f"/applications/{id_}/check")
    desk = office.visitor("training")
    form = desk.form(home(id_), f"{home(id_)}/return")
    office.done("POST", f"/applications/{id_}/review")
    answer = desk.send(form, message="Too late")
    assert answer.status_code == 412 and "Sent the application for review" in answer.text and "Too late" in answer.text
    assert office.status(id_) == "under_review"


def test_a_change_by_the_system_is_no_conflict(office):
    id_ = office.submitted(office.programme())
    office.move(days=8)
    desk = office.visitor("training")
    form, late = (desk.form(home(id_), f"{home(id_)}/do/check") for _ in range(2))
    seen = office.stored(id_)["version"]
    office.run(scheduled_jobs.run_due)
    assert office.published(id_)[-1] == "application.overdue" and office.stored(id_)["last_external_version"] == seen
    stale = office.call("POST", f"/applications/{id_}/check", If_Match=f'"{seen}"')
    assert stale.status_code == 412, "to a program an ETag is that of one representation"
    assert desk.send(form).status_code == 303 and office.status(id_) == "document_check"
    assert "last_external_version" not in office.stored(id_)
    said = office.published(id_)
    assert "recorded" in desk.get(str(desk.send(late).location)).text, "somebody did the same since"
    assert office.published(id_) == said


def test_a_form_that_the_system_made_impossible_is_refused_by_the_rule(office):
    id_ = office.accepted(office.programme())
    office.done("POST", f"/applications/{id_}/announce")
    office.move(days=14)
    desk = office.visitor("training")
    form = desk.form(home(id_), f"{home(id_)}/withdraw")
    office.run(scheduled_jobs.run_due)
    assert office.status(id_) == "lapsed"
    answer = desk.send(form, reason="health")
    assert answer.status_code == 409 and office.status(id_) == "lapsed"


def test_the_menu_leads_to_the_change_of_dates_and_to_the_group(office):
    programme = office.programme()
    plan = {"period_id": programme["periods"][0]["id"], "first_day": "2027-02-01", "last_day": "2027-02-26"}
    partner = {"programme_id": programme["id"], "organization_id": office.organization()}
    group = office.done("POST", "/groups", {"name": "Spring", **partner, **plan})["id"]
    id_ = office.submitted(programme, group_id=group)
    text = office.visitor("training").get(home(id_)).text
    assert f'href="{home(id_)}/move"' in text and f'href="/training/groups/{group}"' in text
    assert f"{home(id_)}/move" not in office.visitor("chief").get(home(id_)).text


def test_a_double_click_is_one_effect(office):
    id_ = office.submitted(office.programme())
    desk = office.visitor("training")
    form = desk.form(home(id_), f"{home(id_)}/do/check")
    assert [desk.send(form).status_code for _ in range(2)] == [303, 303]
    assert office.published(id_).count("application.check_started") == 1


# papers


def test_the_grid_shows_missing_documents_and_reminds_everyone_in_one_action(office):
    programme = office.programme(requirements=[CV, RULE])
    one, two = (office.submitted(programme, **office.other_person(n)) for n in (1, 2))
    cv = office.stored(one)["documents"][0]["id"]
    office.done("POST", f"/applications/{one}/papers/{cv}/refuse", {"reason": "blurred"})
    desk = office.visitor("training")
    text = desk.get("/training/papers").text
    assert text.index("PERSON Number 2") < text.index("PERSON Number 1"), "papers to check first"
    assert "Curriculum vitae" in text and "TB test" in text and "To be checked" in text and "Missing" in text
    answer = do(desk, "/training/papers", "/training/papers/chase", count="1")
    assert answer.status_code == 422 and "Enter 2, the number of people to remind" in answer.text
    assert "application.chased" not in office.published(one)
    answer = do(desk, "/training/papers", "/training/papers/chase", count="2")
    assert answer.status_code == 303
    assert "application.chased" in office.published(one) and "application.chased" in office.published(two)
    assert "Reminders sent to 2 people." in desk.get("/training/papers").text


def test_one_applicant_is_reminded_from_the_grid(office):
    programme = office.programme(requirements=[CV])
    id_ = office.submitted(programme)
    cv = office.stored(id_)["documents"][0]["id"]
    office.done("POST", f"/applications/{id_}/papers/{cv}/refuse", {"reason": "blurred"})
    desk = office.visitor("training")
    page = f"/training/papers?programme={programme['id']}"
    answer = do(desk, page, f"/training/papers/{id_}/chase")
    assert answer.status_code == 303 and answer.location == page
    assert office.published(id_)[-1] == "application.chased"


def test_an_empty_grid_explains_itself(office):
    assert "No documents to collect" in office.visitor("training").get("/training/papers").text


# reviews


def test_reviews_wait_for_the_named_reviewer_and_a_verdict_leads_to_the_next(office):
    ken = "01990000-0000-7000-8000-0000000000a1"
    review = {"order": "parallel", "steps": ["department", "chief"], "reviewers": {"department": [ken]}}
    programme = office.programme(review=review)
    ids = []
    for number in (1, 2):
        ids.append(office.submitted(programme, **office.other_person(number)))
        office.done("POST", f"/applications/{ids[-1]}/check")
        office.done("POST", f"/applications/{ids[-1]}/review")
    other = office.visitor("reviewer", account="acc-9")
    assert "No applications are waiting for your review" in other.get("/training/reviews").text
    named = office.visitor("reviewer", account=ken)
    text = named.get("/training/reviews").text
    assert all(f"r-{id_}" in text for id_ in ids)
    form = form_to(text, f"/training/reviews/{ids[0]}")
    assert other.send(form, verdict="approve").status_code in (401, 403, 409)
    answer = do(named, "/training/reviews", f"/training/reviews/{ids[0]}", verdict="approve", note="Good")
    assert answer.status_code == 303 and answer.location == f"/training/reviews#r-{ids[1]}"
    answer = named.send(form, verdict="reject", idempotency_key=new_id())
    assert answer.status_code == 412 and "Review: Department" in answer.text


def test_a_verdict_is_required(office):
    id_ = office.submitted(office.programme())
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/review")
    assert do(office.visitor("reviewer"), "/training/reviews", f"/training/reviews/{id_}").status_code == 422


# decisions


def decide(visitor, act: str, chosen: list[str], count: str | None = None, **typed):
    form = visitor.form("/training/decisions", "/training/decisions")
    form.action = f"/training/decisions/{act}"
    return visitor.send(form, chosen=chosen, count=str(len(chosen)) if count is None else count, **typed)


def test_many_are_decided_in_one_action_and_announced_in_another(office):
    programme = office.programme()
    ids = [office.reviewed(programme, **office.other_person(n)) for n in range(4)]
    chief = office.visitor("chief")
    text = chief.get("/training/decisions").text
    assert "2 of 2 places free" in text
    assert decide(chief, "accept", ids[:3], count="2").status_code == 422
    assert decide(chief, "accept", []).status_code == 422
    assert [office.status(id_) for id_ in ids] == ["under_review"] * 4
    assert decide(chief, "accept", ids[:3]).status_code == 303
    assert [office.status(id_) for id_ in ids] == ["accepted", "accepted", "waitlisted", "under_review"]
    assert decide(chief, "reject", ids[3:], reason="not_qualified").status_code == 303
    text = chief.get("/training/decisions").text
    assert "Waiting list, 1" in text and "0 of 2 places free" in text
    assert all(office.stored(id_)["decision"]["announced_at"] is None for id_ in ids)
    assert decide(chief, "announce", ids).status_code == 303
    assert all(office.stored(id_)["decision"]["announced_at"] for id_ in ids)


def test_a_refusal_of_one_is_reported_and_does_not_stop_the_others(office):
    programme = office.programme()
    one, two = (office.reviewed(programme, **office.other_person(n)) for n in range(2))
    chief = office.visitor("chief")
    form = chief.form("/training/decisions", "/training/decisions")
    office.done("POST", f"/applications/{one}/withdraw", {})
    form.action = "/training/decisions/accept"
    answer = chief.send(form, chosen=[one, two], count="2")
    assert answer.status_code == 303 and office.status(two) == "accepted"
    text = chief.get(answer.location).text
    assert "This application could not be changed" in text and office.stored(one)["reference"] in text


def test_an_empty_decisions_page_explains_itself(office):
    assert "No applications to decide" in office.visitor("chief").get("/training/decisions").text


# programmes


def test_a_programme_is_created_published_changed_and_closed_by_its_forms(office):
    desk = office.visitor("training")
    form = desk.form("/training/manage/new", "/training/manage/new")
    assert ("papers.0.selected", "on") in form.fields, "usual papers are proposed"
    typed = {
        "title.ja": "外科 見学",
        "title.en": "Observation in surgery",
        "text.ja": "手術室を見学します。",
        "text.en": "The operating theatre.",
        "department": "surgery",
        "deadline_day": "2026/12/31",
        "periods.0.from": "2027/4/1",
        "periods.0.until": "2027/6/30",
        "periods.0.slots": "3",
        "periods.0.group_size": "2",
        "periods.0.professions.0": "doctor",
        "reviewers.chief": ["01990000-0000-7000-8000-0000000000a2"],
    }
    answer = desk.send(form, **typed)
    assert answer.status_code == 303, answer.text
    path = answer.location
    stored = office.database.programmes.find_one({"_id": path.rsplit("/", 1)[1]})
    assert stored["periods"][0] | {"id": None} == {
        "id": None, "from": "2027-04-01", "until": "2027-06-30", "slots": 3, "group_size": 2, "professions": ["doctor"],
    }  # fmt: skip
    assert stored["deadline"].isoformat() == "2026-12-31T15:00:00+00:00"
    assert stored["review"]["reviewers"] == {"chief": ["01990000-0000-7000-8000-0000000000a2"]}
    influenza = next(one for one in stored["requirements"] if one["code"] == "influenza")
    assert influenza["validity"]["season"] == {"from": "11-01", "to": "04-30", "valid_from": "09-01"}
    assert do(desk, path, f"{path}/publish").status_code == 303
    shown = desk.get(path).text
    assert "Published" in shown and ": published." in shown
    answer = do(desk, path, path, **{"title.en": "Surgery, looking on", "papers.0.selected": None})
    assert answer.status_code == 303
    after = office.database.programmes.find_one({"_id": stored["_id"]})
    assert after["title"]["en"] == "Surgery, looking on"
    assert len(after["requirements"]) == len(stored["requirements"]) - 1
    assert after["periods"] == stored["periods"]
    assert do(desk, path, f"{path}/close").status_code == 303
    assert "Surgery, looking on" in desk.get("/training/manage").text


def test_faults_of_a_programme_are_shown_at_their_fields(office):
    desk = office.visitor("training")
    form = desk.form("/training/manage/new", "/training/manage/new")
    answer = desk.send(form, **{"title.en": "Only English", "title.ja": ""})
    assert answer.status_code == 422
    answer = desk.send(form, **{"title.en": "A", "title.ja": "あ"})
    assert answer.status_code == 422 and "Choose a department" in answer.text
    own = {"papers.14.selected": "on", "papers.14.code": "Bad Code", "papers.14.ja": "語学", "papers.14.en": "Language"}
    answer = desk.send(form, **{"title.en": "A", "title.ja": "あ", "department": "surgery"} | own)
    assert answer.status_code == 422 and "small letters or underscores" in answer.text
    own["papers.14.code"] = "language_test"
    answer = desk.send(form, **{"title.en": "A", "title.ja": "あ", "department": "surgery"} | own)
    assert answer.status_code == 303
    answer = do(desk, answer.location, f"{answer.location}/publish")
    assert answer.status_code == 422 and "at least one period" in answer.text


def test_a_programme_changed_meanwhile_is_a_conflict_and_fewer_places_than_taken_are_refused(office):
    programme = office.programme()
    for number in range(2):
        office.accepted(programme, **office.other_person(number))
    path, desk = f"/training/manage/{programme['id']}", office.visitor("training")
    answer = do(desk, path, path, **{"periods.0.slots": "1"})
    assert answer.status_code == 409 and "More places than that are already taken" in answer.text
    form = desk.form(path, path)
    office.done("PATCH", f"/programmes/{programme['id']}", {"answer_days": 7})
    answer = desk.send(form, answer_days="21")
    assert answer.status_code == 412 and "Changed the programme" in answer.text


def test_every_page_is_complete_in_japanese(office):
    programme = office.programme(requirements=[CV, RULE])
    reviewed = office.reviewed(programme, **office.other_person(3))
    id_ = office.active(office.programme())
    desk = office.visitor("training", language="ja")
    for path in ("/training/", home(id_), home(reviewed), "/training/papers", "/training/reviews", "/training/decisions",
                 "/training/manage", "/training/manage/new", f"/training/manage/{programme['id']}"):  # fmt: skip
        answer = desk.get(path)
        assert answer.status_code == 200, path
        for table in (
            "board.",
            "application.",
            "grid.",
            "review.",
            "decide.",
            "manage.",
            "status.",
            "turn.",
            "history",
        ):
            assert f">{table}" not in answer.text, (path, table)


@pytest.mark.parametrize("saves", [150, 450, 900])
def test_repeated_saving_hides_no_change_by_the_office(office: TrainingOffice, saves: int) -> None:
    """On the page of the application, by the link in the applicant's hands: the last of each who acted stay."""
    id_ = office.submitted(office.programme())
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/return", {"message": "Please name your hospital."})
    lines = office.stored(id_)["outbox"]
    last = lines[-1]["sequence"]
    saved = {"type": "training.application.updated.v1", "data": {"fields": ["motivation"]}, "actor": f"applicant:{id_}"}
    lines += [saved | {"id": new_id(), "sequence": last + at, "time": office.now, "causationid": new_id()} for at in range(1, saves + 1)]  # fmt: skip
    office.database["event_log"].insert_many(
        [{"_id": line["id"], "subject": id_, "kind": "application"} | line for line in lines]
    )
    office.database.applications.update_one({"_id": id_}, {"$set": {"outbox": []}, "$unset": {"outbox_due": 1}})
    text = office.visitor("training").get(home(id_)).text
    assert "Started the document check" in text and "Returned the application." in text
    assert text.count("the applicant") >= min(saves, 200)
