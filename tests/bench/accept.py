"""*accept*: POST referral → 201 with rights, rate limit, idempotency, sealing and the event, against a bare handler.

The bare one has the same marshmallow schema and one journaled insert. No worker runs on either side.
"""

from collections.abc import Iterator

from tests.bench.application import Application
from tests.bench.flow import accepted
from tests.bench.results import Bar, Row, compared, median
from tests.bench.servers import Servers
from tests.bench.systems import Peer, System

COUNT, ROUNDS = 1500, 4


def run(servers: Servers, rounds: int = ROUNDS, count: int = COUNT) -> Iterator[Row]:
    """All three started once and measured by turns: the application with and without an Idempotency-Key, and the bare one."""
    systems: dict[str, System] = {
        "application": Application("accept", servers, workers=()),
        "bare": Peer("bare", servers),
    }
    rates: dict[str, list[float]] = {"application": [], "plain": [], "bare": []}
    try:
        for each in systems.values():
            each.start()
            accepted(each, 1, 300)
        for number in range(rounds):
            rates["application"].append(accepted(systems["application"], 100 + number, count))
            rates["bare"].append(accepted(systems["bare"], 100 + number, count))
            keyed = systems["application"].headers.pop("Idempotency-Key")
            rates["plain"].append(accepted(systems["application"], 200 + number, count))
            systems["application"].headers["Idempotency-Key"] = keyed
    finally:
        for each in systems.values():
            each.stop()
            each.clean()
    bare = rates["bare"]
    yield compared(
        "accept", "POST referral → 201, with Idempotency-Key", rates["application"], bare, "/s", Bar(least=0.75),
        against="bare handler", facts={"without Idempotency-Key": round(median(rates["plain"]))},
    )  # fmt: skip
