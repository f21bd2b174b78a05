"""Deadlines of training hold when somebody asks: the clock is moved, and no timer runs."""

from datetime import date, timedelta

import pytest

from services.training.actions import links, scheduled_jobs
from services.training.actions.letters import facts
from services.training.rules import letters
from tests.integration.training_office import PROGRAMME, WRITTEN, TrainingOffice


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def offered(office: TrainingOffice, answer_days: int = 14) -> str:
    id_ = office.accepted(office.programme(answer_days=answer_days))
    office.done("POST", f"/applications/{id_}/announce")
    return id_


@pytest.mark.parametrize(("after", "taken"), [(-1, True), (0, False), (1, False), (86400, False)])
@pytest.mark.parametrize("days", [1, 14])
def test_an_offer_is_answered_in_time_or_not_at_all(office: TrainingOffice, days: int, after: int, taken: bool) -> None:
    """By the office, by the applicant's page, and by moving it; to the second."""
    id_ = offered(office, days)
    office.move(days=days, seconds=after)
    token = links.token_for(office.deps, office.stored(id_), office.now)
    page = office.visitor().get(f"/training/application/{token}").text
    assert ("/confirm" in page) is taken
    moved = office.call("POST", f"/applications/{id_}/move", {"first_day": "2027-02-08", "last_day": "2027-02-26"})
    assert moved.status_code == (200 if taken else 409)
    answer = office.call("POST", f"/applications/{id_}/confirm")
    assert answer.status_code == (200 if taken else 409)
    if not taken:
        assert answer.json["type"].endswith("answered-too-late") and office.status(id_) == "accepted"
        office.run(scheduled_jobs.run_due)
        assert office.status(id_) == "lapsed"


def test_the_page_of_who_comes_too_late_says_so(office: TrainingOffice) -> None:
    id_ = offered(office)
    token = links.token_for(office.deps, office.stored(id_), office.now)
    visitor = office.visitor()
    form = visitor.form(f"/training/application/{token}", f"/training/application/{token}/confirm")
    office.move(days=14)
    answer = visitor.send(form)
    assert answer.status_code == 409 and office.status(id_) == "accepted"
    assert "/confirm" not in visitor.get(f"/training/application/{token}").text


@pytest.mark.parametrize(("after", "open_"), [(-1, True), (0, False), (3600, False)])
def test_nobody_begins_or_hands_in_after_the_deadline(office: TrainingOffice, after: int, open_: bool) -> None:
    partner = office.organization()
    programme = office.programme(deadline="2026-12-01T00:00:00Z")
    draft = office.application(programme)
    plan = {"period_id": programme["periods"][0]["id"], "first_day": "2027-02-01", "last_day": "2027-02-26"}
    group = {"name": "Spring", "programme_id": programme["id"], "organization_id": partner, **plan}
    made = office.done("POST", "/groups", group)
    person = {"name": {"latin": "A B"}, "birth_date": "1990-01-01", "nationality": "TH"}
    office.on("2026-12-01")
    office.now += timedelta(seconds=after)
    body = {"programme_id": programme["id"], **WRITTEN, **office.other_person(2), **plan}
    for path, sent, good in (
        ("/applications", body, 201),
        ("/groups", group, 201),
        (f"/groups/{made['id']}/people", {"people": [person]}, 200),
        (f"/applications/{draft}/submit", None, 200),
    ):
        answer = office.call("POST", path, sent)
        assert answer.status_code == (good if open_ else 409), (path, answer.text)


@pytest.mark.parametrize(("ends", "carries"), [("2027-02-26", True), ("2027-02-25", False), ("2026-11-23", False)])
def test_an_agreement_carries_a_stay_by_its_days(office: TrainingOffice, ends: str, carries: bool) -> None:
    """Still `active` as last heard: what counts are its days."""
    partner = office.organization()
    agreement = office.agreement(partner, ends=ends)
    id_ = office.reviewed(office.programme(), organization_id=partner)
    office.database.applications.update_one({"_id": id_}, {"$set": {"agreement_id": agreement}})
    assert office.call("POST", f"/applications/{id_}/accept", {}).status_code == (200 if carries else 409)


@pytest.mark.parametrize(
    ("day", "starts"), [("2027-01-31", False), ("2027-02-01", True), ("2027-02-26", True), ("2027-02-27", False)]
)
def test_nobody_starts_after_the_last_day(office: TrainingOffice, day: str, starts: bool) -> None:
    id_ = office.confirmed(office.programme())
    office.on(day)
    assert office.call("POST", f"/applications/{id_}/start").status_code == (200 if starts else 409)


def test_whoever_is_late_is_late_at_once(office: TrainingOffice) -> None:
    """On the board, the moment the promised day has passed."""
    id_ = office.submitted(office.programme(deadline=PROGRAMME["deadline"]))
    for seconds, late in ((7 * 86400 - 1, False), (2, True)):
        office.now += timedelta(seconds=seconds)
        text = office.visitor("training").get("/training/").text
        top = text[text.index('id="stage-attention"') :][:4000] if 'id="stage-attention"' in text else ""
        assert (f"a-{id_}" in top.partition("</section>")[0]) is late


