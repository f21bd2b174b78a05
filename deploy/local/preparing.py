"""What `imc up` does once its MongoDB runs and before its workers do: set-up, and the first account. In a child of its own."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from deploy.local import mongod
from deploy.local.admin import first_account
from deploy.local.operators import find
from deploy.local.system import System
from deploy.patience import until_done
from deploy.prepare import administrators
from deploy.prepare import prepare as prepare_servers
from deploy.secret_files import make_secrets
from deploy.setup import Say, set_up
from shared.settings import SERVICES


def prepare(system: System) -> dict[str, Any]:
    """Idempotent; returns `admin` (the account's username, password and totp_secret) and what there is `to_do`.

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
    return {"admin": first_account(directory.admin_file, settings["accounts"]), "to_do": to_do}


def _forget_names(amqp_url: str, prefix: str) -> None:
    """What an earlier system of this same place left at the broker: a new one must not hear the old one's events."""
    from shared.broker.topology import delete

    delete(amqp_url, prefix)


def set_up_again(data: str | None, say: Say, environ: Mapping[str, str] = os.environ) -> None:
    """`imc setup`: for the system of DIR, or for the servers the environment names.

    IMC_SECRET_DIR then holds one directory per service; one that is missing is made, with its secrets. Where it holds
    an administrator's urls (`setup/imc_mongo_url`), as in Compose, each service's users are made at both servers too.
    Servers that are away are waited for.
    """
    named = data is None and environ.get("IMC_SECRET_DIR")
    root = administrators(environ) if named else None
    if root:
        until_done(partial(prepare_servers, root, environ, say), say)
        return
    root = Path(environ["IMC_SECRET_DIR"]) if named else None
    if root and not all((root / service).is_dir() for service in SERVICES):
        make_secrets(root)
        say(f"secrets: made in {root}")
    until_done(partial(set_up, find(data, environ).settings_of, say), say)
