"""API keys of an organization: issued, rotated with overlap, revoked. In clear they exist only in the answer."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.partners.actions.records import organization_of
from services.partners.dependencies import Dependencies
from services.partners.rules.keys import (
    FreshKey,
    KeyNotLive,
    UnknownKey,
    check_room,
    check_terms,
    status_of,
)
from services.partners.rules.organizations import KEYS_IN, NoKeysNow
from shared.auth import hash_key
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import ApiKeyIssued, ApiKeyRevoked

Document = dict[str, Any]
SHOWN = ("shown", "scopes", "created_at", "expires_at", "revoked_at", "replaces")
LOOK_EVERY_SECONDS = 0.02


def issue_key(
    deps: Dependencies,
    organization_id: str,
    context: CommandContext,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    fresh: FreshKey | None = None,
) -> Document:
    """`{"organization_id", "key_id", "key"}`, the key in clear this once; all scopes where none is named.

    Raises UnknownOrganization, NoKeysNow, TwoKeysLive, InvalidInput.
    """
    organization = organization_of(deps, organization_id, context)
    granted = check_terms(scopes, expires_at, context.now)
    return _add(deps, organization, granted, expires_at, fresh or FreshKey.made(), context)


def rotate_key(
    deps: Dependencies, organization_id: str, key_id: str, context: CommandContext, fresh: FreshKey | None = None
) -> Document:
    """A new key with the scopes of a live one; both live until the old one is revoked. As issue_key, and KeyNotLive."""
    organization = organization_of(deps, organization_id, context)
    old = key_of(organization, key_id)
    if status_of(old, context.now) != "live":
        raise KeyNotLive("The key is revoked or expired: issue a new one instead.")
    return _add(deps, organization, old["scopes"], None, fresh or FreshKey.made(), context, replaces=key_id)


def revoke_key(deps: Dependencies, organization_id: str, key_id: str, context: CommandContext) -> Document:
    """The organization with this key dead here at once, and everywhere as soon as the broker has the event.

    Revoking a dead key changes nothing. Raises UnknownOrganization and UnknownKey.
    """
    organization = organization_of(deps, organization_id, context)
    key = key_of(organization, key_id)
    if key.get("revoked_at"):
        return organization
    event = _revoke(organization, key, context.now, organization["last_sequence"] + 1)
    return deps.store.save(organization | {"updated_at": context.now}, [event], context)


def keys_of(deps: Dependencies, organization_id: str, now: datetime) -> list[Document]:
    """All keys as lists show them; raises UnknownOrganization."""
    organization = organization_of(deps, organization_id)
    unsaid = deps.store.first_unsaid(organization_id)
    return [key_as_shown(key, now, unsaid) for key in reversed(organization["keys"])]


def key_as_shown(key: Document, now: datetime, first_unsaid: int | None = None) -> Document:
    """A key without its hash; `pending` where it is revoked and the broker has yet to carry it to the others."""
    status = status_of(key, now)
    if status == "revoked" and first_unsaid is not None and first_unsaid <= key["revoked_sequence"]:
        status = "pending"
    return {"key_id": key["id"], "status": status} | {field: key[field] for field in SHOWN}


def was_said(deps: Dependencies, organization_id: str, key_id: str, patience_seconds: float) -> bool:
    """Whether the broker has confirmed the revocation; waits for it a little."""
    key = key_of(organization_of(deps, organization_id), key_id)
    deadline = time.monotonic() + patience_seconds
    while deps.store.still_to_say(organization_id, key["revoked_sequence"]):
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
    return True


def revoke_all(organization: Document, now: datetime, said: int) -> list[Event]:
    """Revokes, in the document at hand, what still lives; `said` counts the events that go before."""
    events: list[Event] = []
    for key in organization["keys"]:
        if status_of(key, now) == "live":
            events.append(_revoke(organization, key, now, said + len(events) + 1))
    return events


def _add(
    deps: Dependencies,
    organization: Document,
    scopes: Sequence[str],
    expires_at: datetime | None,
    fresh: FreshKey,
    context: CommandContext,
    replaces: str | None = None,
) -> Document:
    if organization["status"] not in KEYS_IN:
        raise NoKeysNow(f"The organization is {organization['status']}: no key can be issued to it.")
    check_room(organization["keys"], context.now)
    hash_ = hash_key(deps.secrets.api_key_hmac, fresh.key)
    organization["keys"] = [
        *organization["keys"],
        {
            "id": fresh.id,
            "hash": hash_,
            "shown": fresh.shown,
            "scopes": list(scopes),
            "created_at": context.now,
            "expires_at": expires_at,
            "revoked_at": None,
            "replaces": replaces,
        },
    ]
    event = ApiKeyIssued(
        organization_id=organization["_id"],
        key_id=fresh.id,
        hash=hash_,
        scopes=tuple(scopes),
        expires_at=rfc3339(expires_at) if expires_at else None,
    )
    deps.store.save(organization | {"updated_at": context.now}, [event], context)
    return {"organization_id": organization["_id"], "key_id": fresh.id, "key": fresh.key}


def _revoke(organization: Document, key: Document, now: datetime, sequence: int) -> ApiKeyRevoked:
    key |= {"revoked_at": now, "revoked_sequence": sequence}
    return ApiKeyRevoked(organization_id=organization["_id"], key_id=key["id"], hash=key["hash"])


def key_of(organization: Document, key_id: str) -> Document:
    """Raises UnknownKey."""
    for key in organization["keys"]:
        if key["id"] == key_id:
            found: Document = key
            return found
    raise UnknownKey
