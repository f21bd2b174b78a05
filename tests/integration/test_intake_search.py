"""The desk's search box and hints over the real database: every form of a question, nothing in the clear, bounded by the index."""

import bson
import pytest

from services.intake.actions import record_search
from services.intake.rules import search_query
from services.intake.rules.search_match import clauses
from services.intake.rules.search_terms import NAME, NOTHING
from services.intake.store import search as looked
from shared.blind_index import blind_index
from shared.ids import new_id
from tests.integration.intake_office import Office, referral

PERSON = {
    "name": {
        "latin": "NGUYEN Thi Huong",
        "native": "Nguyễn Thị Hương",
        "kana": "グエン・ティ・フオン",
        "preferred": "Huong-chan",
    },
    "birth_date": "1990-01-02",
    "sex": "female",
    "nationality": "VN",
    "phone": "+81 3 1234 5678",
    "passport": {"number": "C7654321", "country": "VN"},
}


def person(latin, born="1975-05-05", **more):
    return {"name": {"latin": latin}, "birth_date": born, "sex": "male", "nationality": "TH"} | more


@pytest.fixture
def office(mongo_url, database, tmp_path):
    return Office(mongo_url, database, tmp_path)


def register(office, patient, walk_in=False, **more):
    body = (
        {name: value for name, value in referral().items() if name != "agency_reference"} | {"patient": patient} | more
    )
    answer = office.post(
        "/cases", office.as_desk(), body | ({"visit": {"department": "cardiology"}} if walk_in else {})
    )
    assert answer.status_code == 201, answer.text
    return answer.json


def search(office, query):
    answer = office.post("/search", office.as_desk(), {"query": query})
    assert answer.status_code == 200, answer.text
    return answer.json


def ids(office, query):
    return {item["id"] for item in search(office, query)["items"]}


FORMS = [
    "NGUYEN Thi Huong",
    "huong nguyen",
    "nguyen hu",
    "Nguyễn",
    "ng hu",
    "グエン",
    "ｸﾞｴﾝ ﾃｨ",
    "ぐえん　てぃ",
    "フオン",
    "huong-chan",
    "19900102",
    "1990/1/2",
    "1990-01-02",
    "H2.1.2",
    "平成2年1月2日",
    "huong 1990",
    "nguyen H2.1.2",
    "03-1234-5678",
    "0312345678",
    "+81 (0)3 1234 5678",
    "5678",
    "C7654321",
    "c-7654321",
]


def test_every_form_of_a_question_finds_the_one_person(office):
    case_id = office.refer(patient=PERSON)
    others = {office.refer(patient=person(f"SOMCHAI Number{n}", f"19{60 + n}-03-0{n + 1}")) for n in range(5)}
    for form in FORMS:
        assert ids(office, form) == {case_id}, form
    assert others & ids(office, "somchai") == others
    for nobody in ("tran", "nguyen van", "1990-01-03", "nguyen 1991", "0312345679", "C7654320", "！？", "zzz"):
        assert ids(office, nobody) == set(), nobody


def test_references_in_the_clear(office):
    case_id = office.refer(agency_reference="BKK-77 / 4", patient=PERSON)
    reference = office.get(f"/cases/{case_id}", office.as_desk()).json["reference"]
    office.refer(agency_reference="BKK-78")
    for typed in (reference, reference.lower().replace("-", ""), reference[:-2], "BKK-77 / 4"):
        found = search(office, typed)
        assert [item["id"] for item in found["items"]] == [case_id], typed
    assert search(office, reference)["items"][0]["reasons"] == ["reference"]
    assert search(office, "BKK-77 / 4")["items"][0]["reasons"] == ["agency_reference"]
    wrong = reference[:-1] + ("A" if reference[-1] != "A" else "C")
    assert search(office, wrong) == {"items": [], "complete": True, "read_as": ["mistyped_reference"]}


