"""One person in two places: hinted wherever the office decides, over programmes, periods and groups, coming and going; nothing is refused."""

import json
from typing import Any

import pytest

from services.training.actions import links
from shared.ids import new_id
from tests.integration.training_office import WRITTEN, TrainingOffice

CHIP, ASK = "Overlapping stay", "Ask the training office"
LATER = [
    {"from": "2027-02-01", "until": "2027-03-31", "slots": 9, "group_size": 9},
    {"from": "2027-02-15", "until": "2027-04-30", "slots": 9, "group_size": 9},
]
SAME_PERSON: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": {"latin": "HOA Nguyen Thi"}, "passport": {}, "email": "other@lotus.example"}, ["name"]),
    ({"name": {"latin": "TRAN Hoa"}, "birth_date": "1990-01-01", "email": "other@lotus.example"}, ["passport"]),
    ({"name": {"latin": "TRAN Hoa"}, "passport": {}}, ["mail"]),
    ({"email": "hoa@LOTUS.example"}, ["passport", "name", "mail"]),
]


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def hints(office: TrainingOffice, id_: str, **by: str) -> list[dict[str, Any]]:
    return list(office.done("GET", f"/applications/{id_}", **by)["overlaps"])


@pytest.mark.parametrize(("other", "by"), SAME_PERSON)
def test_two_programmes_hint_at_each_other(office: TrainingOffice, other: dict[str, Any], by: list[str]) -> None:
    one = office.submitted(office.programme())
    two = office.submitted(office.programme(), **other, first_day="2027-02-22", last_day="2027-03-05")
    (hint,) = hints(office, one)
    assert hint == {
        "application_id": two,
        "reference": office.stored(two)["reference"],
        "status": "submitted",
        "programme_id": office.stored(two)["programme_id"],
        "first_day": "2027-02-22",
        "last_day": "2027-02-26",
        "by": by,
    }
    assert [row["application_id"] for row in hints(office, two)] == [one]
    for id_ in (one, two):  # a hint refuses nothing
        assert office.done("POST", f"/applications/{id_}/check")["overlaps"] == hints(office, id_)


@pytest.mark.parametrize(
    "other",
    [
        {"first_day": "2027-02-27", "last_day": "2027-03-12"},
        {"name": {"latin": "SOMCHAI Jaidee"}, "email": "s@lotus.example", "passport": {"number": "X1"}},
        {"name": {"latin": "NGUYEN Thi Hoa"}, "birth_date": "1991-05-17", "email": "n@lotus.example", "passport": {}},
    ],
)
def test_other_days_or_another_person_are_no_hint(office: TrainingOffice, other: dict[str, Any]) -> None:
    one = office.submitted(office.programme())
    two = office.submitted(office.programme(), **other)
    assert hints(office, one) == hints(office, two) == []


@pytest.mark.parametrize("how", ["withdraw", "reject", "no-show"])
def test_who_does_not_come_overlaps_nothing(office: TrainingOffice, how: str) -> None:
    one, body = office.confirmed(office.programme()), {"reject": {"reason": "other"}}.get(how)
    two = office.reviewed(office.programme()) if how == "reject" else office.confirmed(office.programme())
    assert hints(office, one) and hints(office, two)
    office.done("POST", f"/applications/{two}/{how}", body)
    assert hints(office, one) == hints(office, two) == []


def test_two_periods_of_one_programme(office: TrainingOffice) -> None:
    programme = office.programme(periods=LATER)
    first, second = (period["id"] for period in programme["periods"])
    one = office.submitted(programme, period_id=first)
    two = office.submitted(programme, period_id=second, first_day="2027-02-26", last_day="2027-03-05")
    assert [(row["first_day"], row["last_day"]) for row in hints(office, one)] == [("2027-02-26", "2027-02-26")]
    office.done("POST", f"/applications/{two}/move", {"first_day": "2027-03-01", "last_day": "2027-03-05"})
    assert hints(office, one) == []


