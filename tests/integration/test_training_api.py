"""Training's API on a real database: from a programme published to a placement completed, and what is refused on the way."""

import pytest

from services.training.actions import agreements, places, scheduled_jobs
from tests.integration.training_office import TrainingOffice


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def test_a_placement_from_publication_to_completion(office):
    programme = office.programme()
    assert [one["id"] for one in office.client.get("/training/api/v1/catalogue").json["items"]] == [programme["id"]]
    id_ = office.active(programme)
    assert office.published(id_) == [
        "application.started",
        "application.submitted",
        "application.check_started",
        "application.review_started",
        "application.reviewed",
        "application.reviewed",
        "application.accepted",
        "application.announced",
        "placement.confirmed",
        "placement.started",
    ]
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present", "hours": 7.75})
    office.done(
        "POST", f"/applications/{id_}/evaluate", {"of": "trainee", "scores": {"attitude": 5}, "text": "Attentive."}
    )
    done = office.done("POST", f"/applications/{id_}/complete")
    assert done["status"] == "completed" and done["certificate"] == {"issued_at": None, "fault": None}
    assert office.published(id_)[-1] == "placement.completed"


def test_what_is_refused_keeps_the_draft_and_names_every_fault(office):
    programme = office.programme()
    id_ = office.done("POST", "/applications", {"programme_id": programme["id"], "email": "a@b.example"})["id"]
    answer = office.call("POST", f"/applications/{id_}/submit")
    assert answer.status_code == 422
    assert {"#/name", "#/birth_date", "#/period_id", "#/motivation"} <= {
        one["pointer"] for one in answer.json["errors"]
    }
    assert office.status(id_) == "draft"


def test_one_person_applies_once_for_a_period(office):
    programme = office.programme()
    office.submitted(programme)
    again = office.application(programme, passport={"number": "other", "country": "TH"})
    answer = office.call("POST", f"/applications/{again}/submit")
    assert answer.status_code == 409 and answer.json["type"].endswith("applied-already")
    assert office.status(again) == "draft"


def test_who_withdrew_may_apply_again(office):
    programme = office.programme()
    first = office.submitted(programme)
    office.done("POST", f"/applications/{first}/withdraw", {})
    office.submitted(programme)


def test_a_deadline_passed_a_second_ago_in_tokyo_keeps_the_draft(office):
    programme = office.programme(deadline="2026-11-30T15:00:00Z")
    id_ = office.application(programme)
    office.on("2026-11-30")
    office.move(hours=15)
    answer = office.call("POST", f"/applications/{id_}/submit")
    assert answer.status_code == 409 and "2026-12-01 00:00 (Asia/Tokyo; 2026-11-30T15:00:00" in answer.json["detail"]
    assert office.status(id_) == "draft"
    office.move(seconds=-1)
    office.done("POST", f"/applications/{id_}/submit")


def test_places_are_never_more_than_there_are_and_a_freed_one_goes_to_who_waits_first(office):
    programme = office.programme()
    ids = [office.accepted(programme, **office.other_person(n)) for n in range(5)]
    assert [office.status(id_) for id_ in ids] == ["accepted", "accepted", "waitlisted", "waitlisted", "waitlisted"]
    for id_ in ids[:3]:
        office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{ids[0]}/withdraw", {"reason": "visa"})
    assert [office.status(id_) for id_ in ids] == ["withdrawn", "accepted", "accepted", "waitlisted", "waitlisted"]
    moved = office.stored(ids[2])
    assert moved["decision"]["announced_at"] is not None and moved["outbox"][-1]["data"]["from_waiting_list"] is True
    office.done("POST", f"/applications/{ids[2]}/confirm")


def test_what_is_decided_is_not_told_before_it_is_announced(office):
    programme = office.programme()
    id_ = office.accepted(programme)
    assert office.call("POST", f"/applications/{id_}/confirm").status_code == 409
    told = office.done("POST", f"/applications/{id_}/announce")
    assert told["decision"]["answer_by"] == "2026-12-08T00:00:00.000Z"
    assert office.call("POST", f"/applications/{id_}/announce").status_code == 409


