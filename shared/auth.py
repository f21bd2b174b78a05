"""Who calls: an agency by its API key, a person by an access token. Both are decided from the service's own copies.

Not here: what a caller may do on a route (shared/web/rights.py), and how the copies are kept (shared/auth_copies.py).
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

from pymongo.database import Database

from shared.errors import Forbidden, NotSignedIn
from shared.mongo import Index
from shared.tokens import BadToken, PublicKeys, subject, verify

Document = dict[str, Any]
T = TypeVar("T")
COPY_SECONDS = 0.25
RENEWED = 0.8
MOST_REMEMBERED = 4096
KEY_PREFIX = "imc_"
AUTH_INDEXES = [
    Index("void_tokens", [("until", 1)], expire_after=0),
    Index("rates", [("until", 1)], expire_after=0),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """`kind` is `agency`, `staff` or `anonymous`; `id` the key's or account's; `scopes` a key's, `roles` and `name` a person's.

    `name` is for the page of the person alone: it stands in their own token, never in an event or a log.
    """

    kind: str
    id: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    organization_id: str | None = None
    session_id: str | None = None
    name: str = ""

    @property
    def actor(self) -> str:
        """As events and the audit trail name it."""
        return f"{'key' if self.kind == 'agency' else 'account'}:{self.id}" if self.id else self.kind

    @property
    def scope(self) -> str:
        """Whose idempotency keys and cursors these are: the organization's, else the person's."""
        return f"organization:{self.organization_id}" if self.organization_id else self.actor


ANONYMOUS = Caller("anonymous", "")


def hash_key(secret: bytes, key: str) -> str:
    """How an API key is kept: HMAC-SHA-256 under the secret `api_key_hmac`, hex."""
    return hmac.digest(secret, key.encode(), "sha256").hex()


@dataclass(slots=True)
class _Known(Generic[T]):
    until: float
    renew_at: float
    value: T


class Remembered(Generic[T]):
    """Look-ups kept in this process for a moment; what was not found is looked up again each time.

    Shortly before the end one request looks again while the others go on, so that not all threads do at once.
    """

    def __init__(self, find: Callable[[str], T | None], seconds: float) -> None:
        self._find, self._seconds = find, seconds
        self._known: dict[str, _Known[T]] = {}

    def get(self, name: str) -> T | None:
        known = self._known.get(name)
        now = time.monotonic()
        if known and now < known.renew_at:
            return known.value
        if known and now < known.until:
            known.renew_at = known.until
        found = self._find(name)
        if found is None:
            self._known.pop(name, None)
            return None
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[name] = _Known(now + self._seconds, now + RENEWED * self._seconds, found)
        return found


@dataclass(frozen=True, slots=True)
class _Key:
    caller: Caller
    expires_at: datetime | None
    organization_status: str


class Authenticator:
    """One per web process. `hmac_secret` is None in services that no agency calls."""

    def __init__(
        self,
        database: Database[Document],
        token_keys: PublicKeys,
        hmac_secret: bytes | None,
        seconds: float = COPY_SECONDS,
    ) -> None:
        self._database, self._token_keys = database, token_keys
        self._keyed = hmac.new(hmac_secret, digestmod=sha256) if hmac_secret else None
        self._keys = Remembered(self._find_key, seconds)
        self._void = Remembered(self._find_void, seconds)
        self._verified: dict[str, tuple[Caller, float, float]] = {}

    def caller(self, header: str | None, now: datetime) -> Caller:
        """The caller an Authorization header names; raises NotSignedIn, and Forbidden for an organization not active."""
        if not header:
            raise NotSignedIn("Send Authorization: Bearer, with an API key or an access token.")
        kind, _, credential = header.partition(" ")
        credential = credential.strip()
        if kind.lower() != "bearer" or not credential or not credential.isascii():
            raise NotSignedIn("Expected Authorization: Bearer, with an API key or an access token.", invalid=True)
        return self._agency(credential, now) if credential.startswith(KEY_PREFIX) else self.person(credential, now)

    def _agency(self, credential: str, now: datetime) -> Caller:
        known = self._keys.get(self._hashed(credential)) if self._keyed else None
        if known is None:
            raise NotSignedIn("This API key is not known here, or was revoked.", invalid=True)
        if known.expires_at and now >= known.expires_at:
            raise NotSignedIn("This API key has expired.", invalid=True)
        if known.organization_status != "active":
            raise Forbidden(f"Your organization is {known.organization_status}; ask the International Medical Center.")
        return known.caller

    def _hashed(self, credential: str) -> str:
        """As `hash_key`, from a prepared copy: setting the key up anew costs ten times the rest."""
        assert self._keyed is not None
        mac = self._keyed.copy()
        mac.update(credential.encode())
        return mac.hexdigest()

    def _find_key(self, key_hash: str) -> _Key | None:
        key = self._database["agency_keys"].find_one({"_id": key_hash})
        if key is None or key.get("revoked"):
            return None
        organization = self._database["organizations"].find_one({"_id": key["organization_id"]}, {"status": 1})
        caller = Caller(
            "agency", key["key_id"], scopes=frozenset(key["scopes"]), organization_id=key["organization_id"]
        )
        return _Key(caller, key.get("expires_at"), organization["status"] if organization else "unknown")

    def person(self, credential: str, now: datetime) -> Caller:
        """The person an access token names, from a header or from a page's cookie; raises NotSignedIn."""
        known = self._verified.get(credential)
        if known is None or now.timestamp() >= known[2]:
            known = self._verify(credential, now)
        caller, issued, _ = known
        if issued < max(self._void_before(caller.id), self._void_before(f"{caller.id}/{caller.session_id}")):
            raise NotSignedIn("You were signed out; sign in again.", invalid=True)
        return caller

    def whose(self, credential: str) -> str:
        """Whose token this was, also after its time; "" where it is none of ours. Decides nothing: to tell two people apart."""
        return subject(credential, self._token_keys)

    def _verify(self, credential: str, now: datetime) -> tuple[Caller, float, float]:
        self._verified.pop(credential, None)
        try:
            claims = verify(credential, self._token_keys, now)
        except BadToken:
            raise NotSignedIn("This access token is not valid, or no longer.", invalid=True) from None
        roles = frozenset(str(role) for role in claims["roles"])
        name = str(claims.get("name", ""))
        caller = Caller("staff", claims["sub"], roles, frozenset(), claims.get("org"), claims["sid"], name)
        if len(self._verified) >= MOST_REMEMBERED:
            self._verified.clear()
        self._verified[credential] = caller, float(claims["iat"]), float(claims["exp"])
        return self._verified[credential]

    def _void_before(self, name: str) -> float:
        return self._void.get(name) or 0.0

    def _find_void(self, name: str) -> float:
        found = self._database["void_tokens"].find_one({"_id": name})
        return found["before"].timestamp() if found else 0.0
