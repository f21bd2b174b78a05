"""What accounts can do: one public function per business verb, split by noun."""

from services.accounts.actions.departments import (
    add_department,
    change_department,
    department,
    find_departments,
    put_usual_departments,
)
from services.accounts.actions.parts import Parts
from services.accounts.actions.people import (
    account,
    change_account,
    change_own_password,
    create_account,
    disable_account,
    enable_account,
    find_accounts,
)
from services.accounts.actions.sign_in import sign_in

__all__ = [
    "Parts",
    "account",
    "add_department",
    "change_account",
    "change_department",
    "change_own_password",
    "create_account",
    "department",
    "disable_account",
    "enable_account",
    "find_accounts",
    "find_departments",
    "put_usual_departments",
    "sign_in",
]
