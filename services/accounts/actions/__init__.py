"""What accounts can do: one public function per business verb, split by noun."""

from services.accounts.actions.credentials import (
    change_device,
    change_own_password,
    new_recovery_codes,
    offered_secret,
    opened_secret,
    recovery_left,
)
from services.accounts.actions.departments import (
    add_department,
    change_department,
    department,
    department_names,
    find_departments,
    put_usual_departments,
)
from services.accounts.actions.enrolment import begin_enrolment, enrol, offered
from services.accounts.actions.oidc import begin_at_provider, check_provider, end_at_provider, has_provider
from services.accounts.actions.people import (
    account,
    change_account,
    change_language,
    create_account,
    disable_account,
    enable_account,
    find_accounts,
    without_department,
)
from services.accounts.actions.sessions import (
    Opened,
    Visit,
    begin_again,
    end_all_sessions,
    end_session,
    open_session,
    renew,
    sessions_of,
    sign_out,
)
from services.accounts.actions.sign_in import sign_in

__all__ = [
    "Opened",
    "Visit",
    "account",
    "add_department",
    "begin_again",
    "begin_at_provider",
    "begin_enrolment",
    "change_account",
    "change_department",
    "change_device",
    "change_language",
    "change_own_password",
    "check_provider",
    "create_account",
    "department",
    "department_names",
    "disable_account",
    "enable_account",
    "end_all_sessions",
    "end_at_provider",
    "end_session",
    "enrol",
    "find_accounts",
    "find_departments",
    "has_provider",
    "new_recovery_codes",
    "offered",
    "offered_secret",
    "open_session",
    "opened_secret",
    "put_usual_departments",
    "recovery_left",
    "renew",
    "sessions_of",
    "sign_in",
    "sign_out",
    "without_department",
]
