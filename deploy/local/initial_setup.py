"""The set-up and the first account of `imc up`, created between the start of MongoDB and of the workers, in a separate child."""

import json
from pathlib import Path
from typing import Any

from deploy.cli import accounts
from deploy.cli.directory import write_private
from deploy.local import mongod
from deploy.local.system import System
from deploy.setup import set_up
from shared.ids import new_id
from shared.settings import SERVICES, Settings


def prepare(system: System) -> dict[str, Any]:
    """Sets up, idempotently; returns `admin` (the account's username, password and totp_secret) and a list `to_do`.

    Raises BadSetting and what set_up raises.
    """
    servers, directory = system.servers, system.directory
    settings = {service: system.settings(service) for service in SERVICES}
    if servers.users:
        mongod.become_primary(directory.mongod, servers.users.port, owner_url=servers.mongo_url)
        servers.users.make()
        if servers.broker == "rabbitmq" and servers.found_broker and not directory.admin_file.exists():
            _forget_names(servers.amqp_url, servers.broker_prefix)
    to_do = set_up(settings, lambda line: print(line, flush=True))
    return {"admin": _first_account(directory.admin_file, settings["accounts"]), "to_do": to_do}


def _forget_names(amqp_url: str, prefix: str) -> None:
    """Deletes the names that an earlier system of this directory left on the broker: a new one must not consume the old one's events."""
    from shared.broker.topology import delete

    delete(amqp_url, prefix)


def _first_account(file: Path, settings: Settings) -> dict[str, str]:
    """The admin of a system on this machine: created at the first start, then always the same."""
    from services.accounts.rules.accounts import UsernameTaken

    if file.exists():
        known: dict[str, str] = json.loads(file.read_text())
        return known
    try:
        made = accounts.add(settings, "admin", ["admin"], None)
    except UsernameTaken:  # a MongoDB that was used with another DIR
        made = accounts.add(settings, f"admin-{new_id()[-8:]}", ["admin"], None)
    write_private(file, json.dumps(made))
    return made
