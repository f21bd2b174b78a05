"""`imc setup`: for the system of DIR, or for the servers the environment names."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from deploy.cli.target import find
from deploy.patience import until_done
from deploy.prepare import administrators
from deploy.prepare import prepare as prepare_servers
from deploy.secret_files import make_secrets
from deploy.setup import Say, set_up
from shared.settings import SERVICES


def run_setup(data: str | None, say: Say, environ: Mapping[str, str] = os.environ) -> None:
    """Idempotent. Where no DIR is given, the environment names the servers.

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
