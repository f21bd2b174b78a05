"""Limits of sign-in attempts, and the claims of a token. The response is the same whatever was wrong."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from services.accounts.rules.records import Account
from shared.errors import NotSignedIn
from shared.tokens import ISSUER, LIFETIME_SECONDS

WINDOW = timedelta(minutes=15)  # failures count for this long from the first one; a lock ends with its window
KNOWN_DEVICE_LIFETIME = timedelta(days=90)  # a device or source that a person signed in from is known for this long
MAX_ATTEMPTS = 10  # from one source, or one known device
MAX_PER_NAME = 100  # for one name, from all other sources together
MAX_PER_SOURCE = 100  # a whole hospital may share one address: above this, names new to it get fewer attempts
MAX_FROM_BUSY_SOURCE = 3
LOCK_NOTICE_INTERVAL = timedelta(hours=1)
BLOCKED_ORGANIZATIONS = ("suspended", "closed")  # people of an organization in this state cannot sign in


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
class AttemptKeys:
    """Keys under which attempts are counted. They are keyed hashes, since people type passwords into the wrong field."""

    pair: str
    name: str
    source: str
    second: str
    reauthentication: str

    @classmethod
    def of(cls, username: str, source: str, pepper: bytes) -> "AttemptKeys":
        """Returns the keys. `source` is the caller's network address, or "" for a person who is signed in already."""

        def keyed(*parts: str) -> str:
            return hmac.new(pepper, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

        name = keyed(username)
        return cls(
            pair=f"pair:{keyed(username, source)}",
            name=f"name:{name}",
            source=f"source:{source}",
            second=f"second:{name}",
            reauthentication=f"reauthentication:{name}",
        )


@dataclass(frozen=True)
class AttemptCounts:
    """Numbers of attempts including this one. `known`: from a device or source this person has signed in from before."""

    own: int
    of_name: int
    of_source: int
    second: int
    known: bool

    @property
    def locked(self) -> bool:
        """Whether the attempt is refused. Nobody can lock out another person's known device, or everybody who shares an address."""
        if self.own > MAX_ATTEMPTS:
            return True
        if self.known:
            return False
        many_fail = self.of_source > MAX_PER_SOURCE and self.own > MAX_FROM_BUSY_SOURCE
        return many_fail or self.of_name > MAX_PER_NAME or self.second > MAX_ATTEMPTS

    @property
    def just_locked(self) -> bool:
        """Whether this attempt is the first one that is refused because of its number."""
        return self.locked and (
            self.own == MAX_ATTEMPTS + 1
            or (self.of_source > MAX_PER_SOURCE and self.own == MAX_FROM_BUSY_SOURCE + 1)
            or self.of_name == MAX_PER_NAME + 1
            or self.second == MAX_ATTEMPTS + 1
        )


class TokenClaims(TypedDict):
    """The claims of an access token; `name` is in a page's token only."""

    iss: str
    sub: str
    roles: list[str]
    sid: str
    iat: float
    exp: float
    org: NotRequired[str]
    departments: NotRequired[list[str]]
    name: NotRequired[str]


def token_claims(account: Account, session_id: str, issued: datetime, lifetime: int = LIFETIME_SECONDS) -> TokenClaims:
    """Returns the claims of a token. `iat` has milliseconds, so that ending a session and signing in again within a second works."""
    seconds = round(issued.timestamp(), 3)
    claims: TokenClaims = {
        "iss": ISSUER,
        "sub": account["_id"],
        "roles": account["roles"],
        "sid": session_id,
        "iat": seconds,
        "exp": round(seconds + lifetime, 3),
    }
    if account.get("organization_id"):
        claims["org"] = account["organization_id"] or ""
    if account.get("departments"):
        claims["departments"] = account["departments"]
    return claims
