"""The second factor of a new account: made at the first sign-in, by whoever has just shown its name and password."""

from typing import Any

from services.accounts.actions.carried import brought_back, sealed_for_a_while
from services.accounts.actions.credentials import confirmed_step, offered_secret, opened_secret
from services.accounts.actions.parts import Parts
from services.accounts.actions.people import facts_of, load, sealed_totp
from services.accounts.actions.sessions import Opened, Visit, begin_now
from services.accounts.actions.sign_in import may_enter
from services.accounts.rules.sign_in import MOST_PER_ACCOUNT, WINDOW, Keys, SignInRefused
from services.accounts.store import Store
from shared.events import Event
from shared.events.accounts import AccountUpdated
from shared.origin import Origin

Document = dict[str, Any]


def begin_enrolment(parts: Parts, account_id: str) -> str:
    """What the form carries: whose enrolment it is, for ten minutes."""
    return sealed_for_a_while(parts, parts.secrets.enrolment_key, "first", {"account": account_id})


def offered(parts: Parts, enrolment: str, sealed: str | None = None) -> tuple[Document, str, str]:
    """The account, its new secret in clear and the same sealed: a fresh one, or the one a form brings back. Raises SignInRefused."""
    account = _account_of(parts, enrolment)
    if sealed is None:
        return account, *offered_secret(parts, account["_id"])
    return account, opened_secret(parts, account["_id"], sealed), sealed


def enrol(parts: Parts, enrolment: str, sealed: str, new_code: str, visit: Visit, cause: str) -> Opened:
    """The device counts from now on, and its person is in. Raises SignInRefused and InvalidInput."""
    account, now = _account_of(parts, enrolment), parts.clock()
    secret = opened_secret(parts, account["_id"], sealed)
    key = Keys.of(account["username"], "", parts.secrets.pepper).again
    if parts.store.count_try(key, now, WINDOW) > MOST_PER_ACCOUNT:
        raise SignInRefused
    step = confirmed_step(secret, new_code, now)
    enrolled = _enrolled(parts, account["_id"], secret, step, Origin(now, f"account:{account['_id']}", cause))
    parts.store.forget_tries(key)
    return begin_now(parts, enrolled, visit)


def _enrolled(parts: Parts, account_id: str, secret: str, step: int, origin: Origin) -> Document:
    sealed = sealed_totp(parts, account_id, secret)

    def change(store: Store) -> Document:
        account = load(store, account_id)
        if account.get("enrolled", True):  # in another window, or by somebody else who knew the password
            raise SignInRefused
        account |= {"totp": sealed, "enrolled": True, "updated_at": origin.now}
        told: list[Event] = [AccountUpdated(fields=("second_factor",), **facts_of(account))]
        return store.save_account(account, told, origin, step=step)

    return parts.store.together(change)


def _account_of(parts: Parts, enrolment: str) -> Document:
    told = brought_back(parts, parts.secrets.enrolment_key, "first", enrolment)
    account = parts.store.accounts.get(told["account"]) if told else None
    if account is None or account.get("enrolled", True) or not may_enter(parts, account):
        raise SignInRefused
    return account
