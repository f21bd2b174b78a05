"""Authenticates requests of pages, by the cookie `imc_token` alone (an Authorization header opens no page), and checks a form's origin."""

import hmac
from urllib.parse import quote, urlsplit

from flask import Request

from shared.errors import NotSignedIn
from shared.ui.csrf import FORM_COOKIE
from shared.ui.shell import Page
from shared.web.access import Plan, count, permit
from shared.web.edge import ASKED_HOST
from shared.web.state import RequestContext

TOKEN_COOKIE = "imc_token"  # noqa: S105 - the name, not a token
RENEW, SIGN_IN = "/accounts/renew", "/accounts/sign-in"


class NotAdmitted(NotSignedIn):
    """The page asks who comes, and the cookie does not say it, or no longer."""


def admit(request_context: RequestContext, plan: Plan) -> None:
    """Identifies the reader and checks their rights and rate limit; raises NotAdmitted, Forbidden, TooManyRequests."""
    token = request_context.request.cookies.get(TOKEN_COOKIE)
    if token:
        try:
            request_context.caller = request_context.app_context.authenticator.person(token, request_context.now)
        except NotSignedIn:
            token = None
    count(
        request_context,
        request_context.caller.actor if request_context.caller.id else f"address:{request_context.address}",
    )
    if plan.open:
        return
    if not token:
        raise NotAdmitted("Sign in.")
    permit(request_context.caller, plan)


def renewal_of(page: Page) -> str:
    """The address that renews the token of a GET and then leads back to its page."""
    return f"{RENEW}?next={quote(page.address, safe='/')}"


def safe_next(address: str | None) -> str | None:
    """The address where it is a path of this origin, else None: a link to our sign-in is no open redirect."""
    if (
        not address
        or len(address) > 2000
        or address[0] != "/"
        or address[1:2] in ("/", "\\")
        or not address.isprintable()
    ):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc or "\\" in address else address


def from_here(request: Request, public_url: str) -> bool | None:
    """Whether the browser's headers say that this request came from a page of this origin; None where they say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin:
        asked = request.environ.get(ASKED_HOST, "")
        return origin in (public_url, f"http://{asked}", f"https://{asked}")
    return None


def has_csrf_token(page: Page, plan: Plan, token: str) -> bool:
    """Whether `token` is valid, so that only a page of ours can have put it into the form."""
    if plan.open:
        cookie = page.request_context.request.cookies.get(FORM_COOKIE, "")
        return bool(cookie) and hmac.compare_digest(cookie.encode(), token.encode())
    return page.shell.csrf.is_valid(token, page.request_context.caller.session_id or "")
