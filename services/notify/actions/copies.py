"""Updates the read copies that notifications need: endpoints, interpreters, accounts, cases. Organizations themselves: shared/auth_copies.py."""

from datetime import datetime

from services.notify.dependencies import Dependencies
from services.notify.rules.copies import ENDPOINT, Endpoint
from services.notify.rules.webhooks import next_step
from shared.events.accounts import AccountEvent
from shared.events.intake import CaseEvent
from shared.events.interpreting import InterpreterEvent
from shared.events.partners import WebhookChanged


def copy_endpoint(deps: Dependencies, data: WebhookChanged, sequence: int) -> None:
    """Stores an endpoint inside its organization's copy: one subject, one sequence, one look-up."""
    endpoint: Endpoint = {
        "url": data.url,
        "events": list(data.events),
        "status": data.status,
        "sealed_secrets": list(data.sealed_secrets),
        "sequence": sequence,
    }
    deps.unit_of_work.put("organizations", data.organization_id, {f"{ENDPOINT}{data.endpoint_id}": endpoint}, sequence)


def copy_interpreter(deps: Dependencies, data: InterpreterEvent, sequence: int) -> None:
    """Stores an interpreter's work contact."""
    fields = {"name": data.name, "email": data.email, "account_id": data.account_id, "active": data.active}
    deps.unit_of_work.put("interpreters", data.interpreter_id, fields, sequence)


def copy_account(
    deps: Dependencies, data: AccountEvent, sequence: int, enabled: bool, since: datetime | None = None
) -> None:
    """Stores a person's address, language, roles and departments; `since` is when the account was created."""
    fields = {"roles": list(data.roles), "language": data.language, "enabled": enabled}
    fields |= {"name": data.username, "email": data.email, "departments": list(data.departments)}
    fields |= {"since": since} if since else {}
    deps.unit_of_work.put("accounts", data.account_id, fields, sequence)


def copy_case(deps: Dependencies, data: CaseEvent, sequence: int) -> None:
    """Stores an agency's case, for webhooks about its bookings."""
    if data.organization_id:
        fields = {
            "reference": data.reference,
            "agency_reference": data.agency_reference,
            "organization_id": data.organization_id,
            "status": data.status,
            "next": next_step(data.next),
        }
        deps.unit_of_work.put("cases", data.case_id, fields, sequence)
