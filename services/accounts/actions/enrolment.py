"""The second factor of a new account: made at the first sign-in, by whoever has just shown its name and password."""

from typing import Any

from services.accounts.actions.carried import brought_back, sealed_for_a_while
from services.accounts.actions.credentials import confirmed_step, offered_secret, opened_secret
from services.accounts.actions.people import facts_of, load, sealed_totp
from services.accounts.actions.sessions import Opened, Visit, begin_now
from services.accounts.actions.sign_in import may_enter
from services.accounts.dependencies import Dependencies
from services.accounts.rules.sign_in import MOST_PER_ACCOUNT, WINDOW, Keys, SignInRefused
from services.accounts.store.store import Store
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.accounts import AccountUpdated

Document = dict[str, Any]


def begin_enrolment(deps: Dependencies, account_id: str) -> str:
    """What the form carries: whose enrolment it is, for ten minutes."""
    return sealed_for_a_while(deps, deps.secrets.enrolment_key, "first", {"account": account_id})


def offered(deps: Dependencies, enrolment: str, sealed: str | None = None) -> tuple[Document, str, str]:
    """The account, its new secret in clear and the same sealed: a fresh one, or the one a form brings back. Raises SignInRefused."""
    account = _account_of(deps, enrolment)
    if sealed is None:
        return account, *offered_secret(deps, account["_id"])
    return account, opened_secret(deps, account["_id"], sealed), sealed


def enrol(deps: Dependencies, enrolment: str, sealed: str, new_code: str, visit: Visit, cause: str) -> Opened:
    """The device counts from now on, and its person is in. Raises SignInRefused and InvalidInput."""
    account, now = _account_of(deps, enrolment), deps.clock()
    secret = opened_secret(deps, account["_id"], sealed)
    key = Keys.of(account["username"], "", deps.secrets.pepper).again
    if deps.store.count_try(key, now, WINDOW) > MOST_PER_ACCOUNT:
        raise SignInRefused
    step = confirmed_step(secret, new_code, now)
    enrolled = _enrolled(deps, account["_id"], secret, step, CommandContext(now, f"account:{account['_id']}", cause))
    deps.store.forget_tries(key)
    return begin_now(deps, enrolled, visit)


def _enrolled(deps: Dependencies, account_id: str, secret: str, step: int, context: CommandContext) -> Document:
    sealed = sealed_totp(deps, account_id, secret)

    def change(store: Store) -> Document:
        account = load(store, account_id)
        if account.get("enrolled", True):  # in another window, or by somebody else who knew the password
            raise SignInRefused
        account |= {"totp": sealed, "enrolled": True, "updated_at": context.now}
        told: list[Event] = [AccountUpdated(fields=("second_factor",), **facts_of(account))]
        return store.save_account(account, told, context, step=step)

    return deps.store.together(change)


def _account_of(deps: Dependencies, enrolment: str) -> Document:
    told = brought_back(deps, deps.secrets.enrolment_key, "first", enrolment)
    account = deps.store.accounts.get(told["account"]) if told else None
    if account is None or account.get("enrolled", True) or not may_enter(deps, account):
        raise SignInRefused
    return account
