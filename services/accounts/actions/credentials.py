"""Credentials that people change themselves: password, device, recovery codes. Each change requires the password and a code again."""

from datetime import datetime

from services.accounts.actions.accounts import encrypt_totp_secret, end_all_tokens, load_account
from services.accounts.actions.sign_in import reauthenticate
from services.accounts.dependencies import Dependencies
from services.accounts.rules import codes, passwords, recovery
from services.accounts.rules.event_data import account_data
from services.accounts.rules.records import Account
from services.accounts.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events.accounts import AccountUpdated
from shared.sealing import Unreadable


def change_own_password(
    deps: Dependencies,
    account_id: str,
    current_password: str,
    one_time_code: str,
    new_password: str,
    context: CommandContext,
) -> Account:
    """Sets a password that the person chose and ends all earlier tokens. Raises SignInRefused and InvalidInput."""
    account = load_account(deps.store, account_id)
    passwords.check_password(new_password, account["username"], "#/new_password")
    reauthenticate(deps, account, current_password, one_time_code, context)

    def change(store: Store) -> Account:
        account = load_account(store, account_id)
        account |= {"password": passwords.hash_password(new_password), "updated_at": context.now}
        return store.save_account(account, [end_all_tokens(store, account, context)], context)

    return deps.store.in_transaction(change)


def new_totp_secret(deps: Dependencies, account_id: str) -> tuple[str, str]:
    """Returns the secret of a new device in clear, and encrypted for the form that confirms it."""
    secret = codes.new_secret()
    return secret, deps.secrets.totp_key(account_id).seal_bytes("new device", secret.encode()).hex()


def open_totp_secret(deps: Dependencies, account_id: str, sealed: str) -> str:
    """Returns the secret that a form contained; raises InvalidInput if it is not from this person's form."""
    try:
        return deps.secrets.totp_key(account_id).open_bytes("new device", bytes.fromhex(sealed)).decode()
    except (ValueError, Unreadable):
        raise InvalidInput([("#/sealed_secret", "expected the form as the page gave it")]) from None


def verify_new_code(secret: str, new_code: str, now: datetime) -> int:
    """Returns the step of the code that a new device shows; raises InvalidInput if the code is another."""
    step = codes.matching_step(secret, new_code, now)
    if step is None:
        raise InvalidInput([("#/new_code", "expected the code that the new device shows now")])
    return step


def change_device(
    deps: Dependencies,
    account_id: str,
    sealed_secret: str,
    current_password: str,
    one_time_code: str,
    new_code: str,
    context: CommandContext,
) -> Account:
    """Sets another device for one-time codes, confirmed by a code of it, and ends all sessions. Raises SignInRefused and InvalidInput.

    `one_time_code` may be a recovery code, since the old device may be lost.
    """
    secret = open_totp_secret(deps, account_id, sealed_secret)
    step = verify_new_code(secret, new_code, context.now)
    reauthenticate(deps, load_account(deps.store, account_id), current_password, one_time_code, context)
    encrypted = encrypt_totp_secret(deps, account_id, secret)

    def change(store: Store) -> Account:
        account = load_account(store, account_id)
        account |= {"totp": encrypted, "updated_at": context.now}
        updated = AccountUpdated(fields=("second_factor",), **account_data(account))
        return store.save_account(account, [updated, end_all_tokens(store, account, context)], context, step=step)

    return deps.store.in_transaction(change)


def new_recovery_codes(
    deps: Dependencies, account_id: str, current_password: str, one_time_code: str, context: CommandContext
) -> list[str]:
    """Returns ten new recovery codes in clear; earlier ones are no longer valid. Raises SignInRefused."""
    reauthenticate(deps, load_account(deps.store, account_id), current_password, one_time_code, context)
    new = recovery.new_codes()
    hashes = [recovery.hash_code(code, account_id, deps.secrets.recovery_pepper) for code in new]

    def change(store: Store) -> Account:
        account = load_account(store, account_id)
        account |= {"recovery": hashes, "recovery_at": context.now, "updated_at": context.now}
        return store.save_account(
            account, [AccountUpdated(fields=("recovery_codes",), **account_data(account))], context
        )

    deps.store.in_transaction(change)
    return new


def unused_recovery_codes(account: Account) -> tuple[int, datetime | None]:
    """Returns the number of unused recovery codes, and when they were made."""
    return len(account.get("recovery") or ()), account.get("recovery_at")
