"""The data of the events that accounts publishes, taken from its records."""

from typing import TypedDict

from services.accounts.rules.records import Account, Department
from shared.events.accounts import DepartmentUpdated


class AccountData(TypedDict):
    """The fields that every event about an account has."""

    account_id: str
    username: str
    roles: tuple[str, ...]
    organization_id: str | None
    departments: tuple[str, ...]
    email: str | None
    language: str


def account_data(account: Account) -> AccountData:
    """Returns the data of an event about the account."""
    return {
        "account_id": account["_id"],
        "username": account["username"],
        "roles": tuple(account["roles"]),
        "organization_id": account["organization_id"],
        "departments": tuple(account.get("departments") or ()),
        "email": account["email"],
        "language": account["language"],
    }


def department_updated(department: Department) -> DepartmentUpdated:
    """Returns the event with the department as it is now."""
    return DepartmentUpdated(
        code=department["code"],
        names=department["names"],
        listed=department["listed"],
        place=department["place"],
        extension=department["extension"],
    )
