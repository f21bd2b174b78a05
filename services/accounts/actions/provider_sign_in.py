"""Sign-in at the hospital's OpenID Connect provider (code flow with PKCE, state and nonce), which leads to an existing account.

The provider vouches for both factors. Not here: requests to the provider (oidc_client.py).
"""

import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from types import ModuleType

from services.accounts.actions.accounts import load_account
from services.accounts.actions.sealed_state import open_state, seal_state
from services.accounts.actions.sessions import BrowserSession, Client, start_session
from services.accounts.actions.sign_in import can_sign_in
from services.accounts.dependencies import Dependencies
from services.accounts.rules.event_data import account_data
from services.accounts.rules.provider import NotKnownHere, email_of, is_linked_to, username_of
from services.accounts.rules.records import Account
from services.accounts.store.store import Store
from shared.command_context import CommandContext
from shared.events.accounts import AccountUpdated
from shared.ids import new_id
from shared.settings import BadSetting, Settings

log = logging.getLogger("imc.accounts")


def check_provider(settings: Settings) -> None:
    """Stops the process at start if a provider is set without the client's id and secret."""
    needed = {"IMC_OIDC_CLIENT_ID": settings.oidc_client_id, "IMC_OIDC_CLIENT_SECRET": settings.oidc_client_secret}
    for name, value in needed.items():
        if settings.oidc_issuer and not value:
            raise BadSetting(name, "a value, since IMC_OIDC_ISSUER is set")


def has_provider(deps: Dependencies) -> bool:
    """Whether a provider is set."""
    return bool(deps.settings.oidc_issuer)


def begin_provider_sign_in(deps: Dependencies, next_path: str | None) -> tuple[str, str]:
    """Returns the provider's URL and the encrypted state for the browser's cookie; raises Unavailable."""
    sent = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    url = _oidc_client().authorization_url(deps.settings, sent, deps.provider_rest, deps.clock())
    return url, seal_state(deps, deps.secrets.oidc_key, "provider", {**sent, "next": next_path or ""})


def finish_provider_sign_in(
    deps: Dependencies, sealed: str, state: str, code: str, client: Client, cause: str
) -> tuple[BrowserSession, str]:
    """Returns the session and the next path, for a browser that returns with a code; raises NotKnownHere and Unavailable."""
    sent = open_state(deps, deps.secrets.oidc_key, "provider", sealed)
    if sent is None or not state or not secrets.compare_digest(sent["state"].encode(), state.encode()):
        raise NotKnownHere
    now = deps.clock()
    claims = _oidc_client().claims_for(deps.settings, code, sent, deps.provider_rest, now)
    account = _account_for(deps, claims, now, cause)
    if account is None or not can_sign_in(deps, account):
        log.info("sign-in at the provider refused", extra={"source": client.address})
        raise NotKnownHere
    return start_session(deps, account, client), sent["next"]


def _oidc_client() -> ModuleType:
    """Imports the client at the first sign-in: Authlib and its dependencies are large, and most processes never use it."""
    from services.accounts.actions import oidc_client

    return oidc_client


def _account_for(deps: Dependencies, claims: Mapping[str, object], now: datetime, cause: str) -> Account | None:
    """Returns the account: by an earlier link, else by name or verified address, which is then linked permanently."""
    issuer, subject = deps.settings.oidc_issuer, str(claims["sub"])
    known = deps.store.by_oidc(issuer, subject)
    if known:
        return known
    name, email = username_of(claims), email_of(claims)
    found = deps.store.by_username(name) if name else None
    if found is None and email:
        same = deps.store.by_email(email)
        found = same[0] if len(same) == 1 else None
    if found is None or is_linked_to(found, issuer, subject) is False:
        return None
    return _link(deps, found["_id"], issuer, subject, CommandContext(now, f"account:{found['_id']}", cause or new_id()))


def _link(deps: Dependencies, account_id: str, issuer: str, subject: str, context: CommandContext) -> Account:
    def link(store: Store) -> Account:
        account = load_account(store, account_id)
        account |= {"oidc": {"issuer": issuer, "subject": subject}, "updated_at": context.now}
        return store.save_account(account, [AccountUpdated(fields=("provider",), **account_data(account))], context)

    return deps.store.in_transaction(link)
