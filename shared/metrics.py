"""Metrics for Prometheus, over all processes of one web service on one machine.

Under gunicorn each process stores its metrics in a file of a shared directory (prometheus_client's multiprocess mode), and the process
that is scraped sums them; the counts of an ended process remain. Without gunicorn they are the process's own.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PREFIX = "imc-figures-"


class Metrics:
    """The metrics of a web process. `directory` is shared by the processes of one service; None: there is only this process."""

    def __init__(self, service: str, directory: Path | None = None) -> None:
        self._service, self._directory = service, directory
        if directory:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
            values.ValueClass = values.MultiProcessValue()
        else:
            values.ValueClass = values.MutexValue
        labels = ["service", "route", "method", "status"]
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "imc_http_request_seconds", "HTTP requests", labels, buckets=BUCKETS, registry=self._registry
        )
        self._withheld = Counter(
            "imc_mails_withheld",
            "E-mails not sent because a limit was passed",
            ["service", "limit"],
            registry=self._registry,
        )
        self._child = lru_cache(maxsize=4096)(self._requests.labels)

    def request_ended(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts one request. `route` is the rule, never the path: no ids, no names in metrics."""
        self._child(self._service, route, method, status).observe(seconds)

    def mail_withheld(self, limits: Iterable[str]) -> None:
        """Counts a mail that was not sent because it exceeded these limits (shared/mail_limits.py)."""
        for limit in limits:
            self._withheld.labels(self._service, limit).inc()

    def exposition(self, deliveries: Iterable[Mapping[str, Any]] = ()) -> tuple[bytes, str]:
        """The body of /metrics and its content type; `deliveries` are the deliveries that are due at this moment."""
        registry = self._registry
        if self._directory:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._directory))
        return generate_latest(registry) + self._leaving(deliveries), CONTENT_TYPE_LATEST

    def _leaving(self, deliveries: Iterable[Mapping[str, Any]]) -> bytes:
        registry, labels = CollectorRegistry(), ["service", "channel", "recipient"]
        waiting = Gauge(
            "imc_deliveries_waiting", "Webhooks and e-mails that still have to leave", labels, registry=registry
        )
        oldest = Gauge(
            "imc_deliveries_oldest_due_seconds", "Since when the oldest could have left", labels, registry=registry
        )
        rows = list(deliveries)
        for row in rows:
            named = (self._service, row["channel"], row["recipient"])
            waiting.labels(*named).set(row["waiting"])
            oldest.labels(*named).set(row["oldest_due_seconds"] or 0.0)
        return generate_latest(registry) if rows else b""


def shared_directory(service: str) -> Path | None:
    """Under gunicorn, the directory of this service's processes, named after their master, in memory where possible; else None."""
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn"):
        return None
    base = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())  # noqa: S108 - 0700 below
    _sweep(base)
    directory = base / f"{PREFIX}{os.getuid()}-{service}-{os.getppid()}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return directory if directory.stat().st_uid == os.getuid() else None


def _sweep(base: Path) -> None:
    """Removes the directories of masters that have ended."""
    for left in base.glob(f"{PREFIX}{os.getuid()}-*"):
        with suppress(OSError, ValueError):
            if not Path(f"/proc/{int(left.name.rpartition('-')[2])}").exists():
                shutil.rmtree(left)
