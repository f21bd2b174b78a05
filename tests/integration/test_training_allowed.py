"""What a refusal says is `allowed`, for all commands in all states: an address that exists, and no refusal for the state. And whole answers."""

from typing import Any

import pytest

from services.training.rules import states, turn
from tests import etags
from tests.integration.allowed_commands import Commanded, check_state
from tests.integration.training_office import API, TrainingOffice

UNKNOWN = "01990000-0000-7000-8000-0000000000ff"
BODIES: dict[str, Any] = {
    "return": {"message": "A page is missing."},
    "accept": {},
    "reject": {"reason": "other"},
    "withdraw": {},
    "terminate": {"reason": "other"},
    "move": {"first_day": "2027-02-02", "last_day": "2027-02-20"},
}
BESIDE = frozenset({"papers", "chase", "give-review", "breaks", "attendance", "evaluate", "certificate", "agreement", "need-no-agreement", "hands-on", "screening", "send-link", "end-links"})  # fmt: skip
"""What is written down or asked beside the state table."""
NOTHING = frozenset[str]()
WAYS_OF_TURNS: dict[str, frozenset[str]] = {
    "submit": frozenset({"submit"}),
    "check": frozenset({"check"}),
    "check_papers": frozenset({"review", "return"}),
    "resubmit": frozenset({"submit"}),
    "review": NOTHING,  # `give-review`
    "decide": frozenset({"accept", "reject"}),
    "announce": frozenset({"announce"}),
    "wait_for_place": frozenset({"accept"}),
    "confirm": frozenset({"confirm"}),
    "reconfirm": frozenset({"confirm"}),
    "bring_papers": frozenset({"start"}),
    "train": frozenset({"complete"}),
    "nothing": NOTHING,
}


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def at(office: TrainingOffice, status: str, announced: bool) -> str:
    """An application, put into a state as no way through the application leads to all of them."""
    office.database.applications.update_many({}, {"$set": {"applies": False}})  # one person, many copies
    id_ = office.confirmed(office.programme())
    decided = status in ("accepted", "waitlisted", "rejected")
    decision = {**office.stored(id_)["decision"], "outcome": status, "announced_at": office.now if announced else None}
    there = {"status": status, **({"decision": decision} if decided else {})}
    if status == "active":  # who was never there completes nothing
        there["attendance"] = [{"day": "2027-02-01", "attended": "present", "hours": None, "department": "cardiology"}]
    there["next"] = turn.with_next(office.stored(id_) | there, office.now, office.deps.settings.time_zone)["next"]
    office.database.applications.update_one({"_id": id_}, {"$set": {**there, "applies": False}})
    return id_


WHERE = [
    (status, told)
    for status in states.STATES
    for told in ((True, False) if status in ("accepted", "waitlisted", "rejected") else (True,))
]


def whoever(office: TrainingOffice) -> Any:
    def ask(method: str, address: str, body: Any) -> Any:
        return office.call(method, address.removeprefix(API), body)

    return ask


@pytest.mark.parametrize(("status", "announced"), WHERE)
def test_what_is_allowed_is_an_address_and_just_what_is_not_refused_for_the_state(
    office: TrainingOffice, status: str, announced: bool
) -> None:
    kind = Commanded(
        office.app, f"{API}/applications/<application_id>", whoever(office), BODIES, BESIDE, turns=WAYS_OF_TURNS
    )
    shown = office.done("GET", f"/applications/{at(office, status, announced)}")["allowed"]
    allowed = check_state(kind, lambda: at(office, status, announced), set(shown))
    assert allowed <= kind.addresses


def test_no_turn_is_left_out() -> None:
    others = {"announce", "decide", "nothing"}
    assert {what for _, what in turn.TURNS.values()} | others == set(WAYS_OF_TURNS)


@pytest.mark.parametrize("status", ["draft", "published", "closed"])
def test_the_same_of_programmes(office: TrainingOffice, status: str) -> None:
    def make() -> str:
        made = office.programme(publish=status != "draft")
        if status == "closed":
            office.done("POST", f"/programmes/{made['id']}/close")
        return str(made["id"])

    check_state(Commanded(office.app, f"{API}/programmes/<programme_id>", whoever(office)), make)


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


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    "days", [("2027-02-01", "2027-02-12"), ("2027-02-08", "2027-02-19"), ("2027-03-01", "2027-03-05")]
)
def test_who_waits_and_moves_to_free_days_has_the_place_in_the_answer(
    office: TrainingOffice, told: bool, days: tuple[str, str]
) -> None:
    """In one save: the answer is the application as it then is, under the ETag it then has."""
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1} for _ in range(2)])
    holds = office.accepted(programme)
    waits = office.accepted(programme, **office.other_person(1))
    assert (office.status(holds), office.status(waits)) == ("accepted", "waitlisted")
    if told:
        office.done("POST", f"/applications/{waits}/announce")
    version, said = office.stored(waits)["version"], len(office.published(waits))
    plan = {"first_day": days[0], "last_day": days[1], "period_id": programme["periods"][1]["id"]}
    answer = office.call("POST", f"/applications/{waits}/move", plan)
    read = office.call("GET", f"/applications/{waits}")
    assert answer.json == read.json and answer.headers["ETag"] == read.headers["ETag"]
    assert etags.version(answer) == version + 1
    assert answer.json["status"] == "accepted" and answer.json["decision"]["announced_at"] == (
        read.json["decision"]["at"] if told else None
    )
    assert office.published(waits)[said:] == ["application.updated", "application.accepted"]


def test_who_waits_longer_comes_first_where_somebody_moves(office: TrainingOffice) -> None:
    periods = [{"from": "2027-02-01", "until": "2027-03-31", "slots": 1} for _ in range(2)]
    programme = office.programme(periods=periods)
    first, second = (one["id"] for one in programme["periods"])
    office.accepted(programme)
    early = office.accepted(programme, **office.other_person(1))
    there = office.accepted(programme, **office.other_person(2), period_id=second)
    late = office.accepted(programme, **office.other_person(3), period_id=second)
    plan = {"first_day": "2027-02-01", "last_day": "2027-02-26", "period_id": first}
    moved = office.done("POST", f"/applications/{late}/move", plan)
    assert (
        moved["status"] == "waitlisted" and office.status(early) == "waitlisted" and office.status(there) == "accepted"
    )
