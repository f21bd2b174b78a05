"""What law, house and programme ask is asked in time: when it is handed in, before a place is given, before the start, and again at it."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from services.training.actions import agreements, application_records, letters, links, places
from services.training.handlers import HANDLERS
from services.training.rules import letters as rules
from services.training.rules import people, states
from shared import places as countries
from shared.eras import typed_day
from shared.events.partners import OrganizationClosed, OrganizationSuspended
from tests.integration.training_office import TrainingOffice
from tests.visitor import form_to

CONTACT = {"emergency_contact": {"name": "Family", "phone": "+81 3-3456-7890"}, "risk_note": "Low."}
CV = {"code": "cv", "name": {"ja": "履歴書", "en": "Curriculum vitae"}}
LETTER = {"code": "recommendation", "name": {"ja": "推薦状", "en": "Letter"}, "owner": "partner"}
SHORT = {"number": "C1", "country": "TH", "expires_on": "2027-02-25"}


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def abroad(office: TrainingOffice, **more: Any) -> tuple[str, dict[str, Any]]:
    host = office.organization()
    return host, office.programme(kind="overseas", department=None, organization_id=host, country="DE", **more)


def under_agreement(office: TrainingOffice, host: str, id_: str) -> None:
    office.done(
        "POST",
        f"/applications/{id_}/agreement",
        {"agreement_id": office.agreement(host, title={"ja": "協定", "en": "Pact"})},
    )


def faults(office: TrainingOffice, id_: str) -> list[str]:
    return list(office.done("GET", f"/applications/{id_}")["start_faults"])


def here_of(office: TrainingOffice, id_: str) -> str:
    return "/training/application/" + links.token_for(office.deps, office.stored(id_), office.now)


def written(office: TrainingOffice, id_: str) -> Mapping[str, Any]:
    return application_records.body_of(office.deps, office.stored(id_))


def heard(office: TrainingOffice, host: str, status: str) -> None:
    """As the worker's handlers keep it: the partner changed, and somebody has to look."""
    change = {"$set": {"status": status, "recheck": True}, "$inc": {"sequence": 1}}
    office.database.organizations.update_one({"_id": host}, change)


def test_what_is_due_with_an_application_is_due_with_it(office):
    """By whoever hands it in; what others bring, and what is due later, is not waited for."""
    later = CV | {"code": "fee", "stage": "post_decision"}
    id_ = office.application(office.programme(requirements=[CV, LETTER, later]))
    standings = {row["code"]: row for row in office.done("GET", f"/applications/{id_}")["standings"]}
    assert standings["cv"]["due"] == "2026-12-31", "the deadline, as long as it is a draft"
    refused = office.call("POST", f"/applications/{id_}/submit")
    assert refused.status_code == 422 and office.status(id_) == "draft"
    assert refused.json["errors"] == [
        {"pointer": "#/papers/cv", "detail": "expected; it is required with the application"}
    ]
    office.paper(id_, "cv", accept=False)
    office.done("POST", f"/applications/{id_}/submit")
    cv = office.stored(id_)["documents"][0]["id"]
    office.done("POST", f"/applications/{id_}/check")
    office.done("POST", f"/applications/{id_}/papers/{cv}/refuse", {"reason": "blurred"})
    office.done("POST", f"/applications/{id_}/return", {"message": "Please send it again.", "papers": ["cv"]})
    assert office.call("POST", f"/applications/{id_}/submit").status_code == 422
    office.paper(id_, "cv", accept=False)
    office.done("POST", f"/applications/{id_}/submit")


