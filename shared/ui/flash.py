"""What is said once on the next page, and how to take it back: carried there in a signed cookie, words and ids only.

"Undo" is a form that posts the compensating command; it stays in the history after the message is gone.
"""

import base64
import hmac
from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Request

from shared.ui.seals import Seals

COOKIE = "imc_flash"
MOST_BYTES = 3000


@dataclass(frozen=True)
class Undo:
    """A compensating command: where to post, which fields, the version it is about."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True)
class Said:
    """One message: a key of the catalogue with its fields. No patient's data: a cookie is kept by the browser."""

    word: str
    fields: dict[str, str | int] = field(default_factory=dict)
    undo: Undo | None = None
    tone: str = "done"


def said(word: str, undo: Undo | None = None, tone: str = "done", **fields: str | int) -> Said:
    """`said("case.accepted", reference=case["reference"], undo=Undo("/intake/…"))`."""
    return Said(word, fields, undo, tone)


def cookie(messages: tuple[Said, ...], service: str, seals: Seals, secure: bool) -> str:
    """The Set-Cookie header that carries them to the next page of this service."""
    packed = msgspec.json.encode(messages)
    value = base64.urlsafe_b64encode(seals.sign(packed) + packed).decode().rstrip("=")
    if len(value) > MOST_BYTES:
        raise ValueError("flash: expected a few words, not a page")
    return f"{COOKIE}={value}; Path=/{service}; Max-Age=300; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def read(request: Request, seals: Seals) -> list[Said]:
    """What the page before had to say; nothing where it was altered."""
    value = request.cookies.get(COOKIE)
    if not value:
        return []
    try:
        raw: Any = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        if not hmac.compare_digest(raw[:16], seals.sign(raw[16:])):
            return []
        return msgspec.json.decode(raw[16:], type=list[Said])
    except (ValueError, msgspec.MsgspecError):
        return []
