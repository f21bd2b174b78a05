"""Two records of one person made one and parted again: whose cases go where, what is said, what others meet meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.ids import new_id
from tests.integration.intake_office import Office, referral

WHY = {"reason": "the same passport"}


@pytest.fixture
def office(mongo_url, database, tmp_path):
    return Office(mongo_url, database, tmp_path)


def walk_in(office, latin="SOMCHAI Jaidee", **more):
    """(patient, case) of somebody new, or of a known patient."""
    body = {name: value for name, value in referral().items() if name != "agency_reference"}
    body |= {"visit": {"department": "cardiology"}} | more
    made = office.command("/cases", body | {"patient": referral()["patient"] | {"name": {"latin": latin}}})
    return made["patient_id"], made["id"]


def patient_of(office, case_id):
    return office.get(f"/cases/{case_id}", office.as_desk()).json["patient_id"]


def merge(office, gone, kept):
    return office.command(f"/patients/{gone}/merge", {"into": kept} | WHY)


def unmerge(office, gone):
    return office.command(f"/patients/{gone}/unmerge", {"reason": "two people after all"})


def published(office, collection, id_):
    return [entry["type"] for entry in office.database[collection].find_one({"_id": id_})["outbox"]]


def test_cases_follow_and_come_back(office):
    one, first = walk_in(office)
    two, second = walk_in(office, "Jaidee Somchai")
    _, third = walk_in(office, patient_id=one)
    merged = merge(office, one, two)
    assert (merged["id"], merged["merged_into"]) == (one, two)
    assert merged["merges"][0] | {"time": ""} == {
        "what": "merged",
        "other": two,
        "by": "account:acc-1",
        "time": "",
        **WHY,
    }
    assert [patient_of(office, case_id) for case_id in (first, second, third)] == [two, two, two]
    kept = office.get(f"/patients/{two}", office.as_desk()).json
    assert kept["merged_from"] == [one] and kept["merged_into"] is None and kept["merges"] == []
    assert office.published(first)[-1] == "case.updated"

    parted = unmerge(office, one)
    assert parted["merged_into"] is None and [each["what"] for each in parted["merges"]] == ["merged", "unmerged"]
    assert [patient_of(office, case_id) for case_id in (first, second, third)] == [one, two, one]
    assert office.get(f"/patients/{two}", office.as_desk()).json["merged_from"] == []
    assert published(office, "patients", one) == [
        f"intake.patient.{what}.v1" for what in ("registered", "merged", "unmerged")
    ]
    assert published(office, "patients", two) == ["intake.patient.registered.v1"]
    assert len(list(office.database["audit"].find({"method": {"$in": ["merge", "unmerge"]}}))) == 2


def test_what_is_linked_after_the_merge_goes_where_it_was_meant(office):
    one, _ = walk_in(office)
    two, _ = walk_in(office, "Jaidee Somchai")
    merge(office, one, two)
    _, to_gone = walk_in(office, patient_id=one)
    _, to_kept = walk_in(office, patient_id=two)
    accepted = office.refer()
    office.command(f"/cases/{accepted}/review")
    office.command(f"/cases/{accepted}/accept", {"patient_id": one})
    by_hand = office.refer(agency_reference="by hand")
    answer = office.client.patch(f"/intake/api/v1/cases/{by_hand}", headers=office.as_desk(), json={"patient_id": one})
    assert answer.json["patient_id"] == two, "a merged patient stands for whom it was merged into"
    assert {patient_of(office, each) for each in (to_gone, to_kept, accepted, by_hand)} == {two}
    unmerge(office, one)
    assert [patient_of(office, each) for each in (to_gone, accepted, by_hand, to_kept)] == [one, one, one, two]


def test_a_case_linked_anew_by_hand_stays(office):
    one, case_id = walk_in(office)
    two, _ = walk_in(office, "Jaidee Somchai")
    three, _ = walk_in(office, "Prasert Chai")
    merge(office, one, two)
    office.client.patch(f"/intake/api/v1/cases/{case_id}", headers=office.as_desk(), json={"patient_id": three})
    unmerge(office, one)
    assert patient_of(office, case_id) == three


def test_a_chain_of_merges_is_undone_link_by_link(office):
    (a, of_a), (b, of_b), (c, of_c) = (walk_in(office, f"Person {name}") for name in "ABC")
    merge(office, a, b)
    merge(office, b, c)
    assert {patient_of(office, each) for each in (of_a, of_b, of_c)} == {c}
    unmerge(office, b)
    assert [patient_of(office, each) for each in (of_a, of_b, of_c)] == [b, b, c]
    merge(office, b, c)
    unmerge(office, a)
    assert [patient_of(office, each) for each in (of_a, of_b, of_c)] == [a, c, c]
    unmerge(office, b)
    assert [patient_of(office, each) for each in (of_a, of_b, of_c)] == [a, b, c]
    assert all("linked_as" not in row or row["linked_as"] is None for row in office.database["cases"].find())


def test_from_takes_another_in(office):
    (one, case_id), (two, _) = walk_in(office), walk_in(office, "Jaidee Somchai")
    kept = office.command(f"/patients/{two}/merge", {"from": one} | WHY)
    assert (kept["id"], kept["merged_from"], kept["merged_into"]) == (two, [one], None)
    assert patient_of(office, case_id) == two
    assert office.get(f"/patients/{one}", office.as_desk()).json["merged_into"] == two


def test_search_and_hints_lead_to_whom_it_was_merged_into(office):
    (one, first), (two, second) = walk_in(office, "Muhammad Hashimi"), walk_in(office, "Al Hashimi Mohamed")
    merge(office, one, two)
    (item,) = office.command("/search", {"query": "hashimi"})["items"]
    assert item["id"] == two and {case["id"] for case in item["cases"]} == {first, second}
    (item,) = office.command("/search", {"query": "muhammad hashimi"})["items"]
    assert item["id"] == two
    office.database["patients"].update_one({"_id": two}, {"$set": {"search": [0]}})
    (item,) = office.command("/search", {"query": "hashimi"})["items"]
    assert (item["id"], item["merged_into"]) == (one, two), "found by the record that went"
    asked = {"name": {"latin": "Mohammed Hashimi"}, "birth_date": "1961-04-02"}
    assert office.command("/duplicates", {"patient": asked})["items"][0]["merged_into"] == two


def test_what_is_refused(office):
    (one, _), (two, _), (three, _) = walk_in(office), walk_in(office, "Jaidee Somchai"), walk_in(office, "Prasert")
    desk, unknown = office.as_desk(), new_id()

    def status(path, body):
        return office.post(f"/patients/{path}", desk, body).status_code

    assert status(f"{one}/merge", {"into": one} | WHY) == 422
    assert status(f"{one}/merge", {"into": unknown} | WHY) == 422
    assert status(f"{unknown}/merge", {"into": one} | WHY) == 404
    assert status(f"{one}/merge", {"into": two}) == 422
    assert status(f"{one}/merge", {"into": two, "from": three} | WHY) == 422
    assert status(f"{one}/merge", WHY) == 422
    assert status(f"{one}/unmerge", WHY) == 409
    assert status(f"{unknown}/unmerge", WHY) == 404
    merge(office, one, two)
    assert status(f"{one}/merge", {"into": three} | WHY) == 409
    assert status(f"{three}/merge", {"into": one} | WHY) == 409
    assert status(f"{three}/merge", {"from": one} | WHY) == 409
    assert office.post(f"/patients/{two}/merge", office.as_agency(), {"into": three} | WHY).status_code == 403
    assert office.database["patients"].count_documents({"merged_into": {"$ne": None}}) == 1


def test_versions_and_repeats(office):
    (one, case_id), (two, _) = walk_in(office), walk_in(office, "Jaidee Somchai")
    desk = office.as_desk()
    tag = office.get(f"/patients/{one}", desk).headers["ETag"]
    keyed = {"Idempotency-Key": "m-1", "If-Match": tag}
    first, again = (office.post(f"/patients/{one}/merge", desk, {"into": two} | WHY, extra=keyed) for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert office.published(case_id).count("case.updated") == 1
    stale = office.post(f"/patients/{one}/unmerge", desk, WHY, extra={"If-Match": tag})
    assert stale.status_code == 412 and patient_of(office, case_id) == two


def test_links_and_merges_at_once_leave_no_case_behind(office):
    (one, _), (two, _) = walk_in(office), walk_in(office, "Jaidee Somchai")
    cases = [office.refer(agency_reference=f"race {number}") for number in range(12)]
    desk, clients = office.as_desk(), [office.app.test_client() for _ in range(13)]

    def link(number):
        path = f"/intake/api/v1/cases/{cases[number]}"
        return clients[number].patch(path, headers=desk, json={"patient_id": one}).status_code

    def merging(_):
        path = f"/intake/api/v1/patients/{one}/merge"
        return clients[12].post(path, headers=desk, json={"into": two} | WHY).status_code

    with ThreadPoolExecutor(13) as pool:
        jobs = [pool.submit(link, number) for number in range(6)]
        jobs.append(pool.submit(merging, 0))
        jobs += [pool.submit(link, number) for number in range(6, 12)]
        statuses = [job.result() for job in jobs]
    assert set(statuses) <= {200, 503}
    merged = office.get(f"/patients/{one}", desk).json["merged_into"] == two
    assert office.database["cases"].count_documents({"patient_id": one}) == 0 or not merged
    unlinked = office.database["cases"].count_documents({"patient_id": None})
    assert unlinked <= statuses.count(503)
