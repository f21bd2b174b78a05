"""Sign-in at the hospital's OpenID Connect provider: code flow with PKCE, state and nonce, then an account there is.

What the browser carries there and back lies sealed in a cookie; nothing is kept here meanwhile. The provider vouches for both factors.
Not here: the talk with the provider (provider_talk.py).
"""

import logging
import secrets
from datetime import datetime
from types import ModuleType
from typing import Any

from services.accounts.actions.parts import Parts
from services.accounts.actions.people import facts_of, load
from services.accounts.actions.sessions import Opened, Visit, begin_session
from services.accounts.actions.sign_in import may_enter
from services.accounts.rules.provider import NotKnownHere, email_of, linked, username_of
from services.accounts.store import Store
from shared.events.accounts import AccountUpdated
from shared.ids import new_id
from shared.origin import Origin
from shared.sealing import Unreadable
from shared.settings import BadSetting, Settings

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]
GIVEN_SECONDS = 600


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
    carried = sent | {"way": way or "", "until": int(parts.clock().timestamp()) + GIVEN_SECONDS}
    return url, parts.secrets.oidc_key.seal("way", carried).hex()


def end_at_provider(parts: Parts, carried: str, state: str, code: str, visit: Visit, cause: str) -> tuple[Opened, str]:
    """The session and where to go, for a browser that comes back with a code; raises NotKnownHere and Unavailable."""
    sent = _opened(parts, carried)
    if not state or not secrets.compare_digest(sent["state"].encode(), state.encode()):
        raise NotKnownHere
    now = parts.clock()
    claims = _talk().claims_for(parts.settings, code, sent, parts.provider_rest, now)
    account = _account_of(parts, claims, now, cause)
    if account is None or not may_enter(parts, account):
        log.info("sign-in at the provider refused", extra={"source": visit.address})
        raise NotKnownHere
    issued = max(now, account.get("void_before") or now)
    parts.store.note_token(account["_id"], issued)
    return begin_session(parts, account, issued, visit), sent["way"]


def _talk() -> ModuleType:
    """Imported when somebody first signs in there: Authlib and what it needs are heavy, and most processes never use it."""
    from services.accounts.actions import provider_talk

    return provider_talk


def _opened(parts: Parts, carried: str) -> Document:
    try:
        sent: Document = parts.secrets.oidc_key.open("way", bytes.fromhex(carried))
    except (ValueError, Unreadable):
        raise NotKnownHere from None
    if parts.clock().timestamp() >= sent["until"]:
        raise NotKnownHere
    return sent


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
