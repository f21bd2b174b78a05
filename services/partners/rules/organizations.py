"""Kinds and states of an organization: prospective → active ⇄ suspended → closed."""

from typing import cast

from services.partners.rules.records import Organization, OrganizationChanges, OrganizationStatus
from shared.errors import Conflict, IllegalMove, NotFound
from shared.unicode_forms import normalized

KINDS = (
    "referring_agency",
    "hospital",
    "university",
    "insurer",
    "assistance_company",
    "guarantor",
    "language_vendor",
    "funder",
    "public_body",
)
MOVES: dict[OrganizationStatus, dict[str, OrganizationStatus]] = {
    "prospective": {"activate": "active"},
    "active": {"suspend": "suspended"},
    "suspended": {"activate": "active", "close": "closed"},
    "closed": {},
}
KEY_STATUSES = (
    "prospective",
    "active",
)  # a key may be issued before the organization is active; it grants nothing until then


class UnknownOrganization(NotFound):
    """No organization with this id."""


class OrganizationExists(Conflict):
    """Another organization that is not closed already has this name."""


class NoKeysNow(Conflict):
    """The organization is suspended or closed: no key can be issued to it."""


def next_status(status: OrganizationStatus, move: str) -> OrganizationStatus:
    """Returns the state a move leads to; raises IllegalMove."""
    if move not in MOVES[status]:
        raise IllegalMove(f"The organization is {status}.", MOVES[status])
    return MOVES[status][move]


def changed_fields(organization: Organization, changes: OrganizationChanges) -> OrganizationChanges:
    """Returns the changes that differ from the organization."""
    changed = {field: value for field, value in changes.items() if organization.get(field) != value}
    return cast("OrganizationChanges", changed)


def with_changes(organization: Organization, changes: OrganizationChanges) -> Organization:
    """Returns the organization with the changes, and its folded name."""
    changed = cast("Organization", {**organization, **changes})
    return changed | {"folded_name": fold_name(changed["name"])}


def fold_name(name: str) -> str:
    """Returns what two spellings of one name have in common, ignoring width, capitals and spaces."""
    return " ".join(normalized("NFKC", name).casefold().split())
