"""Copies of what others own and notices need: endpoints, interpreters, accounts. Organizations' own fields: shared/auth_copies.py."""

from datetime import datetime

from services.notify.dependencies import Dependencies
from services.notify.rules.drafting import ENDPOINT
from shared.events.accounts import AccountEvent
from shared.events.interpreting import InterpreterEvent
from shared.events.partners import WebhookChanged


def keep_endpoint(deps: Dependencies, data: WebhookChanged, sequence: int) -> None:
    """Inside its organization's copy: one subject, one sequence, one look-up. Its secrets stay sealed until something is signed."""
    endpoint = {
        "url": data.url,
        "events": list(data.events),
        "status": data.status,
        "sealed_secrets": list(data.sealed_secrets),
        "sequence": sequence,
    }
    deps.writes.put("organizations", data.organization_id, {f"{ENDPOINT}{data.endpoint_id}": endpoint}, sequence)


def keep_interpreter(deps: Dependencies, data: InterpreterEvent, sequence: int) -> None:
    """The work contact notices go to."""
    fields = {"name": data.name, "email": data.email, "account_id": data.account_id, "active": data.active}
    deps.writes.put("interpreters", data.interpreter_id, fields, sequence)


def keep_account(
    deps: Dependencies, data: AccountEvent, sequence: int, enabled: bool, since: datetime | None = None
) -> None:
    """Where and in which language a person reads, and `since` when they have an account: what was told before is no news to them."""
    fields = {"roles": list(data.roles), "language": data.language, "enabled": enabled}
    fields |= {"name": data.username, "email": data.email, "departments": list(data.departments)}
    fields |= {"since": since} if since else {}
    deps.writes.put("accounts", data.account_id, fields, sequence)
