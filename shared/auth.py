"""Authentication: an agency by its API key, a person by an access token, another service by a token it signed (on its own routes).

All is decided from the service's own read copies and secrets. Not here: authorization of a route (shared/web/access.py), how the read
copies are written (shared/auth_copies.py).
"""

import hmac
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import pymongo
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymongo.database import Database

from shared.errors import Forbidden, NotSignedIn
from shared.mongo import Index
from shared.service_tokens import signed_by
from shared.tokens import BadToken, PublicKeys, subject, verify

log = logging.getLogger("imc.web")
Document = dict[str, Any]
T = TypeVar("T")
COPY_SECONDS = 0.4
RENEWED, RENEWING_SECONDS, IDLE_SECONDS = 0.3, 0.01, 5.0
MAX_REMEMBERED = 4096
KEY_PREFIX = "imc_"
AUTH_INDEXES = [
    Index("void_tokens", [("until", 1)], expire_after=0),
    Index("rates", [("until", 1)], expire_after=0),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `kind` is `agency`, `staff`, `service` or `anonymous`; `id` is the key's or account's id or the service's
    name; `scopes` belong to a key; `roles`, `departments` (codes of those they work in) and `name` to a person.

    `name` is only for the person's own pages: it is in their token, never in an event or a log.
    """

    kind: str
    id: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    organization_id: str | None = None
    session_id: str | None = None
    name: str = ""
    departments: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """The actor as events and the audit name it."""
        return f"{_ACTORS[self.kind]}:{self.id}" if self.id else self.kind

    @property
    def scope(self) -> str:
        """The scope of idempotency keys and cursors: the organization, else the person."""
        return f"organization:{self.organization_id}" if self.organization_id else self.actor


_ACTORS = {"agency": "key", "staff": "account", "service": "service"}
ANONYMOUS = Caller("anonymous", "")


def _bearer(header: str | None) -> str:
    if not header:
        raise NotSignedIn("Send Authorization: Bearer, with an API key or an access token.")
    kind, _, credential = header.partition(" ")
    credential = credential.strip()
    if kind.lower() != "bearer" or not credential or not credential.isascii():
        raise NotSignedIn("Expected Authorization: Bearer, with an API key or an access token.", invalid=True)
    return credential


def hash_key(secret: bytes, key: str) -> str:
    """The stored form of an API key: HMAC-SHA-256 with the secret `api_key_hmac`, in hex."""
    return hmac.digest(secret, key.encode(), "sha256").hex()


@dataclass(slots=True)
class _Known(Generic[T]):
    until: float
    renew_at: float
    value: T


class RefreshAheadCache(Generic[T]):
    """A refresh-ahead cache of look-ups in this process; a value that was not found is not cached.

    A value requested after a third of its lifetime is refreshed in a background thread: while a caller keeps sending requests, none of
    them waits for a look-up.
    """

    def __init__(self, find: Callable[[str], T | None], seconds: float) -> None:
        self._find, self._seconds = find, seconds
        self._known: dict[str, _Known[T]] = {}
        self._renewing: SimpleQueue[str] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def get(self, name: str) -> T | None:
        known = self._known.get(name)
        now = time.monotonic()
        if known is None or now >= known.until:
            return self._look_up(name)
        if now >= known.renew_at:
            known.renew_at = known.until
            self._renewing.put(name)
            if self._thread is None:  # started at the first use, not before a fork
                self._thread = threading.Thread(target=self._renew, name="renewing", daemon=True)
                self._thread.start()
        return known.value

    def _renew(self) -> None:
        """Refreshes entries a moment after the request that caused it, when that is mostly done. A failed refresh, or one that
        arrives just as this thread ends after an idle time, is left to the next request."""
        while True:
            try:
                name = self._renewing.get(timeout=IDLE_SECONDS)
            except Empty:
                self._thread = None
                return
            if self._renewing.empty():
                time.sleep(RENEWING_SECONDS)
            known = self._known.get(name)
            if known is None or time.monotonic() >= known.until:
                continue
            try:
                with pymongo.timeout(self._seconds):
                    self._look_up(name)
            except Exception as error:  # this thread must not end: nothing would be refreshed any more
                log.info("a remembered look-up was not renewed: %s", type(error).__name__)

    def _look_up(self, name: str) -> T | None:
        now = time.monotonic()
        found = self._find(name)
        if found is None:
            self._known.pop(name, None)
            return None
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[name] = _Known(now + self._seconds, now + RENEWED * self._seconds, found)
        return found


@dataclass(frozen=True, slots=True)
class _Key:
    caller: Caller
    expires_at: datetime | None
    organization_status: str


class Authenticator:
    """Authenticates callers; one per web process. `hmac_secret` is None in services that no agency calls; `services` are those that may call here."""

    def __init__(
        self,
        database: Database[Document],
        token_keys: PublicKeys,
        hmac_secret: bytes | None,
        seconds: float = COPY_SECONDS,
        services: Mapping[str, Ed25519PublicKey] | None = None,
    ) -> None:
        self._database, self._token_keys = database, token_keys
        self.services = services or {}
        self._keyed = hmac.new(hmac_secret, digestmod=sha256) if hmac_secret else None
        self._keys = RefreshAheadCache(self._find_key, seconds)
        self._void = RefreshAheadCache(self._find_void, seconds)
        self._verified: dict[str, tuple[Caller, float, float]] = {}

    def caller(self, header: str | None, now: datetime) -> Caller:
        """The caller of an Authorization header; raises NotSignedIn, and Forbidden where the organization is not active."""
        credential = _bearer(header)
        return self._agency(credential, now) if credential.startswith(KEY_PREFIX) else self.person(credential, now)

    def service(self, name: str, header: str | None, address: str, now: datetime) -> Caller:
        """The service `name`, where it signed a token for this address; else the caller as `caller` returns it, which is then not authorized.

        It is used only on routes of services: no other route accepts such a token. Raises as `caller` does.
        """
        key = self.services.get(name)
        if key and signed_by(_bearer(header), key, name, address, now):
            return Caller("service", name)
        return self.caller(header, now)

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
        """Same as `hash_key`, from a prepared copy: setting up the key each time costs ten times the rest."""
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
        """The person of an access token, from a header or a page's cookie; raises NotSignedIn."""
        known = self._verified.get(credential)
        if known is None or now.timestamp() >= known[2]:
            known = self._verify(credential, now)
        caller, issued, _ = known
        if issued < max(self._void_before(caller.id), self._void_before(f"{caller.id}/{caller.session_id}")):
            raise NotSignedIn("You were signed out; sign in again.", invalid=True)
        return caller

    def whose(self, credential: str) -> str:
        """Whose token this was, even if expired; "" where it is not ours. Only for telling two people apart, not for authentication."""
        return subject(credential, self._token_keys)

    def _verify(self, credential: str, now: datetime) -> tuple[Caller, float, float]:
        self._verified.pop(credential, None)
        try:
            claims = verify(credential, self._token_keys, now)
        except BadToken:
            raise NotSignedIn("This access token is not valid, or no longer.", invalid=True) from None
        roles = frozenset(str(role) for role in claims["roles"])
        departments = frozenset(str(code) for code in claims.get("departments", ()))
        name = str(claims.get("name", ""))
        caller = Caller("staff", claims["sub"], roles, frozenset(), claims.get("org"), claims["sid"], name, departments)
        if len(self._verified) >= MAX_REMEMBERED:
            self._verified.clear()
        self._verified[credential] = caller, float(claims["iat"]), float(claims["exp"])
        return self._verified[credential]

    def _void_before(self, name: str) -> float:
        return self._void.get(name) or 0.0

    def _find_void(self, name: str) -> float:
        found = self._database["void_tokens"].find_one({"_id": name})
        return found["before"].timestamp() if found else 0.0
