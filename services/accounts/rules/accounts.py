"""Rules for accounts: usernames, roles, departments, and the two states of an account."""

import re
from collections.abc import Collection, Sequence
from typing import TypedDict, cast

from services.accounts.rules.records import Account, AccountChanges, AccountStatus, GivenProfile, Rights
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
ORGANIZATION_ROLES = ("agency",)
DEPARTMENT_ROLES = ("department", "reviewer")
"""Roles that apply only in the departments the account works in."""
MAX_DEPARTMENTS = 30  # a token contains them, and a cookie contains a page's token
STAFF = tuple(role for role in ROLES if role not in ("agency", "applicant"))
LANGUAGES = ("ja", "en")  # languages of notifications and pages
MOVES: dict[AccountStatus, tuple[str, ...]] = {"active": ("disable",), "disabled": ("enable",)}
RIGHTS = frozenset(Rights.__annotations__)
"""Fields that decide what an account can do: a change ends earlier tokens."""

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}")


class UnknownAccount(NotFound):
    """No account with this id."""


class UsernameTaken(Conflict):
    """Another account has this username."""


def fold_username(typed: str) -> str:
    """Returns the stored form of a username. Full-width forms and capitals do not make another person."""
    return normalized("NFKC", typed).strip().casefold()


def check_username(typed: str) -> str:
    """Returns the folded username; raises InvalidInput."""
    name = fold_username(typed)
    if not _USERNAME.fullmatch(name):
        expected = "expected 2 to 100 of a-z, 0-9 and . _ @ + -, beginning with a letter or digit"
        raise InvalidInput([("#/username", expected)])
    return name


def check_roles(roles: list[str], organization_id: str | None) -> list[str]:
    """Returns the roles in the order of ROLES, each once; raises InvalidInput."""
    faults = []
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        faults.append(("#/roles", f"expected one or more of {', '.join(ROLES)}"))
    if any(role in ORGANIZATION_ROLES for role in roles):
        if not organization_id:
            faults.append(("#/organization_id", "expected: an account of an agency belongs to an organization"))
        if set(roles) - set(ORGANIZATION_ROLES):
            faults.append(("#/roles", "expected no staff role beside agency: an outsider stays an outsider"))
    if faults:
        raise InvalidInput(faults)
    return [role for role in ROLES if role in roles]


def check_departments(codes: Sequence[str], roles: Collection[str], known: Collection[str]) -> list[str]:
    """Returns the codes of the departments an account works in, sorted, each once; raises InvalidInput."""
    faults = [
        (f"#/departments/{at}", "expected the code of a department")
        for at, code in enumerate(codes)
        if code not in known
    ]
    if codes and not set(roles) & set(STAFF):
        faults = [("#/departments", "expected none: who is not of the hospital works in no department of it")]
    if len(set(codes)) > MAX_DEPARTMENTS:
        faults.append(("#/departments", f"expected at most {MAX_DEPARTMENTS}"))
    if faults:
        raise InvalidInput(faults)
    return sorted(set(codes))


def lacks_department(roles: Collection[str], departments: Collection[str]) -> bool:
    """Whether an account has a department role but no department, so that the role grants nothing."""
    return bool(set(DEPARTMENT_ROLES) & set(roles)) and not departments


class Profile(TypedDict):
    """How a person is named, contacted and addressed."""

    name: str | None
    email: str | None
    language: str


def profile_fields(profile: GivenProfile | None) -> Profile:
    """Returns the profile of a new account; the language is Japanese by default."""
    given: GivenProfile = profile or {}
    return {"name": given.get("name"), "email": given.get("email"), "language": given.get("language") or "ja"}


def changed_fields(account: Account, changes: AccountChanges) -> AccountChanges:
    """Returns the changes that differ from the account. Choosing the language that was only a default is a change too."""
    default_language = not account.get("language_chosen", True)
    changed = {
        field: value
        for field, value in changes.items()
        if account.get(field) != value or (field == "language" and default_language)
    }
    return cast("AccountChanges", changed)


def with_changes(account: Account, changes: AccountChanges) -> Account:
    """Returns the account with the changes."""
    return cast("Account", {**account, **changes})


def check_move(status: AccountStatus, move: str) -> None:
    """Raises IllegalMove unless the account's state allows this move."""
    if move not in MOVES[status]:
        raise IllegalMove(f"The account is {status}.", MOVES[status])
