"""*scaling*: one worker process, then two. Order per subject and single effect are judged on every machine, the ratio on 8 cores."""

import os
import time
from collections.abc import Iterator
from itertools import pairwise

from tests.bench.application import forget_names, set_up_messaging
from tests.bench.consume import consumer, fill
from tests.bench.results import Bar, Row, compared, fact
from tests.bench.servers import Servers
from tests.bench.systems import wait_until

COUNT, ROUNDS = 6000, 3
SUBJECTS, EACH = 300, 5
CORES = 8


def run(servers: Servers, count: int = COUNT, rounds: int = ROUNDS) -> Iterator[Row]:
    """Throughput of many subjects by turns; then few subjects with several events each, heard by two processes."""
    prefix = f"{servers.prefix}scaling."
    set_up_messaging(servers, prefix)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for processes, found in rates.items():
            fill(servers, prefix, count)
            found.append(consumed_rate(servers, prefix, count, processes))
    fill(servers, prefix, SUBJECTS, EACH)
    consumed_rate(servers, prefix, SUBJECTS * EACH, 2)
    ordered, single = order_and_single_effect(servers, SUBJECTS * EACH)
    forget_names(servers, prefix)
    yield compared(
        "scaling", "1 → 2 worker processes", rates[2], rates[1], "/s", Bar(least=1.6), against="one process",
        judged=(os.cpu_count() or 1) >= CORES,
    )  # fmt: skip
    yield fact("scaling", f"order per subject, {SUBJECTS} × {EACH} events, 2 processes", ordered)
    yield fact("scaling", f"single effect, {SUBJECTS} × {EACH} events, 2 processes", single)


def consumed_rate(servers: Servers, prefix: str, count: int, processes: int) -> float:
    """Events a second from the moment all processes may begin to the last effect."""
    with servers.client() as client:
        database = client.imc_notify
        for name in ("effects", "inbox_positions", "deferred_events"):
            database[name].delete_many({})
        pieces = [consumer(servers, prefix, 200, f"consumer{place}") for place in range(processes)]
        try:
            effects = database.effects.estimated_document_count
            wait_until(lambda: effects() > 0, 30, "first effect", 0.002)
            begun, at_first = time.monotonic(), effects()
            wait_until(lambda: effects() >= count, 120, "last effect", 0.005)
            return float((count - at_first) / (time.monotonic() - begun))
        finally:
            for piece in pieces:
                piece.stop()


def order_and_single_effect(servers: Servers, count: int) -> tuple[bool, bool]:
    """Whether every subject's effects were written in the order of its sequence, and each exactly once."""
    with servers.client() as client:
        effects = list(client.imc_notify.effects.find().sort([("case_id", 1), ("sequence", 1)]))
    single = len(effects) == count and all(effect["times"] == 1 for effect in effects)
    pairs = pairwise(effects)
    ordered = all(a["at"] <= b["at"] for a, b in pairs if a["case_id"] == b["case_id"])
    return ordered, single