def test_an_offer_nobody_answers_lapses_and_its_place_is_free(office):
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}])
    first, second = (office.accepted(programme, **office.other_person(n)) for n in range(2))
    office.done("POST", f"/applications/{first}/announce")
    office.move(days=13, hours=23)
    office.run(scheduled_jobs.run_due)
    assert office.status(first) == "accepted"
    office.move(hours=1)
    office.run(scheduled_jobs.run_due)
    assert (office.status(first), office.status(second)) == ("lapsed", "accepted")


def test_a_group_takes_one_slot_and_no_more_people_than_it_may(office):
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1, "group_size": 2}])
    plan = {"period_id": programme["periods"][0]["id"], "first_day": "2027-02-01", "last_day": "2027-02-26"}
    partner = {"programme_id": programme["id"], "organization_id": office.organization()}
    group = office.done("POST", "/groups", {"name": "Spring", **partner, **plan})["id"]
    ids = [office.accepted(programme, group_id=group, **office.other_person(n)) for n in range(3)]
    assert [office.status(id_) for id_ in ids] == ["accepted", "accepted", "waitlisted"]


def test_a_departments_day_is_counted_over_all_programmes(office):
    office.done("POST", "/departments/cardiology/places", {"per_day": 1})
    first, second = office.programme(), office.programme(kind="elective")
    one = office.accepted(first, **office.other_person(1))
    late = office.accepted(second, **office.other_person(2))
    free = office.accepted(second, **office.other_person(3), first_day="2027-03-01", last_day="2027-03-31")
    assert [office.status(id_) for id_ in (one, late, free)] == ["accepted", "waitlisted", "accepted"]
    office.done("POST", "/departments/cardiology/places", {"per_day": 2})
    office.run(places.fill_places)
    assert office.status(late) == "accepted"


def test_a_period_keeps_the_places_that_are_taken_and_grows_into_its_waiting_list(office):
    programme = office.programme()
    ids = [office.accepted(programme, **office.other_person(n)) for n in range(3)]
    period = programme["periods"][0]
    answer = office.call("PATCH", f"/programmes/{programme['id']}", {"periods": [period | {"slots": 1}]})
    assert answer.status_code == 409 and "2 places" in answer.json["detail"]
    office.done("PATCH", f"/programmes/{programme['id']}", {"periods": [period | {"slots": 3}]})
    assert office.status(ids[2]) == "accepted"


def test_moving_claims_the_new_place_first(office):
    periods = [
        {"from": "2027-02-01", "until": "2027-02-28", "slots": 1},
        {"from": "2027-03-01", "until": "2027-03-31", "slots": 1},
    ]
    programme = office.programme(periods=periods)
    february, march = (one["id"] for one in programme["periods"])
    one = office.confirmed(programme, **office.other_person(1))
    two = office.accepted(
        programme, **office.other_person(2), period_id=march, first_day="2027-03-01", last_day="2027-03-20"
    )
    move = {"first_day": "2027-03-01", "last_day": "2027-03-26", "period_id": march}
    assert office.done("POST", f"/applications/{one}/breaks", move)["others"] == ["place:period"]
    assert office.call("POST", f"/applications/{one}/move", move).status_code == 409
    assert (office.status(one), office.stored(one)["period_id"]) == ("confirmed", february)
    office.done("POST", f"/applications/{two}/withdraw", {})
    moved = office.done("POST", f"/applications/{one}/move", move)
    assert (moved["status"], moved["first_day"]) == ("deferred", "2027-03-01")
    assert office.done("POST", f"/applications/{one}/confirm")["status"] == "confirmed"
    rotation = office.stored(one)["rotations"]
    assert (rotation[0]["first_day"], rotation[0]["last_day"]) == ("2027-03-01", "2027-03-26")


