"""Which MongoDB and which broker a system on this machine uses. Not here: starting them.

Nothing is ever written to a MongoDB the user did not name and `imc up` did not start; names on a broker found here
carry the prefix of DIR, so that two systems never mix.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.directory import Directory

FOUND_RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"


@dataclass(frozen=True)
class Servers:
    """`own_mongod_port` is None where IMC_MONGO_URL names the server."""

    mongo_url: str
    amqp_url: str
    broker_prefix: str
    own_mongod_port: int | None

    @property
    def broker(self) -> str:
        return "embedded" if self.amqp_url.startswith("mongodb") else "rabbitmq"

    @property
    def found_broker(self) -> bool:
        """Whether the broker was found, not named: then its names are this system's alone."""
        return self.broker_prefix.startswith("imc-")


def choose(directory: Directory, environ: Mapping[str, str], mongo_url: str, own_port: int | None) -> Servers:
    """MongoDB is settled; the broker: IMC_AMQP_URL, else a RabbitMQ on this machine, else that same MongoDB."""
    named = environ.get("IMC_AMQP_URL")
    if named:
        return Servers(mongo_url, named, environ.get("IMC_BROKER_PREFIX", ""), own_port)
    found = FOUND_RABBITMQ if rabbitmq_answers(FOUND_RABBITMQ) else mongo_url
    return Servers(mongo_url, found, directory.broker_prefix, own_port)


def rabbitmq_answers(url: str) -> bool:
    """Whether a RabbitMQ lets this user in."""
    from shared.messaging.broker import BROKER_ERRORS, connection

    try:
        with connection(url) as broker:
            broker.connect()
    except BROKER_ERRORS:
        return False
    return True
