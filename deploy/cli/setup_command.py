"""`imc setup`: prepares the system of DIR, or the servers that the environment names."""

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
    """Runs the set-up, idempotently. Without DIR the environment names the servers.

    IMC_SECRET_DIR then contains one directory per service; missing ones are created with their secrets. Where it contains
    an administrator's urls (`setup/imc_mongo_url`), as in Compose, each service's users are created at both servers too.
    It waits for servers that are not available yet.
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
