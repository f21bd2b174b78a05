"""Cases and visits: all commands in all states. What is `allowed` is just what is not refused for the state, and each answers the whole."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.intake.rules import tables
from services.intake.rules.next_action import TURNS
from tests.integration.allowed_commands import Commanded, check_state
from tests.integration.intake_office import Office as Intake

NOTHING = frozenset[str]()
BETWEEN = frozenset({"messages", "documents"})  # words and files go either way at any time

CASE_BODIES = {
    "accept": {},
    "decline": {"reason": "other"},
    "request-information": {"message": "Which hospital?"},
    "record-information": {"message": "By phone."},
    "cancel": {"reason": "other"},
    "refuse-cancellation": {"message": "No."},
    "complete": {"outcome": "treated"},
    "reopen": {"reason": "It goes on."},
}
TO_DECIDE = frozenset({"accept", "decline", "request-information"})
DESK_TURNS = {
    "review": frozenset({"review"}),
    "decide": TO_DECIDE,
    "give_information": frozenset({"record-information"}),
    "book_visit": frozenset({"visits"}),
    "visit": NOTHING,  # comes to the visit
    "care": frozenset({"complete"}),
    "answer_cancellation": frozenset({"cancel", "refuse-cancellation"}),
    "nothing": NOTHING,
}
AGENCY_TURNS = dict.fromkeys(DESK_TURNS, NOTHING) | {"give_information": frozenset({"information"})}


@pytest.fixture
def intake(mongo_url: str, database: Database, tmp_path: Path) -> Intake:
    return Intake(mongo_url, database, tmp_path)


def case_in(intake: Intake, state: str, wrote: bool = False, cancels: bool = False) -> str:
    """A case of an agency's that came to a state by the commands that lead there."""
    case_id = intake.refer(agency_reference=f"A-{intake.database.cases.count_documents({})}")
    way: dict[str, list[str]] = {
        "received": [],
        "in_review": ["review"],
        "awaiting_information": ["review", "request-information"],
        "declined": ["decline"],
        "cancelled": ["cancel"],
    }
    for command in way.get(state, ["review", "accept"]):
        intake.command(f"/cases/{case_id}/{command}", CASE_BODIES.get(command))
    if state in ("scheduled", "in_care", "completed"):
        visit = intake.visit(case_id)
        if state != "scheduled":
            intake.command(f"/visits/{visit}/arrive")
        if state == "completed":
            intake.command(f"/visits/{visit}/complete")
            intake.command(f"/cases/{case_id}/complete", {"outcome": "treated"})
    if cancels:
        assert (
            intake.post(f"/referrals/{case_id}/cancellation", intake.as_agency(), {"reason": "other"}).status_code
            == 202
        )
    if wrote:
        intake.post(f"/referrals/{case_id}/messages", intake.as_agency(), {"text": "Is there news?"})
    assert intake.get(f"/cases/{case_id}", intake.as_desk()).json["status"] == state
    return case_id


CASES = [
    *((state, False, False) for state in tables.CASE_STATES),
    *(
        (state, True, False) for state in tables.CASE_STATES if state != "awaiting_information"
    ),  # there it is the answer
    ("scheduled", False, True),
    ("scheduled", True, True),
]


def whoever(intake: Intake, header: dict[str, str]) -> Any:
    return lambda method, address, body: intake.client.open(address, method=method, headers=header, json=body)


@pytest.mark.parametrize(("state", "wrote", "cancels"), CASES)
def test_cases(intake: Intake, state: str, wrote: bool, cancels: bool) -> None:
    bodies = CASE_BODIES | {"visits": intake.period() | {"department": "cardiology"}}
    rule = "/intake/api/v1/cases/<case_id>"
    desk = whoever(intake, intake.as_desk())
    kind = Commanded(intake.app, rule, desk, bodies, BETWEEN, turns=DESK_TURNS)
    allowed = check_state(kind, lambda: case_in(intake, state, wrote, cancels))
    assert ("no-reply-needed" in allowed) == wrote and ("refuse-cancellation" in allowed) == cancels


@pytest.mark.parametrize(("state", "wrote", "cancels"), CASES)
def test_referrals_as_their_agency_has_them(intake: Intake, state: str, wrote: bool, cancels: bool) -> None:
    bodies = {"information": {"message": "Here it is."}, "cancellation": {"reason": "other"}}
    rule = "/intake/api/v1/referrals/<case_id>"
    agency = whoever(intake, intake.as_agency())
    kind = Commanded(intake.app, rule, agency, bodies, BETWEEN, turns=AGENCY_TURNS)
    check_state(kind, lambda: case_in(intake, state, wrote, cancels))


def test_no_turn_is_left_out() -> None:
    assert {what for _, what in TURNS.values()} | {"answer_cancellation"} == set(DESK_TURNS) == set(AGENCY_TURNS)


VISITS = {"arrived": ["arrive"], "left": ["arrive", "leave"], "completed": ["arrive", "complete"], "cancelled": ["cancel"], "no_show": ["no-show"]}  # fmt: skip
PUT_RIGHT = dict(tables.CORRECTIONS.keys()) | {"booked": "arrived"}


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("state", tables.VISIT_STATES)
def test_visits(intake: Intake, state: str, closed: bool) -> None:
    if closed and state == "booked":
        pytest.skip("a case that is completed has cancelled what was booked")
    bodies = {
        "reschedule": intake.period(48),
        "cancel": {"reason": "medical"},
        "correct": {"to": PUT_RIGHT[state], "reason": "A slip."},
    }

    def make() -> str:
        case_id = intake.accepted(agency_reference=f"A-{intake.database.cases.count_documents({})}")
        visit = intake.visit(case_id)
        for command in VISITS.get(state, []):
            intake.command(f"/visits/{visit}/{command}", bodies.get(command))
        if closed:
            intake.command(f"/visits/{intake.visit(case_id)}/arrive")
            intake.command(f"/cases/{case_id}/complete", {"outcome": "treated"})
        return visit

    check_state(
        Commanded(intake.app, "/intake/api/v1/visits/<visit_id>", whoever(intake, intake.as_desk()), bodies), make
    )