@pytest.mark.parametrize(
    ("dates", "pointer"),
    [
        ({"issued_on": "2026-11-25"}, "#/issued_on"),
        ({"issued_on": "2199-12-31"}, "#/issued_on"),
        ({"titre_on": "2027-01-01"}, "#/titre_on"),
        ({"valid_until": "2026-11-23"}, "#/valid_until"),
        ({"valid_until": "1900-01-01"}, "#/valid_until"),
        ({"valid_from": "2027-03-01", "valid_until": "2027-02-01"}, "#/valid_from"),
    ],
)
@pytest.mark.parametrize("requirement", ["cv", "other", "tb_clearance"])
def test_dates_that_serve_no_stay_are_refused_as_they_come(office, requirement, dates, pointer):
    id_ = office.application(office.programme(requirements=[CV]))
    answer = office.upload(id_, requirement, **dates)
    assert answer.status_code == 422 and [one["pointer"] for one in answer.json["errors"]] == [pointer]
    assert office.stored(id_)["documents"] == []
    paper = office.paper(id_, requirement, accept=False)
    answer = office.call("POST", f"/applications/{id_}/papers/{paper}/accept", dates)
    assert answer.status_code == 422 and pointer in [one["pointer"] for one in answer.json["errors"]]
    assert office.stored(id_)["documents"][0]["status"] == "to_check"


def test_a_clearance_is_asked_for_its_x_ray_and_an_exemption_for_its_proof(office):
    person = {"nationality": "VN", "residence": "VN", "first_day": "2027-02-01", "last_day": "2027-05-14"}
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-06-30", "slots": 3}])
    id_ = office.confirmed(programme, **person)
    paper = office.paper(id_, "tb_clearance", accept=False)
    path = f"/applications/{id_}/papers/{paper}/accept"
    for dates in ({}, {"issued_on": "2026-08-04"}, {"valid_until": "2027-12-31"}):
        assert office.call("POST", path, dates).status_code == 422, dates
    office.done("POST", path, {"issued_on": "2026-08-05"})
    moved = {"first_day": "2027-02-02", "last_day": "2027-05-14", "period_id": None}
    (broken,) = office.done("POST", f"/applications/{id_}/breaks", moved)["papers"]
    assert (broken["code"], broken["state"], broken["reason"]["code"]) == ("tb_clearance", "expires", "used_up")
    other = office.confirmed(programme, **person | office.other_person(2), exempt_scheme="jica_trainee")
    view = office.done("GET", f"/applications/{other}")
    assert (view["screening"]["scheme"], view["screening"]["verified"]) == ("jica_trainee", False)
    (row,) = view["standings"]
    assert (row["state"], row["turn"], row["reason"]["code"]) == ("to_check", "hospital", "exemption_unverified")
    text = office.visitor("training").get(f"/training/applications/{other}").text
    assert "Claimed, not verified" in text and "JICA trainees" in text
    assert office.call("POST", f"/applications/{other}/screening", {"scheme": "jica_trainee"}).status_code == 422
    proof = {"scheme": "jica_trainee", "proof": "Letter of JICA Hanoi, 2026-10-01"}
    office.done("POST", f"/applications/{other}/screening", proof)
    view = office.done("GET", f"/applications/{other}")
    assert view["standings"] == [] and view["screening"]["verified"] and view["screening"]["reason"] == "exempt_scheme"
    assert "Letter of JICA" in office.visitor("training").get(f"/training/applications/{other}").text
    assert "Letter of JICA" not in repr(office.stored(other))
    office.done("PATCH", f"/applications/{other}", {"exempt_scheme": "jds"})
    assert office.done("GET", f"/applications/{other}")["standings"][0]["state"] == "to_check", "proof of another one"


def test_a_move_beyond_three_months_says_what_it_asks_for(office):
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-06-30", "slots": 1}])
    id_ = office.accepted(programme, nationality="PH", residence="PH")
    to = {"first_day": "2027-02-01", "period_id": None}
    assert office.done("POST", f"/applications/{id_}/breaks", to | {"last_day": "2027-05-01"})["papers"] == []
    (row,) = office.done("POST", f"/applications/{id_}/breaks", to | {"last_day": "2027-05-02"})["papers"]
    assert (row["code"], row["state"]) == ("tb_clearance", "missing")
    page = office.visitor("training").get(f"/training/applications/{id_}/move?first_day=2027-02-01&last_day=2027-05-02")
    assert "Tuberculosis clearance certificate" in page.text
    office.done("POST", f"/applications/{id_}/move", to | {"last_day": "2027-05-02"})
    assert [one["code"] for one in office.done("GET", f"/applications/{id_}")["standings"]] == ["tb_clearance"]


