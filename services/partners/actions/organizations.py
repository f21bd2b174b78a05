"""Organizations: registered, changed, and moved through their states."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.partners.actions.keys import revoke_all
from services.partners.actions.records import organization_of
from services.partners.actions.webhooks import drop_all
from services.partners.dependencies import Dependencies
from services.partners.rules.organizations import OrganizationExists, fold_name, moved
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import (
    Contact,
    OrganizationActivated,
    OrganizationClosed,
    OrganizationRegistered,
    OrganizationSuspended,
    OrganizationUpdated,
)
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window

Document = dict[str, Any]


def register_organization(
    deps: Dependencies,
    name: str,
    context: CommandContext,
    kinds: Sequence[str] = ("referring_agency",),
    country: str | None = None,
    contacts: Sequence[Mapping[str, Any]] = (),
) -> Document:
    """A new organization, prospective until it is activated; raises OrganizationExists."""
    organization = {
        "_id": new_id(),
        "name": name,
        "folded_name": fold_name(name),
        "kinds": list(kinds),
        "country": country,
        "contacts": [dict(contact) for contact in contacts],
        "status": "prospective",
        "status_reason": None,
        "open": True,
        "keys": [],
        "webhooks": [],
        "secrets_due": None,
        "created_at": context.now,
        "updated_at": context.now,
    }
    try:
        return deps.store.insert(organization, [OrganizationRegistered(**_facts(organization))], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise OrganizationExists("Another organization that is not closed already has this name.") from error


def find_by_name(deps: Dependencies, name: str) -> Document | None:
    """The organization of this name that is not closed; width, capitals and spaces make no difference."""
    return deps.store.by_name(fold_name(name))


def change_organization(
    deps: Dependencies, organization_id: str, changes: Mapping[str, Any], context: CommandContext
) -> Document:
    """Name, kinds, country or contacts as given; raises UnknownOrganization and OrganizationExists."""
    organization = organization_of(deps, organization_id, context)
    fields = tuple(field for field, value in changes.items() if organization.get(field) != value)
    if not fields:
        return organization
    organization |= {field: changes[field] for field in fields} | {"updated_at": context.now}
    organization["folded_name"] = fold_name(organization["name"])
    try:
        return deps.store.save(organization, [OrganizationUpdated(fields=fields, **_facts(organization))], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise OrganizationExists("Another organization that is not closed already has this name.") from error


def activate(deps: Dependencies, organization_id: str, context: CommandContext) -> Document:
    """From now on its keys open what they are for; raises UnknownOrganization and IllegalMove."""
    organization = _move(deps, organization_id, "activate", None, context)
    return deps.store.save(organization, [OrganizationActivated(**_facts(organization))], context)


def suspend(deps: Dependencies, organization_id: str, reason: str, context: CommandContext) -> Document:
    """Its keys open nothing until it is active again; raises UnknownOrganization and IllegalMove."""
    organization = _move(deps, organization_id, "suspend", reason, context)
    return deps.store.save(organization, [OrganizationSuspended(reason=reason, **_facts(organization))], context)


def close(deps: Dependencies, organization_id: str, reason: str, context: CommandContext) -> Document:
    """The relation has ended: its keys are revoked and its endpoints deleted in the same write."""
    organization = _move(deps, organization_id, "close", reason, context) | {"open": False}
    events: list[Event] = [OrganizationClosed(reason=reason, **_facts(organization))]
    events += revoke_all(organization, context.now, organization["last_sequence"] + len(events))
    events += drop_all(organization)
    return deps.store.save(organization, events, context)


def find_organizations(deps: Dependencies, filters: Mapping[str, Any], window: Window) -> list[Document]:
    """A page of the list by `status`, `kind`, `name`, in the order they were registered."""
    named = {"status": "status", "kind": "kinds"}
    wanted = {named[name]: value for name, value in filters.items() if name in named}
    if "name" in filters:
        wanted["folded_name"] = fold_name(filters["name"])
    return deps.store.find_organizations(wanted, window)


def _move(deps: Dependencies, organization_id: str, move: str, reason: str | None, context: CommandContext) -> Document:
    organization = organization_of(deps, organization_id, context)
    status = moved(organization["status"], move)
    return organization | {"status": status, "status_reason": reason, "updated_at": context.now}


def _facts(organization: Mapping[str, Any]) -> Document:
    """What every event about an organization tells."""
    return {
        "organization_id": organization["_id"],
        "name": organization["name"],
        "kinds": tuple(organization["kinds"]),
        "status": organization["status"],
        "country": organization["country"],
        "contacts": tuple(Contact(**contact) for contact in organization["contacts"]),
    }