def test_an_answer_says_who_why_and_which_cases(office):
    made = register(office, PERSON | {"hospital_number": "0012345"}, walk_in=True)
    for typed in ("12345", "nguyen huong"):
        found = search(office, typed)
        (item,) = found["items"]
        assert item["kind"] == "patient" and item["id"] == made["patient_id"], "the patient, with the case below"
        assert [case["id"] for case in item["cases"]] == [made["id"]]
        assert item["cases"][0]["reference"] == made["reference"]
        assert item["patient"]["name"]["native"] == "Nguyễn Thị Hương"
        assert set(item["patient"]) == {"name", "birth_date", "sex", "nationality", "phone", "hospital_number"}
    assert item["reasons"] == ["name"] and found["read_as"] == ["name"] and found["complete"]
    assert search(office, "nguyen 1990/1/2")["items"][0]["reasons"] == ["birth_date", "name"]
    told = office.post("/search", office.as_desk(), {"query": "nguyen"})
    assert told.headers["Cache-Control"] == "no-store"


def test_whole_words_come_first_and_the_newest_among_equals(office):
    longer = office.refer(patient=person("Chandra Singh"))
    older = office.refer(patient=person("CHAN Mei"))
    newer = office.refer(patient=person("Chan Kin"))
    assert [item["id"] for item in search(office, "chan")["items"]] == [newer, older, longer]


def test_what_is_edited_is_found_by_what_it_is_now(office):
    case_id = office.refer(patient=person("SOMCHAI Jaidee"))
    edited = {"patient": {"name": {"latin": "PRASERT Jaidee"}, "birth_date": "1980-12-31", "phone": "090-1111-2222"}}
    assert (
        office.client.patch(f"/intake/api/v1/cases/{case_id}", headers=office.as_desk(), json=edited).status_code == 200
    )
    for typed in ("prasert", "19801231", "2222"):
        assert ids(office, typed) == {case_id}
    for typed in ("somchai", "19750505"):
        assert ids(office, typed) == set()


def test_more_than_can_be_shown_is_said(office):
    pattern = office.database["cases"].find_one({"_id": office.refer(patient=PERSON)})
    left_out = ("outbox", "outbox_due", "requests", "agency_reference")
    copy = {name: value for name, value in pattern.items() if name not in left_out}
    office.database["cases"].insert_many(  # copies share the terms; whose key is missing is not opened
        copy | {"_id": new_id(), "reference": f"X-{number}"} for number in range(looked.MAX_EXAMINED + 50)
    )
    found = search(office, "nguyen")
    assert not found["complete"]
    found = search(office, "nguyen 1990-01-02")
    assert not found["complete"]
    assert search(office, "nguyen 1991-01-02") == {"items": [], "complete": True, "read_as": ["birth_date", "name"]}


def test_only_the_index_is_walked(office):
    rows = [
        {"_id": new_id(), "reference": f"X-{n}", "search": [n, n + 10**6, 7], "version": 1, "status": "received"}
        for n in range(5000)
    ]
    office.database["cases"].insert_many(rows)
    store = office.deps().store.search
    plans = []
    real = office.database["cases"].aggregate

    def explained(steps):
        plan = office.database.command(
            "explain", {"aggregate": "cases", "pipeline": steps, "cursor": {}}, verbosity="executionStats"
        )
        plans.append(plan["stages"][0]["$cursor"] if "stages" in plan else plan)
        return real(steps)

    store._records["case"] = type("Watched", (), {
        "aggregate": staticmethod(explained),
        "count_documents": office.database["cases"].count_documents,
    })  # fmt: skip
    found, complete = store.candidates("case", [[(7, 7)], [(100, 109), (4000, 4000)]], 200)
    assert len(found) == 11 and complete
    stats = plans[0]["executionStats"]
    assert stats["totalDocsExamined"] <= 30, "the rarest clause alone is walked"
    assert "COLLSCAN" not in str(plans[0]["queryPlanner"]["winningPlan"])
    assert store.candidates("case", [[(7, 7)]], 200)[1] is False
    assert store.candidates("case", [[(-5, -1)], [(7, 7)]], 200) == ([], True)
    assert store.candidates("case", [[], [(7, 7)]], 200) == ([], True)


