"""*relay*: from commit to published, against a thread woken by the writer; and draining a backlog, against kombu's quickest publishing."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from shared.broker.envelope import encode
from shared.broker.names import Names
from tests.bench import events
from tests.bench.application import environment, forget_names, set_up_messaging
from tests.bench.processes import ROOT, Piece, python_module, start
from tests.bench.results import Bar, Row, compared, percentile
from tests.bench.servers import Servers
from tests.bench.systems import wait_until

RATES = {20: 8.0, 200: 5.0}
ROUNDS, BACKLOG = 3, 4000


def run(servers: Servers, rounds: int = ROUNDS, backlog: int = BACKLOG) -> Iterator[Row]:
    """Rounds of waking and relay by turns at each rate; then backlogs by turns."""
    prefix = f"{servers.prefix}relay."
    set_up_messaging(servers, prefix)
    for rate, seconds in RATES.items():
        woken, relayed = [], []
        for number in range(rounds):
            woken.append(delays(servers, prefix, rate, seconds, number, wakes=True))
            relay = publisher(servers, prefix)
            relayed.append(delays(servers, prefix, rate, seconds, number, wakes=False))
            relay.stop()
        yield compared(
            "relay", f"commit → published, p50 at {rate}/s", medians(relayed), medians(woken), "ms", Bar(most=1.2),
            against="woken in process",
            facts={"p99 ms": [round(percentile(each, 0.99), 2) for each in relayed]},
        )  # fmt: skip
    pairs = [(drained(servers, prefix, backlog), published(servers, prefix, backlog)) for _ in range(rounds)]
    forget_names(servers, prefix)
    yield compared(
        "relay", f"backlog of {backlog:,} said, logged and taken out", [ours for ours, _ in pairs],
        [theirs for _, theirs in pairs], "/s", Bar(least=0.65), against="kombu, 100 confirms in flight",
    )  # fmt: skip


def medians(rounds: list[list[float]]) -> list[float]:
    return [percentile(each, 0.5) for each in rounds]


def publisher(servers: Servers, prefix: str) -> Piece:
    """The relay's process, ready when it publishes what is due."""
    piece = start(
        "publisher",
        [sys.executable, "-m", "tests.bench.publisher"],
        environment(servers, "intake", prefix),
        servers.directory,
    )
    with servers.client() as client:
        client.imc_intake.cases.insert_one(next(iter(events.records(1, 1))))
        due = {"outbox_due": {"$exists": True}}
        wait_until(lambda: client.imc_intake.cases.find_one(due, {"_id": 1}) is None, 30, "the relay's first event")
    return piece


def delays(servers: Servers, prefix: str, rate: int, seconds: float, seed: int, wakes: bool) -> list[float]:
    """Milliseconds from each commit to the message's arrival at a consumer."""
    names = Names(prefix)
    command = [sys.executable, "-m", "tests.bench.listen", servers.amqp_url, names.events]
    listener = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert listener.stdin and listener.stdout
    listener.stdout.readline()
    spec: dict[str, Any] = {
        "mongo_url": servers.mongo.url, "amqp_url": servers.amqp_url, "database": "imc_intake",
        "exchange": names.events, "rate": rate, "count": int(rate * seconds), "seed": seed, "wakes": wakes,
    }  # fmt: skip
    committed = python_module("tests.bench.writer", spec)
    time.sleep(1.0)
    listener.stdin.close()
    arrived = json.loads(listener.stdout.read())
    listener.wait()
    lost = committed.keys() - arrived.keys()
    if lost:
        raise RuntimeError(f"relay: {len(lost)} of {len(committed)} were never published")
    return [(arrived[id_] - moment) * 1000 for id_, moment in committed.items()]


def drained(servers: Servers, prefix: str, backlog: int) -> float:
    """Events a second from the relay's taking up again to the last outbox's being empty."""
    relay = publisher(servers, prefix)
    try:
        relay.process.send_signal(signal.SIGSTOP)
        with servers.client() as client:
            cases = client.imc_intake.cases
            cases.insert_many(list(events.records(1, backlog)))
            begun = time.monotonic()
            relay.process.send_signal(signal.SIGCONT)
            due = {"outbox_due": {"$exists": True}}
            wait_until(lambda: cases.find_one(due, {"_id": 1}) is None, 60, "an empty outbox", 0.005)
            return backlog / (time.monotonic() - begun)
    finally:
        relay.stop()


def published(servers: Servers, prefix: str, backlog: int) -> float:
    """The same event published as often by kombu alone, each confirmed, 100 in flight."""
    record = next(iter(events.records(1, 1)))
    entry = record["outbox"][0]
    spec = {
        "loop": "publish", "url": servers.amqp_url, "exchange": Names(prefix).events, "key": entry["type"],
        "body": encode(entry, record["_id"]).decode(), "count": backlog,
    }  # fmt: skip
    return float(backlog / python_module("tests.bench.plain", spec)["seconds"])
