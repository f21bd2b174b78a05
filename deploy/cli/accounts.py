"""Creates accounts for operators, directly through the actions of accounts. Not here: HTTP."""

from collections.abc import Sequence
from typing import Any

from deploy.cli.actor import by_operator
from shared.clock import utc_now
from shared.settings import Settings


def add(
    settings: Settings,
    username: str,
    roles: list[str],
    organization_id: str | None,
    credentials: Any = None,
    departments: Sequence[str] = (),
) -> dict[str, str]:
    """Creates an account that is active at once; returns username, password and totp_secret in clear. Raises what accounts' action raises."""
    from services.accounts.actions.accounts import create_account
    from services.accounts.dependencies import Dependencies
    from services.accounts.store.store import Store
    from shared.mongo import connect

    database = connect(settings.mongo_url, settings.database, "imc-accounts", pool=2)
    with database.client:
        deps = Dependencies(store=Store(database), clock=utc_now, settings=settings)
        made = create_account(
            deps, username, roles, organization_id, by_operator(), credentials=credentials, departments=departments
        )
    return {"username": made["username"], "password": made["password"], "totp_secret": made["totp_secret"]}
