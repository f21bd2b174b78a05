"""`imc status`: every web and worker process, queue depths, the oldest unpublished event, waiting and failed events."""

import importlib
from typing import Any

from pymongo.errors import PyMongoError

from deploy.cli.broker_faults import fault_of
from deploy.cli.directory import LITTLE_ROOM
from deploy.cli.probe import probe
from deploy.cli.target import Target
from services.notify.store.deliveries import deliveries as notify_deliveries
from shared.broker.connection import BROKER_ERRORS
from shared.broker.queue_depths import queue_depths
from shared.clock import rfc3339, utc_now
from shared.mongo import Document, connect
from shared.operations import service_status
from shared.operations.console import is_service_healthy
from shared.outbox.records import outbox_collections
from shared.settings import Settings


def status(target: Target) -> Document:
    """Returns `{"healthy", "gateway", "broker", "services": {…}}`; `healthy` only if all answer, no event is dead-lettered, and
    deliveries go out. The fixed name of dead-lettered events in this result is `parked`."""
    queues, broker = _queues(target)
    services = {}
    for service, settings in target.settings_of.items():
        web, body = probe(f"{target.address(service)}/readyz")
        own = database_status(settings)
        found = {"web": {"ready": web == 200, "status": web, "answer": body}, **own, **queues.get(service, {})}
        services[service] = {"healthy": web == 200 and is_healthy(own), **found}
    gateway = probe(f"{target.gateway_url}/{next(iter(services))}/healthz")[0] == 200
    healthy = gateway and broker["answers"] and all(found["healthy"] for found in services.values())
    found = {"gateway": {"answers": gateway}, "broker": broker, "services": services}
    disk = _disk(target)
    return {"healthy": healthy and not (disk and disk["full"]), **found, **({"disk": disk} if disk else {})}


def _disk(target: Target) -> Document | None:
    """The disk of a system on this machine: the path of its files, and whether there is enough free space."""
    if target.directory is None:
        return None
    free = target.directory.free_bytes()
    return {"path": str(target.directory.root), "free_bytes": free, "full": free < LITTLE_ROOM}


def _queues(target: Target) -> tuple[dict[str, Any], Document]:
    settings = next(iter(target.settings_of.values()))
    try:
        return dict(queue_depths(settings.amqp_url, settings.broker_prefix)), {"answers": True}
    except (*BROKER_ERRORS, PyMongoError) as error:
        away = isinstance(error, PyMongoError)
        return {}, {"answers": False, "error": "MongoDB is away" if away else fault_of(error)}


def is_healthy(own: Document) -> bool:
    """Whether a service works, according to its `database_status`."""
    has_worker = any(worker["healthy"] for worker in own["workers"])
    return is_service_healthy(has_worker, own["parked"], own["deliveries"])


def database_status(settings: Settings) -> Document:
    """The status from the service's database: heartbeats, unpublished events, deferred events, waiting deliveries."""
    database = connect(settings.mongo_url, settings.database, "imc-status", pool=2)
    try:
        with database.client:
            now = utc_now()
            running = [
                {
                    "id": heartbeat["_id"].partition(":")[2],
                    "healthy": service_status.is_healthy(heartbeat),
                    "at": rfc3339(heartbeat["at"]),
                }
                for heartbeat in service_status.workers(database, now)
            ]
            indexes = importlib.import_module(f"services.{settings.service}.store.indexes").INDEXES
            deliveries = notify_deliveries(database, now) if settings.service == "notify" else []
            due = service_status.unpublished(database, outbox_collections(indexes), now)
            counts = service_status.deferred_counts(database)
            counts["parked"] = counts.pop("dead_lettered")
            return {"workers": running, **due, **counts, "deliveries": deliveries}
    except PyMongoError as error:
        nothing = dict.fromkeys(("unpublished", "oldest_due_seconds", "waiting", "parked", "discarded"))
        return {"workers": [], **nothing, "deliveries": [], "error": type(error).__name__}


def as_text(found: Document) -> str:
    """A table for people."""
    head = (
        f"{'service':<14}{'web':<10}{'workers':<12}{'queued':>7}{'outbox':>8}{'oldest':>9}{'waiting':>9}{'failed':>8}"
    )
    lines = [head]
    for service, one in found["services"].items():
        web = "ready" if one["web"]["ready"] else str(one["web"]["status"] or "away")
        healthy = sum(worker["healthy"] for worker in one["workers"])
        oldest = "-" if one["oldest_due_seconds"] is None else f"{one['oldest_due_seconds']:.1f} s"
        cells = [_number(one.get(name)) for name in ("queue", "unpublished", "waiting", "parked")]
        line = f"{service:<14}{web:<10}{f'{healthy} healthy' if healthy else 'none':<12}{cells[0]:>7}{cells[1]:>8}"
        lines.append(f"{line}{oldest:>9}{cells[2]:>9}{cells[3]:>8}")
    lines += [line for one in found["services"].values() for line in _delivery_lines(one["deliveries"])]
    lines.append(f"gateway {'answers' if found['gateway']['answers'] else 'does not answer'}, ")
    lines[-1] += f"broker {'answers' if found['broker']['answers'] else 'does not answer: ' + found['broker']['error']}"
    away = sorted(service for service, one in found["services"].items() if "error" in one)
    if away:
        lines.append(f"the database of {', '.join(away)} does not answer")
    if found.get("disk", {}).get("full"):
        lines.append(
            f"{found['disk']['path']} is full ({found['disk']['free_bytes'] // 2**20} MiB free): make room there"
        )
    return "\n".join([*lines, "all healthy" if found["healthy"] else "NEEDS ATTENTION"])


def _delivery_lines(deliveries: list[Document]) -> list[str]:
    """A line for each endpoint, and one for e-mail, with waiting deliveries."""
    return [
        f"  {one['channel']} {one['recipient'].removeprefix('endpoint:')} ({one['organization'] or 'all'}): "
        f"{one['waiting']} waiting, {one['due']} due"
        + ("" if one["oldest_due_seconds"] is None else f", the oldest for {one['oldest_due_seconds']:.0f} s")
        + ("" if one["healthy"] else " - TOO LATE")
        for one in deliveries
    ]


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)
