"""Recovery codes: ten, each good once in place of a one-time code, for whoever has lost the device. Shown once, kept as keyed hashes."""

import hmac
import secrets
from hashlib import sha256

from shared.digits import closed_up

MANY = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # as in passwords: read aloud and typed
_GROUP = 5


def new_codes() -> list[str]:
    """Ten codes of 49 bits, such as abcde-fghjk; guessing them is bounded by the lock-out."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(2)) for _ in range(MANY)]


def kept(code: str, account_id: str, pepper: bytes) -> str:
    """What is kept of a code: bound to its account and keyed, so that a copy of the database opens nothing."""
    plain = "".join(c for c in closed_up(code).casefold() if c.isalnum())
    return hmac.digest(pepper, f"{account_id}\0{plain}".encode(), sha256).hex()
