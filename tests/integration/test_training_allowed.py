"""What a refusal says is `allowed`, for all commands in all states: an address that exists, and no refusal for the state. And whole answers."""

import re
from typing import Any

import pytest
from flask import Flask

from services.training.rules import states
from tests.integration.training_office import TrainingOffice

UNKNOWN = "01990000-0000-7000-8000-0000000000ff"
BODIES: dict[str, Any] = {
    "return": {"message": "A page is missing."},
    "accept": {},
    "reject": {"reason": "other"},
    "withdraw": {},
    "terminate": {"reason": "other"},
}


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def commands_of(app: Flask) -> set[str]:
    """The last parts of all addresses of an application that take a POST."""
    path = re.compile(r"/training/api/v1/applications/<application_id>/([a-z-]+)\Z")
    found = (path.match(rule.rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    return {match[1] for match in found if match}


def at(office: TrainingOffice, status: str, announced: bool) -> str:
    """An application, put into a state as no way through the application leads to all of them."""
    id_ = office.confirmed(office.programme())
    decided = status in ("accepted", "waitlisted", "rejected")
    decision = {**office.stored(id_)["decision"], "outcome": status, "announced_at": office.now if announced else None}
    office.database.applications.update_one(
        {"_id": id_}, {"$set": {"status": status, **({"decision": decision} if decided else {})}}
    )
    return id_


WHERE = [
    (status, told)
    for status in states.STATES
    for told in ((True, False) if status in ("accepted", "waitlisted", "rejected") else (True,))
]


@pytest.mark.parametrize(("status", "announced"), WHERE)
def test_what_is_allowed_is_an_address_and_is_not_refused_for_the_state(
    office: TrainingOffice, status: str, announced: bool
) -> None:
    known = commands_of(office.app)
    id_ = at(office, status, announced)
    shown = office.done("GET", f"/applications/{id_}")["allowed"]
    for command in sorted({"start", "check", "announce"} - set(shown)):
        refused = office.call("POST", f"/applications/{id_}/{command}", BODIES.get(command))
        assert refused.status_code == 409 and refused.json["allowed"] == shown, command
    assert set(shown) <= known
    office.database.applications.update_many({}, {"$set": {"applies": False}})  # one person, many copies
    for command in shown:
        fresh = at(office, status, announced)
        answer = office.call("POST", f"/applications/{fresh}/{command}", BODIES.get(command))
        refused_for_it = answer.status_code == 409 and "allowed" in answer.json
        assert answer.status_code not in (404, 405) and not refused_for_it, (command, answer.text)
        office.database.applications.update_many({}, {"$set": {"applies": False}})


@pytest.mark.parametrize(("status", "command"), [("draft", "publish"), ("published", "close"), ("closed", "publish")])
def test_the_same_of_programmes(office: TrainingOffice, status: str, command: str) -> None:
    made = office.programme(publish=status != "draft")
    if status == "closed":
        office.done("POST", f"/programmes/{made['id']}/close")
    other = "close" if command == "publish" else "publish"
    assert office.call("POST", f"/programmes/{made['id']}/{other}").json["allowed"] == [command]
    assert office.call("POST", f"/programmes/{made['id']}/{command}").status_code == 200


def test_every_command_answers_the_whole_application(office: TrainingOffice) -> None:
    """As the same reader would get it: what was written, papers, how they stand, what may be done next."""
    id_ = office.application(office.programme())

    def gives(path: str, body: Any = None, role: str = "training", reads: bool = True) -> None:
        given = office.done("POST", f"/applications/{id_}/{path}", body, role=role)
        if reads:
            assert given == office.done("GET", f"/applications/{id_}", role=role), path

    gives("submit")
    gives("check")
    gives("review")
    gives("give-review", {"step": "department", "verdict": "approve"}, role="reviewer")
    gives("give-review", {"step": "chief", "verdict": "approve"}, role="chief")
    for path, role in (("accept", "chief"), ("announce", "training"), ("confirm", "training")):
        gives(path, BODIES.get(path), role=role)
    gives("move", {"first_day": "2027-02-01", "last_day": "2027-02-12"})
    gives("confirm")
    office.on("2027-02-01")
    gives("start")
    gives("attendance", {"day": "2027-02-01", "attended": "present"})
    gives("complete")


@pytest.mark.parametrize("name", ["group_id", "organization_id", "funder_id", "applicant_id", "programme_id"])
def test_ids_in_a_body_must_exist(office: TrainingOffice, name: str) -> None:
    body = {"programme_id": office.programme()["id"], name: UNKNOWN}
    answer = office.call("POST", "/applications", body)
    assert answer.status_code == 422 and [one["pointer"] for one in answer.json["errors"]] == [f"#/{name}"]
    assert office.database.applications.count_documents({}) == 0


@pytest.mark.parametrize("name", ["programme_id", "organization_id", "funder_id", "period_id"])
def test_ids_of_a_nomination_must_exist_too(office: TrainingOffice, name: str) -> None:
    programme, partner = office.programme(), office.organization()
    plan = {"period_id": programme["periods"][0]["id"], "first_day": "2027-02-01", "last_day": "2027-02-26"}
    body = {"name": "Spring", "programme_id": programme["id"], "organization_id": partner, "funder_id": partner, **plan}
    answer = office.call("POST", "/groups", body | {name: UNKNOWN})
    assert answer.status_code == 422 and f"#/{name}" in [one["pointer"] for one in answer.json["errors"]]


def test_a_group_belongs_to_its_programme_and_partner(office: TrainingOffice) -> None:
    one, other, partner, third = (
        office.programme(),
        office.programme(),
        office.organization(),
        office.organization("Third"),
    )
    plan = {"period_id": one["periods"][0]["id"], "first_day": "2027-02-01", "last_day": "2027-02-26"}
    group = office.done(
        "POST", "/groups", {"name": "Spring", "programme_id": one["id"], "organization_id": partner, **plan}
    )
    strange = office.call("POST", "/applications", {"programme_id": other["id"], "group_id": group["id"]})
    assert strange.status_code == 422 and strange.json["errors"][0]["pointer"] == "#/group_id"
    anothers = {"programme_id": one["id"], "group_id": group["id"], "organization_id": third}
    refused = office.call("POST", "/applications", anothers)
    assert refused.status_code == 422 and refused.json["errors"][0]["pointer"] == "#/organization_id"
    office.done(
        "POST", "/applications", {"programme_id": one["id"], "group_id": group["id"], "organization_id": partner}
    )
