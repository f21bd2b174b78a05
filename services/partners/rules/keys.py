"""API keys: shown once, stored as a keyed hash, at most two live while one replaces the other."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict

from services.partners.rules.event_data import key_revoked
from services.partners.rules.records import ApiKey, Organization
from shared.errors import Conflict, InvalidInput, NotFound
from shared.events import Event
from shared.events.partners import ApiKeyRevoked
from shared.ids import new_id

PREFIX = "imc_live_"
SCOPES = ("referrals:read", "referrals:write", "organization:read", "webhooks:write", "departments:read")
STATES = ("live", "expired", "revoked", "pending")
MAX_LIVE = 2
Status = Literal["live", "expired", "revoked", "pending"]


class UnknownKey(NotFound):
    """This organization has no key with this id."""


class TwoKeysLive(Conflict):
    """Two keys are live. The old one has to be revoked before a third is issued."""


class KeyNotLive(Conflict):
    """A revoked or expired key cannot be rotated. A new one is issued instead."""


@dataclass(frozen=True)
class NewKey:
    """A new key in clear, shown once and stored as a keyed hash: 256 random bits after a prefix by which a leaked key is recognised."""

    id: str
    key: str

    @classmethod
    def generate(cls) -> "NewKey":
        return cls(new_id(), PREFIX + secrets.token_urlsafe(32))

    @property
    def masked(self) -> str:
        """Returns the form for lists: enough to tell two keys apart, useless for access."""
        return f"{PREFIX}…{self.key[-4:]}"


class KeyView(TypedDict):
    """A key as the API shows it, without its hash."""

    key_id: str
    status: Status
    shown: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaces: str | None


def key_of(organization: Organization, key_id: str) -> ApiKey:
    """Returns the organization's key; raises UnknownKey."""
    for key in organization["keys"]:
        if key["id"] == key_id:
            return key
    raise UnknownKey


def status_of(key: ApiKey, now: datetime) -> Status:
    """Returns `revoked`, `expired` or `live`."""
    if key["revoked_at"]:
        return "revoked"
    return "expired" if key["expires_at"] and key["expires_at"] <= now else "live"


def to_response(key: ApiKey, now: datetime, first_unpublished: int | None = None) -> KeyView:
    """Returns the key as the API shows it; `pending` if it is revoked and the broker has not confirmed the event."""
    status = status_of(key, now)
    if status == "revoked" and first_unpublished is not None and first_unpublished <= key["revoked_sequence"]:
        status = "pending"
    return {
        "key_id": key["id"],
        "status": status,
        "shown": key["shown"],
        "scopes": key["scopes"],
        "created_at": key["created_at"],
        "expires_at": key["expires_at"],
        "revoked_at": key["revoked_at"],
        "replaces": key["replaces"],
    }


def revoke(organization: Organization, key: ApiKey, now: datetime, sequence: int) -> ApiKeyRevoked:
    """Revokes the key in the record and returns the event, which will have this sequence."""
    key |= {"revoked_at": now, "revoked_sequence": sequence}
    return key_revoked(organization, key)


def revoke_all(organization: Organization, now: datetime, last_sequence: int) -> list[Event]:
    """Revokes all live keys in the record and returns the events, which follow `last_sequence`."""
    events: list[Event] = []
    for key in organization["keys"]:
        if status_of(key, now) == "live":
            events.append(revoke(organization, key, now, last_sequence + len(events) + 1))
    return events


def check_room(keys: Iterable[ApiKey], now: datetime) -> None:
    """Raises TwoKeysLive if the organization already has the maximum of live keys."""
    if sum(status_of(key, now) == "live" for key in keys) >= MAX_LIVE:
        raise TwoKeysLive(f"expected at most {MAX_LIVE} live keys at a time: revoke the old one first")


def check_terms(scopes: Iterable[str] | None, expires_at: datetime | None, now: datetime) -> list[str]:
    """Returns the scopes in the order of SCOPES, all of them if none is named; raises InvalidInput."""
    wanted = set(SCOPES if scopes is None else scopes)
    faults = []
    if not wanted or not wanted <= set(SCOPES):
        faults.append(("#/scopes", f"expected one or more of {', '.join(SCOPES)}"))
    if expires_at is not None and expires_at <= now:
        faults.append(("#/expires_at", "expected a future time"))
    if faults:
        raise InvalidInput(faults)
    return [scope for scope in SCOPES if scope in wanted]