def test_a_paper_for_the_visa_is_made_for_its_days(office):
    visa = {"code": "visa_letter", "name": {"ja": "査証", "en": "Visa letter"}, "owner": "training", "stage": "post_decision"}  # fmt: skip
    id_ = office.confirmed(office.programme(requirements=[visa]))
    office.paper(id_, "visa_letter")
    moved = {"first_day": "2027-02-02", "last_day": "2027-02-26", "period_id": None}
    (row,) = office.done("POST", f"/applications/{id_}/breaks", moved)["papers"]
    assert (row["code"], row["state"], row["turn"]) == ("visa_letter", "expires", "training")
    office.done("POST", f"/applications/{id_}/move", moved)
    office.done("POST", f"/applications/{id_}/confirm")
    office.on("2027-02-02")
    assert "paper:visa_letter" in office.call("POST", f"/applications/{id_}/start").json["detail"]
    office.paper(id_, "visa_letter")
    office.done("POST", f"/applications/{id_}/start")


# passports


@pytest.mark.parametrize(
    ("passport", "code", "words"),
    [
        (SHORT, "passport_ends_before_visit", "before your last day (Fri 26 Feb 2027)"),
        ({"number": "C1", "country": "TH"}, "passport_date_unknown", "We need the expiry date of your passport"),
    ],
)
@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_passport_is_told_long_before_the_start_and_mended_in_every_state(office, direction, passport, code, words):
    host, programme = abroad(office) if direction == "out" else (None, office.programme())
    id_ = office.application(programme, **CONTACT, passport={"expires_on": None} | passport)
    if host:
        under_agreement(office, host, id_)
    desk = office.visitor("training")

    def told(page: str) -> None:
        visitor = office.applicant(id_)
        assert words in visitor.get(here_of(office, id_)).text, office.status(id_)
        if office.status(id_) != "draft":
            assert code in faults(office, id_), office.status(id_)
            assert page in desk.get(f"/training/applications/{id_}").text, office.status(id_)
        office.done("PATCH", f"/applications/{id_}", {"passport": {"expires_on": "2031-01-01"}})
        assert office.published(id_)[-1] == "application.updated" and code not in faults(office, id_)
        assert words not in visitor.get(here_of(office, id_)).text
        before = {"expires_on": passport.get("expires_on")}
        office.done("PATCH", f"/applications/{id_}", {"passport": before})

    page = (
        "passport expires before the last day" if code.endswith("visit") else "expiry date of the passport is missing"
    )
    told(page)
    for command in ("submit", "check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
        told(page)
    for step, role in (("department", "reviewer"), ("chief", "chief")):
        office.done("POST", f"/applications/{id_}/give-review", {"step": step, "verdict": "approve"}, role=role)
    if host:
        office.insured(id_)
    for command, body in (("accept", {}), ("announce", None), ("confirm", None)):
        office.done("POST", f"/applications/{id_}/{command}", body)
        told(page)
    office.on("2027-02-01")
    refused = office.call("POST", f"/applications/{id_}/start")
    assert refused.status_code == 409 and code in refused.json["detail"]
    visitor = office.applicant(id_)
    form = visitor.form(here_of(office, id_), f"{here_of(office, id_)}/later")
    assert visitor.send(form, **{"passport.expires_on": "2031/1/1"}).status_code == 303
    assert office.stored(id_)["outbox"][-1]["actor"] == f"applicant:{id_}"
    office.done("POST", f"/applications/{id_}/start")


@pytest.mark.parametrize(("passport", "named"), [(SHORT, True), ({"expires_on": None}, True), ({}, False)])
def test_an_offer_names_a_passport_that_does_not_serve_as_a_condition(office, passport, named):
    written_so = {"passport": passport} if passport else {}
    id_ = office.accepted(office.programme(), **written_so)
    facts = letters.facts(office.deps, office.stored(id_), "letter")
    assert (rules.PASSPORT in facts.open_documents) is named


def test_the_desk_enters_what_came_later_on_its_page(office):
    id_ = office.accepted(office.programme(), passport={"number": None, "country": None, "expires_on": None})
    desk = office.visitor("training")
    form = desk.form(f"/training/applications/{id_}", f"/training/applications/{id_}/later")
    wrong = desk.send(form, **{"passport.expires_on": "someday", "passport.number": "K7"})
    assert wrong.status_code == 422 and 'value="K7"' in wrong.text
    assert desk.send(form, **{"passport.expires_on": "R13.1.1", "passport.number": "K7"}).status_code == 303
    assert written(office, id_)["passport"] == {"number": "K7", "expires_on": "2031-01-01"}
    assert office.stored(id_)["outbox"][-1]["actor"] == "account:acc-1"
    assert office.visitor("department").send(form).status_code == 403


@pytest.mark.parametrize("field", sorted(set(people.ALL_FIELDS) - set(people.EDITABLE_LATER)))
def test_only_what_may_come_later_is_changed_once_it_is_handed_in(office, field):
    id_ = office.submitted(office.programme())
    value: Any = {"latin": "X"} if field == "name" else [] if field == "rotations" else None
    value = {"language": "ja", "email": "x@lotus.example"}.get(field, value)
    refused = office.call("PATCH", f"/applications/{id_}", {field: value})
    assert refused.status_code in (409, 422) and office.published(id_)[-1] == "application.submitted"


def test_nothing_is_entered_once_it_is_over(office):
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 9}])
    for n, (end, body) in enumerate((("withdraw", {}), ("reject", {"reason": "no_capacity"}))):
        id_ = office.reviewed(programme, **office.other_person(n))
        office.done("POST", f"/applications/{id_}/{end}", body)
        if end == "reject":
            office.done("POST", f"/applications/{id_}/announce")
        assert office.status(id_) in states.OVER
        assert office.call("PATCH", f"/applications/{id_}", {"phone": "+66 2 123 4567"}).status_code == 409
        assert f"{here_of(office, id_)}/later" not in office.visitor().get(here_of(office, id_)).text


