"""Accounts of people: made, changed, disabled, enabled. Whatever takes a right away ends earlier tokens in the same write."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.accounts.dependencies import Dependencies
from services.accounts.rules import codes, passwords
from services.accounts.rules.credentials import Credentials
from services.accounts.rules.people import (
    OF_A_DEPARTMENT,
    UnknownAccount,
    UsernameTaken,
    check_departments,
    check_move,
    check_roles,
    check_username,
    lacks_department,
)
from services.accounts.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.accounts import AccountCreated, AccountDisabled, AccountUpdated, SessionEnded
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window

Document = dict[str, Any]
PROFILE = ("name", "email", "language")
RIGHTS = ("roles", "organization_id", "departments")
"""What of an account says what it may do: a change ends earlier tokens."""


def create_account(
    deps: Dependencies,
    username: str,
    roles: list[str],
    organization_id: str | None,
    context: CommandContext,
    profile: Mapping[str, Any] | None = None,
    fresh: Credentials | None = None,
    enrolled: bool = True,
    departments: Sequence[str] = (),
) -> Document:
    """A new person who may sign in at once: the account with `password` and `totp_secret` in clear, this once.

    `fresh` is what the caller shows; made here where it is not given. Not `enrolled`: the second factor is made at the first
    sign-in, and the secret made here is good for nothing. Raises InvalidInput and UsernameTaken.
    """
    name, fresh, id_ = check_username(username), fresh or Credentials.made(), new_id()
    passwords.check_password(fresh.password, name)
    account = {
        "_id": id_,
        "username": name,
        "roles": check_roles(roles, organization_id),
        "organization_id": organization_id,
        "departments": _checked_departments(deps.store, departments, roles),
        "name": None,
        "email": None,
        "language": "ja",
        **_known(profile),
        "status": "active",
        "password": passwords.hashed(fresh.password),
        "totp": sealed_totp(deps, id_, fresh.totp_secret),
        "last_step": codes.NEVER,
        "enrolled": enrolled,
        "language_chosen": bool(profile and profile.get("language")),
        "created_at": context.now,
        "updated_at": context.now,
    }
    try:
        saved = deps.store.accounts.insert(account, [AccountCreated(**facts_of(account))], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise UsernameTaken(f"{name}: somebody signs in with this name already") from error
    return saved | {"id": id_, "password": fresh.password, "totp_secret": fresh.totp_secret}


def change_account(
    deps: Dependencies, account_id: str, changes: Mapping[str, Any], context: CommandContext
) -> Document:
    """Roles, organization, departments or profile as given; a change of RIGHTS ends earlier tokens."""

    def change(store: Store) -> Document:
        account = load(store, account_id)
        context.expects(account)
        wished: Document = {field: value for field, value in changes.items() if _new(account, field, value)}
        if "roles" in wished or "organization_id" in wished:
            after = account | wished
            wished["roles"] = check_roles(after["roles"], after["organization_id"])
        if "roles" in wished or "departments" in wished:
            after = account | wished
            wished["departments"] = _checked_departments(store, after["departments"], after["roles"])
        fields = tuple(field for field, value in wished.items() if _new(account, field, value))
        if not fields:
            return account
        account |= wished | {"updated_at": context.now}
        account["language_chosen"] = account.get("language_chosen", True) or "language" in wished
        events: list[Event] = [AccountUpdated(fields=fields, **facts_of(account))]
        if set(RIGHTS) & set(fields):
            events.append(end_sessions(store, account, context))
        return store.save_account(account, events, context)

    return deps.store.together(change)


def disable_account(deps: Dependencies, account_id: str, reason: str, context: CommandContext) -> Document:
    """No sign-in any more, and every token issued so far is void. Raises UnknownAccount and IllegalMove."""

    def disable(store: Store) -> Document:
        account = load(store, account_id)
        context.expects(account)
        check_move(account["status"], "disable")
        account |= {"status": "disabled", "status_reason": reason, "updated_at": context.now}
        events = [AccountDisabled(**facts_of(account)), end_sessions(store, account, context)]
        return store.save_account(account, events, context)

    return deps.store.together(disable)


def enable_account(deps: Dependencies, account_id: str, context: CommandContext) -> Document:
    """May sign in again; tokens of before stay void. Raises UnknownAccount and IllegalMove."""
    account = load(deps.store, account_id)
    context.expects(account)
    check_move(account["status"], "enable")
    account |= {"status": "active", "status_reason": None, "updated_at": context.now}
    return deps.store.save_account(account, [AccountUpdated(fields=("status",), **facts_of(account))], context)


def _new(account: Document, field: str, value: Any) -> bool:
    """Whether this is a change; to choose the language that was only assumed is one."""
    return account.get(field) != value or (field == "language" and not account.get("language_chosen", True))


def change_language(deps: Dependencies, account_id: str, language: str, context: CommandContext) -> Document:
    """The language this person reads pages and notices in."""
    return change_account(deps, account_id, {"language": language}, context)


def account(deps: Dependencies, account_id: str) -> Document:
    """The account as it is now; raises UnknownAccount."""
    return load(deps.store, account_id)


def find_accounts(deps: Dependencies, role: str | None, status: str | None, window: Window) -> list[Document]:
    """A page of the list, in the order they were made."""
    return [_whole(found) for found in deps.store.find_accounts(role, status, window)]


def without_department(deps: Dependencies) -> list[str]:
    """Usernames of who may sign in with a role of a department and works in none: the role does nothing until one is set."""
    return [found["username"] for found in deps.store.with_roles(OF_A_DEPARTMENT) if lacks_department(found)]


def load(store: Store, account_id: str) -> Document:
    """The account; raises UnknownAccount."""
    account = store.accounts.get(account_id)
    if account is None:
        raise UnknownAccount
    return _whole(account)


def end_sessions(store: Store, account: Document, context: CommandContext) -> SessionEnded:
    """Ends all sessions and voids every token issued until now: also one that was given at this very moment."""
    given = [session.get("token_at") for session in store.sessions.of(account["_id"])]
    last = [moment + timedelta(milliseconds=1) for moment in (*given, account.get("token_at")) if moment]
    before = max(context.now, *last) if last else context.now
    account["void_before"] = before
    store.void_tokens(account["_id"], before)
    store.sessions.end_all(account["_id"])
    return SessionEnded(account_id=account["_id"], before=rfc3339(before))


def sealed_totp(deps: Dependencies, account_id: str, secret: str) -> bytes:
    """The secret of a person's second factor, as it is kept."""
    return deps.secrets.totp_key(account_id).seal_bytes("totp", secret.encode())


def totp_secret_of(deps: Dependencies, account: Mapping[str, Any]) -> str:
    """The secret of the person's second factor, opened."""
    return deps.secrets.totp_key(account["_id"]).open_bytes("totp", account["totp"]).decode()


def _whole(account: Document) -> Document:
    """With what accounts of before did not have."""
    return {"departments": []} | account


def _checked_departments(store: Store, codes: Iterable[str], roles: Sequence[str]) -> list[str]:
    wished = list(codes)
    return check_departments(wished, roles, store.known_codes(wished))


def _known(profile: Mapping[str, Any] | None) -> Document:
    return {field: profile[field] for field in PROFILE if profile and profile.get(field) is not None}


def facts_of(account: Mapping[str, Any]) -> Document:
    """What events about an account tell."""
    return {
        "account_id": account["_id"],
        "username": account["username"],
        "roles": tuple(account["roles"]),
        "organization_id": account["organization_id"],
        "departments": tuple(account.get("departments") or ()),
        "email": account["email"],
        "language": account["language"],
    }
