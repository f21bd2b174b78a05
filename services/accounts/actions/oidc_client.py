"""OpenID Connect client of the hospital's provider, with Authlib: the authorization URL, and the claims for a code.

Every request has a timeout, follows no redirect, and waits for the provider's Retry-After. A provider is an external server: it is
reached through the proxy that the environment names, unless it runs on this machine. Only provider_sign_in.py imports this module,
at the first sign-in.
"""

import logging
from collections.abc import Mapping
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
Claims = Mapping[str, object]
ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512", "EdDSA"]
SCOPE = "openid profile email"
TIMEOUT_SECONDS = (2.0, 4.0)  # to connect and to answer: short, since a person waits
LEEWAY_SECONDS = 60


def authorization_url(settings: Settings, sent: Mapping[str, str], rest: Rest, now: datetime) -> str:
    """Returns the provider's URL for the browser, with the challenge of our verifier (PKCE, RFC 7636)."""
    address = _metadata(settings, rest, now)["authorization_endpoint"]
    url, _ = _client(settings, rest, now).create_authorization_url(
        address, state=sent["state"], code_verifier=sent["verifier"], nonce=sent["nonce"]
    )
    return str(url)


def claims_for(settings: Settings, code: str, sent: Mapping[str, str], rest: Rest, now: datetime) -> Claims:
    """Returns the provider's claims about the person with this code, from an ID token signed for this client and this sign-in.

    Raises NotKnownHere if the token is not valid, Unavailable if the provider does not answer.
    """
    metadata = _metadata(settings, rest, now)
    try:
        token = _client(settings, rest, now).fetch_token(
            metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=sent["verifier"]
        )
        keys = KeySet.import_key_set(_get(metadata["jwks_uri"], rest, now))
        signed = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
        id_token = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": settings.oidc_client_id},
                "sub": {"essential": True},
            },
            {"nonce": sent["nonce"], "client_id": settings.oidc_client_id, "access_token": token.get("access_token")},
        )
        id_token.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except requests.RequestException as error:
        raise Unavailable("The hospital's sign-in does not answer.") from error
    except (OAuthError, JoseError, KeyError, ValueError) as error:
        log.warning("the provider's token is not valid", extra={"fields": {"error": type(error).__name__}})
        raise NotKnownHere from None
    if "userinfo_endpoint" not in metadata:
        return dict(id_token)
    user_info = _get(metadata["userinfo_endpoint"], rest, now, token["access_token"])
    is_same_person = user_info.get("sub") == id_token["sub"]
    return {**(user_info if is_same_person else {}), **id_token}


def _is_local(url: str) -> bool:
    """Whether a URL is on this machine, so that no proxy is used."""
    host = urlsplit(url).hostname or ""
    address = parsed(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


class _Session(OAuth2Session):
    """A session whose requests have a timeout and whose responses are checked for Retry-After."""

    rest: Rest
    now: datetime

    def request(self, *args: Any, **options: Any) -> Any:
        answer = super().request(*args, **({"timeout": TIMEOUT_SECONDS} | options))
        _check_rest(answer, self.rest, self.now)
        return answer


def _client(settings: Settings, rest: Rest, now: datetime) -> OAuth2Session:
    client = _Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope=SCOPE,
        redirect_uri=f"{settings.public_url}/accounts/oidc/callback",
        code_challenge_method="S256",
    )
    client.trust_env = not _is_local(settings.oidc_issuer)
    client.rest, client.now = rest, now
    return client


def _check_rest(answer: requests.Response, rest: Rest, now: datetime) -> None:
    """Raises Unavailable if the provider asks to wait before the next request."""
    retry_after = answer.headers.get("Retry-After")
    if retry_after is None or 200 <= answer.status_code < 300:
        return
    rest.asked([retry_after], now)
    _require_no_rest(rest, now)


def _require_no_rest(rest: Rest, now: datetime) -> None:
    if left := rest.left(now):
        raise Unavailable("The hospital's sign-in asked to be left alone for a while.", retry_after=ceil(left))


def _metadata(settings: Settings, rest: Rest, now: datetime) -> dict[str, str]:
    """Returns the provider's metadata; its issuer must be the configured one (OpenID Connect Discovery, 4.3)."""
    issuer = settings.oidc_issuer
    _require_no_rest(rest, now)
    metadata = _get(f"{issuer}/.well-known/openid-configuration", rest, now)
    if str(metadata.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable("The hospital's sign-in gives another name than expected.")
    return metadata


def _get(url: str, rest: Rest, now: datetime, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with requests.Session() as session:
            session.trust_env = not _is_local(url)
            answer = session.get(url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        _check_rest(answer, rest, now)
        answer.raise_for_status()
        content = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable("The hospital's sign-in does not answer.") from error
    return content
