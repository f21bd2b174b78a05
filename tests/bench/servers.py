"""The servers under every bench: a mongod of the bench's own, and the RabbitMQ that answers on this machine, under a prefix."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kombu
import pymongo
from amqp.exceptions import NotFound

from deploy.local import mongod
from shared.broker.topology import delete
from tests.bench.processes import cpu_of, listening_on, stop_all

AMQP_URL = os.environ.get("IMC_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")


@dataclass
class Servers:
    """Addresses, a directory for logs, and the CPU the two servers used so far."""

    mongo: mongod.Mongod
    directory: Path
    amqp_url: str = AMQP_URL
    prefix: str = field(default_factory=lambda: f"bench{secrets.token_hex(3)}.")
    systems: set[str] = field(default_factory=set)  # prefixes of whole systems: taken off the broker at the end

    def client(self) -> "pymongo.MongoClient[dict[str, Any]]":
        return pymongo.MongoClient(self.mongo.url, tz_aware=True, w="majority", journal=True)

    def cpu(self) -> dict[str, float]:
        broker = listening_on(urlsplit(self.amqp_url).port or 5672)
        return {"mongod": cpu_of(self.mongo.process.pid), "rabbitmq": cpu_of(broker) if broker else 0.0}

    def forget(self, queues: Iterable[str], exchanges: Iterable[str] = ()) -> None:
        """Deletes queues and exchanges by name; what is not there is no error."""
        with kombu.Connection(self.amqp_url) as connection:
            for kind, names in (("queue_delete", queues), ("exchange_delete", exchanges)):
                for name in names:
                    try:
                        with connection.channel() as channel:
                            getattr(channel, kind)(name)
                    except NotFound:
                        pass


@contextmanager
def running(cache_gb: float = 1.0) -> Iterator[Servers]:
    """Both servers, and nothing of them left behind."""
    directory = Path(tempfile.mkdtemp(prefix="imc-bench-"))
    server = mongod.start(directory / "mongo", cache_gb=cache_gb)
    servers = Servers(server, directory)
    try:
        yield servers
    finally:
        stop_all()
        for prefix in servers.systems:
            delete(servers.amqp_url, prefix)
        server.stop()
        if not os.environ.get("BENCH_KEEP"):
            shutil.rmtree(directory, ignore_errors=True)
