"""Verification of access tokens in every service: claim names, public keys. It needs no call to accounts.

Not here: signing (only services/accounts has a private key), the caller of a token (shared/auth.py).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

ISSUER = "imc-accounts"
ALGORITHM = "EdDSA"
LIFETIME_SECONDS = 900
CLAIMS = ("iss", "sub", "roles", "sid", "iat", "exp")
LEEWAY_SECONDS = 5  # for clock differences between machines

PublicKeys = Mapping[str, Ed25519PublicKey]


class BadToken(Exception):
    """The token is not ours, was altered, or has expired. The reason is deliberately not disclosed."""


def public_keys(file: bytes) -> dict[str, Ed25519PublicKey]:
    """Reads the secret file `token_public_keys` (JSON `{kid: PEM}`); raises ValueError where it is anything else."""
    try:
        found = {kid: load_pem_public_key(pem.encode()) for kid, pem in json.loads(file).items()}
    except (AttributeError, ValueError) as error:
        raise ValueError("expected JSON {kid: PEM of an Ed25519 public key}") from error
    keys = {kid: key for kid, key in found.items() if isinstance(key, Ed25519PublicKey)}
    if not keys or len(keys) != len(found):
        raise ValueError("expected JSON {kid: PEM of an Ed25519 public key}")
    return keys


def verify(token: str, keys: PublicKeys, now: datetime) -> dict[str, Any]:
    """The claims of a valid token; `iat` and `exp` are seconds, with a fraction. Raises BadToken."""
    try:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token, key, [ALGORITHM], {"require": list(CLAIMS), "verify_exp": False, "verify_iat": False}, issuer=ISSUER
        )
        roles, issued, ends = claims["roles"], float(claims["iat"]), float(claims["exp"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
        raise BadToken("not a valid token") from error
    moment = now.timestamp()
    if moment >= ends or issued > moment + LEEWAY_SECONDS or not isinstance(roles, list):
        raise BadToken("not a valid token")
    return claims


def subject(token: str, keys: PublicKeys) -> str:
    """The subject of a token, even an expired one; "" where it is not ours."""
    try:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, [ALGORITHM], {"verify_exp": False, "verify_iat": False}, issuer=ISSUER)
    except (jwt.InvalidTokenError, KeyError):
        return ""
    return str(claims.get("sub", ""))
