"""Flash messages, shown once on the next page, with their undo: a signed cookie carries them, with text keys and ids only.

"Undo" is a form that posts the compensating command; it remains available in the history after the message is gone.
"""

from dataclasses import dataclass, field

import msgspec
from flask import Request
from itsdangerous import BadData, URLSafeSerializer

from shared.signing import HMAC_SHA256

COOKIE = "imc_flash"
MAX_BYTES = 3000


@dataclass(frozen=True)
class Undo:
    """A compensating command: the address to post to, its fields, the version it applies to."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True)
class Flash:
    """One message: a key of the catalogue with its fields. No patient's data: the browser stores the cookie."""

    word: str
    fields: dict[str, str | int] = field(default_factory=dict)
    undo: Undo | None = None
    tone: str = "done"


def flash(word: str, undo: Undo | None = None, tone: str = "done", **fields: str | int) -> Flash:
    """Returns a message, as in `flash("case.accepted", reference=case["reference"], undo=Undo("/intake/…"))`."""
    return Flash(word, fields, undo, tone)


class FlashCookie:
    """The cookie of one service; `secret` is the service's own."""

    def __init__(self, secret: bytes) -> None:
        self._serializer = URLSafeSerializer(secret, salt="imc flash", signer_kwargs=HMAC_SHA256)

    def header(self, messages: tuple[Flash, ...], service: str, secure: bool) -> str:
        """The Set-Cookie header with the messages for the next page of this service."""
        value = self._serializer.dumps(msgspec.to_builtins(messages))
        if len(value) > MAX_BYTES:
            raise ValueError("flash: expected a few words, not a page")
        return f"{COOKIE}={value}; Path=/{service}; Max-Age=300; HttpOnly; SameSite=Lax" + (
            "; Secure" if secure else ""
        )

    def read(self, request: Request) -> list[Flash]:
        """The messages in the request's cookie; none where the cookie was altered."""
        value = request.cookies.get(COOKIE)
        if not value:
            return []
        try:
            return msgspec.convert(self._serializer.loads(value), list[Flash])
        except (BadData, msgspec.ValidationError):
            return []
