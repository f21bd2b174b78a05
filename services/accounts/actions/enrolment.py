"""The second factor of a new account: made at the first sign-in, by whoever has just shown its name and password.

What the page carries from the one step to the next lies sealed in its form; nothing is kept here meanwhile.
"""

from typing import Any

from services.accounts.actions.credentials import offered_secret, opened_secret
from services.accounts.actions.parts import Parts
from services.accounts.actions.people import facts_of, load
from services.accounts.actions.sessions import Opened, Visit, begin_session
from services.accounts.actions.sign_in import may_enter
from services.accounts.rules import codes
from services.accounts.rules.sign_in import MOST_PER_ACCOUNT, WINDOW, Keys, SignInRefused
from services.accounts.store import Store
from shared.errors import InvalidInput
from shared.events import Event
from shared.events.accounts import AccountUpdated
from shared.origin import Origin
from shared.sealing import Unreadable

Document = dict[str, Any]
GIVEN_SECONDS = 600


def begin_enrolment(parts: Parts, account_id: str) -> str:
    """What the form carries: whose enrolment it is, for ten minutes."""
    until = int(parts.clock().timestamp()) + GIVEN_SECONDS
    return parts.secrets.enrolment_key.seal("first", {"account": account_id, "until": until}).hex()


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
    step = codes.matching_step(secret, new_code, now)
    if step is None:
        raise InvalidInput([("#/new_code", "expected the code that the new device shows now")])
    enrolled = _enrolled(parts, account["_id"], secret, step, Origin(now, f"account:{account['_id']}", cause))
    parts.store.forget_tries(key)
    issued = max(now, enrolled.get("void_before") or now)
    parts.store.note_token(enrolled["_id"], issued)
    return begin_session(parts, enrolled, issued, visit)


def _enrolled(parts: Parts, account_id: str, secret: str, step: int, origin: Origin) -> Document:
    sealed = parts.secrets.totp_key(account_id).seal_bytes("totp", secret.encode())

    def change(store: Store) -> Document:
        account = load(store, account_id)
        if account.get("enrolled", True):  # in another window, or by somebody else who knew the password
            raise SignInRefused
        account |= {"totp": sealed, "enrolled": True, "updated_at": origin.now}
        told: list[Event] = [AccountUpdated(fields=("second_factor",), **facts_of(account))]
        return store.save_account(account, told, origin, step=step)

    return parts.store.together(change)


def _account_of(parts: Parts, enrolment: str) -> Document:
    try:
        told: Document = parts.secrets.enrolment_key.open("first", bytes.fromhex(enrolment))
    except (ValueError, Unreadable):
        raise SignInRefused from None
    account = parts.store.accounts.get(told["account"]) if told["until"] > parts.clock().timestamp() else None
    if account is None or account.get("enrolled", True) or not may_enter(parts, account):
        raise SignInRefused
    return account
