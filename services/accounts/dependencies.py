"""Dependencies of the actions of accounts, and the service's secrets, read on first use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.accounts.store.store import Store
from shared.clock import Clock
from shared.inbox.unit_of_work import UnitOfWork
from shared.retry_after import Rest
from shared.sealing import DataKey
from shared.settings import BadSetting, Settings
from shared.tokens import ALGORITHM, public_keys

MAX_PROVIDER_REST = timedelta(hours=1)
"""The longest Retry-After of the provider that is honoured. Without a limit, an error of its clock could block sign-in for days."""


class Secrets:
    """The signing key, and one key per purpose derived from the master key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Stops the process at start if a secret is missing or malformed."""
        self.sign({})
        self.pepper  # noqa: B018 - read so that a bad value raises

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Returns a signed access token (RFC 7519, EdDSA)."""
        kid, key = self._signer
        return jwt.encode(dict(claims), key, ALGORITHM, headers={"kid": kid})

    def totp_key(self, account_id: str) -> DataKey:
        """Returns the key that encrypts one person's TOTP secret, bound to the account."""
        return DataKey(account_id, self._derived(b"totp"))

    @cached_property
    def pepper(self) -> bytes:
        """The key of the hashes under which sign-in attempts are counted."""
        return self._derived(b"attempts")

    @cached_property
    def enrolment_key(self) -> DataKey:
        """The key that encrypts the account of a first sign-in in its form."""
        return DataKey("enrolment", self._derived(b"enrolment"))

    @cached_property
    def device_key(self) -> bytes:
        """The key that signs a browser's record of an earlier sign-in."""
        return self._derived(b"device")

    @cached_property
    def recovery_pepper(self) -> bytes:
        """The key of the hashes under which recovery codes are stored."""
        return self._derived(b"recovery")

    @cached_property
    def oidc_key(self) -> DataKey:
        """The key that encrypts the state a browser carries to the hospital's provider and back."""
        return DataKey("oidc", self._derived(b"oidc"))

    @cached_property
    def public(self) -> list[dict[str, Any]]:
        """The published keys as a JWK set's `keys` (RFC 7517, RFC 8037)."""
        known = public_keys(self._settings.secret("token_public_keys"))
        as_jwk = jwt.algorithms.OKPAlgorithm.to_jwk
        return [json.loads(as_jwk(key)) | {"kid": kid, "alg": ALGORITHM, "use": "sig"} for kid, key in known.items()]

    @cached_property
    def _signer(self) -> tuple[str, Ed25519PrivateKey]:
        key = load_pem_private_key(self._settings.secret("token_private_key"), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise BadSetting("IMC_SECRET_DIR/token_private_key", "an Ed25519 key in PEM")
        mine = key.public_key().public_bytes_raw()
        for kid, public in public_keys(self._settings.secret("token_public_keys")).items():
            if public.public_bytes_raw() == mine:
                return kid, key
        raise BadSetting("IMC_SECRET_DIR/token_public_keys", "the public half of token_private_key among the keys")

    def _derived(self, purpose: bytes) -> bytes:
        master = bytes.fromhex(self._settings.secret("master_key").decode())
        return HKDF(SHA256(), 32, salt=None, info=b"imc accounts " + purpose).derive(master)


@dataclass(frozen=True)
class Dependencies:
    """The dependencies of every action, built by app.py and worker.py."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None
    secrets: Secrets = field(init=False)
    provider_rest: Rest = field(default_factory=lambda: Rest(MAX_PROVIDER_REST))

    def __post_init__(self) -> None:
        object.__setattr__(self, "secrets", Secrets(self.settings))

    def within(self, unit: UnitOfWork) -> "Dependencies":
        """Returns the same dependencies inside a consumer's transaction."""
        return replace(self, store=self.store.within(unit), unit=unit)
