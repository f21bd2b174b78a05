"""What accounts can do: one public function per business verb, split by noun."""

from services.accounts.actions.departments import add_department, change_department, put_usual_departments
from services.accounts.actions.parts import Parts
from services.accounts.actions.people import (
    change_account,
    change_own_password,
    create_account,
    disable_account,
    enable_account,
)
from services.accounts.actions.sign_in import sign_in

__all__ = [
    "Parts",
    "add_department",
    "change_account",
    "change_department",
    "change_own_password",
    "create_account",
    "disable_account",
    "enable_account",
    "put_usual_departments",
    "sign_in",
]
