"""What counts of what the hospital's OpenID Connect provider says of somebody. It links to an account there is, and never makes one."""

from collections.abc import Mapping
from typing import Any

from services.accounts.rules.people import fold_username
from shared.errors import NotSignedIn


class NotKnownHere(NotSignedIn):
    """The provider knows them, but no account here is theirs; or it was not them, or too late. Which of it is not told."""

    slug, title = "not-known-here", "This sign-in is not known here"

    def __init__(self) -> None:
        super().__init__("The hospital's sign-in did not lead to an account here.")


def username_of(claims: Mapping[str, Any]) -> str | None:
    """The name at the hospital, which is the name here where they are the same; an address counts as a name only if verified."""
    name = claims.get("preferred_username")
    if not isinstance(name, str) or not name.strip():
        return None
    folded = fold_username(name)
    return folded if "@" not in folded or _is_verified(claims, folded) else None


def email_of(claims: Mapping[str, Any]) -> str | None:
    """The address, where the provider says that it has verified it."""
    email = claims.get("email")
    return email if isinstance(email, str) and email and claims.get("email_verified") is True else None


def _is_verified(claims: Mapping[str, Any], address: str) -> bool:
    email = email_of(claims)
    return email is not None and fold_username(email) == address


def linked(account: Mapping[str, Any], issuer: str, subject: str) -> bool | None:
    """Whether the account is this subject's: None where it is nobody's yet, False where it is another's."""
    known = account.get("oidc")
    if not known:
        return None
    return bool(known["issuer"] == issuer and known["subject"] == subject)
