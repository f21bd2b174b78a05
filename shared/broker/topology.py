"""Declares exchanges, queues and bindings from the catalogue, idempotently, and deletes those of a system that no longer exists."""

import kombu
from amqp.exceptions import PreconditionFailed
from kombu import Exchange, Queue
from kombu.exceptions import KombuError

from shared.broker.connection import BROKER_ERRORS, connection
from shared.broker.names import Names, exchanges
from shared.events import binding_keys
from shared.settings import SERVICES, Settings

DELIVERY_LIMIT = 50
TIMEOUT = 30.0
"""Seconds to wait for each answer: a broker that is busy declaring many queues may be slow even to open a connection."""


class TopologyDiffers(RuntimeError):
    """An exchange or queue exists on the broker with other arguments; an operator must remove or rename it."""


def queues(names: Names, service: str) -> list[Queue]:
    """A service's three queues (or its single one) with all bindings. Whole subject kinds are bound, so that sequences have no gaps.

    With a single queue, unrouted events return to their publisher's queue. The broker dead-letters nothing there: a consumer
    rejects nothing, and a classic queue has no delivery limit.
    """
    on = exchanges(names)
    quorum = {"x-queue-type": "quorum"}
    events = {
        **quorum,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": names.dead_exchange,
        "x-dead-letter-routing-key": service,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    bindings = [kombu.binding(on["events"], routing_key=key) for key in binding_keys(service)]
    bindings.append(kombu.binding(on["replay"], routing_key=service))
    if names.single_queue:
        bindings.append(kombu.binding(on["unrouted"], routing_key=f"{service}.#"))
        return [
            Queue(names.queue(service), bindings=bindings, durable=True, queue_arguments={"x-queue-type": "classic"})
        ]
    return [
        Queue(names.queue(service), bindings=bindings, durable=True, queue_arguments=events),
        Queue(names.dead(service), on["dead"], routing_key=service, durable=True, queue_arguments=quorum),
        Queue(
            names.unrouted(service), on["unrouted"], routing_key=f"{service}.#", durable=True, queue_arguments=quorum
        ),
    ]


def declare(settings: Settings) -> None:
    """Declares all exchanges and every service's queues with this connection's permissions; raises TopologyDiffers."""
    names = Names(settings.broker_prefix)
    with connection(settings.amqp_url, TIMEOUT) as broker:
        for exchange in exchanges(names).values():
            _declare(broker, exchange)
        for service in SERVICES:
            for queue in queues(names, service):
                _declare(broker, queue)


def _declare(broker: kombu.Connection, entity: Exchange | Queue) -> None:
    with broker.channel() as channel:
        try:
            entity(channel).declare()
        except PreconditionFailed as error:
            raise TopologyDiffers(f"{entity.name}: {error.reply_text}") from error


def delete(amqp_url: str, prefix: str) -> int:
    """Deletes all exchanges and queues of `prefix` and returns how many messages they held.

    Raises ValueError for an empty prefix: names without a prefix belong to the production system.
    """
    if not prefix:
        raise ValueError("prefix: expected one, names without a prefix are never deleted")
    names, messages = Names(prefix), 0
    with connection(amqp_url, TIMEOUT) as broker:
        for service in SERVICES:
            for queue in (names.queue(service), names.dead(service), names.unrouted(service)):
                messages += _delete(broker, "queue_delete", queue) or 0
        for exchange in (names.events, names.replay, names.dead_exchange, names.unrouted_exchange):
            _delete(broker, "exchange_delete", exchange)
    return messages


def _delete(broker: kombu.Connection, method: str, name: str) -> int | None:
    with broker.channel() as channel:
        try:
            deleted = getattr(channel, method)(name)
        except (
            *BROKER_ERRORS,
            KombuError,
        ):  # RabbitMQ below 3.x closes the channel where the queue or exchange does not exist
            return None
        return deleted if isinstance(deleted, int) else None
