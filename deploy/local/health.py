"""Whether services are well: each web by its `/readyz`, each worker by the heartbeat it leaves in its database."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import urllib3
from pymongo.database import Database

from deploy.local.system import System
from shared.clock import utc_now
from shared.mongo import Document, connect
from shared.operations.service_status import is_healthy, workers

Answer = tuple[int, dict[str, Any]]
# A pool knows no proxy unless it is given one: what is said to ourselves goes there directly, whatever http_proxy holds.
_DIRECT = urllib3.PoolManager(retries=False)


def ask(url: str, seconds: float = 5.0, headers: Mapping[str, str] | None = None) -> Answer:
    """Status and JSON body of a GET to one of our own; (0, {}) where nobody answers. No redirect is followed."""
    try:
        answer = _DIRECT.request("GET", url, headers=headers, timeout=seconds)
    except urllib3.exceptions.HTTPError:
        return 0, {}
    return answer.status, _json(answer.data)


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def wait_until_ready(system: System, seconds: float) -> None:
    """Returns when the gateway and all webs and workers are ready; raises TimeoutError naming those that are not."""
    since, deadline = utc_now() - timedelta(seconds=1), time.monotonic() + seconds
    client = connect(system.servers.mongo_url, "admin", "imc-up", pool=1).client
    left: dict[str, Callable[[], bool]] = {"gateway": partial(_answers, f"{system.gateway_url}/healthz")}
    for service in system.ports:
        left[f"{service}-web"] = partial(_answers, f"{system.url(service)}/readyz")
        left[f"{service}-worker"] = partial(_new_worker, client[system.settings(service).database], since)
    while left:
        left = {name: ready for name, ready in left.items() if not ready()}
        if left and time.monotonic() > deadline:
            raise TimeoutError(f"not ready after {seconds:.0f} s: {', '.join(left)}")
        time.sleep(0.02)


def _answers(url: str) -> bool:
    return ask(url)[0] == 200


def _new_worker(database: Database[Document], since: datetime) -> bool:
    return any(is_healthy(beat) and beat["started"] >= since for beat in workers(database, utc_now()))
