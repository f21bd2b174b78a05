"""What is said to the hospital's OpenID Connect provider, by Authlib: where to send a browser, and what a code stands for.

Every request has its time, and follows no redirect; none goes before the provider said it may (Retry-After). A provider is
outside: it is reached through the proxy that the environment names, unless it runs on this machine. Imported by oidc.py alone,
when first needed.
"""

import logging
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.accounts.rules.provider import NotKnownHere
from shared.errors import Unavailable
from shared.retry_after import Rest
from shared.settings import Settings
from shared.special_addresses import parsed

log = logging.getLogger("imc.accounts")
Document = dict[str, Any]
ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512", "EdDSA"]
SCOPE = "openid profile email"
SECONDS = (2.0, 4.0)  # to connect, to answer: nobody waits for a provider that is away
LEEWAY_SECONDS = 60


def authorization_url(settings: Settings, sent: Document, rest: Rest, now: datetime) -> str:
    """Where the browser goes, with the challenge of our verifier (PKCE, RFC 7636)."""
    address = _metadata(settings, rest, now)["authorization_endpoint"]
    url, _ = _client(settings, rest, now).create_authorization_url(
        address, state=sent["state"], code_verifier=sent["verifier"], nonce=sent["nonce"]
    )
    return str(url)


def claims_for(settings: Settings, code: str, sent: Document, rest: Rest, now: datetime) -> Document:
    """What the provider says of whoever got this code, in a token that is its own, for us, for this very sign-in.

    Raises NotKnownHere where it does not count, Unavailable where nobody answers.
    """
    known = _metadata(settings, rest, now)
    try:
        token = _client(settings, rest, now).fetch_token(
            known["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=sent["verifier"]
        )
        keys = KeySet.import_key_set(_get(known["jwks_uri"], rest, now))  # type: ignore[arg-type]
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
        told.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except requests.RequestException as error:
        raise Unavailable("The hospital's sign-in does not answer.") from error
    except (OAuthError, JoseError, KeyError, ValueError) as error:
        log.warning("what the provider said does not count", extra={"fields": {"error": type(error).__name__}})
        raise NotKnownHere from None
    told_more = "userinfo_endpoint" in known
    extra = _get(known["userinfo_endpoint"], rest, now, token["access_token"]) if told_more else {}
    same = extra.get("sub") == told["sub"]
    return {**(extra if same else {}), **told}


def _is_here(url: str) -> bool:
    """Whether an address is this machine's own, which no proxy is asked for."""
    host = urlsplit(url).hostname or ""
    address = parsed(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


class _Bounded(OAuth2Session):
    """Every request has its time, and every answer is asked when to come again."""

    rest: Rest
    now: datetime

    def request(self, *given: Any, **options: Any) -> Any:
        answer = super().request(*given, **({"timeout": SECONDS} | options))
        _check_rest(answer, self.rest, self.now)
        return answer


def _client(settings: Settings, rest: Rest, now: datetime) -> OAuth2Session:
    client = _Bounded(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope=SCOPE,
        redirect_uri=f"{settings.public_url}/accounts/oidc/callback",
        code_challenge_method="S256",
    )
    client.trust_env = not _is_here(settings.oidc_issuer)
    client.rest, client.now = rest, now
    return client


def _check_rest(answer: requests.Response, rest: Rest, now: datetime) -> None:
    """Raises Unavailable where the provider serves nobody before a time it names."""
    asked = answer.headers.get("Retry-After")
    if asked is None or 200 <= answer.status_code < 300:
        return
    rest.asked([asked], now)
    _let_rest(rest, now)


def _let_rest(rest: Rest, now: datetime) -> None:
    if left := rest.left(now):
        raise Unavailable("The hospital's sign-in asked to be left alone for a while.", retry_after=ceil(left))


def _metadata(settings: Settings, rest: Rest, now: datetime) -> Document:
    """What the provider publishes about itself; its name must be the one it was asked under (OpenID Connect Discovery, 4.3)."""
    issuer = settings.oidc_issuer
    _let_rest(rest, now)
    known = _get(f"{issuer}/.well-known/openid-configuration", rest, now)
    if str(known.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable("The hospital's sign-in gives another name than expected.")
    return known


def _get(url: str, rest: Rest, now: datetime, token: str | None = None) -> Document:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with requests.Session() as session:
            session.trust_env = not _is_here(url)
            answer = session.get(url, headers=headers, timeout=SECONDS, allow_redirects=False)
        _check_rest(answer, rest, now)
        answer.raise_for_status()
        told: Document = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable("The hospital's sign-in does not answer.") from error
    return told
