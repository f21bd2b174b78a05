"""API keys of an organization: issued, rotated with overlap, revoked. Only the response that issues a key contains it in clear."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from services.partners.actions.organizations import get_organization
from services.partners.dependencies import Dependencies
from services.partners.rules.event_data import key_issued
from services.partners.rules.keys import (
    KeyNotLive,
    KeyView,
    NewKey,
    check_room,
    check_terms,
    key_of,
    revoke,
    status_of,
    to_response,
)
from services.partners.rules.organizations import KEY_STATUSES, NoKeysNow
from services.partners.rules.records import ApiKey, Organization
from shared.auth import hash_key
from shared.command_context import CommandContext

POLL_SECONDS = 0.02


class IssuedKey(TypedDict):
    """A new key in clear."""

    organization_id: str
    key_id: str
    key: str


def issue_key(
    deps: Dependencies,
    organization_id: str,
    context: CommandContext,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    new: NewKey | None = None,
) -> IssuedKey:
    """Issues a key and returns it in clear, only here; it has all scopes if none is named.

    Raises UnknownOrganization, NoKeysNow, TwoKeysLive, InvalidInput.
    """
    organization = get_organization(deps, organization_id, context)
    granted = check_terms(scopes, expires_at, context.now)
    return _add(deps, organization, granted, expires_at, new or NewKey.generate(), context)


def rotate_key(
    deps: Dependencies, organization_id: str, key_id: str, context: CommandContext, new: NewKey | None = None
) -> IssuedKey:
    """Issues a key with the scopes of a live one; both are live until the old one is revoked. Raises like issue_key, and KeyNotLive."""
    organization = get_organization(deps, organization_id, context)
    old = key_of(organization, key_id)
    if status_of(old, context.now) != "live":
        raise KeyNotLive("The key is revoked or expired: issue a new one instead.")
    return _add(deps, organization, old["scopes"], None, new or NewKey.generate(), context, replaces=key_id)


def revoke_key(deps: Dependencies, organization_id: str, key_id: str, context: CommandContext) -> Organization:
    """Revokes a key: here with the write, elsewhere when the broker has delivered the event.

    Revoking a key twice changes nothing. Raises UnknownOrganization and UnknownKey.
    """
    organization = get_organization(deps, organization_id, context)
    key = key_of(organization, key_id)
    if key["revoked_at"]:
        return organization
    event = revoke(organization, key, context.now, organization["last_sequence"] + 1)
    return deps.store.save(organization | {"updated_at": context.now}, [event], context)


def list_keys(deps: Dependencies, organization_id: str, now: datetime) -> list[KeyView]:
    """Returns all keys without their hashes, the newest first; raises UnknownOrganization."""
    organization = get_organization(deps, organization_id)
    unpublished = deps.store.first_unpublished(organization_id)
    return [to_response(key, now, unpublished) for key in reversed(organization["keys"])]


def wait_until_published(deps: Dependencies, organization_id: str, key_id: str, patience_seconds: float) -> bool:
    """Waits for the broker's confirmation of the revocation; returns whether it came in time."""
    key = key_of(get_organization(deps, organization_id), key_id)
    deadline = time.monotonic() + patience_seconds
    while deps.store.is_unpublished(organization_id, key["revoked_sequence"]):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _add(
    deps: Dependencies,
    organization: Organization,
    scopes: Sequence[str],
    expires_at: datetime | None,
    new: NewKey,
    context: CommandContext,
    replaces: str | None = None,
) -> IssuedKey:
    if organization["status"] not in KEY_STATUSES:
        raise NoKeysNow(f"The organization is {organization['status']}: no key can be issued to it.")
    check_room(organization["keys"], context.now)
    key: ApiKey = {
        "id": new.id,
        "hash": hash_key(deps.secrets.api_key_hmac, new.key),
        "shown": new.masked,
        "scopes": list(scopes),
        "created_at": context.now,
        "expires_at": expires_at,
        "revoked_at": None,
        "replaces": replaces,
    }
    organization["keys"] = [*organization["keys"], key]
    deps.store.save(organization | {"updated_at": context.now}, [key_issued(organization, key)], context)
    return {"organization_id": organization["_id"], "key_id": new.id, "key": new.key}
