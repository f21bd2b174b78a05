"""The edge of a web process: corrects what the gateway forwards, once, before Flask sees it, and cookies in responses.

Scheme and host are those of IMC_PUBLIC_URL, whatever a request says; the client's address is the last in X-Forwarded-For that is not
one of our proxies. Over https, cookies have the prefix `__Host-`: no other host, and no page without TLS, can set one.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any
from urllib.parse import urlsplit

from shared.settings import Settings
from shared.special_addresses import parsed
from shared.web.bounded_request import LONGEST_HEADER

HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
PREFIX, OURS = "__Host-", "imc_"
ASKED_HOST = "imc.host"  # the Host header of the browser: compared with a form's Origin, and used for nothing else
ONLY_AT = {"imc_session": "accounts"}  # with the prefix a cookie is sent to every path: only this service may read it
Environ = dict[str, Any]
Network = IPv4Network | IPv6Network
log = logging.getLogger("imc.web")


class Edge:
    """A WSGI middleware."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self._app, self._service, self._proxies = app, settings.service, settings.trusted_proxies
        public = urlsplit(settings.public_url)
        self._scheme, self._host, self._https = public.scheme, public.netloc, public.scheme == "https"
        self._warned = False

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        forwarded = environ.pop("HTTP_X_FORWARDED_FOR", "")
        for name in ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT", "HTTP_FORWARDED"):
            environ.pop(name, None)
        environ[ASKED_HOST] = environ.get("HTTP_HOST", "")
        environ["wsgi.url_scheme"], environ["HTTP_HOST"] = self._scheme, self._host
        if forwarded and len(forwarded) <= LONGEST_HEADER:
            environ["REMOTE_ADDR"] = self._client(forwarded.split(",")) or environ.get("REMOTE_ADDR", "")
        if not self._https:
            return self._app(environ, start)  # type: ignore[no-any-return]
        if "HTTP_COOKIE" in environ:
            environ["HTTP_COOKIE"] = ours(environ["HTTP_COOKIE"][:LONGEST_HEADER], self._service)
        return self._app(environ, _prefixing(start))  # type: ignore[no-any-return]

    def _client(self, chain: Sequence[str]) -> str:
        address = client_of(chain, self._proxies)
        if len(chain) > 1 and address == chain[-1].strip() and not self._warned:
            self._warned = True
            log.warning(
                "a proxy is taken for the client: name its address in IMC_TRUSTED_PROXIES, where it is one of yours"
            )
        return address


def client_of(chain: Sequence[str], proxies: Sequence[Network]) -> str:
    """The client's address in a chain of forwarded addresses. The last was added by our gateway and is true; those before it are
    trusted only if one of our proxies added them. "" where the last is not an address."""
    address = ""
    for each in reversed(chain):
        candidate = each.strip()
        known = parsed(candidate)
        if known is None:
            break
        address = candidate
        if not any(known in network for network in proxies):
            break
    return address


def ours(header: str, service: str) -> str:
    """The Cookie header without the prefix; a cookie of our name without the prefix was set by somebody else and is left out."""
    remaining = []
    for part in header.split(";"):
        name = part.strip().partition("=")[0]
        plain = name.removeprefix(PREFIX)
        if not plain.startswith(OURS):
            remaining.append(part.strip())
        elif plain != name and ONLY_AT.get(plain, service) == service:
            remaining.append(part.strip().removeprefix(PREFIX))
    return "; ".join(remaining)


def _prefixing(start: Callable[..., Any]) -> Callable[..., Any]:
    def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        remaining = [(name, prefixed(value) if name == "Set-Cookie" else value) for name, value in headers]
        return start(status, [*remaining, HSTS], *rest)

    return started


def prefixed(cookie: str) -> str:
    """A Set-Cookie header as the prefix requires: Secure, for all paths, only for this host (RFC 6265bis, 4.1.3.2)."""
    if not cookie.startswith(OURS):
        return cookie
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    others = [one for one in attributes if one.partition("=")[0].lower() not in ("secure", "path", "domain")]
    named = {one.partition("=")[0].lower() for one in others}
    usual = [
        one for one in ("HttpOnly", "SameSite=Lax") if one.partition("=")[0].lower() not in named
    ]  # a removed cookie
    return "; ".join([PREFIX + pair, *others, *usual, "Secure", "Path=/"])
