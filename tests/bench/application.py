"""The application under measurement: its services as a container runs them (`imc web`, `imc worker`), on the bench's servers.

Also an agency with a key, put where intake keeps its copies, so that accounts and partners need not run.
"""

import hashlib
import hmac
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.mongod import free_port
from deploy.secret_files import make_secrets
from deploy.setup import declare_topology, set_up
from shared.mongo import declare_indexes
from shared.outbox.records import outbox_index
from shared.service_indexes import INDEXES
from shared.settings import SERVICES, Settings, load
from tests.bench.processes import Piece, wait_for_http
from tests.bench.servers import Servers
from tests.bench.systems import WEB_WORKERS, System

ORGANIZATION = "01980000-0000-7000-8000-000000000001"
KEY = "imc_live_benchbenchbenchbenchbenchbenchbenchbe"


def environment(servers: Servers, service: str, prefix: str, **more: str) -> dict[str, str]:
    """What one process of the application is told."""
    return {
        "IMC_MONGO_URL": servers.mongo.url,
        "IMC_AMQP_URL": servers.amqp_url,
        "IMC_SECRET_DIR": str(secrets_of(servers) / service),
        "IMC_BROKER_PREFIX": prefix,
        "IMC_WEB_WORKERS": str(WEB_WORKERS),
        "IMC_RATE_LIMIT": "100000000",
        "IMC_LOG_LEVEL": "WARNING",
        **more,
    }


def secrets_of(servers: Servers) -> Path:
    return servers.directory / "secrets"


def settings(servers: Servers, service: str, prefix: str, **more: str) -> Settings:
    return load(service, environment(servers, service, prefix, **more))


@dataclass
class Application(System):
    """Intake's web process and worker (relay), and notify's worker: what a referral's chain runs through."""

    workers: tuple[str, ...] = ("intake", "notify")
    reactions: str = "notifications"
    idempotent: bool = True
    more: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return "imc_notify"

    @property
    def prefix(self) -> str:
        return f"{self.servers.prefix}{self.name}."

    def start(self) -> None:
        set_up_application(self.servers, self.prefix)
        self.headers = {"Authorization": f"Bearer {KEY}"}
        if self.idempotent:
            self.headers["Idempotency-Key"] = "{key}"
        self.port = free_port()
        web = self.imc("web", "intake")
        for service in self.workers:
            self.imc("worker", service)
        wait_for_http(web, f"http://127.0.0.1:{self.port}/intake/readyz")

    def imc(self, kind: str, service: str) -> Piece:
        command = [str(Path(sys.executable).with_name("imc")), kind, service]
        if kind == "web":
            command += ["--port", str(self.port)]
        return self.run(f"{service}-{kind}", command, environment(self.servers, service, self.prefix, **self.more))

    def clean(self) -> None:
        with self.servers.client() as client:
            for service in SERVICES:
                client.drop_database(f"imc_{service}")
        forget_names(self.servers, self.prefix)


def set_up_application(servers: Servers, prefix: str) -> None:
    """Secrets, indexes, topology, and the agency with its key."""
    make_secrets(secrets_of(servers))
    set_up({service: settings(servers, service, prefix) for service in SERVICES}, lambda line: None)
    put_agency(servers)


def set_up_messaging(servers: Servers, prefix: str) -> None:
    """Only what messaging itself needs: topology, and the indexes of two services' bookkeeping."""
    make_secrets(secrets_of(servers))
    declare_topology(settings(servers, "intake", prefix), lambda line: None)
    with servers.client() as client:
        for service in ("intake", "notify"):
            client.drop_database(f"imc_{service}")
            declare_indexes(client[f"imc_{service}"], [*INDEXES, outbox_index("cases")])


def put_agency(servers: Servers) -> None:
    """The agency as intake's read copies hold it."""
    secret = bytes.fromhex((secrets_of(servers) / "intake" / "api_key_hmac").read_text().strip())
    hashed = hmac.new(secret, KEY.encode(), hashlib.sha256).hexdigest()
    key = {
        "key_id": "bench", "organization_id": ORGANIZATION, "expires_at": None, "revoked": False,
        "scopes": ["referrals:read", "referrals:write", "organization:read", "webhooks:write", "departments:read"],
    }  # fmt: skip
    with servers.client() as client:
        for service in ("intake", "notify"):
            copies = client[f"imc_{service}"]
            copies.organizations.replace_one(
                {"_id": ORGANIZATION}, {"name": "Bench Agency", "status": "active", "sequence": 1}, upsert=True
            )
        client.imc_intake.agency_keys.replace_one({"_id": hashed}, key, upsert=True)


def forget_names(servers: Servers, prefix: str) -> None:
    """Every queue and exchange of one prefix."""
    from shared.broker.names import Names, exchanges

    names = Names(prefix)
    queues = [name for service in SERVICES for name in names.read_by(service)]
    servers.forget(queues, [exchange.name for exchange in exchanges(names).values()])


def as_if_alone(servers: Servers, service: str, prefix: str, **more: str) -> dict[str, str]:
    """The environment of a bench's own process that stands in for one service."""
    return {**os.environ, **environment(servers, service, prefix, **more)}