CANARY = {
    "name": {form: f"CANARY {form}" for form in ("latin", "native", "preferred", "family", "given")}
    | {"kana": "カナリヤ"},
    "birth_date": "1961-04-02",
    "sex": "male",
    "nationality": "TH",
    "phone": "+66 81 999 7777",
    "passport": {"number": "CANARY77", "country": "TH"},
    "hospital_number": "CANARY99",
}


def test_nothing_of_a_person_stands_in_the_open(office, caplog, capfd):
    one, other = register(office, CANARY, walk_in=True), register(office, CANARY, walk_in=True)
    search(office, "CANARY latin 1961-04-02")
    office.post("/duplicates", office.as_desk(), {"case_id": one["id"]})
    merged = office.command(
        f"/patients/{one['patient_id']}/merge", {"into": other["patient_id"], "reason": "CANARY-reason"}
    )
    assert merged["merges"][0]["reason"] == "CANARY-reason"
    office.command(f"/patients/{one['patient_id']}/unmerge", {"reason": "CANARY-again"})
    dump = b"".join(
        bson.encode(row) for name in office.database.list_collection_names() for row in office.database[name].find()
    )
    told = caplog.text + "".join(capfd.readouterr())
    for canary in ("CANARY", "canary", "カナリヤ", "1961-04-02", "19610402", "66819997777", "7777999"):
        assert canary.encode() not in dump, canary
        assert canary not in told, canary
    for name in ("cases", "patients"):
        for row in office.database[name].find():
            assert len(row["search"]) <= 20 and all(isinstance(term, int) for term in row["search"])


def test_another_master_key_makes_other_terms(office):
    office.refer(patient=PERSON)
    stored = office.database["cases"].find_one({})["search"]
    assert office.deps().store.terms.term(NAME, "nguientihuong") in stored
    assert blind_index(b"x" * 32).term(NAME, "nguientihuong") not in stored


def test_who_may_look(office):
    for path, body in (("/search", {"query": "x"}), ("/duplicates", {"patient": {}})):
        assert office.post(path, office.as_agency(), body).status_code == 403
        assert office.post(path, office.as_staff("coordinator"), body).status_code == 403
        assert office.client.post(f"/intake/api/v1{path}", json=body).status_code == 401
    for body in (
        {},
        {"query": ""},
        {"query": "x" * 201},
        {"query": "a\nb"},
        {"query": {"$gt": ""}},
        {"query": "a", "b": 1},
    ):
        assert office.post("/search", office.as_desk(), body).status_code == 422, body


# terms made afterwards


def test_records_without_terms_get_them_later(office):
    made = register(office, PERSON, walk_in=True)
    lost = office.refer(agency_reference="lost", patient=person("SOMCHAI Jaidee"))
    before = {name: office.database[name].find_one({}, {"search": 1, "version": 1}) for name in ("cases", "patients")}
    for name in ("cases", "patients"):
        office.database[name].update_many({}, {"$unset": {"search": ""}})
    office.database["keys"].delete_one({"_id": lost})
    assert ids(office, "nguyen") == set()
    assert record_search.make_missing_terms(office.deps(), office.now) == 3
    assert ids(office, "nguyen") == {made["patient_id"]}
    for name, row in before.items():
        assert office.database[name].find_one({"_id": row["_id"]}, {"search": 1, "version": 1}) == row
    assert office.database["cases"].find_one({"_id": lost})["search"] == NOTHING
    assert record_search.make_missing_terms(office.deps(), office.now) == 0, "and once is enough"


def test_terms_made_afterwards_never_replace_newer_ones(office):
    case_id = office.refer(patient=person("SOMCHAI Jaidee"))
    store = office.deps().store.search
    office.database["cases"].update_one({"_id": case_id}, {"$unset": {"search": ""}})
    (old,) = store.without_terms("case", 10)
    edited = {"patient": {"name": {"latin": "PRASERT Jaidee"}}}
    office.client.patch(f"/intake/api/v1/cases/{case_id}", headers=office.as_desk(), json=edited)
    assert store.put_terms("case", [(old, [1, 2, 3])]) == 0
    assert ids(office, "prasert") == {case_id}