def test_who_comes_and_who_goes_in_the_same_days(office: TrainingOffice) -> None:
    host = office.organization()
    abroad = office.programme(kind="overseas", department=None, organization_id=host, country="DE")
    course = office.programme(kind="in_house")
    mine, anothers = new_id(), new_id()
    office.database.people.insert_many([{"_id": id_, "username": id_, "roles": []} for id_ in (mine, anothers)])

    def entered(programme: dict[str, Any], account: str, number: int) -> str:
        body = WRITTEN | office.other_person(number) | {"period_id": programme["periods"][0]["id"]}
        about = {"programme_id": programme["id"], "applicant_id": account, "risk_note": "Low."}
        contact = {"emergency_contact": {"name": "Family"}}
        return str(office.done("POST", "/applications", body | about | contact)["id"])

    goes, sits, other = entered(abroad, mine, 1), entered(course, mine, 2), entered(course, anothers, 3)
    for id_ in (goes, sits, other):
        office.done("POST", f"/applications/{id_}/submit")
    assert [(row["application_id"], row["by"]) for row in hints(office, goes)] == [(sits, ["account"])]
    assert hints(office, other) == []


def nominated(office: TrainingOffice, *people: dict[str, Any], **plan: Any) -> str:
    programme = office.programme(periods=LATER)
    days = {"period_id": programme["periods"][0]["id"], "first_day": "2027-02-08", "last_day": "2027-02-19"} | plan
    body = {"name": "Spring", "programme_id": programme["id"], "organization_id": office.organization(), **days}
    group = office.done("POST", "/groups", body)
    office.done("POST", f"/groups/{group['id']}/people", {"people": list(people)})
    return str(group["id"])


HOA = {name: WRITTEN[name] for name in ("name", "birth_date", "nationality", "email")}


def person(number: int, **more: Any) -> dict[str, Any]:
    return HOA | {"name": {"latin": f"PERSON Number {number}"}, "email": f"p{number}@lotus.example"} | more


def test_nominations_count_from_the_first_day_a_stranger_s_draft_does_not(office: TrainingOffice) -> None:
    one = office.submitted(office.programme())
    office.application(office.programme())  # anybody may begin one in any name
    assert hints(office, one) == []
    group = nominated(office, HOA, person(1), person(2))
    listed = office.done("GET", f"/applications?group_id={group}")["items"]
    by_name = {row["id"]: row["overlaps"] for row in listed}
    assert sorted(len(rows) for rows in by_name.values()) == [0, 0, 1]
    (member,) = [id_ for id_, rows in by_name.items() if rows]
    assert by_name[member][0]["application_id"] == one
    assert [row["application_id"] for row in hints(office, one)] == [member]
    page = office.visitor("training").get(f"/training/groups/{group}")
    assert page.text.count(CHIP) == 1 and office.stored(one)["reference"] in page.text


def test_one_address_for_a_whole_group_makes_no_hints_within_it(office: TrainingOffice) -> None:
    group = nominated(office, *(person(n, email="office@lotus.example") for n in range(5)))
    listed = office.done("GET", f"/applications?group_id={group}")["items"]
    assert len(listed) == 5 and not any(row["overlaps"] for row in listed)
    twin = nominated(office, person(9, email="office@lotus.example"))
    (row,) = office.done("GET", f"/applications?group_id={twin}")["items"]
    assert len(row["overlaps"]) == 5 and {kind for one in row["overlaps"] for kind in one["by"]} == {"mail"}


def test_pages_tell_it_where_one_decides(office: TrainingOffice) -> None:
    one, two = office.reviewed(office.programme()), office.submitted(office.programme())
    references = {id_: office.stored(id_)["reference"] for id_ in (one, two)}
    desk = office.visitor("training")
    for id_, other in ((one, two), (two, one)):
        page = desk.get(f"/training/applications/{id_}").text
        assert "possibly by the same person" in page and references[other] in page and "same passport" in page
    assert CHIP in desk.get("/training/decisions").text and references[two] in desk.get("/training/decisions").text
    ja = office.visitor("training", language="ja")
    assert "日程の重複" in ja.get("/training/decisions").text
    assert "旅券番号が同じ" in ja.get(f"/training/applications/{one}").text


def test_who_may_not_read_the_other_learns_only_that_there_is_one(office: TrainingOffice) -> None:
    one, two = office.confirmed(office.programme()), office.submitted(office.programme())
    reference, hidden = office.stored(two)["reference"], dict.fromkeys(
        ("application_id", "reference", "status", "programme_id", "first_day", "last_day")
    )  # fmt: skip
    ward = office.visitor("department").get(f"/training/applications/{one}").text
    assert ASK in ward and reference not in ward and two not in ward
    for command in ("check", "review"):
        office.done("POST", f"/applications/{two}/{command}")
    reviewer = {"role": "reviewer", "account": "acc-9"}
    assert hints(office, two, **reviewer) == [hidden | {"by": []}]  # that one is not theirs to read
    page = office.visitor("reviewer", account="acc-9").get("/training/reviews").text
    assert ASK in page and office.stored(one)["reference"] not in page
    three = office.submitted(office.programme())
    for command in ("check", "review"):
        office.done("POST", f"/applications/{three}/{command}")
    found = hints(office, two, **reviewer)  # of two others they may read one
    assert [row["application_id"] for row in found] == [None, three]
    assert [row["application_id"] for row in hints(office, two)] == [one, three]


