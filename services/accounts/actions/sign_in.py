"""Signing in: a password and a one-time code for a short-lived token. Every way of failing takes the same steps."""

import logging
from typing import Any

from services.accounts.actions.parts import Parts
from services.accounts.actions.people import totp_secret_of
from services.accounts.rules import codes, passwords
from services.accounts.rules.people import fold_username
from services.accounts.rules.sign_in import SHUT, WINDOW, SignInRefused, attempt_keys, claims, locked
from shared.ids import new_id
from shared.tokens import LIFETIME_SECONDS

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]


def sign_in(parts: Parts, username: str, password: str, one_time_code: str, source: str) -> Document:
    """A token of 900 s; raises SignInRefused, for whatever reason. `source` is the caller's address."""
    now, name = parts.clock(), fold_username(username)
    tries = attempt_keys(name, source, parts.secrets.pepper)
    counts = [parts.store.count_try(key, now, WINDOW) for key in tries]
    account = parts.store.by_username(name)
    known = passwords.fits(password, account["password"] if account else passwords.NOBODY)
    step = codes.matching_step(totp_secret_of(parts, account) if account else codes.NOBODY, one_time_code, now)
    issued = max(now, (account or {}).get("void_before") or now)
    if not (
        account
        and known
        and step is not None
        and not locked(*counts)
        and _may_enter(parts, account)
        and parts.store.use_code(account, step, issued)
    ):
        log.info("sign-in refused", extra={"source": source, "locked": locked(*counts)})
        raise SignInRefused
    parts.store.forget_tries(*tries)
    token = parts.secrets.sign(claims(account, new_id(), issued))
    return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}


def _may_enter(parts: Parts, account: Document) -> bool:
    """Active, and so is the organization, where it is known to be of one."""
    if account["status"] != "active":
        return False
    organization = account.get("organization_id")
    return organization is None or parts.store.organization_status(organization) not in SHUT
