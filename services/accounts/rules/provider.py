"""Which claims of the hospital's OpenID Connect provider are used. A sign-in links to an existing account and never creates one."""

from collections.abc import Mapping

from services.accounts.rules.accounts import fold_username
from services.accounts.rules.records import Account
from shared.errors import NotSignedIn


class NotKnownHere(NotSignedIn):
    """The provider's user has no account here, or the sign-in was not valid or too late. The response does not say which."""

    slug, title = "not-known-here", "This sign-in is not known here"

    def __init__(self) -> None:
        super().__init__("The hospital's sign-in did not lead to an account here.")


def username_of(claims: Mapping[str, object]) -> str | None:
    """Returns the username at the hospital, folded as here. An e-mail address counts as a username only if it is verified."""
    name = claims.get("preferred_username")
    if not isinstance(name, str) or not name.strip():
        return None
    folded = fold_username(name)
    return folded if "@" not in folded or _is_verified(claims, folded) else None


def email_of(claims: Mapping[str, object]) -> str | None:
    """Returns the e-mail address if the provider states that it is verified."""
    email = claims.get("email")
    return email if isinstance(email, str) and email and claims.get("email_verified") is True else None


def _is_verified(claims: Mapping[str, object], address: str) -> bool:
    email = email_of(claims)
    return email is not None and fold_username(email) == address


def is_linked_to(account: Account, issuer: str, subject: str) -> bool | None:
    """Whether the account is linked to this subject: None if it is linked to none yet, False if to another."""
    known = account.get("oidc")
    if not known:
        return None
    return known["issuer"] == issuer and known["subject"] == subject
