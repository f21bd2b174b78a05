"""The signer behind the cookies and form tokens that a browser carries for us: itsdangerous with HMAC-SHA-256.

Not here: access tokens (shared/tokens.py), links in mails, whose binary form keeps them short (shared/signed_links.py), and cursors
of lists, whose alphabet the API publishes (shared/web/lists.py).
"""

from hashlib import sha256
from typing import Any

from itsdangerous import Signer

HMAC_SHA256: dict[str, Any] = {"key_derivation": "hmac", "digest_method": sha256}


def signer(secret: bytes, purpose: str | bytes) -> Signer:
    """A signer under a key of its own for each purpose: what one has signed, no other accepts."""
    return Signer(secret, salt=purpose, **HMAC_SHA256)
