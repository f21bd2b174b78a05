"""Loads the organization that an action works on."""

from typing import Any

from services.partners.dependencies import Dependencies
from services.partners.rules.organizations import UnknownOrganization
from shared.command_context import CommandContext

Document = dict[str, Any]


def organization_of(deps: Dependencies, organization_id: str, context: CommandContext | None = None) -> Document:
    """The organization, for a change at the version its request expects; raises UnknownOrganization and VersionDiffers."""
    organization = deps.store.organizations.get(organization_id)
    if organization is None:
        raise UnknownOrganization
    if context:
        context.expects(organization)
    return organization
