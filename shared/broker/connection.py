"""Connections to the broker: RabbitMQ over AMQP, or the embedded broker for a mongodb:// url."""

import amqp.exceptions
import kombu
from kombu.exceptions import KombuError

HEARTBEAT_SECONDS = 20
BROKER_ERRORS = (OSError, amqp.exceptions.AMQPError, KombuError, EOFError)
LASTING_ERRORS = (amqp.exceptions.AccessRefused, amqp.exceptions.NotAllowed, amqp.exceptions.PreconditionFailed)
"""Those among them that waiting does not mend."""


def connection(url: str, timeout: float | None = None) -> kombu.Connection:
    """Returns a connection to the broker that is not opened yet.

    `timeout`: seconds to wait for each answer; by default 5 to connect, and afterwards the time of two heartbeats.
    """
    if url.startswith("mongodb"):
        from shared.broker.embedded import LeasingTransport

        return kombu.Connection(url, transport=LeasingTransport)
    silence = {"read_timeout": timeout or 2 * HEARTBEAT_SECONDS, "write_timeout": timeout or 10}
    return kombu.Connection(url, heartbeat=HEARTBEAT_SECONDS, connect_timeout=timeout or 5, transport_options=silence)
