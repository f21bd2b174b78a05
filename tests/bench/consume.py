"""*consume*: a worker's handler with mark and one write, in batches of 50 and of 200, against plain consume and acknowledge."""

import sys
import time
from collections.abc import Iterator

import kombu

from shared.broker.envelope import encode
from shared.broker.names import Names
from shared.broker.publisher import Message, publisher
from shared.ids import new_id
from tests.bench.application import environment, forget_names, set_up_messaging
from tests.bench.events import outbox_of
from tests.bench.processes import Piece, python_module, start
from tests.bench.results import Bar, Row, compared
from tests.bench.servers import Servers
from tests.bench.systems import wait_until

COUNT, ROUNDS = 6000, 3
BARS = {50: Bar(least=0.35, aim=0.45), 200: Bar(least=0.6, aim=0.8)}


def run(servers: Servers, count: int = COUNT, rounds: int = ROUNDS) -> Iterator[Row]:
    """Each round: plain, 50, 200, on freshly filled queues."""
    prefix = f"{servers.prefix}consume."
    set_up_messaging(servers, prefix)
    bodies = fill(servers, prefix, count)
    plain: list[float] = []
    ours: dict[int, list[float]] = {size: [] for size in BARS}
    for _ in range(rounds):
        plain.append(consumed_plainly(servers, prefix, bodies))
        for size, rates in ours.items():
            rates.append(consumed(servers, prefix, size, count))
            fill(servers, prefix, count)
    forget_names(servers, prefix)
    for size, rates in ours.items():
        yield compared(
            "consume", f"handler with mark and one write, batches of {size}", rates, plain, "/s", BARS[size],
            against="plain consume and ack",
        )  # fmt: skip


def fill(servers: Servers, prefix: str, count: int, each: int = 1) -> list[bytes]:
    """Publishes `count` subjects' events to the consumers: first events of all, then second ones … Returns the bodies."""
    names = Names(prefix)
    outboxes = [
        (case_id, outbox_of(case_id, number, each)) for number, case_id in enumerate(new_id() for _ in range(count))
    ]
    messages = [
        Message(names.events, outbox[place]["type"], encode(outbox[place], case_id), outbox[place]["id"])
        for place in range(each)
        for case_id, outbox in outboxes
    ]
    saying = publisher(servers.amqp_url, names)
    for begin in range(0, len(messages), 500):
        saying.publish(messages[begin : begin + 500])
    saying.close()
    return [message.body for message in messages]


def consumer(servers: Servers, prefix: str, size: int, name: str = "consumer") -> Piece:
    """The process under measurement."""
    told = environment(servers, "notify", prefix, IMC_WORKER_PREFETCH=str(size * 2))
    return start(name, [sys.executable, "-m", "tests.bench.consumer", str(size)], told, servers.directory)


def consumed(servers: Servers, prefix: str, size: int, count: int, processes: int = 1) -> float:
    """Events a second, from the first effects seen to the last one."""
    with servers.client() as client:
        database = client.imc_notify
        database.effects.delete_many({})
        database.inbox_positions.delete_many({})
        pieces = [consumer(servers, prefix, size, f"consumer{place}") for place in range(processes)]
        try:
            wait_until(lambda: database.effects.estimated_document_count() > 0, 30, "first effect", 0.002)
            begun, at_first = time.monotonic(), database.effects.estimated_document_count()
            wait_until(lambda: database.effects.estimated_document_count() >= count, 120, "last effect", 0.005)
            return float((count - at_first) / (time.monotonic() - begun))
        finally:
            for piece in pieces:
                piece.stop()


def consumed_plainly(servers: Servers, prefix: str, bodies: list[bytes]) -> float:
    """The same bodies from a quorum queue, taken and acknowledged one by one."""
    name = f"{prefix}plain"
    with kombu.Connection(servers.amqp_url) as connection:
        kombu.Queue(name, durable=True, queue_arguments={"x-queue-type": "quorum"})(connection.channel()).declare()
    saying = publisher(servers.amqp_url, Names(prefix))
    for begin in range(0, len(bodies), 500):
        part = bodies[begin : begin + 500]
        saying.publish([Message("", name, body, "plain", content_type="application/json") for body in part])
    saying.close()
    spec = {"loop": "consume", "url": servers.amqp_url, "queue": name, "count": len(bodies)}
    seconds = python_module("tests.bench.plain", spec)["seconds"]
    servers.forget([name])
    return float(len(bodies) / seconds)
