"""Plain kombu: a producer per thread with confirms in Flask; a consumer that stores and acknowledges, prefetch 100."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import kombu

from tests.bench.peers import work

EXCHANGE = kombu.Exchange(f"{work.PREFIX}events", type="topic", durable=True)
QUEUE = kombu.Queue(
    work.QUEUE, EXCHANGE, routing_key="referral.received", durable=True, queue_arguments=work.QUEUE_ARGUMENTS
)


def publisher() -> Callable[[dict[str, Any]], None]:
    """One connection per thread: py-amqp's are not to be shared."""
    own = threading.local()

    def publish(event: dict[str, Any]) -> None:
        if not hasattr(own, "producer"):
            connection = kombu.Connection(work.AMQP_URL, transport_options={"confirm_publish": True})
            own.producer = kombu.Producer(connection.channel(), EXCHANGE, serializer="json")
        own.producer.publish(event, routing_key="referral.received", delivery_mode=2)

    return publish


def react() -> None:
    """The hearing process, until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    reactions = work.collection("reactions")

    def on_message(body: dict[str, Any], message: kombu.Message) -> None:
        reactions.insert_one(work.reaction_to(body))
        message.ack()

    with (
        kombu.Connection(work.AMQP_URL) as connection,
        kombu.Consumer(connection, [QUEUE], callbacks=[on_message], prefetch_count=100, accept=["json"]),
    ):
        while not stopping.is_set():
            try:
                connection.drain_events(timeout=0.5)
            except TimeoutError:
                continue


if __name__ == "__main__":
    react()
