"""The bare loops of kombu that messaging is measured against: consume and acknowledge, publish with 100 confirms in flight.

Each runs as a process of its own and prints how long its own loop took.
"""

import json
import sys
import time
from typing import Any

import kombu

IN_FLIGHT = 100


def consume(url: str, queue: str, count: int) -> dict[str, float]:
    """Takes `count` messages one by one, decodes the JSON, acknowledges; prefetch 100."""
    begun, done = 0.0, 0

    def on_message(body: Any, message: kombu.Message) -> None:
        nonlocal begun, done
        begun = begun or time.monotonic()
        message.ack()
        done += 1

    with kombu.Connection(url) as connection:
        bare = kombu.Queue(queue, no_declare=True)
        with kombu.Consumer(connection, [bare], callbacks=[on_message], prefetch_count=100, accept=["json"]):
            while done < count:
                connection.drain_events(timeout=20)
    return {"seconds": time.monotonic() - begun}


def publish(url: str, exchange: str, key: str, body: str, count: int) -> dict[str, float]:
    """Publishes `count` persistent messages, never more than 100 unconfirmed."""
    open_: set[int] = set()

    def confirmed(tag: int, multiple: bool) -> None:
        open_.difference_update({each for each in open_ if each <= tag} if multiple else {tag})

    with kombu.Connection(url) as connection:
        channel = connection.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(confirmed)
        producer = kombu.Producer(channel, kombu.Exchange(exchange, "topic", no_declare=True), auto_declare=False)
        begun = time.monotonic()
        for tag in range(1, count + 1):
            open_.add(tag)
            producer.publish(
                body, routing_key=key, content_type="application/json", content_encoding="utf-8", delivery_mode=2
            )
            while len(open_) >= IN_FLIGHT:
                connection.drain_events(timeout=20)
        while open_:
            connection.drain_events(timeout=20)
        return {"seconds": time.monotonic() - begun}


if __name__ == "__main__":
    spec = json.loads(sys.stdin.read())
    loop = consume if spec.pop("loop") == "consume" else publish
    json.dump(loop(**spec), sys.stdout)
