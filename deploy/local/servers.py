"""Chooses the MongoDB and the broker of a system on this machine. Not here: starting them.

Nothing is ever written to a MongoDB that the user did not configure and `imc up` did not start; names on a broker that was found
have DIR's prefix, so that two systems never mix.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from deploy.cli.broker_faults import NOBODY, fault_of
from deploy.cli.directory import Directory
from deploy.local.database_users import DatabaseUsers

FOUND_RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"
FOUND_AT = "127.0.0.1:5672"
ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Servers:
    """The chosen servers. `users` is None where IMC_MONGO_URL names the server; `warnings` are messages about the choice."""

    mongo_url: str
    amqp_url: str
    broker_prefix: str
    users: DatabaseUsers | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def broker(self) -> str:
        return "embedded" if self.amqp_url.startswith("mongodb") else "rabbitmq"

    def mongo_url_of(self, service: str) -> str:
        """The url with the service's own user, where `imc up` runs the mongod."""
        return self.users.url(service) if self.users else self.mongo_url

    def amqp_url_of(self, service: str) -> str:
        return self.mongo_url_of(service) if self.broker == "embedded" and self.users else self.amqp_url

    @property
    def found_broker(self) -> bool:
        """Whether the broker was found, not configured: then the names there have this system's prefix."""
        return self.broker_prefix.startswith("imc-")


def choose(directory: Directory, environ: Mapping[str, str], own_port: int | None) -> Servers:
    """Chooses MongoDB: IMC_MONGO_URL, else our mongod on `own_port`; and the broker: IMC_AMQP_URL, else a RabbitMQ on this machine,
    else the same MongoDB."""
    users = DatabaseUsers(directory.secrets / "mongo", own_port) if own_port else None
    mongo_url = users.owner_url if users else environ["IMC_MONGO_URL"]
    named = environ.get("IMC_AMQP_URL")
    if named:
        return Servers(mongo_url, named, environ.get("IMC_BROKER_PREFIX", ""), users)
    fault = rabbitmq_fault(FOUND_RABBITMQ)
    warnings = (
        [] if fault in (None, NOBODY) else [f"WARNING: {FOUND_AT}: {fault}. The embedded broker is used in its place"]
    )
    if fault and directory.used_rabbitmq():
        warnings.append(f"WARNING: this directory used the RabbitMQ on {FOUND_AT} before; what waits there stays there")
    amqp_url = FOUND_RABBITMQ if fault is None else mongo_url
    return Servers(mongo_url, amqp_url, directory.broker_prefix, users, warnings)


def rabbitmq_fault(url: str) -> str | None:
    """None where a RabbitMQ accepts this user, NOBODY where nothing listens, else a message about the fault."""
    from shared.broker.connection import BROKER_ERRORS, connection

    parts, seconds = urlsplit(url), ANSWER_SECONDS
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5672), seconds).close()
    except OSError:
        return NOBODY
    try:
        with connection(url, seconds) as broker:
            broker.connect()
    except BROKER_ERRORS as error:
        return fault_of(error)
    return None
