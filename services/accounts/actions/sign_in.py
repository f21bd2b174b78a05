"""Signing in: a password and a one-time or recovery code, for a token or a session. Every way of failing takes the same steps."""

import hmac
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.accounts.actions import devices
from services.accounts.actions.people import facts_of, load, totp_secret_of
from services.accounts.dependencies import Dependencies
from services.accounts.rules import codes, passwords, recovery
from services.accounts.rules.people import fold_username
from services.accounts.rules.sign_in import (
    KNOWN_FOR,
    MOST_PER_ACCOUNT,
    SHUT,
    TOLD_EVERY,
    WINDOW,
    Keys,
    NotEnrolled,
    SignInRefused,
    Tries,
    claims,
)
from services.accounts.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events.accounts import AccountLocked, AccountUpdated
from shared.ids import new_id
from shared.tokens import LIFETIME_SECONDS

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]


def sign_in(
    deps: Dependencies, username: str, password: str, one_time_code: str, source: str, cause: str | None = None
) -> Document:
    """A token of 900 s; raises SignInRefused, for whatever reason. `source` is the caller's address."""
    account, issued = known_by(deps, username, password, one_time_code, source, cause)
    token = deps.secrets.sign(claims(account, new_id(), issued))
    return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}


def known_by(
    deps: Dependencies,
    username: str,
    password: str,
    one_time_code: str,
    source: str,
    cause: str | None = None,
    device: str = "",
) -> tuple[Document, datetime]:
    """Whose name, password and code these are, and from when their token counts; the code is used up. Raises SignInRefused.

    `device` is what the browser kept of an earlier sign-in (actions/devices.py): its tries are counted apart.
    """
    now, name = deps.clock(), fold_username(username)
    keys = Keys.of(name, source, deps.secrets.pepper)
    own, known_here = _counted_as(deps, keys, name, device, now)

    def count(key: str) -> int:
        return deps.store.count_try(key, now, WINDOW)

    tries = Tries(count(own), 0 if known_here else count(keys.name), count(keys.source), 0, known_here)
    account = deps.store.by_username(name)
    known = passwords.fits(password, account["password"] if account else passwords.NOBODY)
    second = count(keys.second if known else f"{keys.second}:unknown")  # counted either way: it must not take longer
    tries = replace(tries, second=second if known else 0)
    step = codes.matching_step(totp_secret_of(deps, account) if account else codes.NOBODY, one_time_code, now)
    spare = _spare_code(deps, account, one_time_code)
    issued = max(now, (account or {}).get("void_before") or now)
    enrolled = bool(account and account.get("enrolled", True))
    if account and known and not enrolled and not tries.locked and may_enter(deps, account):
        raise NotEnrolled(account["_id"])
    if not (
        account
        and known
        and enrolled
        and not tries.locked
        and may_enter(deps, account)
        and _use(
            deps, account, step, spare, CommandContext(now, f"account:{account['_id']}", cause or new_id()), issued
        )
    ):
        log.info("sign-in refused", extra={"source": source, "locked": tries.locked})
        if account and tries.just_locked:
            _warn(deps, account, now, cause or new_id(), known and tries.second > MOST_PER_ACCOUNT)
        raise SignInRefused
    deps.store.forget_tries(own, keys.second, shared=[keys.source] if known_here else [keys.source, keys.name])
    deps.store.note_known(keys.pair, now + KNOWN_FOR)
    return account, issued


def _counted_as(deps: Dependencies, keys: Keys, name: str, device: str, now: datetime) -> tuple[str, bool]:
    """What a try is counted as, and whether this person signed in from there before.

    A device that has used up its tries is as good as none: it may be stolen.
    """
    id_ = devices.id_of(deps, device, name, now)
    if id_ and deps.store.tries_of(f"device:{id_}", now) < MOST_PER_ACCOUNT:
        return f"device:{id_}", True
    return keys.pair, deps.store.is_known(keys.pair, now)


def _warn(deps: Dependencies, account: Document, now: datetime, cause: str, password_known: bool) -> None:
    """Has the owner told, at most once an hour; whoever changes the account at this moment goes first."""
    if account["status"] != "active" or not deps.store.may_warn(account["_id"], now, TOLD_EVERY):
        return

    def warn(store: Store) -> None:
        fresh = load(store, account["_id"])
        until = rfc3339(now + WINDOW)
        locked = AccountLocked(account_id=fresh["_id"], until=until, password_known=password_known)
        store.save_account(fresh, [locked], CommandContext(now, "timer:sign-in", cause))

    deps.store.together(warn)


def _spare_code(deps: Dependencies, account: Document | None, typed: str) -> str | None:
    """The recovery code as it is kept, where it is one of this person's; the same work where it is not."""
    wanted = recovery.kept(typed, account["_id"] if account else "", deps.secrets.recovery_pepper)
    own = (account or {}).get("recovery") or [""] * recovery.MANY
    found = [one for one in own if hmac.compare_digest(one, wanted)]
    return found[0] if found else None


def prove_again(deps: Dependencies, account: Document, password: str, code: str, context: CommandContext) -> None:
    """Whoever changes what they sign in with shows once more that it is they; raises SignInRefused. Uses up the code."""
    key = Keys.of(account["username"], "", deps.secrets.pepper).again
    tries = deps.store.count_try(key, context.now, WINDOW)
    right = passwords.fits(password, account["password"])
    step = codes.matching_step(totp_secret_of(deps, account), code, context.now)
    spare = _spare_code(deps, account, code)
    if not right or tries > MOST_PER_ACCOUNT or not _use(deps, account, step, spare, context.aside(), context.now):
        raise SignInRefused
    deps.store.forget_tries(key)


def _use(
    deps: Dependencies,
    account: Document,
    step: int | None,
    spare: str | None,
    context: CommandContext,
    issued: datetime,
) -> bool:
    """Uses up the code of a step or, where there is none, a recovery code; False where neither is good, or somebody was first."""
    if step is not None:
        return deps.store.use_code(account, step, issued)
    return spare is not None and _use_spare(deps, account, spare, context, issued)


def _use_spare(deps: Dependencies, account: Document, spare: str, context: CommandContext, issued: datetime) -> bool:

    def use(store: Store) -> bool:
        fresh = load(store, account["_id"])
        if fresh["version"] != account["version"] or spare not in fresh["recovery"]:
            return False
        fresh["recovery"] = [one for one in fresh["recovery"] if one != spare]
        fresh["updated_at"] = context.now
        store.save_account(fresh, [AccountUpdated(fields=("recovery_codes",), **facts_of(fresh))], context)
        store.note_token(fresh["_id"], issued)
        return True

    return deps.store.together(use)


def may_enter(deps: Dependencies, account: Document) -> bool:
    """Active, and so is the organization, where it is known to be of one."""
    if account["status"] != "active":
        return False
    organization = account.get("organization_id")
    return organization is None or deps.store.organization_status(organization) not in SHUT
