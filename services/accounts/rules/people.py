"""Who may have an account: names to sign in with, roles, and the two states a person's account is in."""

import re

from shared.errors import Conflict, IllegalMove, InvalidInput, NotFound
from shared.unicode_forms import normalized

ROLES = (
    "front_desk",
    "coordinator",
    "training",
    "partners",
    "billing",
    "department",
    "chief",
    "auditor",
    "operator",
    "admin",
    "interpreter",
    "reviewer",
    "agency",
    "applicant",
)
OF_AN_ORGANIZATION = ("agency",)
STAFF = tuple(role for role in ROLES if role not in ("agency", "applicant"))
LANGUAGES = ("ja", "en")  # what notices and pages are written in
MOVES = {"active": ("disable",), "disabled": ("enable",)}

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}")


class UnknownAccount(NotFound):
    """No account with this id."""


class UsernameTaken(Conflict):
    """Somebody signs in with this name already."""


def fold_username(typed: str) -> str:
    """The name as it is kept and compared: full-width forms and capitals make no second person."""
    return normalized("NFKC", typed).strip().casefold()


def check_username(typed: str) -> str:
    """The folded name; raises InvalidInput."""
    name = fold_username(typed)
    if not _USERNAME.fullmatch(name):
        expected = "expected 2 to 100 of a-z, 0-9 and . _ @ + -, beginning with a letter or digit"
        raise InvalidInput([("#/username", expected)])
    return name


def check_roles(roles: list[str], organization_id: str | None) -> list[str]:
    """The roles in the house's order, each once; raises InvalidInput."""
    faults = []
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        faults.append(("#/roles", f"expected one or more of {', '.join(ROLES)}"))
    if any(role in OF_AN_ORGANIZATION for role in roles):
        if not organization_id:
            faults.append(("#/organization_id", "expected: an account of an agency belongs to an organization"))
        if set(roles) - set(OF_AN_ORGANIZATION):
            faults.append(("#/roles", "expected no staff role beside agency: an outsider stays an outsider"))
    if faults:
        raise InvalidInput(faults)
    return [role for role in ROLES if role in roles]


def check_move(status: str, move: str) -> None:
    """Raises IllegalMove unless an account in this state may make this move."""
    if move not in MOVES[status]:
        raise IllegalMove(f"The account is {status}.", MOVES[status])
