"""Validation of an agreement: its own rules, and whether the organizations, parent and owner that it names exist."""

from collections.abc import Collection, Iterator

from services.partners.dependencies import Dependencies
from services.partners.rules.agreements import ANNEX, OUTSIDERS, find_faults
from services.partners.rules.records import Agreement
from shared.command_context import CommandContext
from shared.errors import InvalidInput

Fault = tuple[str, str]


def validate(deps: Dependencies, agreement: Agreement, fields: Collection[str], context: CommandContext) -> Agreement:
    """Returns the agreement with its owner as an account's id; raises InvalidInput with every fault.

    References are looked up only if they are among `fields`: an organization may be closed during an agreement with it.
    """
    faults = find_faults(agreement)
    if "organization_ids" in fields:
        faults += _organization_faults(deps, agreement)
    if "parent_id" in fields and agreement["parent_id"] and agreement["kind"] == ANNEX:
        faults += _parent_faults(deps, agreement["parent_id"])
    if "owner" in fields:
        owner = _owner_id(deps, agreement["owner"], context)
        agreement = agreement | {"owner": owner}
        faults += [] if owner else [("#/owner", "expected the account id or user name of a member of staff")]
    if faults:
        raise InvalidInput(faults)
    return agreement


def _organization_faults(deps: Dependencies, agreement: Agreement) -> Iterator[Fault]:
    known = deps.store.open_organizations(agreement["organization_ids"])
    for place, id_ in enumerate(agreement["organization_ids"]):
        if id_ not in known:
            yield f"#/organization_ids/{place}", "expected an organization that is registered and not closed"


def _parent_faults(deps: Dependencies, parent_id: str) -> Iterator[Fault]:
    parent = deps.store.agreements.records.get(parent_id)
    if parent is None or parent["kind"] == ANNEX or parent["abandoned"]:
        yield "#/parent_id", "expected an agreement that is neither an annex nor abandoned"


def _owner_id(deps: Dependencies, named: str | None, context: CommandContext) -> str | None:
    """Returns the account id of the person named, or else of the caller."""
    kind, _, caller_id = context.actor.partition(":")
    if kind == "account" and named in (None, caller_id):
        return caller_id
    person = deps.store.agreements.person(named) if named else None
    return person["_id"] if person and not OUTSIDERS & set(person["roles"]) else None
