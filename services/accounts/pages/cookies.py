"""The cookies of a session: only accounts receives `imc_session`, every service receives `imc_token`."""

from flask import Response, request

from services.accounts.actions.sessions import BrowserSession, Client
from services.accounts.rules.sign_in import KNOWN_DEVICE_LIFETIME
from shared.ui.arrivals import TOKEN_COOKIE
from shared.ui.csrf import FORM_COOKIE
from shared.ui.shell import page
from shared.web.state import current_request

SESSION_COOKIE, SESSION_PATH = "imc_session", "/accounts"
DEVICE_COOKIE = "imc_device"  # of an earlier sign-in: other people's wrong attempts do not lock the person out of it
YEAR = 365 * 86400


def client() -> Client:
    """Returns where this request comes from."""
    return Client(
        current_request().address, request.headers.get("User-Agent", ""), request.cookies.get(DEVICE_COOKIE, "")
    )


def session_secret() -> str:
    """Returns the secret in the session cookie, or ""."""
    return request.cookies.get(SESSION_COOKIE, "")


def set_session(answer: Response, session: BrowserSession, new: bool = False) -> Response:
    """Sets the token cookie, and the session cookie of a new session. Lax, not Strict, so that links in mails work."""
    secure = page().secure
    answer.set_cookie(TOKEN_COOKIE, session.token, path="/", secure=secure, httponly=True, samesite="Lax")
    if new:
        answer.set_cookie(
            SESSION_COOKIE, session.secret, path=SESSION_PATH, secure=secure, httponly=True, samesite="Lax"
        )
    return answer


def set_device(answer: Response, session: BrowserSession) -> Response:
    """Sets the device cookie, which outlives the session; forms opened before the sign-in become invalid."""
    answer.delete_cookie(FORM_COOKIE, path="/")
    seconds = int(KNOWN_DEVICE_LIFETIME.total_seconds())
    secure = page().secure
    answer.set_cookie(
        DEVICE_COOKIE, session.device, max_age=seconds, path=SESSION_PATH, secure=secure, httponly=True, samesite="Lax"
    )
    return answer


def clear_session(answer: Response) -> Response:
    """Deletes the session's cookies and the form cookie."""
    answer.delete_cookie(FORM_COOKIE, path="/")
    answer.delete_cookie(TOKEN_COOKIE, path="/")
    answer.delete_cookie(SESSION_COOKIE, path=SESSION_PATH)
    return answer


def set_preference(answer: Response, name: str, value: str) -> Response:
    """Sets the cookie of a display preference for a year."""
    answer.set_cookie(name, value, max_age=YEAR, path="/", secure=page().secure, httponly=True, samesite="Lax")
    return answer
