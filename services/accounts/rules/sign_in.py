"""Limits of sign-in attempts, and the claims of a token. The response is the same whatever was wrong."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.errors import NotSignedIn
from shared.tokens import ISSUER, LIFETIME_SECONDS

WINDOW = timedelta(minutes=15)  # failures count for this long from the first one; a lock ends with its window
KNOWN_FOR = timedelta(days=90)  # a device or source that somebody signed in from is known for this long
MOST_PER_ACCOUNT = 10  # from one source, or one known device
MOST_GUESSED = 100  # for one name, from all other sources together
MOST_PER_SOURCE = (
    100  # a whole hospital may sit behind one address: from then on names never seen there get fewer tries
)
MOST_WHERE_MANY_FAIL = 3
TOLD_EVERY = timedelta(hours=1)
SHUT = ("suspended", "closed")  # people of an organization in this state cannot sign in


class SignInRefused(NotSignedIn):
    """Unknown name, wrong password, wrong or used code, locked, disabled: the response does not say which."""

    slug, title = "sign-in-refused", "Signing in was refused"

    def __init__(self) -> None:
        super().__init__("Name, password and code do not fit together. After too many tries, wait for 15 minutes.")


class NotEnrolled(SignInRefused):
    """Name and password are right, but there is no second factor yet. A page offers to set one up; a program is refused."""

    def __init__(self, account_id: str) -> None:
        super().__init__()
        self.account_id = account_id


@dataclass(frozen=True)
class Keys:
    """Keys under which attempts are counted. They are keyed hashes, since people type passwords into the wrong field."""

    pair: str
    name: str
    source: str
    second: str
    again: str

    @classmethod
    def of(cls, username: str, source: str, pepper: bytes) -> "Keys":
        """Returns the keys. `source` is the caller's network address, or "" for a person who is signed in already."""

        def keyed(*parts: str) -> str:
            return hmac.new(pepper, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

        name = keyed(username)
        return cls(
            f"pair:{keyed(username, source)}", f"name:{name}", f"source:{source}", f"second:{name}", f"again:{name}"
        )


@dataclass(frozen=True)
class Tries:
    """Numbers of attempts including this one. `known`: from a device or source this person has signed in from before."""

    own: int
    of_name: int
    of_source: int
    second: int
    known: bool

    @property
    def locked(self) -> bool:
        """Whether the attempt is refused. Nobody can lock out another person's known device, or everybody who shares an address."""
        if self.own > MOST_PER_ACCOUNT:
            return True
        if self.known:
            return False
        many_fail = self.of_source > MOST_PER_SOURCE and self.own > MOST_WHERE_MANY_FAIL
        return many_fail or self.of_name > MOST_GUESSED or self.second > MOST_PER_ACCOUNT

    @property
    def just_locked(self) -> bool:
        """Whether this attempt is the first one that is refused because of its number."""
        return self.locked and (
            self.own == MOST_PER_ACCOUNT + 1
            or (self.of_source > MOST_PER_SOURCE and self.own == MOST_WHERE_MANY_FAIL + 1)
            or self.of_name == MOST_GUESSED + 1
            or self.second == MOST_PER_ACCOUNT + 1
        )


def claims(
    account: Mapping[str, Any], session_id: str, issued: datetime, lifetime: int = LIFETIME_SECONDS
) -> dict[str, Any]:
    """Returns the claims of a token. `iat` has milliseconds, so that ending a session and signing in again within a second works."""
    seconds = round(issued.timestamp(), 3)
    said = {"iss": ISSUER, "sub": account["_id"], "roles": account["roles"], "sid": session_id}
    if account.get("organization_id"):
        said["org"] = account["organization_id"]
    if account.get("departments"):
        said["departments"] = account["departments"]
    return said | {"iat": seconds, "exp": round(seconds + lifetime, 3)}
