"""The two cookies of a session: `imc_session` is known to accounts alone, `imc_token` goes to every service."""

from flask import Response, request

from services.accounts.actions import Opened, Visit
from services.accounts.rules.sign_in import KNOWN_FOR
from shared.ui.arrivals import TOKEN_COOKIE
from shared.ui.csrf import FORM_COOKIE
from shared.ui.shell import page
from shared.web.state import current_request

SESSION_COOKIE, SESSION_PATH = "imc_session", "/accounts"
DEVICE_COOKIE = "imc_device"  # of an earlier sign-in: somebody else's wrong tries lock nobody out of it
YEAR = 365 * 86400


def visit() -> Visit:
    """Where this request comes from."""
    return Visit(
        current_request().address, request.headers.get("User-Agent", ""), request.cookies.get(DEVICE_COOKIE, "")
    )


def session_secret() -> str:
    """What the browser keeps, or ""."""
    return request.cookies.get(SESSION_COOKIE, "")


def keep(answer: Response, opened: Opened, new: bool = False) -> Response:
    """Gives the browser its token, and a new session's secret. Lax, not Strict: a link in a mail leads in."""
    secure = page().secure
    answer.set_cookie(TOKEN_COOKIE, opened.token, path="/", secure=secure, httponly=True, samesite="Lax")
    if new:
        answer.set_cookie(
            SESSION_COOKIE, opened.secret, path=SESSION_PATH, secure=secure, httponly=True, samesite="Lax"
        )
    return answer


def recognize(answer: Response, opened: Opened) -> Response:
    """Has the browser keep that this person signed in here, longer than any session; forms of before are over."""
    answer.delete_cookie(FORM_COOKIE, path="/")
    seconds = int(KNOWN_FOR.total_seconds())
    secure = page().secure
    answer.set_cookie(
        DEVICE_COOKIE, opened.device, max_age=seconds, path=SESSION_PATH, secure=secure, httponly=True, samesite="Lax"
    )
    return answer


def forget(answer: Response) -> Response:
    """Takes both away, and what proved forms to be ours until now."""
    answer.delete_cookie(FORM_COOKIE, path="/")
    answer.delete_cookie(TOKEN_COOKIE, path="/")
    answer.delete_cookie(SESSION_COOKIE, path=SESSION_PATH)
    return answer


def remember(answer: Response, name: str, value: str) -> Response:
    """How somebody likes pages, for a year."""
    answer.set_cookie(name, value, max_age=YEAR, path="/", secure=page().secure, httponly=True, samesite="Lax")
    return answer
