"""Sign-in at the hospital's OpenID Connect provider: code flow with PKCE, state and nonce, then an account there is.

The provider vouches for both factors. Not here: the talk with the provider (provider_talk.py).
"""

import logging
import secrets
from datetime import datetime
from types import ModuleType
from typing import Any

from services.accounts.actions.carried import brought_back, sealed_for_a_while
from services.accounts.actions.people import facts_of, load
from services.accounts.actions.sessions import Opened, Visit, begin_now
from services.accounts.actions.sign_in import may_enter
from services.accounts.dependencies import Dependencies
from services.accounts.rules.provider import NotKnownHere, email_of, linked, username_of
from services.accounts.store.store import Store
from shared.command_context import CommandContext
from shared.events.accounts import AccountUpdated
from shared.ids import new_id
from shared.settings import BadSetting, Settings

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]


def check_provider(settings: Settings) -> None:
    """Stops the process at start where a provider is named, but not what it knows us by."""
    needed = {"IMC_OIDC_CLIENT_ID": settings.oidc_client_id, "IMC_OIDC_CLIENT_SECRET": settings.oidc_client_secret}
    for name, value in needed.items():
        if settings.oidc_issuer and not value:
            raise BadSetting(name, "a value, since IMC_OIDC_ISSUER is set")


def has_provider(deps: Dependencies) -> bool:
    """Whether there is one."""
    return bool(deps.settings.oidc_issuer)


def begin_at_provider(deps: Dependencies, way: str | None) -> tuple[str, str]:
    """Where to send the browser, and what it carries sealed; raises Unavailable."""
    sent = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    url = _talk().authorization_url(deps.settings, sent, deps.provider_rest, deps.clock())
    return url, sealed_for_a_while(deps, deps.secrets.oidc_key, "way", sent | {"way": way or ""})


def end_at_provider(
    deps: Dependencies, carried: str, state: str, code: str, visit: Visit, cause: str
) -> tuple[Opened, str]:
    """The session and where to go, for a browser that comes back with a code; raises NotKnownHere and Unavailable."""
    sent = brought_back(deps, deps.secrets.oidc_key, "way", carried)
    if sent is None or not state or not secrets.compare_digest(sent["state"].encode(), state.encode()):
        raise NotKnownHere
    now = deps.clock()
    claims = _talk().claims_for(deps.settings, code, sent, deps.provider_rest, now)
    account = _account_of(deps, claims, now, cause)
    if account is None or not may_enter(deps, account):
        log.info("sign-in at the provider refused", extra={"source": visit.address})
        raise NotKnownHere
    return begin_now(deps, account, visit), sent["way"]


def _talk() -> ModuleType:
    """Imported when somebody first signs in there: Authlib and what it needs are heavy, and most processes never use it."""
    from services.accounts.actions import provider_talk

    return provider_talk


def _account_of(deps: Dependencies, claims: Document, now: datetime, cause: str) -> Document | None:
    """Whose they are: by an earlier link, else by name or verified address, which then links for good."""
    issuer, subject = deps.settings.oidc_issuer, str(claims["sub"])
    known = deps.store.by_oidc(issuer, subject)
    if known:
        return known
    name, email = username_of(claims), email_of(claims)
    found = deps.store.by_username(name) if name else None
    if found is None and email:
        same = deps.store.by_email(email)
        found = same[0] if len(same) == 1 else None
    if found is None or linked(found, issuer, subject) is False:
        return None
    return _link(deps, found["_id"], issuer, subject, CommandContext(now, f"account:{found['_id']}", cause or new_id()))


def _link(deps: Dependencies, account_id: str, issuer: str, subject: str, context: CommandContext) -> Document:
    def link(store: Store) -> Document:
        account = load(store, account_id)
        account |= {"oidc": {"issuer": issuer, "subject": subject}, "updated_at": context.now}
        return store.save_account(account, [AccountUpdated(fields=("provider",), **facts_of(account))], context)

    return deps.store.together(link)
