"""Exchanges, queues and bindings declared from the catalogue: once, idempotent, a differing argument is a clear error."""

import kombu
from amqp.exceptions import PreconditionFailed
from kombu import Exchange, Queue

from shared.events import binding_keys
from shared.messaging.broker import connection
from shared.messaging.names import Names, exchanges
from shared.settings import SERVICES, Settings

DELIVERY_LIMIT = 50
PATIENCE = 30.0
"""Seconds to wait for each answer: a broker that is busy making many queues may take its time even to say hello."""


class TopologyDiffers(RuntimeError):
    """Something on the broker has other arguments than ours; it must be removed or renamed by an operator."""


def queues(names: Names, service: str) -> list[Queue]:
    """A service's three queues (sparingly: one) with all their bindings: one is bound for whole subject kinds, so no sequence has holes.

    Sparingly, what nobody is bound to comes back to its sayer's own queue. Nothing is dead-lettered there: a hearer rejects nothing,
    and a classic queue has no delivery limit.
    """
    on = exchanges(names)
    quorum = {"x-queue-type": "quorum"}
    hearing = {
        **quorum,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": names.dead_exchange,
        "x-dead-letter-routing-key": service,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    bindings = [kombu.binding(on["events"], routing_key=key) for key in binding_keys(service)]
    bindings.append(kombu.binding(on["again"], routing_key=service))
    if names.sparing:
        bindings.append(kombu.binding(on["unrouted"], routing_key=f"{service}.#"))
        return [
            Queue(names.queue(service), bindings=bindings, durable=True, queue_arguments={"x-queue-type": "classic"})
        ]
    return [
        Queue(names.queue(service), bindings=bindings, durable=True, queue_arguments=hearing),
        Queue(names.dead(service), on["dead"], routing_key=service, durable=True, queue_arguments=quorum),
        Queue(
            names.unrouted(service), on["unrouted"], routing_key=f"{service}.#", durable=True, queue_arguments=quorum
        ),
    ]


def declare(settings: Settings) -> None:
    """Declares all exchanges and every service's queues over this connection's rights; raises TopologyDiffers."""
    names = Names(settings.broker_prefix)
    with connection(settings.amqp_url, PATIENCE) as broker:
        for exchange in exchanges(names).values():
            _declared(broker, exchange)
        for service in SERVICES:
            for queue in queues(names, service):
                _declared(broker, queue)


def _declared(broker: kombu.Connection, entity: Exchange | Queue) -> None:
    with broker.channel() as channel:
        try:
            entity(channel).declare()
        except PreconditionFailed as error:
            raise TopologyDiffers(f"{entity.name}: {error.reply_text}") from error
