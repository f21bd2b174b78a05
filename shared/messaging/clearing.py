"""Takes one system's names off a broker: exchanges and queues with all that lies in them. For systems that are no more."""

from kombu.exceptions import KombuError

from shared.messaging.broker import BROKER_ERRORS, connection
from shared.messaging.names import Names
from shared.messaging.topology import PATIENCE
from shared.settings import SERVICES


def clear(amqp_url: str, prefix: str) -> int:
    """Deletes everything of `prefix`, and gives how many messages lay there; refuses an empty one, whose names are the real system's."""
    if not prefix:
        raise ValueError("prefix: expected one, names without a prefix are never deleted")
    names, messages = Names(prefix), 0
    with connection(amqp_url, PATIENCE) as broker:
        for service in SERVICES:
            for queue in (names.queue(service), names.dead(service), names.unrouted(service)):
                messages += _delete(broker, "queue_delete", queue) or 0
        for exchange in (names.events, names.again, names.dead_exchange, names.unrouted_exchange):
            _delete(broker, "exchange_delete", exchange)
    return messages


def _delete(broker: object, method: str, name: str) -> int | None:
    with broker.channel() as channel:  # type: ignore[attr-defined]
        try:
            deleted = getattr(channel, method)(name)
        except (*BROKER_ERRORS, KombuError):  # RabbitMQ below 3.x closes the channel where there was none
            return None
        return deleted if isinstance(deleted, int) else None