def test_many_are_made_a_batch_at_a_time(office, monkeypatch):
    monkeypatch.setattr(record_search, "AT_ONCE", 2)
    monkeypatch.setattr(record_search, "BATCHES", 2)
    for number in range(5):
        office.refer(agency_reference=f"n{number}", patient=person(f"Number{number} Person"))
    office.database["cases"].update_many({}, {"$unset": {"search": ""}})
    assert [record_search.make_missing_terms(office.deps(), office.now) for _ in range(3)] == [4, 1, 0]


# hints


def hints(office, **body):
    answer = office.post("/duplicates", office.as_desk(), body)
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def test_hints_while_somebody_is_registered(office):
    known = register(office, PERSON | {"hospital_number": "0012345"}, walk_in=True)
    office.refer(patient=person("SOMCHAI Jaidee"))
    for typed, grade, reasons in (
        (
            {"name": {"native": "Nguyễn Thị Hương"}, "birth_date": "1990-01-02"},
            "likely",
            {"same_name", "same_birth_date"},
        ),
        ({"name": {"latin": "Huong Nguyen"}, "birth_date": "1990-02-01"}, "possible", {"birth_date_swapped"}),
        ({"name": {"latin": "Nguyen Huong"}, "birth_date": "1990-01-12"}, "possible", {"birth_date_slip"}),
        ({"name": {"kana": "グエン ティ フオン"}, "birth_date": "1990"}, "possible", {"same_name", "same_birth_year"}),
        ({"phone": "03-1234-5678", "birth_date": "1990-01-02"}, "possible", {"same_phone", "same_birth_date"}),
        ({"passport": {"number": "c 7654321"}}, "possible", {"same_passport"}),
        ({"hospital_number": "12345"}, "possible", {"same_hospital_number"}),
    ):
        (item,) = hints(office, patient=typed)
        assert (item["kind"], item["id"]) == ("patient", known["patient_id"])
        assert item["grade"] == grade and reasons <= set(item["reasons"]), typed
    for typed in ({}, {"name": {"latin": "Huong"}}, {"name": {"latin": "Tran Van An"}, "birth_date": "1990-01-02"}, {"sex": "female", "nationality": "VN"}):  # fmt: skip
        assert hints(office, patient=typed) == [], typed


def test_hints_of_a_case_leave_out_itself_and_its_own_patient(office):
    one = register(office, PERSON, walk_in=True)
    assert hints(office, case_id=one["id"]) == [] and hints(office, patient_id=one["patient_id"]) == []
    case_id = office.refer(patient=PERSON | {"name": {"latin": "Huong NGUYEN"}})
    (item,) = hints(office, case_id=case_id)
    assert item["id"] == one["patient_id"] and item["grade"] == "likely"
    assert {case["id"] for case in item["cases"]} == {one["id"]}
    (item,) = hints(office, patient_id=one["patient_id"])
    assert (item["kind"], item["id"]) == ("case", case_id)
    office.command(f"/cases/{case_id}/review")
    office.command(f"/cases/{case_id}/accept", {"patient_id": one["patient_id"]})
    assert hints(office, case_id=case_id) == [] and hints(office, patient_id=one["patient_id"]) == []


def test_twins_are_told_as_relatives(office):
    family = {"birth_date": "2015-03-03", "phone": "03-1234-5678"}
    register(office, person("Tanaka Hana", **family), walk_in=True)
    (item,) = hints(office, patient={"name": {"latin": "Tanaka Saki"}, **family})
    assert item["grade"] == "relative" and "same_family_name" in item["reasons"]


def test_hints_ask_for_one_thing(office):
    for body in (
        {},
        {"patient": {}, "case_id": "x"},
        {"case_id": "x", "patient_id": "y"},
        {"patient": {"name": {"a": 1}}},
    ):
        assert office.post("/duplicates", office.as_desk(), body).status_code == 422, body
    for body in ({"case_id": new_id()}, {"patient_id": new_id()}):
        assert office.post("/duplicates", office.as_desk(), body).status_code == 422


def test_clauses_without_anything_to_look_for_find_nobody(office):
    office.refer(patient=PERSON)
    assert clauses(office.deps().store.terms, search_query.read("・・・")) == [[]]
    assert search(office, "・・・") == {"items": [], "complete": True, "read_as": []}
