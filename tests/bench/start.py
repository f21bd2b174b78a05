"""*start*: `imc up` to ready on a directory that was set up before, against mongod alone to primary plus three bare services' starts."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local import mongod
from deploy.local.mongod import free_port
from tests.bench.memory import free_base, up
from tests.bench.processes import start, wait_for_http
from tests.bench.results import Bar, Row, compared
from tests.bench.servers import Servers
from tests.bench.systems import gunicorn

ROUNDS = 3


def run(servers: Servers, rounds: int = ROUNDS) -> Iterator[Row]:
    """The first `up` and the first mongod make their directories and are not counted."""
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    base = free_base()
    for number in range(rounds + 1):
        times = up_seconds(servers, base), mongod_seconds(servers), service_seconds(servers)
        if number:
            for one, seconds in zip(found, times, strict=True):
                one.append(seconds)
    ours, bare_server, bare_service = found
    allowed = [server + 3 * service for server, service in zip(bare_server, bare_service, strict=True)]
    yield compared(
        "start", "imc up to ready, warm", ours, allowed, "s", Bar(most=1.0),
        against="mongod to primary + 3 × one bare service",
        facts={"mongod s": bare_server, "bare service s": bare_service},
    )  # fmt: skip


def up_seconds(servers: Servers, base: int) -> float:
    """Until `state.json` is there, which is written when all is ready; last run's is removed at its end."""
    begun = time.monotonic()
    piece = up(servers, "start-up", base)
    seconds = time.monotonic() - begun
    piece.stop(30)
    return seconds


def mongod_seconds(servers: Servers) -> float:
    """The same server alone, from its start to primary, on a directory of its own."""
    begun = time.monotonic()
    server = mongod.start(servers.directory / "start-mongod")
    seconds = time.monotonic() - begun
    server.stop()
    return seconds


def service_seconds(servers: Servers) -> float:
    """One bare service from exec to its first answer."""
    port = free_port()
    told = {"BENCH_MONGO_URL": servers.mongo.url, "BENCH_AMQP_URL": servers.amqp_url}
    begun = time.monotonic()
    command = gunicorn(Path(sys.executable), port, "tests.bench.peers.lean:create_app()", workers=1)
    piece = start("lean", command, told, servers.directory)
    wait_for_http(piece, f"http://127.0.0.1:{port}/healthz")
    seconds = time.monotonic() - begun
    piece.stop()
    return seconds
