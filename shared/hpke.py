"""Hybrid public key encryption (HPKE, RFC 9180): anyone with the public key can seal, only the holder of the private key can open.

Base mode: the ciphertext does not authenticate the sender. The broker authenticates the publisher.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"imc secrets for notify"


class OpenError(Exception):
    """The ciphertext was not sealed by this module, was altered, or was sealed to another key."""


def seal_to(public_pem: bytes, plaintext: bytes) -> str:
    """Seals the plaintext; returns the encapsulated key and the ciphertext, in base64."""
    key = load_pem_public_key(public_pem)
    if not isinstance(key, X25519PublicKey):
        raise ValueError("expected an X25519 public key in PEM")
    return base64.b64encode(_SUITE.encrypt(plaintext, key, _INFO)).decode()


def open_with(private_pem: bytes, sealed: str) -> bytes:
    """The inverse of `seal_to`; raises OpenError."""
    key = load_pem_private_key(private_pem, None)
    if not isinstance(key, X25519PrivateKey):
        raise ValueError("expected an X25519 private key in PEM")
    try:
        return _SUITE.decrypt(base64.b64decode(sealed, validate=True), key, _INFO)
    except (binascii.Error, ValueError) as error:
        raise OpenError("not base64") from error
    except InvalidTag as error:
        raise OpenError("altered, or sealed to another key") from error
