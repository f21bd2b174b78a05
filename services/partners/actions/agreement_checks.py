"""Whether an agreement can be as it is to be: its own rules, and what it names: organizations, a parent, an owner."""

from collections.abc import Collection, Iterator
from typing import Any

from services.partners.dependencies import Dependencies
from services.partners.rules.agreements import ANNEX, OUTSIDERS, faults_of
from shared.command_context import CommandContext
from shared.errors import InvalidInput

Document = dict[str, Any]
Fault = tuple[str, str]


def checked(deps: Dependencies, agreement: Document, fields: Collection[str], context: CommandContext) -> Document:
    """The agreement, its owner as an account's id; raises InvalidInput naming every fault.

    Of what it names, only what stands in `fields` is looked up: an organization may be closed while an agreement with it runs.
    """
    faults = faults_of(agreement)
    if "organization_ids" in fields:
        faults += _of_organizations(deps, agreement)
    if "parent_id" in fields and agreement["parent_id"] and agreement["kind"] == ANNEX:
        faults += _of_parent(deps, agreement)
    if "owner" in fields:
        owner = _account_id(deps, agreement["owner"], context)
        agreement = agreement | {"owner": owner}
        faults += [] if owner else [("#/owner", "expected the account id or user name of a member of staff")]
    if faults:
        raise InvalidInput(faults)
    return agreement


def _of_organizations(deps: Dependencies, agreement: Document) -> Iterator[Fault]:
    known = deps.store.open_organizations(agreement["organization_ids"])
    for place, id_ in enumerate(agreement["organization_ids"]):
        if id_ not in known:
            yield f"#/organization_ids/{place}", "expected an organization that is registered and not closed"


def _of_parent(deps: Dependencies, agreement: Document) -> Iterator[Fault]:
    parent = deps.store.agreements.records.get(agreement["parent_id"])
    if parent is None or parent["kind"] == ANNEX or parent["abandoned"]:
        yield "#/parent_id", "expected an agreement that is neither an annex nor abandoned"


def _account_id(deps: Dependencies, given: str | None, context: CommandContext) -> str | None:
    """Of the person named, else of whoever asks."""
    kind, _, asks = context.actor.partition(":")
    if kind == "account" and given in (None, asks):
        return asks
    person = deps.store.agreements.person(given) if given else None
    return str(person["_id"]) if person and not OUTSIDERS & set(person["roles"]) else None