def test_who_is_decided_against_and_not_told_reads_and_writes_as_anybody(office):
    id_ = office.reviewed(office.programme(), passport=SHORT)
    office.done("POST", f"/applications/{id_}/reject", {"reason": "no_capacity"})
    visitor = office.applicant(id_)
    form = visitor.form(here_of(office, id_), f"{here_of(office, id_)}/later")
    assert visitor.send(form, **{"passport.expires_on": "2031-01-01"}).status_code == 303


# abroad


@pytest.mark.parametrize(
    ("roles", "taken"),
    [(("training",), False), (("training", "department"), False), (("department",), True), (("reviewer",), True)],
)
def test_the_word_of_the_department_is_not_the_training_offices(office, roles, taken):
    _, programme = abroad(office, review={"order": "parallel", "steps": ["department", "chief"]})
    id_ = office.submitted(programme, **CONTACT)
    for command in ("check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    token = office.token(*roles)
    answer = office.client.post(
        f"/training/api/v1/applications/{id_}/give-review",
        json={"step": "department", "verdict": "approve"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code == 200) is taken, answer.text
    assert ("department_approval" in faults(office, id_)) is not taken


def test_abroad_nobody_is_accepted_without_insurance_risk_note_and_the_departments_word(office):
    host, programme = abroad(office)
    assert office.call("PATCH", f"/programmes/{programme['id']}", {"review": {"steps": ["chief"]}}).status_code == 422
    id_ = office.reviewed(programme, **CONTACT)
    under_agreement(office, host, id_)
    paper = office.stored(id_)["documents"][-1]["id"]
    office.done("POST", f"/applications/{id_}/papers/{paper}/refuse", {"reason": "Another person's"})
    assert faults(office, id_)[0] == "paper:travel_insurance"
    refused = office.call("POST", f"/applications/{id_}/accept", {})
    assert refused.json["type"].endswith("may-not-accept") and "paper:travel_insurance" in refused.json["detail"]
    short = office.paper(id_, "travel_insurance", accept=False, valid_from="2027-02-01", valid_until="2027-02-25")
    assert office.call("POST", f"/applications/{id_}/papers/{short}/accept", {}).status_code == 422
    assert office.call("POST", f"/applications/{id_}/accept", {}).status_code == 409
    office.insured(id_)
    office.database.applications.update_one({"_id": id_}, {"$set": {"risk_noted": False}})
    assert "risk_note" in office.call("POST", f"/applications/{id_}/accept", {}).json["detail"]
    office.done("PATCH", f"/applications/{id_}", {"risk_note": "No warning in force."})
    reviews = office.stored(id_)["reviews"]
    office.database.applications.update_one({"_id": id_}, {"$set": {"reviews": reviews[1:]}})
    assert office.call("POST", f"/applications/{id_}/accept", {}).status_code == 409
    office.database.applications.update_one({"_id": id_}, {"$set": {"reviews": reviews}})
    office.done("POST", f"/applications/{id_}/accept", {})
    assert office.call("PATCH", f"/applications/{id_}", {"risk_note": None}).status_code == 422


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_host_that_is_suspended_or_closed_holds_and_nothing_new_begins_under_it(office, status):
    host, programme = abroad(office, periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}])
    going, waits, comes = (office.reviewed(programme, **CONTACT, **office.other_person(n)) for n in range(3))
    for id_ in (going, waits, comes):
        under_agreement(office, host, id_)
    for id_ in (going, waits):
        office.done("POST", f"/applications/{id_}/accept", {})
        office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{going}/confirm")
    assert office.status(waits) == "waitlisted"
    heard(office, host, status)
    office.run(agreements.recheck_changed)
    for id_ in (going, waits, comes):
        assert (
            office.stored(id_)["hold"]["reason"] == f"host_{status}" and office.published(id_)[-1] == "application.held"
        )
    text = office.visitor("training").get(f"/training/applications/{going}").text
    assert f"The host is {status}." in text
    assert office.call("POST", f"/applications/{comes}/accept", {}).json["type"].endswith("host-not-active")
    again = {"kind": "overseas", "title": {"ja": "海外", "en": "Abroad"}, "organization_id": host, "country": "DE"}
    assert office.call("POST", "/programmes", again).json["type"].endswith("host-not-active")
    office.done("POST", f"/programmes/{programme['id']}/close")
    assert office.call("POST", f"/programmes/{programme['id']}/publish").json["type"].endswith("host-not-active")
    office.done("PATCH", f"/programmes/{programme['id']}", {"answer_days": 7})
    office.done("POST", f"/applications/{going}/withdraw", {"reason": "other"})
    office.run(places.fill_places)
    assert office.status(waits) == "waitlisted", "nobody moves up into a place there"
    heard(office, host, "active")
    office.run(agreements.recheck_changed)
    office.run(places.fill_places)
    assert office.stored(waits)["hold"] is None and office.status(waits) == "accepted"
    office.done("POST", f"/programmes/{programme['id']}/publish")


