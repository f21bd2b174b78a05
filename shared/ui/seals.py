"""What the door puts into forms and looks for when they come back: a proof that this page came from here, a key per rendering.

The proof is an HMAC over the session's id, under a key derived from the service's own secret, masked anew each time so that
a compressed page gives nothing away. While a page is rendered placeholders stand for both: its ETag must not change by them.
"""

import hmac
import re
import secrets
from hashlib import sha256

from shared.ids import new_id

FORM_COOKIE = "imc_form"  # proves a form to be ours before anybody signed in, and across services
_MASK = 8


class Seals:
    """One per service; `secret` is one of its own."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"imc pages", sha256)
        self._flash = hmac.digest(secret, b"imc flash", sha256)
        self.proof_here, self.key_here = self._place(b"proof"), self._place(b"key")
        self._places = re.compile(f"{self.proof_here}|{self.key_here}")

    def _place(self, name: bytes) -> str:
        """A placeholder nobody else can write into a page: it follows from the secret."""
        return f"imc-{hmac.digest(self._key, name, sha256).hex()}"

    def proof(self, session_id: str) -> str:
        """What a form of this session carries."""
        mask = secrets.token_bytes(_MASK)
        return (mask + self._over(session_id, mask)).hex()

    def proves(self, proof: str, session_id: str) -> bool:
        """Whether a form with this came from a page of this session."""
        try:
            raw = bytes.fromhex(proof)
        except ValueError:
            return False
        return hmac.compare_digest(raw[_MASK:], self._over(session_id, raw[:_MASK]))

    def finished(self, text: str, session_id: str) -> str:
        """The rendered page with a proof and fresh keys in their places."""
        proof = self.proof(session_id)
        return self._places.sub(lambda found: proof if found[0] == self.proof_here else new_id(), text)

    def sign(self, content: bytes) -> bytes:
        """Signs what a cookie carries to the next page."""
        return hmac.digest(self._flash, content, sha256)[:16]

    def _over(self, session_id: str, mask: bytes) -> bytes:
        return hmac.digest(self._key, mask + session_id.encode(), sha256)[:20]
