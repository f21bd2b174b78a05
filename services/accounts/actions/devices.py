"""Devices: what a browser keeps of a sign-in, so that somebody else's wrong tries lock nobody out of it.

It opens nothing: name, password and code are asked for as ever. (OWASP, *Slow down online guessing attacks with device cookies*.)
"""

import hmac
from datetime import datetime
from hashlib import sha256

from services.accounts.actions.parts import Parts
from services.accounts.rules.sign_in import KNOWN_FOR
from shared.ids import new_id

LONGEST = 200


def new_device(parts: Parts, username: str, now: datetime) -> str:
    """What the browser keeps: id, time, and a signature over both and the name."""
    id_, made = new_id(), int(now.timestamp())
    return f"{id_}.{made}.{_signed(parts, id_, made, username)}"


def id_of(parts: Parts, kept: str, username: str, now: datetime) -> str | None:
    """The device's id, where it is one of this name's and not too old."""
    id_, _, rest = kept[:LONGEST].partition(".")
    made, _, signature = rest.partition(".")
    if not (made.isascii() and made.isdigit() and len(made) < 12):
        return None
    fits = hmac.compare_digest(signature.encode(), _signed(parts, id_, int(made), username).encode())
    return id_ if fits and int(made) + KNOWN_FOR.total_seconds() > now.timestamp() else None


def _signed(parts: Parts, id_: str, made: int, username: str) -> str:
    return hmac.new(parts.secrets.device_key, f"{id_}.{made}.{username}".encode(), sha256).hexdigest()
