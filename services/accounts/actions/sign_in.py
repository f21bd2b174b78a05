"""Signing in with a password and a one-time or recovery code, for a token or a session. Every failure takes the same steps."""

import hmac
import logging
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from services.accounts.actions import devices
from services.accounts.actions.accounts import decrypt_totp_secret, load_account
from services.accounts.dependencies import Dependencies
from services.accounts.rules import codes, passwords, recovery
from services.accounts.rules.accounts import fold_username
from services.accounts.rules.event_data import account_data
from services.accounts.rules.records import Account
from services.accounts.rules.sign_in import (
    BLOCKED_ORGANIZATIONS,
    KNOWN_DEVICE_LIFETIME,
    LOCK_NOTICE_INTERVAL,
    MAX_ATTEMPTS,
    WINDOW,
    AttemptCounts,
    AttemptKeys,
    NotEnrolled,
    SignInRefused,
    token_claims,
)
from services.accounts.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events.accounts import AccountLocked, AccountUpdated
from shared.ids import new_id
from shared.tokens import LIFETIME_SECONDS

log = logging.getLogger("imc.accounts")


class Token(TypedDict):
    """An access token as the API returns it."""

    access_token: str
    token_type: str
    expires_in: int


def sign_in(
    deps: Dependencies, username: str, password: str, one_time_code: str, source: str, cause: str | None = None
) -> Token:
    """Returns a token of 900 s; raises SignInRefused, whatever the reason. `source` is the caller's address."""
    account, issued = authenticate(deps, username, password, one_time_code, source, cause)
    token = deps.secrets.sign(token_claims(account, new_id(), issued))
    return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}


def authenticate(
    deps: Dependencies,
    username: str,
    password: str,
    one_time_code: str,
    source: str,
    cause: str | None = None,
    device: str = "",
) -> tuple[Account, datetime]:
    """Returns the account with this name, password and code, and the time its token is issued at; uses up the code. Raises SignInRefused.

    `device` is the browser's cookie of an earlier sign-in (actions/devices.py): its attempts are counted separately.
    """
    now, name = deps.clock(), fold_username(username)
    keys = AttemptKeys.of(name, source, deps.secrets.pepper)
    own, is_known = _attempt_key(deps, keys, name, device, now)

    def count(key: str) -> int:
        return deps.store.attempts.count(key, now, WINDOW)

    attempts = AttemptCounts(count(own), 0 if is_known else count(keys.name), count(keys.source), 0, is_known)
    account = deps.store.by_username(name)
    right = passwords.matches(password, account["password"] if account else passwords.DUMMY_HASH)
    second = count(
        keys.second if right else f"{keys.second}:unknown"
    )  # counted in both cases: the time must not differ
    attempts = replace(attempts, second=second if right else 0)
    secret = decrypt_totp_secret(deps, account) if account else codes.DUMMY_SECRET
    step = codes.matching_step(secret, one_time_code, now)
    recovery_code = _matching_recovery_code(deps, account, one_time_code)
    issued = max(now, (account and account.get("void_before")) or now)
    enrolled = bool(account and account.get("enrolled", True))
    if account and right and not enrolled and not attempts.locked and can_sign_in(deps, account):
        raise NotEnrolled(account["_id"])
    if not (
        account
        and right
        and enrolled
        and not attempts.locked
        and can_sign_in(deps, account)
        and _use_code(
            deps,
            account,
            step,
            recovery_code,
            CommandContext(now, f"account:{account['_id']}", cause or new_id()),
            issued,
        )
    ):
        log.info("sign-in refused", extra={"source": source, "locked": attempts.locked})
        if account and attempts.just_locked:
            _publish_lock(deps, account, now, cause or new_id(), right and attempts.second > MAX_ATTEMPTS)
        raise SignInRefused
    deps.store.attempts.clear([own, keys.second], [keys.source] if is_known else [keys.source, keys.name])
    deps.store.attempts.remember_source(keys.pair, now + KNOWN_DEVICE_LIFETIME)
    return account, issued


