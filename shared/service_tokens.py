"""Tokens for requests between services, for data that no event may contain: signed by the caller, for one address, for a minute.

They are valid only on routes with `rights(service=...)`: they are not tokens of accounts (shared/tokens.py), and only the called
service has the caller's public key.
"""

from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from shared.tokens import ALGORITHM, LEEWAY_SECONDS

LIFETIME_SECONDS = 60
CLAIMS = ("iss", "aud", "iat", "exp")


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Reads the caller's private key; raises ValueError where the file is anything else."""
    key = load_pem_private_key(pem, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("expected the PEM of an Ed25519 private key")
    return key


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Reads the caller's public key, at the called service; raises ValueError."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("expected the PEM of an Ed25519 public key")
    return key


def sign(key: Ed25519PrivateKey, service: str, address: str, now: datetime) -> str:
    """Returns a token of `service` for the path `address`."""
    issued = int(now.timestamp())
    claims = {"iss": f"imc-{service}", "aud": address, "iat": issued, "exp": issued + LIFETIME_SECONDS}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def signed_by(token: str, key: Ed25519PublicKey, service: str, address: str, now: datetime) -> bool:
    """Whether `service` signed this token for `address` within its lifetime; clocks may differ by a few seconds."""
    try:
        claims = jwt.decode(
            token, key, [ALGORITHM], {"require": list(CLAIMS), "verify_exp": False, "verify_iat": False},
            audience=address, issuer=f"imc-{service}",
        )  # fmt: skip
        issued, ends = float(claims["iat"]), float(claims["exp"])
    except (jwt.InvalidTokenError, TypeError, ValueError):
        return False
    moment = now.timestamp()
    lasts = 0 < ends - issued <= LIFETIME_SECONDS
    return lasts and issued - LEEWAY_SECONDS <= moment < ends + LEEWAY_SECONDS
