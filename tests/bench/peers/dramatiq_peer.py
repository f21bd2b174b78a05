"""dramatiq: an actor sent to from Flask with confirmed delivery, worked off by `dramatiq` processes with threads."""

from collections.abc import Callable
from functools import cache
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from pymongo.collection import Collection

from tests.bench.peers import work


class Broker(RabbitmqBroker):
    """The usual broker on the queue kind of this run."""

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        return {**super()._build_queue_arguments(queue_name), **work.QUEUE_ARGUMENTS}


broker = Broker(url=work.AMQP_URL.removesuffix("//") + "/%2F", confirm_delivery=True)
dramatiq.set_broker(broker)


@cache
def reactions() -> Collection[work.Document]:
    """One client per process, made after the fork."""
    return work.collection("reactions")


@dramatiq.actor(queue_name=work.QUEUE.replace(".", "_"))
def referral_received(event: dict[str, Any]) -> None:
    """The reaction."""
    reactions().insert_one(work.reaction_to(event))


def publisher() -> Callable[[dict[str, Any]], None]:
    """Publishes by `send`; dramatiq keeps a channel per thread."""

    def publish(event: dict[str, Any]) -> None:
        referral_received.send(event)

    return publish
