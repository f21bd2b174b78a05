"""`imc status`: every web and worker, queue depths, the oldest event that waits to be said, what waits and what is parked."""

import importlib
from typing import Any

from pymongo.errors import PyMongoError

from deploy.cli.broker_faults import fault_of
from deploy.cli.directory import LITTLE_ROOM
from deploy.cli.probe import probe
from deploy.cli.target import Target
from shared.clock import rfc3339, utc_now
from shared.messaging import standing
from shared.messaging.broker import BROKER_ERRORS
from shared.messaging.depths import depths
from shared.messaging.standing import records_of, to_say, waiting, workers
from shared.mongo import Document, connect
from shared.operations.desk import is_well_kept
from shared.settings import Settings


def status(target: Target) -> Document:
    """`{"healthy", "gateway", "broker", "services": {…}}`; `healthy` only if all answer, nothing is parked, and what is to leave the
    house leaves."""
    queues, broker = _queues(target)
    services = {}
    for service, settings in target.settings_of.items():
        web, body = probe(f"{target.address(service)}/readyz")
        kept = kept_of(settings)
        found = {"web": {"ready": web == 200, "status": web, "answer": body}, **kept, **queues.get(service, {})}
        services[service] = {"healthy": web == 200 and is_well(kept), **found}
    gateway = probe(f"{target.gateway_url}/{next(iter(services))}/healthz")[0] == 200
    healthy = gateway and broker["answers"] and all(found["healthy"] for found in services.values())
    found = {"gateway": {"answers": gateway}, "broker": broker, "services": services}
    disk = _disk(target)
    return {"healthy": healthy and not (disk and disk["full"]), **found, **({"disk": disk} if disk else {})}


def _disk(target: Target) -> Document | None:
    """Of a system on this machine: where its files lie, and whether there is room for more."""
    if target.directory is None:
        return None
    free = target.directory.free_bytes()
    return {"path": str(target.directory.root), "free_bytes": free, "full": free < LITTLE_ROOM}


def _queues(target: Target) -> tuple[dict[str, Any], Document]:
    settings = next(iter(target.settings_of.values()))
    try:
        return dict(depths(settings.amqp_url, settings.broker_prefix)), {"answers": True}
    except (*BROKER_ERRORS, PyMongoError) as error:
        away = isinstance(error, PyMongoError)
        return {}, {"answers": False, "error": "MongoDB is away" if away else fault_of(error)}


def is_well(kept: Document) -> bool:
    """Whether a service does what it is to do, by what `kept_of` tells."""
    return is_well_kept(any(worker["well"] for worker in kept["workers"]), kept["parked"], kept["deliveries"])


def kept_of(settings: Settings) -> Document:
    """What the service's database tells: heartbeats, events to say, events kept, what is still to leave the house."""
    database = connect(settings.mongo_url, settings.database, "imc-status", pool=2)
    try:
        with database.client:
            now = utc_now()
            running = [
                {"id": beat["_id"].partition(":")[2], "well": standing.is_well(beat), "at": rfc3339(beat["at"])}
                for beat in workers(database, now)
            ]
            store = importlib.import_module(f"services.{settings.service}.store")
            leaving = store.deliveries(database, now) if hasattr(store, "deliveries") else []
            said = to_say(database, records_of(store.INDEXES), now)
            return {"workers": running, **said, **waiting(database), "deliveries": leaving}
    except PyMongoError as error:
        nothing = dict.fromkeys(("to_say", "oldest_due_seconds", "waiting", "parked", "discarded"))
        return {"workers": [], **nothing, "deliveries": [], "error": type(error).__name__}


def as_text(found: Document) -> str:
    """A table for people."""
    head = (
        f"{'service':<14}{'web':<10}{'workers':<10}{'queued':>7}{'to say':>8}{'oldest':>9}{'waiting':>9}{'parked':>8}"
    )
    lines = [head]
    for service, one in found["services"].items():
        web = "ready" if one["web"]["ready"] else str(one["web"]["status"] or "away")
        well = sum(worker["well"] for worker in one["workers"])
        oldest = "-" if one["oldest_due_seconds"] is None else f"{one['oldest_due_seconds']:.1f} s"
        cells = [_number(one.get(name)) for name in ("queue", "to_say", "waiting", "parked")]
        line = f"{service:<14}{web:<10}{f'{well} well' if well else 'none':<10}{cells[0]:>7}{cells[1]:>8}"
        lines.append(f"{line}{oldest:>9}{cells[2]:>9}{cells[3]:>8}")
    lines += [line for one in found["services"].values() for line in _leaving(one["deliveries"])]
    lines.append(f"gateway {'answers' if found['gateway']['answers'] else 'does not answer'}, ")
    lines[-1] += f"broker {'answers' if found['broker']['answers'] else 'does not answer: ' + found['broker']['error']}"
    away = sorted(service for service, one in found["services"].items() if "error" in one)
    if away:
        lines.append(f"the database of {', '.join(away)} does not answer")
    if found.get("disk", {}).get("full"):
        lines.append(
            f"{found['disk']['path']} is full ({found['disk']['free_bytes'] // 2**20} MiB free): make room there"
        )
    return "\n".join([*lines, "all well" if found["healthy"] else "NOT WELL"])


def _leaving(deliveries: list[Document]) -> list[str]:
    """A line for each endpoint, and one for e-mail, that something waits for."""
    return [
        f"  {one['channel']} {one['recipient'].removeprefix('endpoint:')} ({one['organization'] or 'all'}): "
        f"{one['waiting']} waiting, {one['due']} due"
        + ("" if one["oldest_due_seconds"] is None else f", the oldest for {one['oldest_due_seconds']:.0f} s")
        + ("" if one["well"] else " - TOO LATE")
        for one in deliveries
    ]


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)