def _attempt_key(deps: Dependencies, keys: AttemptKeys, name: str, device: str, now: datetime) -> tuple[str, bool]:
    """Returns the key that the attempt is counted under, and whether the person signed in from there before.

    A device that has used up its attempts counts as unknown, since it may be stolen.
    """
    id_ = devices.device_id(deps, device, name, now)
    if id_ and deps.store.attempts.number(f"device:{id_}", now) < MAX_ATTEMPTS:
        return f"device:{id_}", True
    return keys.pair, deps.store.attempts.is_known_source(keys.pair, now)


def _publish_lock(deps: Dependencies, account: Account, now: datetime, cause: str, password_known: bool) -> None:
    """Publishes AccountLocked, so that the owner is notified, at most once an hour; another change of the account goes first."""
    if account["status"] != "active" or not deps.store.claim_lock_notice(account["_id"], now, LOCK_NOTICE_INTERVAL):
        return

    def publish(store: Store) -> None:
        current = load_account(store, account["_id"])
        until = rfc3339(now + WINDOW)
        locked = AccountLocked(account_id=current["_id"], until=until, password_known=password_known)
        store.save_account(current, [locked], CommandContext(now, "timer:sign-in", cause))

    deps.store.in_transaction(publish)


def _matching_recovery_code(deps: Dependencies, account: Account | None, typed: str) -> str | None:
    """Returns the stored hash of the recovery code if it is one of this person's; the work is the same if it is not."""
    wanted = recovery.hash_code(typed, account["_id"] if account else "", deps.secrets.recovery_pepper)
    own = (account and account.get("recovery")) or [""] * recovery.CODES
    found = [one for one in own if hmac.compare_digest(one, wanted)]
    return found[0] if found else None


def reauthenticate(deps: Dependencies, account: Account, password: str, code: str, context: CommandContext) -> None:
    """Checks password and code again before a change of credentials; raises SignInRefused. Uses up the code."""
    key = AttemptKeys.of(account["username"], "", deps.secrets.pepper).reauthentication
    attempts = deps.store.attempts.count(key, context.now, WINDOW)
    right = passwords.matches(password, account["password"])
    step = codes.matching_step(decrypt_totp_secret(deps, account), code, context.now)
    recovery_code = _matching_recovery_code(deps, account, code)
    if (
        not right
        or attempts > MAX_ATTEMPTS
        or not _use_code(deps, account, step, recovery_code, context.aside(), context.now)
    ):
        raise SignInRefused
    deps.store.attempts.clear([key], [])


def _use_code(
    deps: Dependencies,
    account: Account,
    step: int | None,
    recovery_code: str | None,
    context: CommandContext,
    issued: datetime,
) -> bool:
    """Uses up the code of a step or else a recovery code; returns False if neither is valid, or another request used it first."""
    if step is not None:
        return deps.store.claim_code(account, step, issued)
    return recovery_code is not None and _use_recovery_code(deps, account, recovery_code, context, issued)


def _use_recovery_code(
    deps: Dependencies, account: Account, recovery_code: str, context: CommandContext, issued: datetime
) -> bool:
    def use(store: Store) -> bool:
        current = load_account(store, account["_id"])
        if current["version"] != account["version"] or recovery_code not in current["recovery"]:
            return False
        current["recovery"] = [one for one in current["recovery"] if one != recovery_code]
        current["updated_at"] = context.now
        store.save_account(current, [AccountUpdated(fields=("recovery_codes",), **account_data(current))], context)
        store.record_token(current["_id"], issued)
        return True

    return deps.store.in_transaction(use)


def can_sign_in(deps: Dependencies, account: Account) -> bool:
    """Whether the account is active, and its organization, if it has one, is neither suspended nor closed."""
    if account["status"] != "active":
        return False
    organization = account.get("organization_id")
    return organization is None or deps.store.organization_status(organization) not in BLOCKED_ORGANIZATIONS