@pytest.mark.parametrize(("days", "opens"), [(89, True), (90, False), (500, False)])
def test_a_link_opens_nothing_after_its_days(office: TrainingOffice, days: int, opens: bool) -> None:
    id_ = office.application(office.programme())
    token = links.token_for(office.deps, office.stored(id_), office.now)
    office.move(days=days)
    assert office.visitor().get(f"/training/application/{token}").status_code == (200 if opens else 404)


# a decision that is none any more


@pytest.mark.parametrize("taken_back", ["withdraw", "confirm", "nothing", "again"])
@pytest.mark.parametrize("outcome", ["accepted", "waitlisted", "rejected"])
def test_only_a_decision_that_stands_is_announced_and_once(
    office: TrainingOffice, outcome: str, taken_back: str
) -> None:
    slots = 0 if outcome == "waitlisted" else 2
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": slots}])
    id_ = office.reviewed(programme)
    office.done("POST", f"/applications/{id_}/reject", {"reason": "other"}) if outcome == "rejected" else office.done(
        "POST", f"/applications/{id_}/accept", {}
    )
    assert office.status(id_) == outcome
    if taken_back == "withdraw" and outcome == "rejected":
        return
    stands = taken_back == "nothing"
    if taken_back == "withdraw":
        office.done("POST", f"/applications/{id_}/withdraw", {"reason": "visa"})
    if taken_back in ("confirm", "again"):
        office.done("POST", f"/applications/{id_}/announce")
    if taken_back == "confirm" and outcome == "accepted":
        office.done("POST", f"/applications/{id_}/confirm")
    before, said = office.stored(id_), office.published(id_)
    answer = office.call("POST", f"/applications/{id_}/announce")
    assert answer.status_code == (200 if stands else 409)
    if not stands:
        assert "announce" not in answer.json["allowed"]
        assert (office.stored(id_), office.published(id_)) == (before, said)


# the first day and the last


@pytest.mark.parametrize(("day", "late"), [("2027-02-01", False), ("2027-02-02", True), ("2027-02-10", True)])
def test_who_starts_today_is_not_overdue_the_same_day(office: TrainingOffice, day: str, late: bool) -> None:
    """Until the first day ends at the hospital; afterwards the office is told, once."""
    id_ = office.confirmed(office.programme())
    office.on(day)
    office.now += timedelta(hours=15, seconds=-2)  # midnight in Tokyo, but for two seconds
    for _ in range(2):
        office.run(scheduled_jobs.run_due)
    assert office.published(id_).count("application.overdue") == late
    assert ('id="stage-attention"' in office.visitor("training").get("/training/").text) is late


@pytest.mark.parametrize(
    ("day", "there"), [("2027-02-01", True), ("2027-02-26", True), ("2027-02-27", False), ("2027-04-01", False)]
)
@pytest.mark.parametrize("started", [True, False])
def test_who_is_past_the_last_day_is_no_guest_and_is_raised(
    office: TrainingOffice, day: str, there: bool, started: bool
) -> None:
    """On the page of who is where, on the board, and as a notice, whether or not anybody ended the stay."""
    id_ = (office.active if started else office.confirmed)(office.programme())
    assert office.stored(id_)["next"]["by"] == ("2027-02-26T14:59:59.000Z" if started else "2027-02-01T14:59:59.000Z")
    office.on(day)
    office.run(scheduled_jobs.run_due)
    raised = started and not there
    assert ("NGUYEN" in office.visitor("training").get("/training/people").text) is there
    if started:
        assert ("application.overdue" in office.published(id_)) is raised
        assert ('id="stage-attention"' in office.visitor("training").get("/training/").text) is raised
    if raised:
        said = office.stored(id_)["outbox"][-1]["data"]
        assert (said["what"], said["status"]) == ("train", "active")


@pytest.mark.parametrize("day", ["2027-02-01", "2027-02-10", "2027-02-26", "2027-03-05"])
def test_a_certificate_certifies_days_that_have_passed(office: TrainingOffice, day: str) -> None:
    """Ended before its last day, the stay is certified up to that day, and departments that were still to come are not named."""
    rotations = [
        {"department": "cardiology", "first_day": "2027-02-01", "last_day": "2027-02-12"},
        {"department": "surgery", "first_day": "2027-02-13", "last_day": "2027-02-26"},
    ]
    id_ = office.active(office.programme(), rotations=rotations)
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present"})
    office.on(day)
    office.done("POST", f"/applications/{id_}/complete")
    office.on("2027-04-01")
    paper = letters.values_of("certificate", facts(office.deps, office.stored(id_), "certificate"))
    until = min(date.fromisoformat(day), date(2027, 2, 26))
    assert (paper.programme.period.begins, paper.programme.period.ends) == (date(2027, 2, 1), until)
    assert [one.en for one in paper.programme.departments] == ["Cardiology", "Surgery"][
        : 1 + (until > date(2027, 2, 12))
    ]
