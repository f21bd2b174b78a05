"""Runs of one system: saturated (so many referrals as fast as it takes them) and open (a fixed mean rate), end to end."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection

from tests.bench.processes import ROOT, python_module
from tests.bench.results import percentile
from tests.bench.systems import PATH, System, wait_until


class RunFailed(RuntimeError):
    """A request was not answered 201, or reactions did not come."""


@dataclass(frozen=True)
class Saturated:
    """One run: events per second from first request to last reaction, and CPU microseconds per event by process."""

    rate: float
    accepted_rate: float
    cpu: dict[str, float]
    servers_cpu: dict[str, float]
    load_cpu: float
    put_off: int

    @property
    def cpu_total(self) -> float:
        """Of all the system's own processes, without the servers and the load."""
        return sum(self.cpu.values())


@dataclass(frozen=True)
class Opened:
    """One run: seconds from the time of sending to the reaction's being seen, and the share unhandled when sending ended."""

    latencies: list[float]
    unhandled: float

    @property
    def p50(self) -> float:
        return percentile(self.latencies, 0.50)

    @property
    def p99(self) -> float:
        return percentile(self.latencies, 0.99)


def warm(system: System, count: int = 200) -> int:
    """A first load; gives how many reaction documents one event leaves."""
    with system.servers.client() as client:
        reactions = client[system.database][system.reactions]
        _wait_for_consumer(system, reactions)
        before = reactions.estimated_document_count()
        _post(system, 1, count, connections=16)
        _settled(reactions.estimated_document_count, before + count)
        stored = reactions.estimated_document_count() - before
    if stored % count:
        raise RunFailed(f"{system.name}: {stored} reactions to {count} events")
    return int(stored // count)


def _wait_for_consumer(system: System, reactions: Collection[dict[str, Any]]) -> None:
    """Until the consumer stores reactions: what is said before its queue is there is lost with every peer."""
    for seed in range(1000, 1040):
        _post(system, seed, 4, connections=1)
        if reactions.estimated_document_count():
            return _settled(reactions.estimated_document_count, 1)
        time.sleep(0.5)
    raise RunFailed(f"{system.name}: nothing is heard\n{system.pieces[-1].tail()}")


def _settled(count: Callable[[], int], least: int) -> None:
    """Until at least so many are there and no more come for a while."""
    wait_until(lambda: count() >= least, 30, "reactions")
    last = -1
    while last != (now := count()):
        last = now
        time.sleep(0.3)


def _post(system: System, seed: int, count: int, connections: int) -> dict[str, Any]:
    spec = {"mode": "closed", "connections": connections, **_spec(system, seed, count)}
    return _checked(system, python_module("tests.bench.load", spec), count)


def _spec(system: System, seed: int, count: int) -> dict[str, object]:
    return {
        "host": "127.0.0.1", "port": system.port, "path": PATH, "headers": system.headers,
        "seed": seed, "count": count, "first": seed * 100_000,
    }  # fmt: skip


def _checked(system: System, result: dict[str, Any], count: int) -> dict[str, Any]:
    if result["statuses"] != {"201": count}:
        raise RunFailed(f"{system.name}: answers {result['statuses']} of {count}\n{system.pieces[0].tail()}")
    return result


def saturated(system: System, seed: int, count: int, per_event: int, connections: int = 32) -> Saturated:
    """Posts `count` referrals over `connections` and waits for the last reaction."""
    with system.servers.client() as client:
        reactions = client[system.database][system.reactions]
        wanted = reactions.estimated_document_count() + count * per_event
        cpu, servers = system.cpu(), system.servers.cpu()
        result = _post(system, seed, count, connections)
        wait_until(lambda: reactions.estimated_document_count() >= wanted, 60, f"{system.name}: reactions", 0.005)
        end = time.monotonic()
    begun = min(result["sent"])
    return Saturated(
        rate=count / (end - begun),
        accepted_rate=count / (max(result["answered"]) - begun),
        cpu={name: (value - cpu.get(name, 0.0)) / count * 1e6 for name, value in system.cpu().items()},
        servers_cpu={name: (value - servers[name]) / count * 1e6 for name, value in system.servers.cpu().items()},
        load_cpu=result["cpu"] / count * 1e6,
        put_off=result["put_off"],
    )


def accepted(system: System, seed: int, count: int, connections: int = 32) -> float:
    """Referrals answered 201 a second, from the first sent to the last answered."""
    result = _post(system, seed, count, connections)
    return float(count / (max(result["answered"]) - min(result["sent"])))


def opened(system: System, seed: int, rate: float, seconds: float) -> Opened:
    """Posts at a mean rate and watches every reaction come."""
    count = int(rate * seconds)
    command = [sys.executable, "-m", "tests.bench.watch"]
    address = [system.servers.mongo.url, system.database, system.reactions, system.case_field]
    watcher = subprocess.Popen([*command, *address], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert watcher.stdin and watcher.stdout
    watcher.stdout.readline()
    spec = {"mode": "open", "rate": rate, **_spec(system, seed, count)}
    result = _checked(system, python_module("tests.bench.load", spec), count)
    time.sleep(1.5)
    watcher.stdin.close()
    seen: dict[str, float] = json.loads(watcher.stdout.read())
    watcher.wait()
    end = max(result["sent"])
    pairs = [(sent, seen.get(str(id_))) for sent, id_ in zip(result["sent"], result["ids"], strict=True)]
    late = sum(1 for _, moment in pairs if moment is None or moment > end)
    missing = sum(1 for _, moment in pairs if moment is None)
    if missing > count * 0.05:
        raise RunFailed(f"{system.name}: {missing} of {count} reactions were not seen 1.5 s after the end")
    return Opened([moment - sent for sent, moment in pairs if moment is not None], late / count)
