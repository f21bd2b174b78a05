"""Accounts of people: created, changed, disabled, enabled. A change that takes a right away ends earlier tokens in the same write."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.accounts.dependencies import Dependencies
from services.accounts.rules import codes, passwords
from services.accounts.rules.accounts import (
    DEPARTMENT_ROLES,
    RIGHTS,
    UnknownAccount,
    UsernameTaken,
    changed_fields,
    check_departments,
    check_move,
    check_roles,
    check_username,
    lacks_department,
    profile_fields,
    with_changes,
)
from services.accounts.rules.credentials import CreatedAccount, Credentials
from services.accounts.rules.event_data import account_data
from services.accounts.rules.records import Account, AccountChanges, GivenProfile
from services.accounts.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.accounts import AccountCreated, AccountDisabled, AccountUpdated, SessionEnded
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window


def create_account(
    deps: Dependencies,
    username: str,
    roles: list[str],
    organization_id: str | None,
    context: CommandContext,
    profile: GivenProfile | None = None,
    credentials: Credentials | None = None,
    enrolled: bool = True,
    departments: Sequence[str] = (),
) -> CreatedAccount:
    """Creates an account that can sign in at once; returns it with `password` and `totp_secret` in clear, which are not shown again.

    `credentials` are what the caller shows; they are generated here if not given. Not `enrolled`: the second factor is enrolled at
    the first sign-in, and the secret generated here cannot be used. Raises InvalidInput and UsernameTaken.
    """
    name, credentials, id_ = check_username(username), credentials or Credentials.generate(), new_id()
    given = profile_fields(profile)
    passwords.check_password(credentials.password, name)
    account: Account = {
        "_id": id_,
        "username": name,
        "roles": check_roles(roles, organization_id),
        "organization_id": organization_id,
        "departments": _validated_departments(deps.store, departments, roles),
        "name": given["name"],
        "email": given["email"],
        "language": given["language"],
        "status": "active",
        "password": passwords.hash_password(credentials.password),
        "totp": encrypt_totp_secret(deps, id_, credentials.totp_secret),
        "last_step": codes.NEVER_USED,
        "enrolled": enrolled,
        "language_chosen": bool(profile and profile.get("language")),
        "created_at": context.now,
        "updated_at": context.now,
    }
    try:
        saved = deps.store.accounts.insert(account, [AccountCreated(**account_data(account))], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise UsernameTaken(f"{name}: another account has this username") from error
    return credentials.shown_with(saved)


def change_account(deps: Dependencies, account_id: str, changes: AccountChanges, context: CommandContext) -> Account:
    """Changes roles, organization, departments or profile as given; a change of RIGHTS ends earlier tokens."""

    def change(store: Store) -> Account:
        account = load_account(store, account_id)
        context.expects(account)
        wanted = changed_fields(account, changes)
        roles = wanted.get("roles", account["roles"])
        if "roles" in wanted or "organization_id" in wanted:
            roles = wanted["roles"] = check_roles(roles, wanted.get("organization_id", account["organization_id"]))
        if "roles" in wanted or "departments" in wanted:
            departments = wanted.get("departments", account["departments"])
            wanted["departments"] = _validated_departments(store, departments, roles)
        changed = changed_fields(account, wanted)
        if not changed:
            return account
        account = with_changes(account, wanted) | {"updated_at": context.now}
        account["language_chosen"] = account.get("language_chosen", True) or "language" in wanted
        events: list[Event] = [AccountUpdated(fields=tuple(changed), **account_data(account))]
        if RIGHTS & set(changed):
            events.append(end_all_tokens(store, account, context))
        return store.save_account(account, events, context)

    return deps.store.in_transaction(change)


def disable_account(deps: Dependencies, account_id: str, reason: str, context: CommandContext) -> Account:
    """Prevents sign-in and voids every token issued so far. Raises UnknownAccount and IllegalMove."""

    def disable(store: Store) -> Account:
        account = load_account(store, account_id)
        context.expects(account)
        check_move(account["status"], "disable")
        account |= {"status": "disabled", "status_reason": reason, "updated_at": context.now}
        events = [AccountDisabled(**account_data(account)), end_all_tokens(store, account, context)]
        return store.save_account(account, events, context)

    return deps.store.in_transaction(disable)


def enable_account(deps: Dependencies, account_id: str, context: CommandContext) -> Account:
    """Allows sign-in again; earlier tokens stay void. Raises UnknownAccount and IllegalMove."""
    account = load_account(deps.store, account_id)
    context.expects(account)
    check_move(account["status"], "enable")
    account |= {"status": "active", "status_reason": None, "updated_at": context.now}
    return deps.store.save_account(account, [AccountUpdated(fields=("status",), **account_data(account))], context)


def change_language(deps: Dependencies, account_id: str, language: str, context: CommandContext) -> Account:
    """Sets the language of the person's pages and notices."""
    return change_account(deps, account_id, {"language": language}, context)


def get_account(deps: Dependencies, account_id: str) -> Account:
    """Returns the account as it is now; raises UnknownAccount."""
    return load_account(deps.store, account_id)


def find_accounts(deps: Dependencies, role: str | None, status: str | None, window: Window) -> list[Account]:
    """Returns a page of the list, in the order of creation."""
    return [_with_departments(found) for found in deps.store.find_accounts(role, status, window)]


def usernames_without_department(deps: Dependencies) -> list[str]:
    """Returns the active accounts that have a department role but no department, so that the role grants nothing yet."""
    return [
        found["username"]
        for found in deps.store.with_roles(DEPARTMENT_ROLES)
        if lacks_department(found["roles"], found.get("departments") or ())
    ]


def load_account(store: Store, account_id: str) -> Account:
    """Returns the account; raises UnknownAccount."""
    account = store.accounts.get(account_id)
    if account is None:
        raise UnknownAccount
    return _with_departments(account)


def end_all_tokens(store: Store, account: Account, context: CommandContext) -> SessionEnded:
    """Ends all sessions and voids every token issued until now, including one issued at this moment."""
    issued = [session.get("token_at") for session in store.sessions.of_account(account["_id"])]
    last = [moment + timedelta(milliseconds=1) for moment in (*issued, account.get("token_at")) if moment]
    before = max(context.now, *last) if last else context.now
    account["void_before"] = before
    store.void_tokens(account["_id"], before)
    store.sessions.end_all(account["_id"])
    return SessionEnded(account_id=account["_id"], before=rfc3339(before))


def encrypt_totp_secret(deps: Dependencies, account_id: str, secret: str) -> bytes:
    """Returns the stored form of a second factor's secret."""
    return deps.secrets.totp_key(account_id).seal_bytes("totp", secret.encode())


def decrypt_totp_secret(deps: Dependencies, account: Account) -> str:
    """Returns the secret of the person's second factor."""
    return deps.secrets.totp_key(account["_id"]).open_bytes("totp", account["totp"]).decode()


def _with_departments(account: Account) -> Account:
    """Returns the account with `departments`, which accounts created by earlier versions lack."""
    return account if "departments" in account else account | {"departments": []}


def _validated_departments(store: Store, departments: Iterable[str], roles: Sequence[str]) -> list[str]:
    wanted = list(departments)
    return check_departments(wanted, roles, store.known_codes(wanted))