@pytest.mark.parametrize(
    ("department", "rotation", "readable"),
    [("surgery", None, False), ("cardiology", None, True), ("surgery", "cardiology", True), ("surgery", "paediatrics", False)],
)  # fmt: skip
@pytest.mark.parametrize("role", ["reviewer", "department"])
def test_a_hint_names_no_application_of_another_department(
    office: TrainingOffice, department: str, rotation: str | None, readable: bool, role: str
) -> None:
    """As far as they may read it: whose department it is decides there as everywhere."""
    week = {"first_day": "2027-02-08", "last_day": "2027-02-12"}
    plan = {"rotations": [week | {"department": rotation}]} if rotation else {}
    one = office.submitted(office.programme())
    two = office.submitted(office.programme(department=department), **plan)
    for id_ in (one, two):
        for command in ("check", "review"):
            office.done("POST", f"/applications/{id_}/{command}")
    page = office.visitor(role).get("/training/reviews").text
    assert (office.stored(two)["reference"] in page) == readable and (ASK in page) != readable
    if role == "reviewer":
        (hint,) = hints(office, one, role=role)
        assert hint["application_id"] == (two if readable else None)
        assert (hint["reference"], hint["by"] == []) == (
            office.stored(two)["reference"] if readable else None,
            not readable,
        )


def test_neither_the_applicant_nor_an_event_is_told(office: TrainingOffice) -> None:
    one, two = office.submitted(office.programme()), office.submitted(office.programme())
    here = "/training/application/" + links.token_for(office.deps, office.stored(one), office.now)
    shown = office.visitor().get(here).text
    assert (
        office.stored(two)["reference"] not in shown and ASK not in shown and "possibly by the same person" not in shown
    )
    said = json.dumps([entry["data"] for id_ in (one, two) for entry in office.stored(id_)["outbox"]], default=str)
    assert "overlap" not in said and "match_keys" not in said


@pytest.mark.parametrize("people", [1, 5, 25])
def test_a_list_asks_once_however_many_it_has_and_by_an_index(
    office: TrainingOffice, people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = nominated(office, *(person(n) for n in range(people)))
    asked: list[Any] = []
    known_by = type(office.deps.store).overlapping_stays

    def noted(store: Any, keys: list[str], first: str, last: str) -> list[dict[str, Any]]:
        asked.append(keys)
        return known_by(store, keys, first, last)

    monkeypatch.setattr(type(office.deps.store), "overlapping_stays", noted)
    assert len(office.done("GET", f"/applications?group_id={group}")["items"]) == people
    assert len(asked) == 1
    explained = office.database.applications.find({"match_keys": {"$in": asked[0]}}).explain()
    plan = json.dumps(explained["queryPlanner"]["winningPlan"], default=str)
    assert "IXSCAN" in plan and "COLLSCAN" not in plan


def test_looking_at_a_move_tells_which_stays_it_would_overlap(office: TrainingOffice) -> None:
    one = office.accepted(office.programme())
    other = office.submitted(office.programme(), first_day="2027-03-08", last_day="2027-03-19")
    days = {"first_day": "2027-03-15", "last_day": "2027-03-26", "period_id": None}
    assert hints(office, one) == []
    (row,) = office.done("POST", f"/applications/{one}/breaks", days)["overlaps"]
    assert (row["application_id"], row["first_day"], row["last_day"]) == (other, "2027-03-15", "2027-03-19")
    for language, told in (("en", "Overlapping stays"), ("ja", "日程の重複")):
        desk = office.visitor("training", language=language)
        page = desk.get(f"/training/applications/{one}/move?first_day=2027-03-15&last_day=2027-03-26")
        assert told in page.text and office.stored(other)["reference"] in page.text
        page = desk.get(f"/training/applications/{one}/move?first_day=2027-02-08&last_day=2027-02-12")
        assert told not in page.text
    assert office.stored(one)["first_day"] == "2027-02-01"
