"""When a sign-in is let in, and what the token says. Whatever was wrong, the answer is the same."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.errors import NotSignedIn
from shared.tokens import ISSUER, LIFETIME_SECONDS

WINDOW = timedelta(minutes=15)  # failures are counted this long from the first one; a lock ends with its window
MOST_PER_ACCOUNT = 10
MOST_PER_SOURCE = 100  # a whole hospital may sit behind one address
SHUT = ("suspended", "closed")  # an organization in this state: its people do not get in either


class SignInRefused(NotSignedIn):
    """Unknown name, wrong password, wrong or used code, locked, disabled: which of them is not told."""

    slug, title = "sign-in-refused", "Signing in was refused"

    def __init__(self) -> None:
        super().__init__("Name, password and code do not fit together. After too many tries, wait for 15 minutes.")


def attempt_keys(username: str, source: str, pepper: bytes) -> tuple[str, str]:
    """Under which names tries are counted: keyed hashes, since people type passwords into the wrong field."""
    name = hmac.new(pepper, username.encode(), hashlib.sha256).hexdigest()
    return f"account:{name}", f"source:{source}"


def locked(of_account: int, of_source: int) -> bool:
    """Whether a try is one too many; each number counts the try itself."""
    return of_account > MOST_PER_ACCOUNT or of_source > MOST_PER_SOURCE


def claims(
    account: Mapping[str, Any], session_id: str, issued: datetime, lifetime: int = LIFETIME_SECONDS
) -> dict[str, Any]:
    """What a token says. `iat` has milliseconds, so that ending a session and signing in again within a second works."""
    seconds = round(issued.timestamp(), 3)
    said = {"iss": ISSUER, "sub": account["_id"], "roles": account["roles"], "sid": session_id}
    if account.get("organization_id"):
        said["org"] = account["organization_id"]
    return said | {"iat": seconds, "exp": round(seconds + lifetime, 3)}
