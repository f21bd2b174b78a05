"""The signer of cookies and form tokens: itsdangerous with HMAC-SHA-256.

Not here: access tokens (shared/tokens.py), links in mails, which are binary to be short (shared/signed_links.py), and cursors
of lists, whose alphabet the API documents (shared/web/lists.py).
"""

from hashlib import sha256
from typing import Any

from itsdangerous import Signer

HMAC_SHA256: dict[str, Any] = {"key_derivation": "hmac", "digest_method": sha256}


def signer(secret: bytes, purpose: str | bytes) -> Signer:
    """A signer with a separate key for each purpose: no other signer accepts its signatures."""
    return Signer(secret, salt=purpose, **HMAC_SHA256)
