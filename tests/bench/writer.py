"""Stores records at a mean rate and notes when each was durable: for a relay to find, or (`wakes`) waking a thread of its own.

The waking one is the reference: the quickest a commit can become a message is a thread told by the writer itself.
Runs as a process of its own; prints `{record id: monotonic seconds of the commit}`.
"""

import json
import queue
import random
import sys
import threading
import time
from typing import Any

import kombu
import pymongo

from shared.broker.envelope import CONTENT_TYPE, encode
from tests.bench import events


def publishing(url: str, exchange: str, waiting: "queue.SimpleQueue[dict[str, Any] | None]") -> None:
    """Publishes each record's event as it is told, confirmed one by one."""
    with kombu.Connection(url, transport_options={"confirm_publish": True}) as connection:
        producer = kombu.Producer(
            connection.channel(), kombu.Exchange(exchange, "topic", no_declare=True), auto_declare=False
        )
        while (record := waiting.get()) is not None:
            entry = record["outbox"][0]
            producer.publish(
                encode(entry, record["_id"]), routing_key=entry["type"], content_type=CONTENT_TYPE,
                content_encoding="utf-8", delivery_mode=2,
            )  # fmt: skip


def write(spec: dict[str, Any]) -> dict[str, float]:
    """One by one, with seeded exponential gaps."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(spec["mongo_url"], w="majority", journal=True)
    collection = client[spec["database"]].cases
    waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    thread = threading.Thread(target=publishing, args=(spec["amqp_url"], spec["exchange"], waiting))
    if spec["wakes"]:
        thread.start()
    rng, due, committed = random.Random(spec["seed"]), time.monotonic() + 0.3, {}
    for record in events.records(1, spec["count"]):
        due += rng.expovariate(spec["rate"])
        time.sleep(max(0.0, due - time.monotonic()))
        if spec["wakes"]:
            del record["outbox_due"]
        collection.insert_one(record)
        committed[record["_id"]] = time.monotonic()
        if spec["wakes"]:
            waiting.put(record)
    waiting.put(None)
    if spec["wakes"]:
        thread.join()
    return committed


if __name__ == "__main__":
    json.dump(write(json.loads(sys.stdin.read())), sys.stdout)
