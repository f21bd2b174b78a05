"""*memory*: all services idle, web and worker, in proportional set size, without the servers, against as many bare gunicorns.

Two ways of running: each process started for itself, as containers do, and forked from one warm parent, as `imc up` does
(its gateway and parent are counted, the bare ones have neither).
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from deploy.local.mongod import free_port
from shared.settings import SERVICES
from tests.bench.application import environment, forget_names, set_up_application
from tests.bench.processes import Piece, start, wait_for_http
from tests.bench.results import Bar, Row, compared
from tests.bench.servers import Servers
from tests.bench.systems import gunicorn, wait_until

ROUNDS, SETTLE_SECONDS = 2, 4.0
MIB = 1024.0 * 1024.0
IMC = str(Path(sys.executable).with_name("imc"))


def run(servers: Servers, rounds: int = ROUNDS) -> Iterator[Row]:
    """By turns, never two at once: shared pages would be divided between them."""
    bare, apart, together = [], [], []
    for _ in range(rounds):
        bare.append(measured(bare_ones(servers)))
        apart.append(measured(separate(servers)))
        together.append(measured(forked(servers)))
    yield compared(
        "memory", "each process started for itself, PSS", apart, bare, "MiB", Bar(most=1.3),
        against=f"{2 * len(SERVICES)} bare gunicorns",
    )  # fmt: skip
    yield compared(
        "memory", "imc up with its gateway, PSS", together, bare, "MiB", Bar(most=0.6),
        against=f"{2 * len(SERVICES)} bare gunicorns",
    )  # fmt: skip


def measured(pieces: Iterator[Piece]) -> float:
    """MiB of everything that runs when the generator has started it all; stops it again."""
    started = list(pieces)
    try:
        time.sleep(SETTLE_SECONDS)
        return sum(pss(piece) for piece in started) / MIB
    finally:
        for piece in started:
            piece.stop()


def pss(piece: Piece) -> int:
    """Of the piece's whole tree but mongod."""
    ours = [process for process in piece.tree() if process.name() != "mongod"]
    return sum(process.memory_full_info().pss for process in ours if process.status() != psutil.STATUS_ZOMBIE)


def bare_ones(servers: Servers) -> Iterator[Piece]:
    """Two for each service: one stands for its web process, one for its worker."""
    told = {"BENCH_MONGO_URL": servers.mongo.url, "BENCH_AMQP_URL": servers.amqp_url}
    application = "tests.bench.peers.lean:create_app()"
    for number in range(2 * len(SERVICES)):
        port = free_port()
        command = gunicorn(Path(sys.executable), port, application, workers=1)
        piece = start(f"lean{number}", command, told, servers.directory)
        wait_for_http(piece, f"http://127.0.0.1:{port}/healthz")
        yield piece


def separate(servers: Servers) -> Iterator[Piece]:
    """`imc web` and `imc worker` of every service; all ready, all workers consuming."""
    prefix = f"{servers.prefix}memory."
    set_up_application(servers, prefix)
    for service in SERVICES:
        told, port = environment(servers, service, prefix, IMC_WEB_WORKERS="1"), free_port()
        web = start(f"{service}-web", [IMC, "web", service, "--port", str(port)], told, servers.directory)
        wait_for_http(web, f"http://127.0.0.1:{port}/{service}/readyz")
        yield web
        yield start(f"{service}-worker", [IMC, "worker", service], told, servers.directory)
    with servers.client() as client:
        for service in SERVICES:
            consuming = {"kind": "worker", "consuming": True}
            wait_until(lambda s=service: client[f"imc_{s}"].meta.find_one(consuming) is not None, 30, service)  # type: ignore[misc]
    forget_names(servers, prefix)


def forked(servers: Servers) -> Iterator[Piece]:
    """`imc up` on a directory of its own."""
    yield up(servers, "memory-up", free_base())


def up(servers: Servers, name: str, base: int) -> Piece:
    """`imc up`, ready."""
    told = {name: "" for name in os.environ if name.startswith("IMC_")} | {"IMC_SMTP_URL": ""}
    directory = servers.directory / name
    command = [IMC, "up", "--data", str(directory), "--base-port", str(base)]
    piece = start(name, command, told, servers.directory)
    wait_until(
        lambda: (directory / "state.json").exists() or piece.process.poll() is not None, 90, f"imc up\n{piece.tail()}"
    )
    if piece.process.poll() is not None:
        raise RuntimeError(f"imc up ended\n{piece.tail()}")
    state = json.loads((directory / "state.json").read_text())
    if state["broker"] == "rabbitmq" and state["broker_prefix"]:
        servers.systems.add(state["broker_prefix"])
    return piece


def free_base() -> int:
    """A base port with room for every service after it."""
    while True:
        base = free_port()
        if base < 60000 and all(_is_free(base + place) for place in range(len(SERVICES) + 2)):
            return base


def _is_free(port: int) -> bool:
    from deploy.local import mongod

    return bool(mongod.is_free(port))
