"""The training office's pages on a real database: places, moves, groups with their papers, who is where and safe, reports."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from services.training.actions import groups, letters, links
from services.training.rules import letters as rules
from tests.integration.training_office import NOW, TrainingOffice
from tests.visitor import Visitor

HEADS = "Name,Date of birth,Nationality,Passport,Passport expires,E-mail"


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


@pytest.fixture()
def desk(office):
    return office.visitor("training")


def abroad(office: TrainingOffice, country: str = "KE", **written: Any) -> str:
    """Somebody of ours who is abroad now."""
    host = office.organization("Host Hospital", kinds=["hospital"])
    programme = office.programme(
        kind="overseas", department=None, organization_id=host, country=country, review={"order": "parallel", "steps": ["department", "chief"]}
    )  # fmt: skip
    about = {
        "risk_note": "Known.",
        "emergency_contact": {"name": "SATO Ken", "relation": "brother", "phone": "+81 90-1234-5678"},
    }
    id_ = office.application(programme, phone="+254 712 123456", **about, **written)
    agreement = office.agreement(host)
    office.done("POST", f"/applications/{id_}/agreement", {"agreement_id": agreement})
    for step in ("submit", "check", "review"):
        office.done("POST", f"/applications/{id_}/{step}")
    for step, role in (("department", "department"), ("chief", "chief")):
        office.done("POST", f"/applications/{id_}/give-review", {"step": step, "verdict": "approve"}, role=role)
    office.insured(id_)
    office.done("POST", f"/applications/{id_}/accept", {})
    office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{id_}/confirm")
    return id_


def nominated(office: TrainingOffice, desk: Visitor, **programme: Any) -> tuple[dict[str, Any], str]:
    """A programme and a group for its period, by the form."""
    office.organization(kinds=["university", "funder"])
    made = office.programme(**programme)
    form = desk.form("/training/groups", "/training/groups")
    organization = office.database.organizations.find_one()["_id"]
    answer = desk.send(
        form, name="Harbour, spring", period=f"{made['id']}.{made['periods'][0]['id']}", first_day="2027-02-01",
        last_day="2027-02-12", organization_id=organization, funder_id=organization,
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    return made, answer.headers["Location"].partition("#")[0].rpartition("/")[2]


def listed(desk: Visitor, group: str, text: str, **more: Any) -> Any:
    page = f"/training/groups/{group}"
    return desk.send(desk.form(page, f"{page}/list"), text=text, **more)


def members(office: TrainingOffice, group: str) -> list[dict[str, Any]]:
    return list(office.database.applications.find({"group_id": group}, sort=[("_id", 1)]))


# places


def test_places_show_people_by_day_and_week_against_the_limit(office, desk):
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 3}])
    office.done("POST", "/departments/cardiology/places", {"per_day": 2})
    for n in range(3):
        office.accepted(programme, **office.other_person(n))
    page = desk.get("/training/places?month=2027-02").text
    assert 'class="number week-full">2<' in page.replace("\n", "")
    assert page.count('class="load-full"') >= 26  # one bar for each of the 26 days, and the legend
    assert "stroke" not in page and ' style="' not in page
    assert '<td class="number" data-label="Waiting list">1</td>' in page


def test_a_limit_is_set_undone_and_not_overwritten(office, desk):
    office.programme()
    form = desk.form("/training/places?month=2027-02", "/training/places/cardiology/limit")
    assert desk.send(form, per_day="4").status_code == 303
    assert office.database.department_limits.find_one({"_id": "cardiology"})["per_day"] == 4
    undo = desk.form("/training/places", "/training/places/cardiology/limit")
    form = desk.form("/training/places?month=2027-02", "/training/places/cardiology/limit")
    assert desk.send(form, per_day="5").status_code == 303
    clash = desk.send(undo)
    assert clash.status_code == 412 and "changed the limit" in clash.text
    assert (
        desk.send(desk.form("/training/places", "/training/places/cardiology/limit"), per_day=None).status_code == 303
    )
    assert office.database.department_limits.find_one({"_id": "cardiology"})["per_day"] is None


def test_an_invalid_limit_is_rejected_and_readers_cannot_set_one(office, desk):
    office.programme()
    form = desk.form("/training/places?month=2027-02", "/training/places/cardiology/limit")
    assert desk.send(form, per_day="none at all").status_code == 422
    assert "/limit" not in office.visitor("chief").get("/training/places?month=2027-02").text
    assert office.visitor("front_desk").get("/training/places").status_code == 403


# moves


def test_checking_new_dates_shows_the_effects_and_changes_nothing(office, desk):
    programme = office.programme(
        periods=[
            {"from": "2027-02-01", "until": "2027-03-31", "slots": 2},
            {"from": "2031-02-01", "until": "2031-03-31", "slots": 1},
        ]
    )
    id_ = office.confirmed(programme)
    before = office.stored(id_)
    page = desk.get(f"/training/applications/{id_}/move")
    assert page.status_code == 200 and "Other periods" in page.text and "1 free" in page.text
    late = programme["periods"][1]["id"]
    seen = desk.get(f"/training/applications/{id_}/move?first_day=2031-02-01&last_day=2031-02-26&period_id={late}").text
    assert "The passport expires before the last day" in seen and "1 problem" in seen
    assert office.stored(id_) == before


def test_one_button_changes_the_dates_and_a_confirmed_applicant_confirms_again(office, desk):
    programme = office.programme()
    id_ = office.confirmed(programme)
    address = f"/training/applications/{id_}/move"
    form = desk.form(f"{address}?first_day=2027-03-01&last_day=2027-03-12", address)
    stale = desk.form(f"{address}?first_day=2027-03-08&last_day=2027-03-12", address)
    assert desk.send(form).status_code == 303
    assert office.stored(id_)["first_day"] == "2027-03-01" and office.status(id_) == "deferred"
    clash = desk.send(stale)
    assert clash.status_code == 412 and "Changed the dates" in clash.text
    assert office.stored(id_)["first_day"] == "2027-03-01"


def test_a_change_of_dates_without_a_place_is_refused_with_the_page(office, desk):
    periods = [{"from": "2027-02-01", "until": "2027-02-28", "slots": 1}, {"from": "2027-03-01", "until": "2027-03-31", "slots": 1}]  # fmt: skip
    programme = office.programme(periods=periods)
    first = office.accepted(programme)
    march = {"period_id": programme["periods"][1]["id"], "first_day": "2027-03-01", "last_day": "2027-03-12"}
    office.accepted(programme, **office.other_person(2), **march)
    address = f"/training/applications/{first}/move"
    asked = "&".join(f"{name}={value}" for name, value in march.items())
    page = desk.get(f"{address}?{asked}").text
    assert "No place is free in this period." in page
    answer = desk.send(desk.form(f"{address}?{asked}", address))
    assert answer.status_code == 409 and "No place is free on these dates." in answer.text


def test_the_dates_of_an_undated_or_unknown_application_cannot_be_changed(office, desk):
    programme = office.programme()
    id_ = office.done("POST", "/applications", {"programme_id": programme["id"], "email": "a@b.example"})["id"]
    assert "No dates yet" in desk.get(f"/training/applications/{id_}/move").text
    assert desk.get("/training/applications/0197f0a0-0000-7000-8000-000000000001/move").status_code == 404


# groups


def test_a_list_adds_an_application_for_each_person(office, desk):
    _, group = nominated(office, desk)
    rows = "NGUYEN Thi Hoa,1990-05-17,Viet Nam,C1234567,2031-01-01,hoa@lotus.example\nTRAN Van An,1988/3/2,VN,,,\n"
    assert listed(desk, group, f"{HEADS}\n{rows}").status_code == 303
    found = members(office, group)
    assert [one["status"] for one in found] == ["draft", "draft"] and {one["nationality"] for one in found} == {"VN"}
    assert {one["funder_id"] for one in found} == {one["organization_id"] for one in found} != {None}
    assert all(one["first_day"] == "2027-02-01" for one in found)
    page = desk.get(f"/training/groups/{group}").text
    assert "NGUYEN Thi Hoa" in page and "2031" in page
    assert "NGUYEN" not in str(found)


def test_a_wrong_row_adds_nobody_and_shows_the_list_again(office, desk):
    _, group = nominated(office, desk)
    text = f"{HEADS}\nGOOD One,1990-05-17,TH,,,\nBAD Two,yesterday,Atlantis,!!,,not-a-mail\n,1990-01-01,TH,,,\nGood ONE,19900517,TH,,,\n"
    answer = listed(desk, group, text)
    assert answer.status_code == 422 and members(office, group) == []
    for words in (
        "Line 3: “Date of birth” is not a date", "Line 3: “Nationality” is not a country", "Line 3: “Passport number” is not a passport",
        "Line 3: “E-mail” is not an e-mail", "Line 4: “Name as in passport” is empty", "Line 5: This person is on the list twice",
    ):  # fmt: skip
        assert words in answer.text, words
    assert "GOOD One,1990-05-17,TH" in answer.text
    assert listed(desk, group, "a,b\n1,2").status_code == 422


def test_a_file_from_a_japanese_spreadsheet_and_a_pasted_table_are_read(office, desk):
    _, group = nominated(office, desk)
    page = f"/training/groups/{group}"
    content = "氏名,生年月日,国籍\r\nCHEN Yulan,平成2年5月17日,中国\r\n".encode("cp932")
    file = (io.BytesIO(content), "list.csv")
    assert desk.send(desk.form(page, f"{page}/list"), file=[file]).status_code == 303
    assert listed(desk, group, "Name\tDate of birth\tNationality\nRAI Sunita\t1991-01-02\tNepal").status_code == 303
    assert [one["nationality"] for one in members(office, group)] == ["CN", "NP"]
    again = listed(desk, group, "Name\tDate of birth\tNationality\nSunita RAI\t1991-01-02\tNepal")
    assert again.status_code == 422 and "already in the group" in again.text


def test_the_same_form_sent_twice_adds_one_person(office, desk):
    _, group = nominated(office, desk)
    form = desk.form(f"/training/groups/{group}", f"/training/groups/{group}/people")
    typed = {"latin": "SITI Rahayu", "birth_date": "1990-01-02", "nationality": "ID"}
    assert {desk.send(form, **typed).status_code for _ in range(2)} == {303}
    assert len(members(office, group)) == 1
    later = desk.form(f"/training/groups/{group}", f"/training/groups/{group}/people")
    assert desk.send(later, **typed).status_code == 422
    assert desk.send(later, latin="", birth_date="x", nationality="ID").status_code == 422


def test_letters_for_all_are_made_in_the_background_and_downloaded_as_one_file(office, desk):
    programme, group = nominated(office, desk)
    ids = [
        office.confirmed(programme, **office.other_person(n), group_id=group, last_day="2027-02-12") for n in range(2)
    ]
    page = f"/training/groups/{group}"
    assert desk.send(desk.form(page, f"{page}/batches"), kind="all").status_code == 303
    (batch,) = office.database.batches.find({})
    assert "0 of 2" in desk.get(page).text
    assert desk.get(f"{page}/batches/{batch['_id']}").status_code == 404
    assert letters.make_next_batch(office.deps) and not letters.make_next_batch(office.deps)
    answer = desk.get(f"{page}/batches/{batch['_id']}")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    references = [office.stored(id_)["reference"] for id_ in ids]
    kinds = ("invitation", "letter", "schedule", "badge", "pledge")
    assert names == [f"{reference} {kind}.pdf" for reference in references for kind in kinds]
    assert b"PDF" not in b"".join(office.deps.store.files.get(office.database.batches.find_one()["file"]))
    said = [entry["type"] for entry in office.database.batches.find_one()["outbox"]]
    assert said == ["training.batch.asked.v1", "training.batch.made.v1"]


def test_an_interrupted_batch_is_resumed_and_an_old_one_is_deleted(office, desk):
    programme, group = nominated(office, desk)
    office.confirmed(programme, group_id=group, last_day="2027-02-12")
    letters.request_batch(office.deps, group, "badge", office.context())
    assert office.deps.store.claim_batch(office.now, office.now + letters.LEASE)  # and then the process was killed
    assert not letters.make_next_batch(office.deps)
    office.move(seconds=61)
    assert letters.make_next_batch(office.deps)
    office.move(days=8)
    office.run(letters.delete_old_batches)
    (batch,) = office.database.batches.find({})
    assert batch["file"] is None and office.database["documents.files"].count_documents({}) == 0
    assert "Deleted after 7 days" in office.visitor("training").get(f"/training/groups/{group}").text


def test_letters_need_a_place_and_can_be_made_for_one_person(office, desk):
    programme, group = nominated(office, desk)
    id_ = office.submitted(programme, group_id=group, last_day="2027-02-12")
    page = f"/training/groups/{group}"
    assert f'action="{page}/batches"' not in desk.get(page).text
    assert desk.get(f"/training/applications/{id_}/letters/badge").status_code == 409
    other = office.confirmed(programme, **office.other_person(4))
    answer = desk.get(f"/training/applications/{other}/letters/badge")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    assert "PERSON" not in answer.headers["Content-Disposition"]
    assert desk.get(f"/training/applications/{other}/letters/love").status_code == 404
    assert desk.get(f"/training/applications/{other}/letters/certificate").status_code == 409


def test_an_offer_names_the_documents_that_this_person_still_needs(office):
    def asked(code: str, **more: Any) -> dict[str, Any]:
        return {"code": code, "name": {"ja": code, "en": code}, "stage": "post_decision", **more}

    nurses = asked("for_nurses", applies_to={"professions": ["nurse"]})
    programme = office.programme(requirements=[asked("insurance"), asked("screening"), nurses])
    id_ = office.confirmed(programme)
    office.paper(id_, "insurance")
    application = office.deps.store.applications.get(id_)
    paper = rules.values_of("letter", letters.facts(office.deps, application, "letter"))
    assert [words.en for words in paper.conditions] == ["screening"]
    assert letters.letter(office.deps, application, "letter")[1].startswith(b"%PDF")


def test_an_erased_person_is_left_out(office, desk):
    programme, group = nominated(office, desk)
    ids = [office.confirmed(programme, **office.other_person(n), group_id=group, last_day="2027-02-12") for n in (1, 2)]
    letters.request_batch(office.deps, group, "pledge", office.context())
    office.database["keys"].delete_one({"_id": ids[0]})
    assert letters.make_next_batch(office.deps)
    assert [one["reason"] for one in office.database.batches.find_one()["left_out"]] == ["erased"]
    assert "1 not made" in desk.get(f"/training/groups/{group}").text


def test_a_group_takes_one_place_for_all_of_its_people(office, desk):
    programme, group = nominated(office, desk, periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1, "group_size": 2}])  # fmt: skip
    ids = [office.accepted(programme, **office.other_person(n), group_id=group) for n in range(3)]
    assert [office.status(id_) for id_ in ids] == ["accepted", "accepted", "waitlisted"]
    assert "a place holds 2" in desk.get(f"/training/groups/{group}").text
    people = groups.members(office.deps, groups.find_group(office.deps, group), date(2026, 12, 1))
    assert [one.application["status"] for one in people] == ["accepted", "accepted", "waitlisted"]


# people


def test_a_safety_check_reaches_all_staff_in_a_country_and_counts_answers(office, desk):
    ids = [abroad(office, **office.other_person(n)) for n in range(3)]
    office.on("2027-02-10")
    desk = office.visitor("training")
    page = desk.get("/training/people").text
    assert "Kenya" in page and "+254 712 123456" in page and "SATO Ken" in page
    form = desk.form("/training/people", "/training/people/ask")
    assert desk.send(form, count="2").status_code == 422
    assert desk.send(form, count="3").status_code == 303
    assert [office.published(id_)[-1] for id_ in ids] == ["safety.asked"] * 3
    tokens = [links.token_for(office.deps, office.stored(id_), office.now) for id_ in ids]
    somebody = office.visitor()
    for token, answer in ((tokens[0], "safe"), (tokens[1], "need_help")):
        address = f"/training/application/{token}/safe"
        assert somebody.send(somebody.form(address, address), answer=answer).status_code == 303
    assert office.published(ids[1])[-1] == "safety.answered"
    part = desk.get("/training/fragments/people/rounds", HX_Request="true").text
    assert "3 asked" in part and "1 need help" in part and "1 no answer" in part and "1 safe" in part
    assert part.index("PERSON Number 1") < part.index("PERSON Number 2") < part.index("PERSON Number 0")
    assert "phone" not in str(office.database.safety_checks.find_one())


def test_readers_without_access_see_no_contacts_and_send_no_safety_check(office):
    abroad(office)
    office.on("2027-02-10")
    page = office.visitor("chief").get("/training/people").text
    assert "Kenya" in page and "+254" not in page and "SATO" not in page and "/people/ask" not in page
    assert office.visitor("front_desk").get("/training/people").status_code == 403


def test_a_trainee_is_listed_under_the_department_of_the_day(office):
    office.active(office.programme())
    page = office.visitor("training").get("/training/people").text
    assert "NGUYEN Thi Hoa" in page and "Cardiology" in page and "No staff are abroad" in page


def test_the_safety_page_is_empty_without_a_check_and_a_wrong_link_opens_nothing(office):
    id_ = office.active(office.programme())
    token, somebody = links.token_for(office.deps, office.stored(id_), office.now), office.visitor()
    page = somebody.get(f"/training/application/{token}/safe")
    assert page.status_code == 200 and "<form" not in page.text.partition("<main")[2] and "NGUYEN" not in page.text
    assert somebody.get("/training/application/AAAA/safe").status_code == 404


# reports


def reported(office: TrainingOffice) -> None:
    """One who came for two days, one who went and is there."""
    came = office.active(office.programme())
    for day in ("2027-02-01", "2027-02-02"):
        office.on(day)
        office.done("POST", f"/applications/{came}/attendance", {"day": day, "attended": "present"})
    office.done("POST", f"/applications/{came}/complete")
    office.now = NOW
    went = abroad(office, **office.other_person(7))
    office.on("2027-02-02")
    office.done("POST", f"/applications/{went}/start")
    office.done("POST", f"/applications/{went}/attendance", {"day": "2027-02-02", "attended": "half"})


def test_reports_count_by_fiscal_and_calendar_year_and_define_each_figure(office):
    reported(office)
    desk = office.visitor("training")
    page = desk.get("/training/reports").text
    assert "Fiscal year 2026" in page and "Thailand" in page and "Kenya" in page and "Host Hospital" in page
    assert "Definitions" in page and '<svg class="pair"' in page
    assert "No training started" in desk.get("/training/reports?year=2026&by=calendar").text
    assert "Kenya" in desk.get("/training/reports?year=2027&by=calendar").text
    assert desk.get("/training/reports?year=x").status_code == 422


def test_a_table_as_csv_opens_in_a_spreadsheet_and_holds_no_formula(office):
    reported(office)
    office.database.organizations.update_one({"name": "Host Hospital"}, {"$set": {"name": "=cmd|' /C calc'!A0"}})
    answer = office.visitor("training", language="ja").get("/training/reports.csv?table=partner&year=2026&by=fiscal")
    assert answer.data.startswith("\ufeff提携先,受入（人）".encode()) and answer.mimetype == "text/csv"
    rows = answer.data.decode("utf-8-sig").splitlines()
    assert any(row.startswith("'=cmd") and row.endswith(",0,0,1,1,1,1") for row in rows)
    assert rows[-1] == "合計,1,2,1,1,0,-1"
    assert office.visitor("front_desk").get("/training/reports.csv").status_code == 403


def test_the_api_creates_a_group_and_adds_all_people_or_none(office):
    programme, partner = office.programme(), office.organization()
    body = {"name": "Harbour", "programme_id": programme["id"], "period_id": programme["periods"][0]["id"]}
    body |= {"first_day": "2027-02-01", "last_day": "2027-02-12", "organization_id": partner}
    group = office.done("POST", "/groups", body)
    people = [{"name": {"latin": f"P {n}"}, "birth_date": "1990-01-02", "nationality": "VN"} for n in range(2)]
    after = office.done("POST", f"/groups/{group['id']}/people", {"people": people})
    assert after["version"] == 2 and len(members(office, group["id"])) == 2
    assert office.done("GET", f"/groups/{group['id']}", role="chief")["name"] == "Harbour"
    assert office.call("POST", "/groups", body | {"first_day": "2020-01-01"}).status_code == 422
    assert office.call("POST", "/groups", body | {"programme_id": partner}).status_code == 422
    assert office.call("POST", "/groups", body, role="front_desk").status_code == 403
    assert office.call("GET", f"/groups/{partner}").status_code == 404
