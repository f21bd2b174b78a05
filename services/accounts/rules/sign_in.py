"""When a sign-in is let in, and what the token says. Whatever was wrong, the answer is the same."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.errors import NotSignedIn
from shared.tokens import ISSUER, LIFETIME_SECONDS

WINDOW = timedelta(minutes=15)  # failures are counted this long from the first one; a lock ends with its window
KNOWN_FOR = timedelta(days=90)  # a device or source that somebody signed in from counts as theirs this long
MOST_PER_ACCOUNT = 10  # from one source, or one known device
MOST_GUESSED = 100  # of one name from everywhere else together
MOST_PER_SOURCE = (
    100  # a whole hospital may sit behind one address: from then on names never seen there get fewer tries
)
MOST_WHERE_MANY_FAIL = 3
TOLD_EVERY = timedelta(hours=1)
SHUT = ("suspended", "closed")  # an organization in this state: its people do not get in either


class SignInRefused(NotSignedIn):
    """Unknown name, wrong password, wrong or used code, locked, disabled: which of them is not told."""

    slug, title = "sign-in-refused", "Signing in was refused"

    def __init__(self) -> None:
        super().__init__("Name, password and code do not fit together. After too many tries, wait for 15 minutes.")


class NotEnrolled(SignInRefused):
    """Name and password are right, and there is no second factor yet: a page shows how to make one, a program is refused."""

    def __init__(self, account_id: str) -> None:
        super().__init__()
        self.account_id = account_id


@dataclass(frozen=True)
class Keys:
    """Under which names tries are counted: keyed hashes, since people type passwords into the wrong field."""

    pair: str
    name: str
    source: str
    second: str
    again: str

    @classmethod
    def of(cls, username: str, source: str, pepper: bytes) -> "Keys":
        """`source` is the caller's network address, or that of whoever is signed in already: ""."""

        def keyed(*parts: str) -> str:
            return hmac.new(pepper, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

        name = keyed(username)
        return cls(
            f"pair:{keyed(username, source)}", f"name:{name}", f"source:{source}", f"second:{name}", f"again:{name}"
        )


@dataclass(frozen=True)
class Tries:
    """How often it was tried, this try counted. `known`: from a device or a source that this person signed in from before."""

    own: int
    of_name: int
    of_source: int
    second: int
    known: bool

    @property
    def locked(self) -> bool:
        """Whether this is one too many. Nobody can lock out somebody else's device, or all who share an address."""
        if self.own > MOST_PER_ACCOUNT:
            return True
        if self.known:
            return False
        many_fail = self.of_source > MOST_PER_SOURCE and self.own > MOST_WHERE_MANY_FAIL
        return many_fail or self.of_name > MOST_GUESSED or self.second > MOST_PER_ACCOUNT

    @property
    def just_locked(self) -> bool:
        """Whether this very try was the first that is refused for their number."""
        return self.locked and (
            self.own == MOST_PER_ACCOUNT + 1
            or (self.of_source > MOST_PER_SOURCE and self.own == MOST_WHERE_MANY_FAIL + 1)
            or self.of_name == MOST_GUESSED + 1
            or self.second == MOST_PER_ACCOUNT + 1
        )


def claims(
    account: Mapping[str, Any], session_id: str, issued: datetime, lifetime: int = LIFETIME_SECONDS
) -> dict[str, Any]:
    """What a token says. `iat` has milliseconds, so that ending a session and signing in again within a second works."""
    seconds = round(issued.timestamp(), 3)
    said = {"iss": ISSUER, "sub": account["_id"], "roles": account["roles"], "sid": session_id}
    if account.get("organization_id"):
        said["org"] = account["organization_id"]
    if account.get("departments"):
        said["departments"] = account["departments"]
    return said | {"iat": seconds, "exp": round(seconds + lifetime, 3)}
