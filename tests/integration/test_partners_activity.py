"""Training's events as partners hear them: who came and who went, counted once however often it is heard, shown by agreement and year."""

from typing import Any

import msgspec
import pytest

from services.partners.actions.organizations import activate, register_organization
from services.partners.handlers import HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import CATALOGUE
from shared.inbox.unit_of_work import UnitOfWork, read_copies_of
from shared.mongo import in_transaction
from tests.integration.signing_in import Partners, own_database
from tests.integration.training_office import TrainingOffice


class Both:
    """Training and partners, each on a database of its own; `carry` is the broker between them."""

    def __init__(self, office: TrainingOffice, partners: Partners) -> None:
        self.office, self.partners = office, partners
        self.header = partners.staff("partners")

    def organization(self) -> str:
        """An active one, known to both under one id."""
        made = register_organization(self.partners.deps, "Harbour University Hospital", self.partners.context())
        activate(self.partners.deps, made["_id"], self.partners.context())
        self.office.database.organizations.insert_one(
            {"_id": made["_id"], "name": made["name"], "status": "active", "country": "DE"}
        )
        return str(made["_id"])

    def carry(self, application_id: str) -> None:
        """The events of an application, as the worker of partners consumes them."""
        entries = self.office.stored(application_id)["outbox"]

        def work(session: Any) -> None:
            unit = UnitOfWork(self.partners.database, session)
            bound = self.partners.deps.within(unit)
            for entry in entries:
                struct = CATALOGUE[entry["type"]].struct
                if struct in HANDLERS:
                    HANDLERS[struct](_received(entry, application_id, struct), bound)
            unit.flush()

        in_transaction(self.partners.database, work)

    def activity(self, organization_id: str, by: str = "fiscal") -> Any:
        answer = self.partners.call("GET", f"/organizations/{organization_id}/activity?by={by}", self.header)
        assert answer.status_code == 200, answer.text
        return answer.json


def _received(entry: dict[str, Any], subject: str, struct: Any) -> ReceivedEvent[Any]:
    data = msgspec.convert(entry["data"], struct)
    context = entry["correlationid"], entry["causationid"], entry["actor"]
    return ReceivedEvent(
        entry["id"], entry["type"], "training", subject, entry["sequence"], entry["time"], data, *context
    )


@pytest.fixture
def both(mongo_url, database, tmp_path):
    with own_database(mongo_url) as other:
        yield Both(TrainingOffice(mongo_url, database, tmp_path), Partners(mongo_url, other, tmp_path))


def completed(both: Both, organization_id: str, **more: Any) -> str:
    """Two days attended of a stay in February 2027."""
    office, agreement = both.office, both.office.agreement(organization_id)
    programme = office.programme()
    id_ = office.application(programme, organization_id=organization_id, **more)
    office.done("POST", f"/applications/{id_}/agreement", {"agreement_id": agreement})
    for step in ("submit", "check", "review"):
        office.done("POST", f"/applications/{id_}/{step}")
    for step, role in (("department", "reviewer"), ("chief", "chief")):
        office.done("POST", f"/applications/{id_}/give-review", {"step": step, "verdict": "approve"}, role=role)
    office.done("POST", f"/applications/{id_}/accept", {})
    office.done("POST", f"/applications/{id_}/announce")
    office.done("POST", f"/applications/{id_}/confirm")
    office.on("2027-02-02")
    office.done("POST", f"/applications/{id_}/start")
    for day in ("2027-02-01", "2027-02-02"):
        office.done("POST", f"/applications/{id_}/attendance", {"day": day, "attended": "present"})
    office.done("POST", f"/applications/{id_}/complete")
    return id_


def test_a_stay_counts_once_in_its_year_and_under_its_agreement(both):
    organization_id = both.organization()
    id_ = completed(both, organization_id)
    for _ in range(2):
        both.carry(id_)
    (row,) = both.activity(organization_id)["items"]
    assert row["year"] == 2026 and row["agreement_id"] == both.office.stored(id_)["agreement_id"]
    assert row["in"] == {"people": 1, "days": 2, "to_come": 0} and row["out"]["people"] == 0
    assert row["balance"] == {"people": -1, "days": -2}
    (row,) = both.activity(organization_id, "calendar")["items"]
    assert row["year"] == 2027


def test_a_place_counts_as_upcoming_and_a_withdrawal_does_not_count(both):
    organization_id = both.organization()
    id_ = both.office.accepted(both.office.programme(), organization_id=organization_id)
    both.carry(id_)
    assert both.activity(organization_id)["total"]["in"] == {"people": 0, "days": 0, "to_come": 1}
    both.office.done("POST", f"/applications/{id_}/withdraw", {})
    both.carry(id_)
    assert both.activity(organization_id)["items"] == []


def test_an_older_event_that_comes_late_changes_nothing(both):
    organization_id = both.organization()
    id_ = completed(both, organization_id)
    both.carry(id_)
    before = both.partners.database.stays.find_one({"_id": id_})
    both.office.database.applications.update_one({"_id": id_}, [{"$set": {"outbox": {"$slice": ["$outbox", 3]}}}])
    both.carry(id_)
    assert both.partners.database.stays.find_one({"_id": id_}) == before


def test_a_rebuild_can_repeat_the_handlers():
    heard = [handler for struct, handler in HANDLERS.items() if struct.TYPE.startswith("training.")]
    assert heard and {read_copies_of(handler) for handler in heard} == {("stays",)}


def test_activity_is_forbidden_to_others_and_an_unknown_organization_is_not_found(both):
    path = f"/organizations/{both.organization()}/activity"
    assert both.partners.call("GET", path, both.partners.staff("front_desk")).status_code == 403
    assert both.partners.call("GET", path, None).status_code == 401
    unknown = "/organizations/0197f0a0-0000-7000-8000-000000000001/activity"
    assert both.partners.call("GET", unknown, both.header).status_code == 404
