"""Read copies with which a service authenticates callers by itself: agencies' keys, organizations, revoked tokens; and names to show.

A service merges the handlers it needs: `HANDLERS = {**ACCOUNT_HANDLERS, **KEY_HANDLERS, VisitBooked: on_visit_booked}`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.auth import AUTH_INDEXES
from shared.broker.envelope import ReceivedEvent
from shared.clock import parse_rfc3339
from shared.events import Event
from shared.events.accounts import AccountCreated, AccountDisabled, AccountUpdated, DepartmentUpdated, SessionEnded
from shared.events.partners import (
    ApiKeyIssued,
    ApiKeyRevoked,
    OrganizationActivated,
    OrganizationClosed,
    OrganizationEvent,
    OrganizationRegistered,
    OrganizationSuspended,
    OrganizationUpdated,
)
from shared.inbox.unit_of_work import UnitOfWork, read_copy
from shared.tokens import LEEWAY_SECONDS, LIFETIME_SECONDS

Handler = Callable[[ReceivedEvent[Any], Any], None]
__all__ = [
    "ACCOUNT_HANDLERS",
    "AUTH_INDEXES",
    "DEPARTMENT_HANDLERS",
    "KEY_HANDLERS",
    "ORGANIZATION_HANDLERS",
    "PEOPLE_HANDLERS",
    "organization_fields",
]


class Dependencies(Protocol):
    """The dependencies of these handlers."""

    @property
    def unit(self) -> UnitOfWork | None: ...


def _unit(deps: Dependencies) -> UnitOfWork:
    if deps.unit is None:
        raise TypeError("read copies are updated by the worker, inside a unit of work")
    return deps.unit


@read_copy("organizations")
def on_organization_changed(event: ReceivedEvent[OrganizationEvent], deps: Dependencies) -> None:
    """Stores the current name, kinds, status and work contacts of an organization."""
    _unit(deps).put("organizations", event.data.organization_id, organization_fields(event.data), event.sequence)


def organization_fields(organization: OrganizationEvent) -> dict[str, Any]:
    """The fields stored of an organization; a service may store more."""
    return {
        "name": organization.name,
        "kinds": list(organization.kinds),
        "status": organization.status,
        "country": organization.country,
        "contacts": [{"name": c.name, "email": c.email, "language": c.language} for c in organization.contacts],
    }


@read_copy("agency_keys")
def on_api_key_issued(event: ReceivedEvent[ApiKeyIssued], deps: Dependencies) -> None:
    """Accepts a key from now on; the event has only its hash, never the key."""
    key = event.data
    fields = {
        "key_id": key.key_id,
        "organization_id": key.organization_id,
        "scopes": list(key.scopes),
        "expires_at": parse_rfc3339(key.expires_at) if key.expires_at else None,
        "revoked": False,
    }
    _unit(deps).put("agency_keys", key.hash, fields, event.sequence)


@read_copy("agency_keys")
def on_api_key_revoked(event: ReceivedEvent[ApiKeyRevoked], deps: Dependencies) -> None:
    """Rejects a key from now on."""
    fields = {"key_id": event.data.key_id, "organization_id": event.data.organization_id, "revoked": True}
    _unit(deps).put("agency_keys", event.data.hash, fields, event.sequence)


@read_copy("void_tokens")
def on_account_disabled(event: ReceivedEvent[AccountDisabled], deps: Dependencies) -> None:
    """Rejects tokens of this account that were issued before now."""
    _void(event, deps, event.data.account_id, event.time)


@read_copy("void_tokens")
def on_session_ended(event: ReceivedEvent[SessionEnded], deps: Dependencies) -> None:
    """Rejects tokens of one session, or of all sessions of this person, that were issued before the given time."""
    session = f"/{event.data.session_id}" if event.data.session_id else ""
    _void(event, deps, event.data.account_id + session, parse_rfc3339(event.data.before))


def _void(event: ReceivedEvent[Any], deps: Dependencies, name: str, before: datetime) -> None:
    until = before + timedelta(seconds=2 * (LIFETIME_SECONDS + LEEWAY_SECONDS))
    _unit(deps).put("void_tokens", name, {"before": before, "until": until}, event.sequence)


@read_copy("people")
def on_account_changed(event: ReceivedEvent[AccountCreated | AccountUpdated], deps: Dependencies) -> None:
    """Stores an account's name, roles and departments, so that pages can show who did something."""
    fields = {"username": event.data.username, "roles": list(event.data.roles)}
    fields |= {"departments": list(event.data.departments)}
    _unit(deps).put("people", event.data.account_id, fields, event.sequence)


@read_copy("departments")
def on_department_updated(event: ReceivedEvent[DepartmentUpdated], deps: Dependencies) -> None:
    """Stores the current department under its code."""
    fields = {
        "names": dict(event.data.names),
        "listed": event.data.listed,
        "place": event.data.place,
        "extension": event.data.extension,
    }
    _unit(deps).put("departments", event.data.code, fields, event.sequence)


ORGANIZATION_HANDLERS: Mapping[type[Event], Handler] = {
    OrganizationRegistered: on_organization_changed,
    OrganizationActivated: on_organization_changed,
    OrganizationUpdated: on_organization_changed,
    OrganizationSuspended: on_organization_changed,
    OrganizationClosed: on_organization_changed,
}
KEY_HANDLERS: Mapping[type[Event], Handler] = {
    **ORGANIZATION_HANDLERS,
    ApiKeyIssued: on_api_key_issued,
    ApiKeyRevoked: on_api_key_revoked,
}
ACCOUNT_HANDLERS: Mapping[type[Event], Handler] = {
    AccountDisabled: on_account_disabled,
    SessionEnded: on_session_ended,
}
DEPARTMENT_HANDLERS: Mapping[type[Event], Handler] = {DepartmentUpdated: on_department_updated}
PEOPLE_HANDLERS: Mapping[type[Event], Handler] = {
    AccountCreated: on_account_changed,
    AccountUpdated: on_account_changed,
}
