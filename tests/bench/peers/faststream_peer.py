"""FastStream: its broker on a loop beside Flask's threads; a subscriber run as an app, up to 100 at once."""

import asyncio
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from pymongo import AsyncMongoClient

from tests.bench.peers import work

EXCHANGE = RabbitExchange(f"{work.PREFIX}events", type=ExchangeType.TOPIC, durable=True)
QUEUE = RabbitQueue(
    work.QUEUE,
    durable=True,
    routing_key="referral.received",
    queue_type=QueueType.QUORUM if work.QUORUM else QueueType.CLASSIC,
)
broker = RabbitBroker(work.AMQP_URL, default_channel=Channel(prefetch_count=100), logger=None)
app = FastStream(broker, logger=None)


@cache
def reactions() -> Any:
    """One client per process."""
    return work.collection("reactions", AsyncMongoClient)


@broker.subscriber(QUEUE, EXCHANGE, ack_policy=AckPolicy.NACK_ON_ERROR)
async def on_referral_received(event: dict[str, Any]) -> None:
    """The reaction."""
    await reactions().insert_one(work.reaction_to(event))


def publisher() -> Callable[[dict[str, Any]], None]:
    """Publishes with confirms; each Flask thread waits for its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    sending = RabbitBroker(work.AMQP_URL, logger=None)
    asyncio.run_coroutine_threadsafe(sending.connect(), loop).result(10)

    def publish(event: dict[str, Any]) -> None:
        publish = sending.publish(event, exchange=EXCHANGE, routing_key="referral.received", persist=True)
        asyncio.run_coroutine_threadsafe(publish, loop).result(30)

    return publish


if __name__ == "__main__":
    asyncio.run(app.run())
