"""*chain* and *chain latency*: a referral posted → a reaction stored in another service, against every peer on the same servers.

The application keeps all its promises meanwhile: rights, idempotency keys, rate limits, sealing, outbox, single effect, order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.bench.application import Application
from tests.bench.flow import Opened, Saturated, opened, saturated, warm
from tests.bench.results import Bar, Row, compared, median
from tests.bench.servers import Servers
from tests.bench.systems import CONSUMERS, Peer, System

COUNT, ROUNDS = 1500, 3
APPLICATION = "application"
LATENCY_SECONDS = {20.0: 12.0, 0.0: 8.0}  # 0: at 70 % of the quickest peer's saturated rate
LATENCY_BARS = {20.0: (Bar(most=1.6), Bar(most=2.5)), 0.0: (Bar(most=1.0), Bar(most=1.0))}  # p50, p99


@dataclass
class Measured:
    """All rounds of one system."""

    runs: list[Saturated] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        return [run.rate for run in self.runs]

    @property
    def cpu(self) -> list[float]:
        return [run.cpu_total for run in self.runs]


def system(name: str, servers: Servers) -> System:
    return Application(name, servers) if name == APPLICATION else Peer(name, servers)


def run(servers: Servers, rounds: int = ROUNDS, count: int = COUNT, peers: Sequence[str] = ()) -> Iterator[Row]:
    """Saturated rounds of all, by turns; then the latency rounds of the application and the quickest peer."""
    names = [APPLICATION, *(peers or CONSUMERS)]
    measured = {name: Measured() for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            try:
                measured[name].runs.append(once(system(name, servers), number, count))
            except Exception as error:  # a peer that cannot run here is said, and does not stop the others
                measured[name].faults.append(str(error))
                if name == APPLICATION:
                    raise
    whole = {name: each for name, each in measured.items() if len(each.runs) == rounds}
    yield from judged(whole, {name: each.faults[0] for name, each in measured.items() if each.faults})
    quickest = max((name for name in whole if name != APPLICATION), key=lambda name: median(whole[name].rates))
    yield from latency(servers, rounds, quickest, median(whole[quickest].rates) * 0.7)


def once(under: System, number: int, count: int) -> Saturated:
    """One system started, warmed, measured, stopped."""
    try:
        under.start()
        per_event = warm(under)
        return saturated(under, 10 + number, count, per_event)
    finally:
        under.stop()
        under.clean()


def judged(measured: dict[str, Measured], faults: dict[str, str]) -> Iterator[Row]:
    """The chain's rows: throughput against the best peer and against Celery prefork, CPU against the cheapest."""
    peers = {name: each for name, each in measured.items() if name != APPLICATION}
    application = measured[APPLICATION]
    best = max(peers, key=lambda name: median(peers[name].rates))
    cheapest = min(peers, key=lambda name: median(peers[name].cpu))
    facts = {name: facts_of(each) for name, each in measured.items()} | {"could not run": faults}
    yield compared(
        "chain", "saturated, POST → reaction stored", application.rates, peers[best].rates, "/s",
        Bar(least=1.5, aim=2.0), against=best, facts=facts,
    )  # fmt: skip
    yield compared(
        "chain", "CPU of its own processes per event", application.cpu, peers[cheapest].cpu, "µs",
        Bar(most=1.0, aim=0.5), against=cheapest,
    )  # fmt: skip
    if "celery-prefork" in peers:
        yield compared(
            "chain", "saturated, against Celery prefork", application.rates, peers["celery-prefork"].rates, "/s",
            Bar(least=2.0), against="celery-prefork",
        )  # fmt: skip


def facts_of(measured: Measured) -> dict[str, object]:
    """What stands beside the ratio: rates, CPU by process and by server, the load's own share."""
    runs = measured.runs
    return {
        "events/s": [round(rate) for rate in measured.rates],
        "accepted/s": [round(run.accepted_rate) for run in runs],
        "cpu µs/event": {name: round(median([run.cpu[name] for run in runs])) for name in runs[0].cpu},
        "servers µs/event": {
            name: round(median([run.servers_cpu[name] for run in runs])) for name in runs[0].servers_cpu
        },
        "load µs/event": round(median([run.load_cpu for run in runs])),
        "answered 503 and sent again": [run.put_off for run in runs],
    }


def latency(servers: Servers, rounds: int, quickest: str, busy: float) -> Iterator[Row]:
    """Both systems at both rates, by turns."""
    found: dict[tuple[str, float], list[Opened]] = {}
    for number in range(rounds):
        for name in (APPLICATION, quickest) if number % 2 == 0 else (quickest, APPLICATION):
            under = system(name, servers)
            try:
                under.start()
                warm(under)
                for place, (rate, seconds) in enumerate(LATENCY_SECONDS.items()):
                    seed = 20 + number * len(LATENCY_SECONDS) + place  # the same again would be answered, not published
                    run = opened(under, seed, rate or busy, seconds)
                    found.setdefault((name, rate), []).append(run)
            finally:
                under.stop()
                under.clean()
    for rate in LATENCY_SECONDS:
        ours, theirs = found[APPLICATION, rate], found[quickest, rate]
        yield from latency_rows(f"{rate or busy:.0f}/s", ours, theirs, quickest, LATENCY_BARS[rate])


def latency_rows(
    rate: str, ours: list[Opened], theirs: list[Opened], peer: str, bars: tuple[Bar, Bar]
) -> Iterator[Row]:
    """p50, p99 and what was unhandled when sending ended, at one rate."""
    for name, bar in zip(("p50", "p99"), bars, strict=True):
        mine, other = ([getattr(run, name) * 1000 for run in runs] for runs in (ours, theirs))
        yield compared("chain latency", f"{name} end to end at {rate}", mine, other, "ms", bar, against=peer)
    late = median([run.unhandled * 100 for run in ours])
    yield Row(
        "chain latency", f"unhandled at the end at {rate}", late, 5.0, "%", [late / 5.0], Bar(most=1), "allowed",
        facts={peer: [run.unhandled * 100 for run in theirs]},
    )  # fmt: skip
