"""What somebody signs in with, changed by themselves: password, device, recovery codes. Each asks for password and code once more."""

from datetime import datetime
from typing import Any

from services.accounts.actions.people import end_sessions, facts_of, load, sealed_totp
from services.accounts.actions.sign_in import prove_again
from services.accounts.dependencies import Dependencies
from services.accounts.rules import codes, passwords, recovery
from services.accounts.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events.accounts import AccountUpdated
from shared.sealing import Unreadable

Document = dict[str, Any]


def change_own_password(
    deps: Dependencies,
    account_id: str,
    current_password: str,
    one_time_code: str,
    new_password: str,
    context: CommandContext,
) -> Document:
    """A password of one's own choice; ends all earlier tokens. Raises SignInRefused and InvalidInput."""
    account = load(deps.store, account_id)
    passwords.check_password(new_password, account["username"], "#/new_password")
    prove_again(deps, account, current_password, one_time_code, context)

    def change(store: Store) -> Document:
        account = load(store, account_id)
        account |= {"password": passwords.hashed(new_password), "updated_at": context.now}
        return store.save_account(account, [end_sessions(store, account, context)], context)

    return deps.store.together(change)


def offered_secret(deps: Dependencies, account_id: str) -> tuple[str, str]:
    """A new device's secret in clear, and the same sealed: it goes through the form that confirms it."""
    secret = codes.new_secret()
    return secret, deps.secrets.totp_key(account_id).seal_bytes("offered", secret.encode()).hex()


def opened_secret(deps: Dependencies, account_id: str, sealed: str) -> str:
    """The secret a form carried; raises InvalidInput where it is not of this person's form."""
    try:
        return deps.secrets.totp_key(account_id).open_bytes("offered", bytes.fromhex(sealed)).decode()
    except (ValueError, Unreadable):
        raise InvalidInput([("#/offered", "expected the form as the page gave it")]) from None


def confirmed_step(secret: str, new_code: str, now: datetime) -> int:
    """The step of the code that a new device shows; raises InvalidInput where it shows another."""
    step = codes.matching_step(secret, new_code, now)
    if step is None:
        raise InvalidInput([("#/new_code", "expected the code that the new device shows now")])
    return step


def change_device(
    deps: Dependencies,
    account_id: str,
    offered: str,
    current_password: str,
    one_time_code: str,
    new_code: str,
    context: CommandContext,
) -> Document:
    """Another device for one-time codes, confirmed by a code of it; ends all sessions. Raises SignInRefused and InvalidInput.

    `one_time_code` may be a recovery code: the old device may be what was lost.
    """
    secret = opened_secret(deps, account_id, offered)
    step = confirmed_step(secret, new_code, context.now)
    prove_again(deps, load(deps.store, account_id), current_password, one_time_code, context)
    sealed = sealed_totp(deps, account_id, secret)

    def change(store: Store) -> Document:
        account = load(store, account_id)
        account |= {"totp": sealed, "updated_at": context.now}
        told = [AccountUpdated(fields=("second_factor",), **facts_of(account)), end_sessions(store, account, context)]
        return store.save_account(account, told, context, step=step)

    return deps.store.together(change)


def new_recovery_codes(
    deps: Dependencies, account_id: str, current_password: str, one_time_code: str, context: CommandContext
) -> list[str]:
    """Ten fresh codes in clear, this once; the earlier ones are good for nothing any more. Raises SignInRefused."""
    prove_again(deps, load(deps.store, account_id), current_password, one_time_code, context)
    fresh = recovery.new_codes()
    kept = [recovery.kept(code, account_id, deps.secrets.recovery_pepper) for code in fresh]

    def change(store: Store) -> Document:
        account = load(store, account_id)
        account |= {"recovery": kept, "recovery_at": context.now, "updated_at": context.now}
        return store.save_account(account, [AccountUpdated(fields=("recovery_codes",), **facts_of(account))], context)

    deps.store.together(change)
    return fresh


def recovery_left(account: Document) -> tuple[int, datetime | None]:
    """How many recovery codes are left, and since when."""
    return len(account.get("recovery") or ()), account.get("recovery_at")
