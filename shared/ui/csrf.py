"""CSRF tokens and idempotency keys in forms: the token proves that the form came from this application, each form has a new key.

A token is a signed random value, bound to the session by the signing key and different in each page, so that a compressed page
reveals nothing about it (BREACH). A page is rendered with placeholders for both, so that its ETag does not change with them.
"""

import hmac
import re
import secrets
from hashlib import sha256

from itsdangerous import BadSignature, Signer

from shared.ids import new_id
from shared.signing import signer

FORM_COOKIE = "imc_form"  # proves that a form is ours before sign-in and across services
_RANDOM_BYTES = 8


class CsrfTokens:
    """The tokens of one service; `secret` is the service's own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.csrf_placeholder, self.key_placeholder = self._placeholder(b"csrf"), self._placeholder(b"key")
        self._placeholders = re.compile(f"{self.csrf_placeholder}|{self.key_placeholder}")

    def _placeholder(self, name: bytes) -> str:
        """A placeholder derived from the secret: nobody else can write it into a page, and it is the same in every process."""
        return f"imc-{hmac.digest(self._secret, b'imc placeholder ' + name, sha256).hex()}"

    def token(self, session_id: str) -> str:
        """Returns a token for a form of this session."""
        return self._signer(session_id).sign(secrets.token_urlsafe(_RANDOM_BYTES)).decode()

    def is_valid(self, token: str, session_id: str) -> bool:
        """Whether a form with this token came from a page of this session."""
        try:
            self._signer(session_id).unsign(token)
        except BadSignature:
            return False
        return True

    def fill(self, text: str, session_id: str) -> str:
        """The rendered page with a token and new keys in place of the placeholders."""
        token = self.token(session_id)
        return self._placeholders.sub(lambda found: token if found[0] == self.csrf_placeholder else new_id(), text)

    def _signer(self, session_id: str) -> Signer:
        return signer(self._secret, f"imc csrf {session_id}")
