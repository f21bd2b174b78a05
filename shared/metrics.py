"""Figures for Prometheus, over all processes of one service.

With `PROMETHEUS_MULTIPROC_DIR` set before the start (deploy/gunicorn.conf.py) each process writes its figures into a file
there, and whichever is asked adds all of them up; `process_gone` keeps the sums and drops the gauges of one that ended.
"""

import os
from functools import lru_cache

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
requests = Histogram(
    "imc_http_request_seconds", "HTTP requests", ["service", "route", "method", "status"], buckets=BUCKETS
)


@lru_cache(maxsize=4096)
def _child(service: str, route: str, method: str, status: int) -> Histogram:
    return requests.labels(service, route, method, status)


def request_ended(service: str, route: str, method: str, status: int, seconds: float) -> None:
    """Counts one request. `route` is the rule, never the path: no ids, no names in figures."""
    _child(service, route, method, status).observe(seconds)


def exposition() -> tuple[bytes, str]:
    """What /metrics answers, and its content type."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST


def process_gone(pid: int) -> None:
    """To be called when a process ended (gunicorn's `child_exit`)."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(pid)
