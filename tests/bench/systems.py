"""Whole systems that do the chain's work: every peer, and the bare web process that publishes nothing. The application's own is in application.py.

All stand on the same servers with as many web processes and threads.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.mongod import free_port
from shared.web.app import THREADS
from tests.bench.peers import environment
from tests.bench.processes import DidNotStart, Piece, start, wait_for_http
from tests.bench.servers import Servers

WEB_WORKERS, WEB_THREADS = 2, THREADS
PATH = "/intake/api/v1/referrals"


@dataclass
class System(ABC):
    """Something that takes referrals at `port` and stores reactions in `database.reactions`."""

    name: str
    servers: Servers
    pieces: list[Piece] = field(default_factory=list)
    port: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    reactions: str = "reactions"
    case_field: str = "case_id"

    @property
    @abstractmethod
    def database(self) -> str:
        """Where the reactions are stored."""

    @abstractmethod
    def start(self) -> None:
        """Starts every process and waits until referrals are taken."""

    def run(self, name: str, command: list[str], environment: dict[str, str]) -> Piece:
        piece = start(f"{self.name}-{name}", command, environment, self.servers.directory)
        self.pieces.append(piece)
        return piece

    def stop(self) -> None:
        """Web first, so that consumers see the end of what was said."""
        for piece in self.pieces:
            piece.stop()
        self.pieces = []

    def cpu(self) -> dict[str, float]:
        return {piece.name: piece.cpu() for piece in self.pieces}

    def clean(self) -> None:
        """Leaves nothing on the servers."""
        with self.servers.client() as client:
            client.drop_database(self.database)


ConsumerCommand = Callable[[Path], list[str]]
CONSUMERS: dict[str, tuple[str, ConsumerCommand]] = {
    "nameko": (
        "nameko",
        lambda home: [str(home / "nameko"), "run", "--config", "{config}", "tests.bench.peers.nameko_peer"],
    ),
    "celery-prefork": ("celery", lambda home: _celery(home, "prefork", 2)),
    "celery-threads": ("celery", lambda home: _celery(home, "threads", 8)),
    "kombu": ("kombu", lambda home: [str(home / "python"), "-m", "tests.bench.peers.kombu_peer"]),
    "dramatiq": (
        "dramatiq",
        lambda home: [str(home / "dramatiq"), "-p", "1", "-t", "8", "tests.bench.peers.dramatiq_peer"],
    ),
    "faststream": ("faststream", lambda home: [str(home / "python"), "-m", "tests.bench.peers.faststream_peer"]),
}


def _celery(home: Path, pool: str, concurrency: int) -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]
    return [
        *[str(home / "celery"), "-A", "tests.bench.peers.celery_peer", "worker", "-P", pool],
        *["-c", str(concurrency), *quiet],
    ]


def gunicorn(
    python: Path, port: int, application: str, workers: int = WEB_WORKERS, threads: int = WEB_THREADS
) -> list[str]:
    """The web server as every side of every comparison runs it."""
    return [
        *[str(python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"],
        *["--workers", str(workers), "--threads", str(threads), "--keep-alive", "30", "--log-level", "warning"],
        application,
    ]


class Peer(System):
    """A peer by its name in CONSUMERS; `bare` has a web process only."""

    @property
    def database(self) -> str:
        return f"bench_{self.name.replace('-', '_')}"

    @property
    def prefix(self) -> str:
        return f"{self.servers.prefix}{self.name}."

    def environment(self) -> dict[str, str]:
        return {
            "BENCH_MONGO_URL": self.servers.mongo.url,
            "BENCH_AMQP_URL": self.servers.amqp_url,
            "BENCH_DATABASE": self.database,
            "BENCH_PREFIX": self.prefix,
            "PYTHONWARNINGS": "ignore",
        }

    def start(self) -> None:
        python = environment.ready()
        self.port = free_port()
        module = CONSUMERS[self.name][0] if self.name in CONSUMERS else "bare"
        web = gunicorn(python, self.port, f"tests.bench.peers.web:create_app('{module}')")
        self.run("web", web, self.environment())
        if self.name in CONSUMERS:
            config = self.servers.directory / f"{self.name}.yaml"
            config.write_text(f"AMQP_URI: {self.servers.amqp_url}\nmax_workers: 10\n")
            command = [part.replace("{config}", str(config)) for part in CONSUMERS[self.name][1](python.parent)]
            self.run("consumer", command, self.environment())
        wait_for_http(self.pieces[0], f"http://127.0.0.1:{self.port}/healthz")

    def clean(self) -> None:
        super().clean()
        queue = f"{self.prefix}notify"
        spelled = queue.replace(".", "_")
        nameko = f"evt-{self.prefix}intake-referral_received--{queue}.on_referral_received"
        queues = [queue, nameko, *(spelled + ending for ending in ("", ".DQ", ".XQ"))]
        self.servers.forget(queues, [queue, f"{self.prefix}events", f"{self.prefix}intake.events"])


def wait_until(true: Callable[[], bool], seconds: float, what: str, pause: float = 0.02) -> None:
    """Polls; raises DidNotStart when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise DidNotStart(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