def test_a_host_known_between_two_looks_refuses_the_start_at_once(office):
    host, programme = abroad(office)
    id_ = office.application(programme, **CONTACT)
    under_agreement(office, host, id_)
    for command in ("submit", "check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    for step, role in (("department", "reviewer"), ("chief", "chief")):
        office.done("POST", f"/applications/{id_}/give-review", {"step": step, "verdict": "approve"}, role=role)
    office.insured(id_)
    for command, body in (("accept", {}), ("announce", None), ("confirm", None)):
        office.done("POST", f"/applications/{id_}/{command}", body)
    office.on("2027-02-01")
    office.database.organizations.update_one({"_id": host}, {"$set": {"status": "suspended"}})
    refused = office.call("POST", f"/applications/{id_}/start")
    assert "host_suspended" in refused.json["detail"]
    office.done("POST", f"/applications/{id_}/need-no-agreement", {"because": "Invited"}, role="chief")
    assert office.call("POST", f"/applications/{id_}/start").status_code == 409, "no word of the chief's lifts it"
    office.database.organizations.update_one({"_id": host}, {"$set": {"status": "active"}})
    office.done("POST", f"/applications/{id_}/agreement", {"agreement_id": None})
    office.done("POST", f"/applications/{id_}/start")


def test_agreements_that_have_lapsed_let_nothing_new_begin(office):
    host, programme = abroad(office)
    office.done("POST", f"/programmes/{programme['id']}/close")
    old = office.agreement(host, status="expired")
    publish = f"/programmes/{programme['id']}/publish"
    assert office.call("POST", publish).json["type"].endswith("agreements-lapsed")
    office.database.agreements.update_one({"_id": old}, {"$set": {"status": "active", "ends": "2026-11-23"}})
    assert office.call("POST", publish).status_code == 409
    office.agreement(host, status="signed", starts="2027-01-01", ends="2029-12-31")
    office.done("POST", publish)


def test_a_change_of_a_partner_is_looked_at(office):
    assert HANDLERS[OrganizationSuspended] is HANDLERS[OrganizationClosed]
    assert HANDLERS[OrganizationClosed].__module__ == "services.training.handlers"


# hands-on training


def test_hands_on_training_starts_with_cover_and_designation_and_not_without(office):
    supervisor = {"name": "SATO Ken", "designated_for": ["doctor"]}
    programme = office.programme(kind="hands_on", supervisor=supervisor)
    id_ = office.confirmed(programme, licence={"licensed_on": "2015-04-01"})
    permission = {"number": "1", "from": "2027-02-01", "until": "2027-02-26"}
    office.done("POST", f"/applications/{id_}/hands-on", {"permission": permission, "languages_shown": True})
    assert faults(office, id_) == ["not_in_period", "designation_missing"]
    desk = office.visitor("training")
    assert "designation for clinical training is not entered" in desk.get(f"/training/applications/{id_}").text
    office.on("2027-02-01")
    start = f"/applications/{id_}/start"
    refused = office.call("POST", start).json["detail"]
    assert "designation_missing" in refused and "paper:liability_insurance" in refused
    office.paper(id_, "liability_insurance", valid_from="2027-02-01", valid_until="2027-02-26")
    path, desk = f"/training/manage/{programme['id']}", office.visitor("training")
    half = desk.send(desk.form(path, path), designation_number="Kokuji 1")
    assert half.status_code == 422 and "designation_from" in half.text
    for until, starts in (("2027-02-25", 409), ("2027-02-26", 200)):
        typed = {"designation_number": "Kokuji 1", "designation_from": "2010/4/1", "designation_until": until}
        assert desk.send(desk.form(path, path), **typed).status_code == 303
        assert office.call("POST", start).status_code == starts, until
    other = {"kind": "observation", "designation": {"number": "1", "from": "2010-04-01"}}
    assert office.call("POST", "/programmes", {"title": {"ja": "見学", "en": "Observe"}, "department": "cardiology"} | other).status_code == 422  # fmt: skip


@pytest.mark.parametrize("dates", [{"titre_on": "2026-10-01"}, {"doses": ["2026-08-01", "2026-09-15"]}])
def test_a_titre_or_a_record_is_taken(office, dates):
    rule = {"code": "varicella", "name": {"ja": "水痘", "en": "Varicella"}, "stage": "post_decision", "validity": {"doses": 2, "interval_days": 28, "or_titre": True}}  # fmt: skip
    id_ = office.submitted(office.programme(requirements=[rule]))
    paper = office.paper(id_, "varicella", accept=False)
    path = f"/applications/{id_}/papers/{paper}/accept"
    assert office.call("POST", path, {}).json["errors"][0]["pointer"] == "#/doses"
    assert office.call("POST", path, {"doses": ["2026-08-01"]}).status_code == 422
    office.done("POST", path, dates)
    assert office.done("GET", f"/applications/{id_}")["standings"][0]["state"] == "accepted"


# examples of days


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_day_is_asked_for_with_an_example_of_its_own_kind(office, language):
    """Each example is one that the field takes; only a birth lies decades back, only what is to come lies ahead."""
    rule = {"code": "insurance", "name": {"ja": "保険", "en": "Insurance"}, "validity": {"covers_visit": True, "from_start": True, "within_days_of_start": 90}}  # fmt: skip
    id_ = office.application(office.programme(requirements=[rule]), first_day=None, last_day=None)
    visitor, found = office.applicant(id_, language), {}
    for step in ("you", "plan", "papers"):
        page = visitor.get(f"{here_of(office, id_)}?step={step}").text
        for field, hint in _hints(page):
            found[field] = [typed_day(part) for part in hint]
    today = office.now.date()
    assert {"birth_date", "passport.expires_on", "first_day", "last_day", "issued_on", "valid_until"} <= set(found)
    for field, days in found.items():
        assert days and all(days) and len(set(days)) == 1, (field, days)
        ahead = field in ("first_day", "last_day", "valid_from", "valid_until", "passport.expires_on") or field.startswith("rotations")  # fmt: skip
        assert (days[0] > today) is ahead, (field, days)
    assert found["birth_date"][0].year < today.year - 18


def _hints(page: str) -> list[tuple[str, list[str]]]:
    rows = re.findall(
        r'<p class="hint" id="[\w-]+">(?:For example |例：)([^<]*)</p>\s*<input [^>]*name="([\w.]+)"[^>]*>', page
    )
    dated = [(name, hint) for hint, name in rows if re.match(r"\d{4}-\d\d-\d\d", hint)]
    return [(name, [part for part in re.split(r" or |、", hint) if part]) for name, hint in dated]


def test_the_form_of_the_applicant_keeps_what_was_typed_when_it_is_refused(office):
    id_ = office.confirmed(office.programme())
    visitor, here = office.applicant(id_), here_of(office, id_)
    refused = visitor.send(
        form_to(visitor.get(here).text, f"{here}/later"), phone="+66 2 5", **{"passport.expires_on": "soon"}
    )
    assert refused.status_code == 422 and 'value="+66 2 5"' in refused.text and 'value="soon"' in refused.text
    refused = visitor.send(form_to(visitor.get(here).text, f"{here}/later"), phone="+66 2 5")
    assert refused.status_code == 422, "no number there is, as in the first form"
    assert "phone" not in written(office, id_)


def test_every_form_that_asks_for_a_passport_offers_all_who_issue_one(office):
    draft = office.application(office.programme())
    id_ = office.submitted(office.programme(), **office.other_person(1))
    offering = {
        "you": office.applicant(draft).get(f"{here_of(office, draft)}?step=you"),
        "later": office.applicant(id_).get(here_of(office, id_)),
        "office": office.visitor("training").get(f"/training/applications/{id_}"),
    }
    issuers = {code for code, _ in countries.issuers("en")}
    assert {"UNO", "GBN"} <= issuers
    for name, answer in offering.items():
        asked = re.search(r'<select[^>]* name="passport\.country".*?</select>', answer.text, re.DOTALL)
        assert asked, name
        assert issuers <= set(re.findall(r'<option value="([^"]+)"', asked[0])), name
