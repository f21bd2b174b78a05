"""Sign-in at the hospital's OpenID Connect provider: code flow with PKCE, state and nonce (Authlib), then an account there is.

What the browser carries there and back lies sealed in a cookie; nothing is kept here meanwhile. The provider vouches for both factors.
"""

import logging
import secrets
from datetime import datetime
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.accounts.actions.parts import Parts
from services.accounts.actions.people import facts_of, load
from services.accounts.actions.sessions import Opened, Visit, begin_session
from services.accounts.actions.sign_in import may_enter
from services.accounts.rules.provider import NotKnownHere, email_of, linked, username_of
from services.accounts.store import Store
from shared.errors import Unavailable
from shared.events.accounts import AccountUpdated
from shared.ids import new_id
from shared.origin import Origin
from shared.sealing import Unreadable
from shared.settings import BadSetting, Settings

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]
ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512", "EdDSA"]
SCOPE = "openid profile email"
SECONDS = (2.0, 4.0)  # to connect, to answer: nobody waits for a provider that is away
GIVEN_SECONDS = 600
LEEWAY_SECONDS = 60


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
    address = _metadata(parts)["authorization_endpoint"]
    url, _ = _client(parts).create_authorization_url(
        address, state=sent["state"], code_verifier=sent["verifier"], nonce=sent["nonce"]
    )
    carried = sent | {"way": way or "", "until": int(parts.clock().timestamp()) + GIVEN_SECONDS}
    return str(url), parts.secrets.oidc_key.seal("way", carried).hex()


def end_at_provider(parts: Parts, carried: str, state: str, code: str, visit: Visit, cause: str) -> tuple[Opened, str]:
    """The session and where to go, for a browser that comes back with a code; raises NotKnownHere and Unavailable."""
    sent = _opened(parts, carried)
    if not state or not secrets.compare_digest(sent["state"].encode(), state.encode()):
        raise NotKnownHere
    claims = _claims(parts, code, sent)
    now = parts.clock()
    account = _account_of(parts, claims, now, cause)
    if account is None or not may_enter(parts, account):
        log.info("sign-in at the provider refused", extra={"source": visit.address})
        raise NotKnownHere
    issued = max(now, account.get("void_before") or now)
    parts.store.note_token(account["_id"], issued)
    return begin_session(parts, account, issued, visit), sent["way"]


def _opened(parts: Parts, carried: str) -> Document:
    try:
        sent: Document = parts.secrets.oidc_key.open("way", bytes.fromhex(carried))
    except (ValueError, Unreadable):
        raise NotKnownHere from None
    if parts.clock().timestamp() >= sent["until"]:
        raise NotKnownHere
    return sent


def _claims(parts: Parts, code: str, sent: Document) -> Document:
    """What the provider says of them, in a token that is its own, for us, for this very sign-in."""
    known, settings = _metadata(parts), parts.settings
    try:
        token = _client(parts).fetch_token(
            known["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=sent["verifier"]
        )
        keys = KeySet.import_key_set(_get(known["jwks_uri"]))  # type: ignore[arg-type]
        signed = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
        told = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": known["issuer"]},
                "aud": {"essential": True, "value": settings.oidc_client_id},
                "sub": {"essential": True},
            },
            {"nonce": sent["nonce"], "client_id": settings.oidc_client_id, "access_token": token.get("access_token")},
        )
        told.validate(now=int(parts.clock().timestamp()), leeway=LEEWAY_SECONDS)
    except requests.RequestException as error:
        raise Unavailable("The hospital's sign-in does not answer.") from error
    except (OAuthError, JoseError, KeyError, ValueError) as error:
        log.warning("what the provider said does not count", extra={"fields": {"error": type(error).__name__}})
        raise NotKnownHere from None
    extra = _get(known["userinfo_endpoint"], token["access_token"]) if "userinfo_endpoint" in known else {}
    same = extra.get("sub") == told["sub"]
    return {**(extra if same else {}), **told}


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


class _Bounded(OAuth2Session):
    """Every request has its time."""

    def request(self, *given: Any, **options: Any) -> Any:
        return super().request(*given, **({"timeout": SECONDS} | options))


def _client(parts: Parts) -> OAuth2Session:
    settings = parts.settings
    return _Bounded(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope=SCOPE,
        redirect_uri=f"{settings.public_url}/accounts/oidc/callback",
        code_challenge_method="S256",
    )


def _metadata(parts: Parts) -> Document:
    """What the provider publishes about itself; its name must be the one it was asked under (OpenID Connect Discovery, 4.3)."""
    issuer = parts.settings.oidc_issuer
    known = _get(f"{issuer}/.well-known/openid-configuration")
    if str(known.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable("The hospital's sign-in gives another name than expected.")
    return known


def _get(url: str, token: str | None = None) -> Document:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = requests.get(url, headers=headers, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()
        told: Document = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable("The hospital's sign-in does not answer.") from error
    return told
