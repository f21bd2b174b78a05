"""Organizations: registered, changed, and moved through their states."""

from collections.abc import Sequence

from services.partners.dependencies import Dependencies
from services.partners.rules import keys, webhooks
from services.partners.rules.event_data import organization_data
from services.partners.rules.organizations import (
    OrganizationExists,
    UnknownOrganization,
    changed_fields,
    fold_name,
    next_status,
    with_changes,
)
from services.partners.rules.records import Contact, Organization, OrganizationChanges, OrganizationFilters
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import (
    OrganizationActivated,
    OrganizationClosed,
    OrganizationRegistered,
    OrganizationSuspended,
    OrganizationUpdated,
)
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window


def get_organization(deps: Dependencies, organization_id: str, context: CommandContext | None = None) -> Organization:
    """Returns the organization; with `context`, at the version its request expects. Raises UnknownOrganization and VersionDiffers."""
    organization = deps.store.organizations.get(organization_id)
    if organization is None:
        raise UnknownOrganization
    if context:
        context.expects(organization)
    return organization


def register_organization(
    deps: Dependencies,
    name: str,
    context: CommandContext,
    kinds: Sequence[str] = ("referring_agency",),
    country: str | None = None,
    contacts: Sequence[Contact] = (),
) -> Organization:
    """Registers an organization, which is prospective until it is activated; raises OrganizationExists."""
    organization: Organization = {
        "_id": new_id(),
        "name": name,
        "folded_name": fold_name(name),
        "kinds": list(kinds),
        "country": country,
        "contacts": [{**contact} for contact in contacts],
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
        return deps.store.insert(organization, [OrganizationRegistered(**organization_data(organization))], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise OrganizationExists("Another organization that is not closed already has this name.") from error


def find_by_name(deps: Dependencies, name: str) -> Organization | None:
    """Returns the organization of this name that is not closed; width, capitals and spaces make no difference."""
    return deps.store.by_name(fold_name(name))


def change_organization(
    deps: Dependencies, organization_id: str, changes: OrganizationChanges, context: CommandContext
) -> Organization:
    """Changes name, kinds, country or contacts as given; raises UnknownOrganization and OrganizationExists."""
    organization = get_organization(deps, organization_id, context)
    changed = changed_fields(organization, changes)
    if not changed:
        return organization
    organization = with_changes(organization, changed) | {"updated_at": context.now}
    event = OrganizationUpdated(fields=tuple(changed), **organization_data(organization))
    try:
        return deps.store.save(organization, [event], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise OrganizationExists("Another organization that is not closed already has this name.") from error


def activate(deps: Dependencies, organization_id: str, context: CommandContext) -> Organization:
    """Activates it: its keys grant access from now on. Raises UnknownOrganization and IllegalMove."""
    organization = _with_next_status(deps, organization_id, "activate", None, context)
    return deps.store.save(organization, [OrganizationActivated(**organization_data(organization))], context)


def suspend(deps: Dependencies, organization_id: str, reason: str, context: CommandContext) -> Organization:
    """Suspends it: its keys grant nothing until it is active again. Raises UnknownOrganization and IllegalMove."""
    organization = _with_next_status(deps, organization_id, "suspend", reason, context)
    event = OrganizationSuspended(reason=reason, **organization_data(organization))
    return deps.store.save(organization, [event], context)


def close(deps: Dependencies, organization_id: str, reason: str, context: CommandContext) -> Organization:
    """Closes it: its keys are revoked and its endpoints deleted in the same write. Raises UnknownOrganization and IllegalMove."""
    organization = _with_next_status(deps, organization_id, "close", reason, context)
    organization["open"] = False
    events: list[Event] = [OrganizationClosed(reason=reason, **organization_data(organization))]
    events += keys.revoke_all(organization, context.now, organization["last_sequence"] + len(events))
    events += webhooks.delete_all(organization)
    return deps.store.save(organization, events, context)


def find_organizations(deps: Dependencies, filters: OrganizationFilters, window: Window) -> list[Organization]:
    """Returns a page of the list by `status`, `kind`, `name`, in the order of registration."""
    folded_name = fold_name(filters["name"]) if "name" in filters else None
    return deps.store.find_organizations(filters.get("status"), filters.get("kind"), folded_name, window)


def _with_next_status(
    deps: Dependencies, organization_id: str, move: str, reason: str | None, context: CommandContext
) -> Organization:
    organization = get_organization(deps, organization_id, context)
    status = next_status(organization["status"], move)
    return organization | {"status": status, "status_reason": reason, "updated_at": context.now}
