"""Training under a hostile hand: odd days, lists and files, ids of others, doors at the side, races; what each may come to."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.training.actions import (
    application_records,
    applications,
    certificates,
    decisions,
    documents,
    letters,
    links,
    scheduled_jobs,
)
from services.training.rules import people
from services.training.rules.places import Claim, Occupancy
from shared.batcher import Job
from shared.ids import new_id
from shared.pdf import NotRendered
from tests.integration.test_training_public import begun, here_of, sent
from tests.integration.training_office import PROGRAMME, WRITTEN, TrainingOffice
from tests.sample_files import PDF
from tests.visitor import Form

PERIOD = PROGRAMME["periods"][0]
PAPER = {"code": "insurance", "name": {"ja": "保険", "en": "Insurance"}, "stage": "post_decision",
         "validity": {"covers_visit": True, "margin_days": 400}}  # fmt: skip


@pytest.fixture
def office(mongo_url: str, database: Database[dict[str, Any]]) -> TrainingOffice:
    return TrainingOffice(mongo_url, database)


def problem_of(answer: TestResponse) -> Any:
    return answer.json


def guard_of(office: TrainingOffice, period_id: str) -> dict[str, Any]:
    found = office.database.places.find_one({"_id": period_id})
    assert found is not None
    return found


# places and periods


def test_a_new_programme_never_takes_over_the_places_of_another(office: TrainingOffice) -> None:
    programme = office.programme()
    held = office.accepted(programme)
    copied = [PERIOD | {"id": programme["periods"][0]["id"]}]
    other = office.done("POST", "/programmes", PROGRAMME | {"periods": copied})
    assert other["periods"][0]["id"] != programme["periods"][0]["id"]
    guard = guard_of(office, programme["periods"][0]["id"])
    assert [one["application_id"] for one in guard["holders"]] == [held] and guard["programme_id"] == programme["id"]


def test_a_period_stands_once_in_its_programme(office: TrainingOffice) -> None:
    programme = office.programme()
    period = programme["periods"][0]
    twice = [period, period | {"slots": 9}]
    answer = office.call("PATCH", f"/programmes/{programme['id']}", {"periods": twice})
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/periods/1/id"


def test_a_period_is_not_narrowed_below_the_stays_in_it(office: TrainingOffice) -> None:
    programme = office.programme()
    office.accepted(programme)
    period = programme["periods"][0]
    answer = office.call("PATCH", f"/programmes/{programme['id']}", {"periods": [period | {"until": "2027-02-10"}]})
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/periods/0/from"
    office.done("PATCH", f"/programmes/{programme['id']}", {"periods": [period | {"until": "2027-02-26"}]})


def test_a_group_is_not_made_smaller_than_it_is(office: TrainingOffice) -> None:
    together = group(office)
    programme = office.done("GET", f"/programmes/{office.done('GET', f'/groups/{together}')['programme_id']}")
    for number in range(2):
        office.accepted(programme, group_id=together, **office.other_person(number))
    smaller = [programme["periods"][0] | {"group_size": 1}]
    answer = office.call("PATCH", f"/programmes/{programme['id']}", {"periods": smaller})
    assert answer.status_code == 409 and problem_of(answer)["type"].endswith("fewer-than-taken")


def test_a_period_gone_under_applications_breaks_no_page(office: TrainingOffice) -> None:
    programme = office.programme(periods=[PERIOD, {"from": "2027-05-01", "until": "2027-05-31", "slots": 1}])
    id_, draft = office.reviewed(programme), office.application(programme, **office.other_person(1))
    kept = programme["periods"][1]
    office.done("PATCH", f"/programmes/{programme['id']}", {"periods": [kept]})
    desk, visitor = office.visitor("training", "chief"), office.visitor()
    for path in ("/training/", "/training/decisions", f"/training/applications/{id_}", f"/training/applications/{id_}/move",
                 "/training/papers", "/training/places?month=2027-02", f"/training/applications/{draft}"):  # fmt: skip
        assert desk.get(path).status_code == 200, path
    for one in (id_, draft):
        assert visitor.get(here_of(office, one)).status_code == 200
    answer = office.call("POST", f"/applications/{id_}/accept", {})
    assert answer.status_code == 409 and problem_of(answer)["type"].endswith("no-place")
    days = {"first_day": "2027-05-03", "last_day": "2027-05-07", "period_id": kept["id"]}
    office.done("POST", f"/applications/{id_}/move", days)
    office.done("POST", f"/applications/{id_}/accept", {})


@pytest.mark.parametrize("way", ["save", "move", "submit"])
def test_a_period_of_another_programme_is_none(office: TrainingOffice, way: str) -> None:
    programme, other = office.programme(), office.programme(department="surgery")
    foreign = other["periods"][0]["id"]
    if way == "move":
        id_ = office.accepted(programme)
        days = {"first_day": "2027-02-01", "last_day": "2027-02-26", "period_id": foreign}
        answer = office.call("POST", f"/applications/{id_}/move", days)
    else:
        id_ = office.application(programme)
        office.done("PATCH", f"/applications/{id_}", {"period_id": foreign})
        answer = office.call("POST", f"/applications/{id_}/submit")
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/period_id"
    assert guard_of(office, foreign)["holders"] == []


def test_moving_one_whose_days_were_taken_out_is_refused(office: TrainingOffice) -> None:
    programme = office.programme()
    id_ = office.submitted(programme)
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/return", {"message": "Which days?"})
    office.done("PATCH", f"/applications/{id_}", {"first_day": None, "last_day": None, "period_id": None})
    days = {"first_day": "2027-02-01", "last_day": "2027-02-05", "period_id": programme["periods"][0]["id"]}
    assert office.call("POST", f"/applications/{id_}/breaks", days).status_code == 200
    answer = office.call("POST", f"/applications/{id_}/move", days)
    assert answer.status_code in (200, 409, 422), answer.text
    desk = office.visitor("training")
    assert desk.get(f"/training/applications/{id_}/move?first_day=2027-02-01").status_code == 200
    assert office.visitor().get(here_of(office, id_)).status_code == 200


def test_a_move_keeps_counting_somebody_on_a_departments_days(office: TrainingOffice) -> None:
    programme = office.programme()
    late = [{"department": "surgery", "first_day": "2027-02-20", "last_day": "2027-02-26"}]
    id_ = office.accepted(programme, rotations=late)
    office.done("POST", f"/applications/{id_}/move", {"first_day": "2027-02-01", "last_day": "2027-02-05"})
    held = [one for month in office.database.department_months.find() for one in month["holders"]]
    assert [(one["application_id"], one["first"], one["last"]) for one in held] == [(id_, "2027-02-01", "2027-02-05")]


def test_a_rotation_in_no_department_of_ours_is_refused(office: TrainingOffice) -> None:
    programme = office.programme()
    id_ = office.application(
        programme, rotations=[{"department": "nowhere", "first_day": "2027-02-01", "last_day": "2027-02-26"}]
    )
    answer = office.call("POST", f"/applications/{id_}/submit")
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/rotations/0/department"


def test_moving_into_a_period_one_applied_for_already_is_told(office: TrainingOffice) -> None:
    second = {"from": "2027-05-01", "until": "2027-05-31", "slots": 1}
    programme = office.programme(periods=[PERIOD, second])
    id_, later = office.submitted(programme), programme["periods"][1]["id"]
    office.submitted(programme, period_id=later, first_day="2027-05-03", last_day="2027-05-07")
    days = {"first_day": "2027-05-03", "last_day": "2027-05-07", "period_id": later}
    answer = office.call("POST", f"/applications/{id_}/move", days)
    assert answer.status_code == 409 and problem_of(answer)["type"].endswith("applied-already")


# days


@pytest.mark.parametrize(
    ("first", "last"), [("9999-12-31", "9999-12-31"), ("0001-01-01", "9999-12-31"), ("0001-01-01", "0001-01-02")]
)
def test_days_beyond_all_calendars_leave_every_page_open(office: TrainingOffice, first: str, last: str) -> None:
    visitor = office.visitor()
    programme = office.programme(requirements=[PAPER])
    started = time.thread_time()
    here = begun(office, visitor, programme)
    ordinary = time.thread_time() - started
    started = time.thread_time()
    answer = sent(visitor, here, "plan", "plan", first_day=first, last_day=last)
    assert answer.status_code == 422 and f'value="{first}"' in answer.text
    assert visitor.get(here).status_code == 200
    id_ = office.database.applications.find_one()["_id"]  # type: ignore[index]
    for body in ({"first_day": first}, {"passport": {"expires_on": last}}, {"birth_date": first}):
        assert office.call("PATCH", f"/applications/{id_}", body).status_code == 422, body
    assert office.call("POST", f"/applications/{id_}/breaks", {"first_day": first, "last_day": last}).status_code == 422
    assert time.thread_time() - started < 20 * ordinary, "no day of all those centuries is gone through"


def test_a_period_of_centuries_is_refused(office: TrainingOffice) -> None:
    body = PROGRAMME | {"periods": [PERIOD | {"until": "2199-12-31"}]}
    answer = office.call("POST", "/programmes", body)
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/periods/0/until"


@pytest.mark.parametrize("deadline", ["9999-12-31T23:59:59Z", "0001-01-02T00:00:00Z"])
def test_a_deadline_beyond_all_calendars_is_refused(office: TrainingOffice, deadline: str) -> None:
    answer = office.call("POST", "/programmes", PROGRAMME | {"deadline": deadline})
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/deadline"


def test_a_deadline_typed_for_the_last_day_of_all_is_refused(office: TrainingOffice) -> None:
    programme, desk = office.programme(), office.visitor("training")
    path = f"/training/manage/{programme['id']}"
    answer = desk.send(desk.form(path, path), deadline_day="9999-12-31", deadline_time="")
    assert answer.status_code == 422 and 'value="9999-12-31"' in answer.text


def test_a_paper_dated_beyond_all_calendars_is_refused(office: TrainingOffice) -> None:
    rule = PAPER | {"stage": "application", "validity": {"years_valid": 5}}
    id_ = office.application(office.programme(requirements=[rule]))
    assert office.upload(id_, "insurance", issued_on="9999-12-31").status_code == 422
    visitor, here = office.visitor(), here_of(office, id_)
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/insurance")
    answer = visitor.send(form, file=(io.BytesIO(PDF), "i.pdf"), issued_on="9999-12-31")
    assert answer.status_code == 422 and visitor.get(here).status_code == 200


def test_the_cost_of_counting_days_grows_with_their_number() -> None:
    def cost(last_year: int) -> float:
        last = f"{last_year}-12-31"
        held = [{"application_id": f"a{n}", "first": "2027-01-01", "last": last} for n in range(100)]
        months = {f"surgery/{y}-{m:02d}": {"holders": held} for y in range(2027, last_year + 1) for m in range(1, 13)}
        period = {"holders": [], "waiting": [], "slots": 9, "group_size": 1}
        occupancy = Occupancy({"p": period}, months, {"surgery": 101})
        started = time.thread_time()
        assert occupancy.obstacle(Claim("b", "p", "b", (("surgery", "2027-01-01", last),))) is None
        return time.thread_time() - started

    assert min(cost(2036) for _ in range(3)) < 40 * min(cost(2027) for _ in range(3)), "ten years, by their square: 100"


# people and names


def test_two_people_written_in_kana_alone_are_two_people(office: TrainingOffice) -> None:
    programme = office.programme()
    for number, kana in enumerate(("ハナコ", "タロウ")):
        name = {"latin": None, "native": None, "kana": kana}
        written = {"name": name, "email": f"k{number}@lotus.example", "passport": {}}
        office.submitted(programme, **written)
    again = office.application(programme, name={"latin": None, "native": None, "kana": "ハナコ"}, passport={})
    assert office.call("POST", f"/applications/{again}/submit").status_code == 409


def test_what_cannot_be_seen_makes_no_second_person() -> None:
    assert people.folded_name("NGUYEN\u200b Thi\u2060 Hoa") == people.folded_name("Nguyen Thi Hoa")
    body = {"name": {"latin": "A"}, "birth_date": "1990-01-01", "passport": {"number": "C123"}}
    wide = body | {"passport": {"number": "Ｃ-１２３"}}
    assert people.person_keys(b"k", body, "p") == people.person_keys(b"k", wide, "p")


@pytest.mark.parametrize("name", ["X", "n" * 200, "สมชาย", "🩺 Doctor", "محمد", "👩🏽‍⚕️", "Ａ"])
def test_names_of_every_kind_are_kept_as_written_or_refused(office: TrainingOffice, name: str) -> None:
    visitor = office.visitor()
    here = begun(office, visitor, office.programme(), name=name)
    assert visitor.get(here).status_code == 200
    id_ = office.database.applications.find_one()["_id"]  # type: ignore[index]
    assert name in application_records.body_of(office.deps, office.stored(id_))["name"].values()


def test_nul_surrogates_and_too_much_are_refused(office: TrainingOffice) -> None:
    programme, visitor = office.programme(), office.visitor()
    path = f"/training/programmes/{programme['id']}/apply"
    for name in ("n" * 201, "\u202eevil", "a\u2028b", "a\x07b", " ", "\x00"):
        answer = visitor.send(visitor.form(path, path), name=name, email="a@b.example", language="en")
        assert answer.status_code in (400, 422), repr(name)
    header = {"Authorization": f"Bearer {office.token('training')}", "Content-Type": "application/json"}
    raw = b'{"programme_id": "%s", "name": {"latin": "\\ud800"}, "birth_date": "1990-01-01"}' % programme["id"].encode()
    answer = office.client.post("/training/api/v1/applications", data=raw, headers=header)
    assert answer.status_code in (400, 422), answer.text


def test_a_file_name_is_the_last_part_and_turns_no_letters_around(office: TrainingOffice) -> None:
    id_ = office.submitted(office.programme())
    assert office.upload(id_, "other", name="../../etc/\u202efdp.exe").status_code == 200
    shown = office.done("GET", f"/applications/{id_}")["papers"][0]["name"]
    assert "/" not in shown and "\u202e" not in shown
    header = {"Authorization": f"Bearer {office.token('training')}"}
    paper = office.stored(id_)["documents"][0]["id"]
    answer = office.client.get(f"/training/api/v1/applications/{id_}/papers/{paper}", headers=header)
    assert (
        answer.headers["Content-Disposition"].startswith("attachment")
        and "sandbox" in answer.headers["Content-Security-Policy"]
    )


# lists


def group(office: TrainingOffice, **more: Any) -> str:
    programme = office.programme()
    body = {"name": "A group", "programme_id": programme["id"], "period_id": programme["periods"][0]["id"],
            "first_day": "2027-02-01", "last_day": "2027-02-26", "organization_id": office.organization(), **more}  # fmt: skip
    return str(office.done("POST", "/groups", body)["id"])


def listed(office: TrainingOffice, id_: str, content: bytes) -> Any:
    desk = office.visitor("training")
    form = desk.form(f"/training/groups/{id_}", f"/training/groups/{id_}/list")
    return desk.send(form, file=(io.BytesIO(content), "people.csv"))


def test_a_million_rows_are_refused_at_once(office: TrainingOffice) -> None:
    id_ = group(office)
    head, row = "name,birth date,nationality\n", "Name Surname,1990-05-17,Thailand\n"
    started = time.thread_time()
    assert listed(office, id_, (head + row * 300).encode()).status_code in (413, 422)
    ordinary = time.thread_time() - started
    for content in (
        head + row * 500_000,
        head + row * 2000,
        "\n" * 10_000_000,
    ):
        started = time.thread_time()
        answer = listed(office, id_, content.encode())
        assert answer.status_code in (413, 422), answer.status_code
        assert time.thread_time() - started < 20 * ordinary and len(answer.text) < 2_000_000
    assert office.database.applications.count_documents({}) == 0


@pytest.mark.parametrize(
    "cells",
    [
        "n" * 201 + ",1990-05-17,TH,",
        "Ann\x07e,1990-05-17,TH,",
        "Anne,1990-05-17,TH,a" + "b" * 260 + "@x.example",
        "Anne,9999-05-17,TH,",
        "Anne,1990-05-17,TH,ann;e@x..example",
    ],
)
def test_a_list_takes_nothing_that_a_form_would_refuse(office: TrainingOffice, cells: str) -> None:
    id_ = group(office)
    answer = listed(office, id_, f"name,birth date,nationality,email\n{cells}\n".encode())
    assert answer.status_code == 422, cells
    assert office.database.applications.count_documents({}) == 0


def test_the_cost_of_adding_people_grows_with_their_number(office: TrainingOffice) -> None:
    def cost(number: int) -> float:
        id_ = group(office)
        rows = "".join(f"PERSON Number {n},1990-05-17,TH\n" for n in range(number))
        started = time.thread_time()
        answer = listed(office, id_, ("name,birth date,nationality\n" + rows).encode())
        assert answer.status_code == 303, answer.text[:500]
        assert office.database.applications.count_documents({"group_id": id_}) == number
        return time.thread_time() - started

    cost(1)
    assert cost(200) < 30 * cost(20), "ten times as many, by their square: 100"


def test_a_list_in_no_encoding_is_refused(office: TrainingOffice) -> None:
    assert listed(office, group(office), b"\xff\xfe\x00").status_code == 422
    assert listed(office, group(office), bytes(range(128, 256)) * 9).status_code == 422


# what was decided and not told


def decided(office: TrainingOffice) -> dict[str, str]:
    """One under review, one accepted, one waiting, one rejected; nobody told."""
    programme = office.programme(periods=[PERIOD | {"slots": 1}], requirements=[PAPER])
    ids = {
        name: office.reviewed(programme, **office.other_person(n))
        for n, name in enumerate(("open", "accepted", "waiting", "rejected"))
    }
    for name in ("accepted", "waiting"):
        office.done("POST", f"/applications/{ids[name]}/accept", {})
    office.done("POST", f"/applications/{ids['rejected']}/reject", {"reason": "no_capacity"})
    assert [office.status(ids[name]) for name in ids] == ["under_review", "accepted", "waitlisted", "rejected"]
    return ids


def test_a_paper_is_taken_alike_before_the_letter(office: TrainingOffice) -> None:
    visitor, answers = office.visitor(), {}
    for name, id_ in decided(office).items():
        here = here_of(office, id_)
        form = Form({"action": f"{here}/papers/insurance", "method": "post"})
        form.fields = visitor.form(f"{here}/withdraw", f"{here}/withdraw").fields
        form.fields = [field for field in form.fields if field[0] != "version"]
        answer = visitor.send(form, file=(io.BytesIO(PDF), "i.pdf"), valid_until="2029-01-01", reason=None)
        answers[name] = answer.status_code
    assert set(answers.values()) == {303}, answers


def test_taking_back_tells_no_decision_from_another(office: TrainingOffice) -> None:
    visitor, answers = office.visitor(), {}
    for name, id_ in decided(office).items():
        here = here_of(office, id_)
        answer = visitor.send(visitor.form(f"{here}/withdraw", f"{here}/withdraw"), reason="other")
        answers[name] = answer.status_code
    assert answers["accepted"] == answers["waiting"] == answers["rejected"] == 409, answers


def test_applying_again_tells_no_rejection_before_the_letter(office: TrainingOffice) -> None:
    ids = decided(office)
    programme = {
        "id": office.stored(ids["open"])["programme_id"],
        "periods": [{"id": office.stored(ids["open"])["period_id"]}],
    }
    for number, id_ in enumerate(ids.values()):
        again = office.application(programme, **office.other_person(number))
        answer = office.call("POST", f"/applications/{again}/submit")
        assert answer.status_code == 409 and problem_of(answer)["type"].endswith("applied-already"), office.status(id_)
    office.done("POST", f"/applications/{ids['rejected']}/announce")
    again = office.submitted(programme, **office.other_person(3))
    assert office.status(again) == "submitted"


def test_a_lost_link_tells_no_rejection_and_is_sent_to_who_completed(office: TrainingOffice) -> None:
    ids = decided(office)
    for number in range(4):
        links.request_link(office.deps, f"p{number}@lotus.example", "192.0.2.1", office.now)
    office.run(links.send_links)
    for name, id_ in ids.items():
        assert office.published(id_)[-1] == "application.link_asked", name


def test_drafts_begun_with_anothers_address_hide_no_link(office: TrainingOffice) -> None:
    programme = office.programme()
    id_ = office.submitted(programme)
    for _ in range(22):
        office.application(programme)
    links.request_link(office.deps, WRITTEN["email"], "192.0.2.1", office.now)
    office.run(links.send_links)
    assert office.published(id_)[-1] == "application.link_asked"
    told = [
        one
        for one in office.database.applications.find()
        if office.published(one["_id"])[-1] == "application.link_asked"
    ]
    assert len(told) == 6


# walls


def test_a_department_does_not_speak_for_the_trainee(office: TrainingOffice) -> None:
    id_ = office.active(office.programme(), passport={"number": "C1", "country": "TH", "expires_on": "2031-01-01"})
    said = {"of": "programme", "scores": {"overall": 5}, "text": "Wonderful."}
    assert office.call("POST", f"/applications/{id_}/evaluate", said, role="department").status_code == 403
    office.done("POST", f"/applications/{id_}/evaluate", said | {"of": "trainee"}, role="department")


def test_a_report_comes_when_there_was_a_stay(office: TrainingOffice) -> None:
    id_ = office.submitted(office.programme())
    answer = office.upload(id_, "report")
    assert answer.status_code == 422 and "report.received" not in office.published(id_)


@pytest.mark.parametrize("code", ["report", "other"])
def test_a_programme_names_no_paper_as_the_house_does(office: TrainingOffice, code: str) -> None:
    answer = office.call("POST", "/programmes", PROGRAMME | {"requirements": [PAPER | {"code": code}]})
    assert answer.status_code == 422


def test_a_link_opens_one_application_and_nothing_of_another(office: TrainingOffice) -> None:
    programme = office.programme()
    mine, other = office.submitted(programme), office.submitted(programme, **office.other_person(1))
    paper = office.paper(other, "other", accept=False)
    visitor, here = office.applicant(mine), here_of(office, mine)
    assert visitor.get(f"{here}/files/{paper}").status_code == 404
    assert visitor.get(f"{here}/certificate").status_code == 404
    header = {"Authorization": f"Bearer {office.token('training')}"}
    assert office.client.get(f"/training/api/v1/applications/{mine}/papers/{paper}", headers=header).status_code == 404
    assert office.call("POST", f"/applications/{mine}/papers/{paper}/accept", {}).status_code == 404
    assert office.call("GET", f"/applications/{mine}/papers/{paper}", role="department").status_code == 403
    office.move(days=401)
    for path in ("", "/withdraw", "/safe", f"/files/{paper}", "/certificate"):
        assert visitor.get(here + path).status_code == 404, path


@pytest.mark.parametrize("role", ["reviewer", "department", "partners", "front_desk", "interpreter", "agency"])
def test_a_clash_tells_nothing_to_who_may_not_read(office: TrainingOffice, role: str) -> None:
    id_ = office.reviewed(office.programme())
    office.done("POST", f"/applications/{id_}/reject", {"reason": "not_qualified"})
    visitor = office.visitor(role)
    for action in (f"/training/applications/{id_}/do/start", f"/training/board/{id_}/start", f"/training/reviews/{id_}",
                   f"/training/applications/{id_}/attendance"):  # fmt: skip
        page = office.visitor("training").get("/training/")
        assert page.status_code == 200
        form = Form({"action": action, "method": "post"})
        known = visitor.get("/training/reviews").text
        form.fields = [
            ("version", "1"),
            ("step", "department"),
            ("verdict", "approve"),
            ("day", "2027-02-01"),
            ("attended", "present"),
        ]
        answer = visitor.send(form)
        assert answer.status_code >= 300 and answer.status_code < 500, (action, answer.status_code)
        for word in ("Does not meet the requirements", "not_qualified", "Rejected", "rejected"):
            assert word not in answer.text.replace(known, ""), (action, word)


# races and timers


def test_the_same_acceptance_twice_in_a_batch_disturbs_no_other(office: TrainingOffice) -> None:
    programme = office.programme()
    one, other = office.reviewed(programme), office.reviewed(programme, **office.other_person(1))
    jobs = [Job(decisions.Acceptance(office.deps, id_, (), office.context())) for id_ in (one, one, other)]
    jobs[0].what.decide(jobs)
    assert [job.error is None for job in jobs] == [True, False, True]
    assert office.status(one) == office.status(other) == "accepted"


def test_pressing_twice_at_once_is_one_effect_everywhere(office: TrainingOffice) -> None:
    programme = office.programme()
    id_ = office.submitted(programme)
    for command, body in (("check", None), ("review", None)):
        with ThreadPoolExecutor(4) as threads:
            key = new_id()
            answers = list(threads.map(
                lambda _: office.app.test_client().post(
                    f"/training/api/v1/applications/{id_}/{command}", json=body,
                    headers={"Authorization": f"Bearer {office.token('training')}", "Idempotency-Key": key},
                ).status_code, range(4)))  # fmt: skip
        assert set(answers) == {200}, (command, answers)
    assert office.published(id_).count("application.review_started") == 1


def test_lapse_and_confirm_at_once_leave_one_of_them(office: TrainingOffice) -> None:
    programme = office.programme()
    for number in range(4):
        id_ = office.accepted(programme, **office.other_person(number)) if number < 2 else None
        if id_ is None:
            break
        office.done("POST", f"/applications/{id_}/announce")
        token = office.token("training")
        office.move(days=14, seconds=1)
        with ThreadPoolExecutor(2) as threads:
            lapsed = threads.submit(scheduled_jobs.run_due, office.deps, office.now)
            confirmed = threads.submit(applications.confirm, office.deps, id_, office.context())
            lapsed.result(20)
            confirmed.exception(20)
        assert token and office.status(id_) in ("lapsed", "confirmed")
        held = [one["application_id"] for one in guard_of(office, programme["periods"][0]["id"])["holders"]]
        assert (id_ in held) == (office.status(id_) == "confirmed")
        office.move(days=-14)


def completed(office: TrainingOffice, programme: dict[str, Any], number: int) -> str:
    id_ = office.confirmed(programme, **office.other_person(number))
    office.database.applications.update_one({"_id": id_}, {"$set": {"status": "active"}})
    now, office.now = office.now, office.now
    office.on("2027-02-02")
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present"})
    office.done("POST", f"/applications/{id_}/complete")
    office.now = now
    return id_


def test_certificates_made_by_two_workers_at_once_leave_one_file_each(office: TrainingOffice) -> None:
    id_ = completed(office, office.programme(), 1)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: certificates.issue_requested(office.deps, office.now), range(2)))
    assert office.published(id_).count("certificate.issued") == 1
    assert office.database["documents.files"].count_documents({}) == 1
    office.done("POST", f"/applications/{id_}/certificate", {"in_latin": True})
    office.run(certificates.issue_requested)
    assert office.published(id_).count("certificate.issued") == 2
    assert office.database["documents.files"].count_documents({}) == 1


def test_a_certificate_that_cannot_be_made_keeps_no_other_waiting(
    office: TrainingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = office.programme(periods=[PERIOD | {"slots": 5}])
    poisoned, erased, good = (completed(office, programme, n) for n in (1, 2, 3))
    office.database["keys"].delete_one({"_id": erased})
    really = letters.certificate_pdf

    def refused(deps: Any, application: dict[str, Any], in_latin: bool) -> bytes:
        if application["_id"] == poisoned:
            raise NotRendered("certificate.typ")
        return really(deps, application, in_latin)

    monkeypatch.setattr(letters, "certificate_pdf", refused)
    office.run(certificates.issue_requested)
    assert office.published(good)[-1] == "certificate.issued"
    left = [one["_id"] for one in office.deps.store.certificates_requested()]
    assert left == []
    assert office.stored(poisoned)["certificate"]["fault"] == "not_rendered"
    assert office.visitor("training").get(f"/training/applications/{poisoned}").status_code == 200


# what is said to the world


def test_nothing_of_anybody_stands_in_what_is_said(office: TrainingOffice) -> None:
    programme = office.programme(periods=[PERIOD | {"slots": 9}])
    written = {
        name: f"CANARY {name}"
        for name in ("institution", "position", "motivation", "experience", "health_note", "risk_note")
    }
    who = {"name": {"latin": "CANARY Latin", "native": "CANARY native"}, "email": "canary@canary.example", "phone": "+66 81 999 7777",
           "passport": {"number": "CANARY7", "country": "TH", "expires_on": "2031-01-01"}}  # fmt: skip
    id_ = office.submitted(programme, **written, **who)
    office.upload(id_, "other", name="CANARY.pdf")
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/return", {"message": "CANARY message"})
    office.done("POST", f"/applications/{id_}/submit")
    office.done("POST", f"/applications/{id_}/review")
    for step in ("department", "chief"):
        role = "reviewer" if step == "department" else "chief"
        office.done(
            "POST",
            f"/applications/{id_}/give-review",
            {"step": step, "verdict": "approve", "note": "CANARY note"},
            role=role,
        )
    office.done("POST", f"/applications/{id_}/accept", {"conditions": [{"text": {"en": "A visa"}}]})
    office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{id_}/withdraw", {"reason": "family"})
    for name in office.database.list_collection_names():
        for row in office.database[name].find():
            row.pop("requests", None)
            assert "CANARY" not in str(row).upper().replace("CANARY@", "CANARY@") and "999 7777" not in str(row), name


def test_scores_with_odd_names_break_nothing(office: TrainingOffice) -> None:
    id_ = office.active(office.programme())
    for question in ("$where", "a.b", "__proto__"):
        said = {"of": "trainee", "scores": {question: 5}}
        assert office.call("POST", f"/applications/{id_}/evaluate", said).status_code in (200, 422), question
    assert office.visitor("training").get(f"/training/applications/{id_}").status_code == 200


def test_a_review_changed_under_an_application_waits_for_who_is_asked_now(office: TrainingOffice) -> None:
    programme = office.programme()
    id_ = office.submitted(programme)
    for command in ("check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    office.done("PATCH", f"/programmes/{programme['id']}", {"review": {"order": "in_order", "steps": ["chief"]}})
    reference = office.stored(id_)["reference"]
    assert reference in office.visitor("chief").get("/training/reviews").text
    assert reference not in office.visitor("reviewer").get("/training/reviews").text
    office.done("POST", f"/applications/{id_}/give-review", {"step": "chief", "verdict": "approve"}, role="chief")
    office.done("POST", f"/applications/{id_}/accept", {})


def test_a_return_names_papers_by_their_codes(office: TrainingOffice) -> None:
    id_ = office.submitted(office.programme(requirements=[PAPER]))
    office.done("POST", f"/applications/{id_}/check")
    body = {"message": "Please mend it.", "papers": ["insurance", "CANARY of Hoa"]}
    answer = office.call("POST", f"/applications/{id_}/return", body)
    assert answer.status_code == 422 and problem_of(answer)["errors"][0]["pointer"] == "#/papers/1"
    office.done("POST", f"/applications/{id_}/return", body | {"papers": ["insurance"]})


def test_papers_of_one_application_fill_no_disk(office: TrainingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = office.submitted(office.programme())
    monkeypatch.setattr(documents, "MAX_BYTES", len(PDF) + 1)
    assert office.upload(id_, "other").status_code == 200
    assert office.upload(id_, "other").status_code == 409


def test_who_only_trains_is_told_of_no_judgement(office: TrainingOffice) -> None:
    id_ = office.active(office.programme())
    said = {"of": "trainee", "scores": {"overall": 5}}
    answer = office.call("POST", f"/applications/{id_}/evaluate", said, role="department").json
    assert (answer["decision"], answer["reviews"], answer["conditions"]) == (None, [], [])
    answer = office.call("POST", f"/applications/{id_}/agreement", {"agreement_id": None}, role="partners").json
    assert (answer["decision"], answer["reviews"]) == (None, [])


def test_every_route_but_the_public_ones_is_closed_to_strangers(office: TrainingOffice) -> None:
    public = ("/training/programmes", "/training/application", "/training/verify", "/training/fragments/application",
              "/training/api/v1/catalogue", "/training/api/v1/certificates", "/training/api/openapi", "/training/api/docs",
              "/training/api/agencies", "/training/api/problems",
              "/training/healthz", "/training/metrics", "/static")  # fmt: skip
    stranger, agency = office.app.test_client(), {"Authorization": "Bearer imc_0123456789_not-a-key"}
    for rule in office.app.url_map.iter_rules():
        if rule.rule == "/training/readyz":
            continue  # there is no broker here
        path = "/" + "/".join(new_id() if part.startswith("<") else part for part in rule.rule.split("/")[1:])
        for method in (rule.methods or set()) & {"GET", "POST", "PATCH"}:
            for headers in ({}, agency):
                answer = stranger.open(path, method=method, json={} if method != "GET" else None, headers=headers)
                known = path.startswith(public) or answer.status_code in (401, 403, 404, 303, 302, 415, 400)
                assert known and answer.status_code < 500, (method, path, answer.status_code)


def test_a_lost_programmes_draft_is_known_to_nobody_outside(office: TrainingOffice) -> None:
    draft, house = office.programme(publish=False), office.programme(kind="in_house")
    stranger = office.visitor()
    for programme in (draft, house):
        for path in (f"/training/programmes/{programme['id']}", f"/training/programmes/{programme['id']}/apply",
                     f"/training/api/v1/catalogue/{programme['id']}"):  # fmt: skip
            assert stranger.get(path).status_code == 404, path
            assert office.visitor("agency").get(path).status_code == 404, path
    assert stranger.get("/training/programmes?kind=in_house").text.count(house["reference"]) == 0
