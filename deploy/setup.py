"""Prepares the servers for the services, idempotently: indexes, names on the broker, the default departments.

Not here: users of the servers (deploy/prepare.py, in Compose only) and secrets (deploy/secret_files.py).
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo.database import Database

from shared.clock import utc_now
from shared.mongo import Document, Index, connect, declare_indexes, require_replica_set
from shared.settings import SERVICES, Settings

Say = Callable[[str], None]
MAX_NAMED = 20


def set_up(settings_by_service: Mapping[str, Settings], say: Say) -> list[str]:
    """Declares everything the services need before they start; raises StandaloneServer and TopologyDiffers.

    It connects to the broker with the first settings' url, to each database with its own service's. It reports, and returns, what an
    administrator still has to do.
    """
    to_do: list[str] = []
    names = declare_topology(next(iter(settings_by_service.values())), say)
    for service, settings in settings_by_service.items():
        database = connect(settings.mongo_url, settings.database, f"{service}-setup")
        with database.client:
            require_replica_set(database)
            indexes = indexes_of(service)
            declare_indexes(database, indexes)
            if service == "accounts":
                to_do += put_departments(database, settings)
            note(database, indexes, names)
        say(f"{service}: {len(indexes)} indexes")
    for line in to_do:
        say(line)
    return to_do


def declare_topology(settings: Settings, say: Say) -> list[str]:
    """Declares exchanges and queues; returns the names of the queues."""
    from shared.broker import topology
    from shared.broker.names import Names

    topology.declare(settings)
    prefixed = Names(settings.broker_prefix)
    names = [name for service in SERVICES for name in prefixed.read_by(service)]
    say(f"broker: {len(names)} queues")
    return names


def indexes_of(service: str) -> list[Index]:
    """The indexes of the service's own collections, of the collections every service has, and of its read copies of credentials."""
    found: dict[tuple[str, str], Index] = {}
    for module in (f"services.{service}.store.indexes", "shared.service_indexes", "shared.auth_copies"):
        declared: Any = importlib.import_module(module)
        for index in getattr(declared, "AUTH_INDEXES" if module.endswith("auth_copies") else "INDEXES"):
            found[index.collection, index.name] = index
    return list(found.values())


def put_departments(database: Database[Document], settings: Settings) -> list[str]:
    """Adds the default departments that accounts does not have yet; returns accounts that need a department and have none, as a to-do list."""
    from services.accounts.actions.accounts import usernames_without_department
    from services.accounts.actions.departments import add_default_departments
    from services.accounts.dependencies import Dependencies
    from services.accounts.store.store import Store

    deps = Dependencies(store=Store(database), clock=utc_now, settings=settings)
    add_default_departments(deps)
    lacking = usernames_without_department(deps)
    return [works_nowhere(lacking)] if lacking else []


def works_nowhere(usernames: Sequence[str]) -> str:
    """The message that these accounts have a department's role and no department, and what to do."""
    more = f" and {len(usernames) - MAX_NAMED} more" if len(usernames) > MAX_NAMED else ""
    named = ", ".join(usernames[:MAX_NAMED]) + more
    return (
        f"WARNING: the role department or reviewer does nothing for {named}: the account works in no department. An admin sets"
        ' them: PATCH /accounts/api/v1/accounts/{id} {"departments": ["cardiology"]}'
    )


def note(database: Database[Document], indexes: list[Index], queues: list[str]) -> None:
    """Records in `meta` what was declared: readiness compares it with what the running code expects."""
    declared = {"indexes": sorted(f"{i.collection}.{i.name}" for i in indexes), "queues": sorted(queues)}
    database["meta"].replace_one({"_id": "setup"}, {"at": utc_now(), **declared}, upsert=True)
