"""The number of messages in each service's queues, by passive declarations, which every user of the broker may do."""

from collections.abc import Sequence

from amqp.exceptions import NotFound
from kombu.exceptions import ChannelError

from shared.broker.connection import connection
from shared.broker.names import Names
from shared.settings import SERVICES

KINDS = ("queue", "dead", "unrouted")


def queue_depths(
    amqp_url: str, prefix: str, services: Sequence[str] = SERVICES, seconds: float = 5.0
) -> dict[str, dict[str, int | None]]:
    """Returns, per service, the messages ready to be consumed in `queue`, `dead` and `unrouted`; None where there is no such queue.

    Raises one of BROKER_ERRORS where the broker does not answer each step within `seconds`.
    """
    names = Names(prefix)
    found: dict[str, dict[str, int | None]] = {}
    with connection(amqp_url, seconds) as broker:
        broker.ensure_connection(max_retries=0)
        for service in services:
            queues = names.queues(service)
            found[service] = dict.fromkeys(KINDS) | {kind: _depth(broker, name) for kind, name in queues.items()}
    return found


def _depth(broker: object, name: str) -> int | None:
    with broker.channel() as channel:  # type: ignore[attr-defined]
        try:
            return int(channel.queue_declare(name, passive=True).message_count)
        except (NotFound, ChannelError):
            return None
