"""How many messages lie in each service's queues, asked for without touching them."""

from amqp.exceptions import NotFound
from kombu.exceptions import ChannelError

from shared.messaging.broker import connection
from shared.messaging.names import Names
from shared.settings import SERVICES


def depths(amqp_url: str, prefix: str) -> dict[str, dict[str, int | None]]:
    """Service → `queue`, `dead`, `unrouted`: messages ready to be taken, None where there is no such queue.

    Raises an error of BROKER_ERRORS where the broker does not answer.
    """
    names = Names(prefix)
    found: dict[str, dict[str, int | None]] = {}
    with connection(amqp_url) as broker:
        broker.connect()
        for service in SERVICES:
            kinds = zip(("queue", "dead", "unrouted"), names.read_by(service), strict=True)
            found[service] = {kind: _depth(broker, name) for kind, name in kinds}
    return found


def _depth(broker: object, name: str) -> int | None:
    with broker.channel() as channel:  # type: ignore[attr-defined]
        try:
            return int(channel.queue_declare(name, passive=True).message_count)
        except (NotFound, ChannelError):
            return None
