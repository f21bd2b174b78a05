"""API keys: shown once, stored as a keyed hash, at most two live while one replaces the other."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import Conflict, InvalidInput, NotFound
from shared.ids import new_id

PREFIX = "imc_live_"
SCOPES = ("referrals:read", "referrals:write", "organization:read", "webhooks:write", "departments:read")
STATES = ("live", "expired", "revoked", "pending")
MOST_LIVE = 2


class UnknownKey(NotFound):
    """This organization has no key with this id."""


class TwoKeysLive(Conflict):
    """Two keys are live. The old one has to be revoked before a third is issued."""


class KeyNotLive(Conflict):
    """A revoked or expired key cannot be rotated. A new one is issued instead."""


@dataclass(frozen=True)
class FreshKey:
    """A new key in clear, shown once and stored as a keyed hash: 256 random bits after a prefix by which a leaked key is recognised."""

    id: str
    key: str

    @classmethod
    def made(cls) -> "FreshKey":
        return cls(new_id(), PREFIX + secrets.token_urlsafe(32))

    @property
    def shown(self) -> str:
        """Returns what lists show of it: enough to tell two keys apart, useless for access."""
        return f"{PREFIX}…{self.key[-4:]}"


def status_of(key: Mapping[str, Any], now: datetime) -> str:
    """Returns `revoked`, `expired` or `live`."""
    if key.get("revoked_at"):
        return "revoked"
    return "expired" if key.get("expires_at") and key["expires_at"] <= now else "live"


def check_room(keys: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Raises TwoKeysLive if the organization already has the maximum of live keys."""
    if sum(status_of(key, now) == "live" for key in keys) >= MOST_LIVE:
        raise TwoKeysLive(f"expected at most {MOST_LIVE} live keys at a time: revoke the old one first")


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
