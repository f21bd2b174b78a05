"""Enrolment of the second factor at the first sign-in of a new account, after its name and password were checked."""

from services.accounts.actions.accounts import encrypt_totp_secret, load_account
from services.accounts.actions.credentials import new_totp_secret, open_totp_secret, verify_new_code
from services.accounts.actions.sealed_state import open_state, seal_state
from services.accounts.actions.sessions import BrowserSession, Client, start_session
from services.accounts.actions.sign_in import can_sign_in
from services.accounts.dependencies import Dependencies
from services.accounts.rules.event_data import account_data
from services.accounts.rules.records import Account
from services.accounts.rules.sign_in import MAX_ATTEMPTS, WINDOW, AttemptKeys, SignInRefused
from services.accounts.store.store import Store
from shared.command_context import CommandContext
from shared.events.accounts import AccountUpdated


def begin_enrolment(deps: Dependencies, account_id: str) -> str:
    """Returns the encrypted state for the form: the account to enrol, for ten minutes."""
    return seal_state(deps, deps.secrets.enrolment_key, "first", {"account": account_id})


def enrolment_secret(deps: Dependencies, enrolment: str, sealed: str | None = None) -> tuple[Account, str, str]:
    """Returns the account, its new secret in clear and the same encrypted: a new one, or the one of a returned form. Raises SignInRefused."""
    account = _account_to_enrol(deps, enrolment)
    if sealed is None:
        return account, *new_totp_secret(deps, account["_id"])
    return account, open_totp_secret(deps, account["_id"], sealed), sealed


def enrol(
    deps: Dependencies, enrolment: str, sealed_secret: str, new_code: str, client: Client, cause: str
) -> BrowserSession:
    """Sets the device as second factor and signs the person in. Raises SignInRefused and InvalidInput."""
    account, now = _account_to_enrol(deps, enrolment), deps.clock()
    secret = open_totp_secret(deps, account["_id"], sealed_secret)
    key = AttemptKeys.of(account["username"], "", deps.secrets.pepper).reauthentication
    if deps.store.attempts.count(key, now, WINDOW) > MAX_ATTEMPTS:
        raise SignInRefused
    step = verify_new_code(secret, new_code, now)
    context = CommandContext(now, f"account:{account['_id']}", cause)
    enrolled = _save_second_factor(deps, account["_id"], secret, step, context)
    deps.store.attempts.clear([key], [])
    return start_session(deps, enrolled, client)


def _save_second_factor(
    deps: Dependencies, account_id: str, secret: str, step: int, context: CommandContext
) -> Account:
    encrypted = encrypt_totp_secret(deps, account_id, secret)

    def change(store: Store) -> Account:
        account = load_account(store, account_id)
        if account.get("enrolled", True):  # in another window, or by another person who knows the password
            raise SignInRefused
        account |= {"totp": encrypted, "enrolled": True, "updated_at": context.now}
        updated = AccountUpdated(fields=("second_factor",), **account_data(account))
        return store.save_account(account, [updated], context, step=step)

    return deps.store.in_transaction(change)


def _account_to_enrol(deps: Dependencies, enrolment: str) -> Account:
    state = open_state(deps, deps.secrets.enrolment_key, "first", enrolment)
    account = deps.store.accounts.get(state["account"]) if state else None
    if account is None or account.get("enrolled", True) or not can_sign_in(deps, account):
        raise SignInRefused
    return account
