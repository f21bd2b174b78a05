"""Every name on the broker, and their declaration from the catalogue: once, idempotent, a differing argument is a clear error."""

from dataclasses import dataclass

import kombu
from amqp.exceptions import PreconditionFailed
from kombu import Exchange, Queue

from shared.events import binding_keys
from shared.settings import SERVICES, Settings

DELIVERY_LIMIT = 50


class TopologyDiffers(RuntimeError):
    """Something on the broker has other arguments than ours; it must be removed or renamed by an operator."""


@dataclass(frozen=True)
class Names:
    """The names one system uses, all behind its prefix."""

    prefix: str = ""

    @property
    def events(self) -> str:
        return f"{self.prefix}imc.events"

    @property
    def again(self) -> str:
        return f"{self.prefix}imc.again"

    @property
    def unrouted_exchange(self) -> str:
        return f"{self.prefix}imc.unrouted"

    @property
    def dead_exchange(self) -> str:
        return f"{self.prefix}imc.dead"

    def queue(self, service: str) -> str:
        return f"{self.prefix}imc.{service}"

    def dead(self, service: str) -> str:
        return f"{self.prefix}imc.{service}.dead"

    def unrouted(self, service: str) -> str:
        return f"{self.prefix}imc.{service}.unrouted"

    def read_by(self, service: str) -> list[str]:
        """The queues one service's workers read."""
        return [self.queue(service), self.dead(service), self.unrouted(service)]


def broker_user(service: str) -> str:
    """The service's own user on the broker; RabbitMQ vouches for it as a message's `user_id`."""
    return f"imc_{service}"


def exchanges(names: Names) -> dict[str, Exchange]:
    """The four exchanges. What `imc.events` can route nowhere goes to the alternate one: `mandatory` would not tell."""
    return {
        "unrouted": Exchange(names.unrouted_exchange, "topic", durable=True),
        "dead": Exchange(names.dead_exchange, "direct", durable=True),
        "again": Exchange(names.again, "direct", durable=True),
        "events": Exchange(
            names.events, "topic", durable=True, arguments={"alternate-exchange": names.unrouted_exchange}
        ),
    }


def queues(names: Names, service: str) -> list[Queue]:
    """A service's three queues with all their bindings: a queue is bound for whole subject kinds, so no sequence has holes."""
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
    return [
        Queue(names.queue(service), bindings=bindings, durable=True, queue_arguments=hearing),
        Queue(names.dead(service), on["dead"], routing_key=service, durable=True, queue_arguments=quorum),
        Queue(
            names.unrouted(service), on["unrouted"], routing_key=f"{service}.#", durable=True, queue_arguments=quorum
        ),
    ]


def declare(settings: Settings) -> None:
    """Declares all exchanges and every service's queues over this connection's rights; raises TopologyDiffers."""
    from shared.messaging.broker import connection

    names = Names(settings.broker_prefix)
    with connection(settings.amqp_url) as broker:
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
