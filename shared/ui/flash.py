"""Messages shown once on the next page, with their undo: a signed cookie carries them there, words and ids only.

"Undo" is a form that posts the compensating command; it stays in the history after the message is gone.
"""

from dataclasses import dataclass, field

import msgspec
from flask import Request
from itsdangerous import BadData, URLSafeSerializer

from shared.signing import HMAC_SHA256

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


class FlashCookie:
    """One per service; `secret` is one of its own."""

    def __init__(self, secret: bytes) -> None:
        self._serializer = URLSafeSerializer(secret, salt="imc flash", signer_kwargs=HMAC_SHA256)

    def header(self, messages: tuple[Said, ...], service: str, secure: bool) -> str:
        """The Set-Cookie header that carries the messages to the next page of this service."""
        value = self._serializer.dumps(msgspec.to_builtins(messages))
        if len(value) > MOST_BYTES:
            raise ValueError("flash: expected a few words, not a page")
        return f"{COOKIE}={value}; Path=/{service}; Max-Age=300; HttpOnly; SameSite=Lax" + (
            "; Secure" if secure else ""
        )

    def read(self, request: Request) -> list[Said]:
        """The messages of the page before; none where the cookie was altered."""
        value = request.cookies.get(COOKIE)
        if not value:
            return []
        try:
            return msgspec.convert(self._serializer.loads(value), list[Said])
        except (BadData, msgspec.ValidationError):
            return []
