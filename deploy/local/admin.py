"""Accounts made by operators, straight through the actions of accounts; the first one is kept in DIR. Not here: HTTP."""

import getpass
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.local.directory import write_private
from shared.clock import Clock, utc_now
from shared.ids import new_id
from shared.origin import Origin
from shared.settings import Settings


def by_operator(now_of: Clock = utc_now) -> Origin:
    """An origin for what an operator does on the command line; the actor is the machine's user name."""
    return Origin(now_of(), f"operator:{_user()}", new_id())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


def add(
    settings: Settings,
    username: str,
    roles: list[str],
    organization_id: str | None,
    fresh: Any = None,
    departments: Sequence[str] = (),
) -> dict[str, str]:
    """Makes an account, good at once: username, password, totp_secret in clear. Raises what accounts' action raises."""
    from services.accounts.actions import Parts, create_account
    from services.accounts.store import Store
    from shared.mongo import connect

    database = connect(settings.mongo_url, settings.database, "imc-accounts", pool=2)
    with database.client:
        parts = Parts(store=Store(database), clock=utc_now, settings=settings)
        made = create_account(
            parts, username, roles, organization_id, by_operator(), fresh=fresh, departments=departments
        )
    return {name: made[name] for name in ("username", "password", "totp_secret")}


def first_account(kept: Path, settings: Settings) -> dict[str, str]:
    """The admin of a system on this machine: made at the first start, the same ever after."""
    from services.accounts.rules.people import UsernameTaken

    if kept.exists():
        known: dict[str, str] = json.loads(kept.read_text())
        return known
    try:
        made = add(settings, "admin", ["admin"], None)
    except UsernameTaken:  # a MongoDB that has served another DIR
        made = add(settings, f"admin-{new_id()[-8:]}", ["admin"], None)
    write_private(kept, json.dumps(made))
    return made
