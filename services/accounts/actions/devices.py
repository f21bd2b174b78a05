"""Devices: what a browser keeps of a sign-in, so that somebody else's wrong tries lock nobody out of it.

It opens nothing: name, password and code are asked for as ever. (OWASP, *Slow down online guessing attacks with device cookies*.)
"""

from datetime import datetime

from itsdangerous import BadSignature, Signer

from services.accounts.dependencies import Dependencies
from services.accounts.rules.sign_in import KNOWN_FOR
from shared.ids import new_id
from shared.signing import signer

LONGEST = 200


def new_device(deps: Dependencies, username: str, now: datetime) -> str:
    """What the browser keeps: id and time, signed for this name."""
    return _signer(deps, username).sign(f"{new_id()}.{int(now.timestamp())}").decode()


def id_of(deps: Dependencies, kept: str, username: str, now: datetime) -> str | None:
    """The device's id, where it is one of this name's and not too old."""
    try:
        id_, _, made = _signer(deps, username).unsign(kept[:LONGEST]).decode().partition(".")
    except BadSignature:
        return None
    return id_ if int(made) + KNOWN_FOR.total_seconds() > now.timestamp() else None


def _signer(deps: Dependencies, username: str) -> Signer:
    return signer(deps.secrets.device_key, f"imc device {username}")
