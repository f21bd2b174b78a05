"""Organizations, their endpoints, agreements: all commands in all states. What is `allowed` is just what is not refused for the state, and each answers the whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.partners.rules import agreements, organizations, webhooks
from tests.integration.allowed_commands import Commanded, check_state
from tests.integration.signing_in import Partners
from tests.integration.test_partners_agreements import SIGNED
from tests.integration.test_partners_agreements import Office as Agreements


def as_partner(office: Partners) -> Any:
    header = office.staff("partners")
    return lambda method, address, body: office.call(method, address.removeprefix("/partners/api/v1"), header, body)


@pytest.mark.parametrize("state", organizations.MOVES)
def test_organizations(mongo_url: str, database: Database, tmp_path: Path, state: str) -> None:
    office = Agreements(mongo_url, database, tmp_path)

    def make() -> str:
        made = office.organization()
        database.partners.update_one({"_id": made}, {"$set": {"status": state}})
        return made

    why = {"reason": "unpaid"}
    kind = Commanded(
        office.app,
        "/partners/api/v1/organizations/<organization_id>",
        as_partner(office),
        {"suspend": why, "close": why},
        frozenset({"keys"}),
    )
    check_state(kind, make)


AGREEMENT_COMMANDS: dict[str, Callable[[Agreements], str]] = {
    "draft": lambda office: office.draft()["id"],
    "in_review": lambda office: _after(office, office.draft()["id"], "submit"),
    "signed": lambda office: office.signed(),
    "signed for later": lambda office: office.signed(starts="2027-01-01", ends="2029-03-31"),
    "active": lambda office: office.active(),
    "active, renews itself": lambda office: office.active(term="self_renewing", renews_months=12),
    "active, notice given": lambda office: _after(
        office, office.active(term="self_renewing", renews_months=12), "give-notice"
    ),
    "active, ends on a day": lambda office: _after(office, office.active(), "terminate"),
    "terminated": lambda office: _put(office, office.active(), "terminated"),
    "expired": lambda office: _put(office, office.active(), "expired"),
    "renewed": lambda office: _put(office, office.active(), "renewed"),
    "abandoned": lambda office: _after(office, office.draft()["id"], "abandon"),
}
AGREEMENT_BODIES = {
    "sign": SIGNED,
    "terminate": {"on": "2027-01-31", "reason": "No wish to go on."},
    "give-notice": {"on": "2026-11-20"},
    "abandon": {"reason": "Never signed."},
    "renew": {"ends": "2030-03-31"},
}


def _after(office: Agreements, id_: str, command: str) -> str:
    office.command(id_, command, AGREEMENT_BODIES.get(command))
    return id_


def _put(office: Agreements, id_: str, status: str) -> str:
    office.database.agreements.update_one({"_id": id_}, {"$set": {"status": status}})
    return id_


@pytest.mark.parametrize("state", AGREEMENT_COMMANDS)
def test_agreements(mongo_url: str, database: Database, tmp_path: Path, state: str) -> None:
    office = Agreements(mongo_url, database, tmp_path)
    rule = "/partners/api/v1/agreements/<agreement_id>"
    kind = Commanded(office.app, rule, as_partner(office), AGREEMENT_BODIES, frozenset({"scan"}))
    check_state(kind, lambda: AGREEMENT_COMMANDS[state](office))


def test_every_state_of_an_agreement_is_among_them() -> None:
    assert {name.partition(" ")[0].rstrip(",") for name in AGREEMENT_COMMANDS} == set(agreements.MOVES)


@pytest.mark.parametrize("state", webhooks.MOVES)
def test_endpoints(mongo_url: str, database: Database, tmp_path: Path, state: str) -> None:
    office = Partners(mongo_url, database, tmp_path)
    here = "/partners/api/v1/organizations/me/webhooks"
    _, key = office.agency(scopes=["webhooks:write", "organization:read"])

    def ask(method: str, address: str, body: Any) -> Any:
        return office.call(method, address.removeprefix("/partners/api/v1"), key, body)

    def make() -> str:
        made = ask("POST", here, {"url": "https://agency.example/imc", "events": ["*"]}).json["id"]
        if state == "disabled":
            assert ask("POST", f"{here}/{made}/disable", None).status_code == 200
        return str(made)

    check_state(Commanded(office.app, f"{here}/<endpoint_id>", ask, beside=frozenset({"rotate-secret"})), make)
