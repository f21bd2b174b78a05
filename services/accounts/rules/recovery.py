"""Recovery codes: ten, each valid once instead of a one-time code, for a lost device. They are shown once and stored as keyed hashes."""

import hmac
import secrets
from hashlib import sha256

from shared.digits import closed_up

CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # as in passwords: it is read aloud and typed
_GROUP = 5


def new_codes() -> list[str]:
    """Returns ten codes of 49 bits, such as abcde-fghjk. The lock-out limits guessing."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(2)) for _ in range(CODES)]


def hash_code(code: str, account_id: str, pepper: bytes) -> str:
    """Returns the stored form of a code: a keyed hash bound to its account, so that a copy of the database is of no use."""
    plain = "".join(c for c in closed_up(code).casefold() if c.isalnum())
    return hmac.digest(pepper, f"{account_id}\0{plain}".encode(), sha256).hex()