def test_overseas_needs_an_agreement_that_carries_the_stay_and_is_held_when_it_ends(office):
    host = office.organization()
    office.database.organizations.update_one({"_id": host}, {"$set": {"name": "Harbour"}})
    programme = office.programme(kind="overseas", department=None, organization_id=host, country="DE")
    contact = {"emergency_contact": {"name": "Family", "phone": "+81 3-3456-7890"}, "risk_note": "Low."}
    id_ = office.reviewed(programme, **contact)
    assert office.call("POST", f"/applications/{id_}/accept", {}).json["type"].endswith("agreement-missing")
    agreement = office.agreement(host)
    office.done("POST", f"/applications/{id_}/agreement", {"agreement_id": agreement})
    office.done("POST", f"/applications/{id_}/accept", {})
    office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{id_}/confirm")
    office.database.agreements.update_one({"_id": agreement}, {"$set": {"status": "expired", "recheck": True}})
    office.run(agreements.recheck_changed)
    assert office.stored(id_)["hold"]["reason"] == "not_active" and office.published(id_)[-1] == "application.held"
    office.on("2027-02-01")
    refused = office.call("POST", f"/applications/{id_}/start")
    assert refused.status_code == 409 and "held" in refused.json["detail"]
    office.done("POST", f"/applications/{id_}/need-no-agreement", {"because": "Personal invitation"}, role="chief")
    assert office.stored(id_)["hold"] is None
    office.done("POST", f"/applications/{id_}/start")


def test_hands_on_training_does_not_start_without_what_the_act_asks(office):
    supervisor = {"name": "SATO Ken", "designated_for": []}
    programme = office.programme(kind="hands_on", supervisor=supervisor)
    id_ = office.confirmed(programme, licence={"licensed_on": "2025-04-01"})
    office.on("2027-02-01")
    detail = office.call("POST", f"/applications/{id_}/start").json["detail"]
    asked = (
        "permission_missing",
        "supervisor_not_designated",
        "licence_under_three_years",
        "language_not_shown",
        "designation_missing",
        "paper:liability_insurance",
    )
    for fault in asked:  # fmt: skip
        assert fault in detail


def test_papers_are_told_by_content_checked_and_named_when_they_refuse_the_start(office):
    rule = {
        "code": "tb_test",
        "name": {"ja": "結核検査", "en": "TB test"},
        "stage": "post_decision",
        "validity": {"within_days_of_start": 365},
    }
    programme = office.programme(requirements=[rule])
    id_ = office.confirmed(programme)
    assert office.upload(id_, "tb_test", b"MZ\x90\x00 not a pdf", "tb.pdf").status_code == 415
    assert office.upload(id_, "unknown_thing").status_code == 422
    office.on("2027-02-01")
    assert "paper:tb_test" in office.call("POST", f"/applications/{id_}/start").json["detail"]
    old = office.paper(id_, "tb_test", accept=False, issued_on="2026-01-01")
    refused = office.call("POST", f"/applications/{id_}/papers/{old}/accept", {})
    assert refused.json["errors"] == [{"pointer": "#/issued_on", "detail": "expected 2026-02-01 or a day after"}]
    assert "paper:tb_test" in office.call("POST", f"/applications/{id_}/start").json["detail"]
    office.paper(id_, "tb_test", issued_on="2026-12-01")
    office.done("POST", f"/applications/{id_}/start")


def test_nothing_of_the_person_stands_in_the_open(office):
    id_ = office.active(office.programme())
    office.paper(id_, "other", issued_on="2026-12-01")
    raw = (
        repr(office.stored(id_))
        + repr(list(office.database.places.find()))
        + repr(list(office.database["fs.files"].find()))
    )
    for secret in ("NGUYEN", "Hoa", "1990-05-17", "C1234567", "lotus", "heart team", "paper.pdf"):
        assert secret not in raw
