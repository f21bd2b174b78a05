"""Sign-in at the hospital's OpenID Connect provider: code flow with PKCE, state and nonce, then an account there is.

The provider vouches for both factors. Not here: the talk with the provider (provider_talk.py).
"""

import logging
import secrets
from datetime import datetime
from types import ModuleType
from typing import Any

from services.accounts.actions.carried import brought_back, sealed_for_a_while
from services.accounts.actions.parts import Parts
from services.accounts.actions.people import facts_of, load
from services.accounts.actions.sessions import Opened, Visit, begin_now
from services.accounts.actions.sign_in import may_enter
from services.accounts.rules.provider import NotKnownHere, email_of, linked, username_of
from services.accounts.store import Store
from shared.events.accounts import AccountUpdated
from shared.ids import new_id
from shared.origin import Origin
from shared.settings import BadSetting, Settings

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]


def check_provider(settings: Settings) -> None:
    """Stops the process at start where a provider is named, but not what it knows us by."""
    needed = {"IMC_OIDC_CLIENT_ID": settings.oidc_client_id, "IMC_OIDC_CLIENT_SECRET": settings.oidc_client_secret}
    for name, value in needed.items():
        if settings.oidc_issuer and not value:
            raise BadSetting(name, "a value, since IMC_OIDC_ISSUER is set")


def has_provider(parts: Parts) -> bool:
    """Whether there is one."""
    return bool(parts.settings.oidc_issuer)


def begin_at_provider(parts: Parts, way: str | None) -> tuple[str, str]:
    """Where to send the browser, and what it carries sealed; raises Unavailable."""
    sent = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    url = _talk().authorization_url(parts.settings, sent, parts.provider_rest, parts.clock())
    return url, sealed_for_a_while(parts, parts.secrets.oidc_key, "way", sent | {"way": way or ""})


def end_at_provider(parts: Parts, carried: str, state: str, code: str, visit: Visit, cause: str) -> tuple[Opened, str]:
    """The session and where to go, for a browser that comes back with a code; raises NotKnownHere and Unavailable."""
    sent = brought_back(parts, parts.secrets.oidc_key, "way", carried)
    if sent is None or not state or not secrets.compare_digest(sent["state"].encode(), state.encode()):
        raise NotKnownHere
    now = parts.clock()
    claims = _talk().claims_for(parts.settings, code, sent, parts.provider_rest, now)
    account = _account_of(parts, claims, now, cause)
    if account is None or not may_enter(parts, account):
        log.info("sign-in at the provider refused", extra={"source": visit.address})
        raise NotKnownHere
    return begin_now(parts, account, visit), sent["way"]


def _talk() -> ModuleType:
    """Imported when somebody first signs in there: Authlib and what it needs are heavy, and most processes never use it."""
    from services.accounts.actions import provider_talk

    return provider_talk


def _account_of(parts: Parts, claims: Document, now: datetime, cause: str) -> Document | None:
    """Whose they are: by an earlier link, else by name or verified address, which then links for good."""
    issuer, subject = parts.settings.oidc_issuer, str(claims["sub"])
    known = parts.store.by_oidc(issuer, subject)
    if known:
        return known
    name, email = username_of(claims), email_of(claims)
    found = parts.store.by_username(name) if name else None
    if found is None and email:
        same = parts.store.by_email(email)
        found = same[0] if len(same) == 1 else None
    if found is None or linked(found, issuer, subject) is False:
        return None
    return _link(parts, found["_id"], issuer, subject, Origin(now, f"account:{found['_id']}", cause or new_id()))


def _link(parts: Parts, account_id: str, issuer: str, subject: str, origin: Origin) -> Document:
    def link(store: Store) -> Document:
        account = load(store, account_id)
        account |= {"oidc": {"issuer": issuer, "subject": subject}, "updated_at": origin.now}
        return store.save_account(account, [AccountUpdated(fields=("provider",), **facts_of(account))], origin)

    return parts.store.together(link)
