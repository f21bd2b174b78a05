"""Devices: a signed record of an earlier sign-in in the browser, so that other people's wrong attempts do not lock the person out of it.

It grants nothing: name, password and code are required as always. (OWASP, *Slow down online guessing attacks with device cookies*.)
"""

from datetime import datetime

from itsdangerous import BadSignature, Signer

from services.accounts.dependencies import Dependencies
from services.accounts.rules.sign_in import KNOWN_DEVICE_LIFETIME
from shared.ids import new_id
from shared.signing import signer

MAX_LENGTH = 200


def new_device(deps: Dependencies, username: str, now: datetime) -> str:
    """Returns the value of the browser's cookie: id and time, signed for this name."""
    return _signer(deps, username).sign(f"{new_id()}.{int(now.timestamp())}").decode()


def device_id(deps: Dependencies, cookie: str, username: str, now: datetime) -> str | None:
    """Returns the device's id if it belongs to this name and is not too old."""
    try:
        id_, _, made = _signer(deps, username).unsign(cookie[:MAX_LENGTH]).decode().partition(".")
    except BadSignature:
        return None
    return id_ if int(made) + KNOWN_DEVICE_LIFETIME.total_seconds() > now.timestamp() else None


def _signer(deps: Dependencies, username: str) -> Signer:
    return signer(deps.secrets.device_key, f"imc device {username}")
