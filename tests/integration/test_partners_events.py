"""Accounts and partners hear each other over RabbitMQ: a revoked key and a disabled person are out at the other service too."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

import services.accounts.worker
import services.partners.worker
from services.accounts.actions.departments import add_default_departments
from shared.broker import topology
from shared.broker.topology import delete
from shared.events.notify import EndpointDisabled
from shared.mongo import declare_indexes
from shared.outbox.records import Records, outbox_index
from shared.service_indexes import INDEXES
from shared.worker import Worker
from tests.integration.messaging.conftest import wait_for
from tests.integration.signing_in import Accounts, Partners, settings_of

ENDPOINTS = [outbox_index("endpoints")]


class Together:
    """Both services with their workers, and notify's outbox, on one broker."""

    def __init__(self, mongo_url: str, amqp_url: str, prefix: str, databases: list[Database], root: Path) -> None:
        variables = {"IMC_AMQP_URL": amqp_url, "IMC_BROKER_PREFIX": prefix}
        for database in databases:
            declare_indexes(database, INDEXES)
        self.accounts = Accounts(mongo_url, databases[0], root, **variables)
        self.partners = Partners(mongo_url, databases[1], root, **variables)
        self.notify = Records(databases[2].endpoints)
        declare_indexes(databases[2], ENDPOINTS)
        topology.declare(self.accounts.settings)
        notify = settings_of("notify", mongo_url, databases[2].name, root, **variables)
        self._workers = [
            services.accounts.worker.create_worker(self.accounts.settings, self.accounts.clock),
            services.partners.worker.create_worker(self.partners.settings, self.partners.clock),
            Worker(notify, databases[2], {}, None, indexes=ENDPOINTS),
        ]
        self._threads = [
            worker._thread(name, work) for worker in self._workers for name, work in worker._work().items()
        ]

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop.set()
        for thread in self._threads:
            thread.join(12)


@pytest.fixture
def together(mongo_url: str, rabbitmq_url: str, broker_prefix: str, tmp_path: Path) -> Iterator[Together]:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        mongo_url, tz_aware=True, w="majority", journal=True
    )
    names = [f"test_{secrets.token_hex(6)}" for _ in range(3)]
    both = Together(mongo_url, rabbitmq_url, broker_prefix, [client[name] for name in names], tmp_path)
    yield both
    both.stop()
    delete(rabbitmq_url, broker_prefix)
    for name in names:
        client.drop_database(name)
    client.close()


def test_a_person_disabled_in_accounts_is_refused_in_partners(together: Together) -> None:
    person, admin = together.accounts.person("partners"), together.accounts.token("admin")
    header = together.accounts.header(person)
    assert together.partners.call("GET", "/organizations", header).status_code == 200
    together.accounts.clock.move(milliseconds=5)
    path = f"/accounts/{person['id']}/disable"
    assert together.accounts.call("POST", path, admin, {"reason": "left"}).status_code == 200
    wait_for(lambda: together.partners.call("GET", "/organizations", header).status_code == 401)


def test_a_key_reads_departments_until_it_is_revoked(together: Together) -> None:
    add_default_departments(together.accounts.deps)
    staff = together.partners.staff("partners")
    organization, key = together.partners.agency()
    wait_for(lambda: together.accounts.call("GET", "/departments", key).status_code == 200)
    assert together.accounts.call("GET", "/departments", key).json["items"][0]["names"]["ja"]
    assert together.accounts.call("GET", "/accounts", key).status_code == 403
    keys = f"/organizations/{organization}/keys"
    key_id = together.partners.call("GET", keys, staff).json["items"][0]["key_id"]
    revoked = together.partners.call("POST", f"{keys}/{key_id}/revoke", staff)
    assert (revoked.status_code, revoked.json["status"]) == (200, "revoked")
    wait_for(lambda: together.accounts.call("GET", "/departments", key).status_code == 401)
    assert together.partners.call("GET", "/organizations/me", key).status_code == 401


def test_staff_can_own_an_agreement_and_its_events_are_logged(together: Together) -> None:
    person = together.accounts.person("training")
    organization, _ = together.partners.agency()
    terms = {"kind": "mou", "title": {"en": "Exchange"}, "term": "open_ended", "starts": "2026-04-01"}
    terms |= {"organization_ids": [organization], "owner": person["username"]}
    staff = together.partners.staff("partners")
    wait_for(lambda: together.partners.call("POST", "/agreements", staff, terms).status_code == 201)
    (made,) = together.partners.call("GET", "/agreements", staff).json["items"]
    assert made["owner"] == person["id"]
    together.partners.call("POST", f"/agreements/{made['id']}/submit", staff)
    wait_for(lambda: not together.partners.published(made["id"], "agreements"))
    log = list(together.partners.database.event_log.find({"subject": made["id"]}).sort("sequence", 1))
    assert [(entry["kind"], entry["type"]) for entry in log] == [
        ("agreement", "partners.agreement.drafted.v1"),
        ("agreement", "partners.agreement.submitted.v1"),
    ]


def test_a_gone_endpoint_is_disabled_and_published(together: Together) -> None:
    organization, key = together.partners.agency()
    hook = {"url": "https://agency.example/imc", "events": ["*"]}
    endpoint = together.partners.call("POST", "/organizations/me/webhooks", key, hook).json["id"]
    disabled = EndpointDisabled(organization_id=organization, endpoint_id=endpoint)
    together.notify.insert({"_id": endpoint}, [disabled], together.partners.context())
    path = f"/organizations/me/webhooks/{endpoint}"
    wait_for(lambda: together.partners.call("GET", path, key).json["status"] == "disabled")
    wait_for(lambda: not together.partners.published(organization))
    log = list(together.partners.database.event_log.find({"subject": organization}).sort("sequence", 1))
    assert log[-1]["type"] == "partners.webhook.changed.v1" and log[-1]["data"]["status"] == "disabled"
