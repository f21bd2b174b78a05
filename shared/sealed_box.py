"""A sealed box: anybody with the public key can close it, only the holder of the private key opens it.

X25519 with a fresh key per box, HKDF-SHA-256, AES-256-GCM. Who sealed it is not shown by the box: the broker vouches for the sayer.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

VERSION = b"\x01"
_PURPOSE = b"imc sealed box v1"
_KEY, _NONCE, _TAG = 32, 12, 16


class NotOurBox(Exception):
    """Not a box, altered on the way, or sealed to another key."""


def seal_to(public_pem: bytes, content: bytes) -> str:
    """`content` readable by the holder of the private key alone; base64 of version, one-time public key, nonce, ciphertext."""
    reader = load_pem_public_key(public_pem)
    if not isinstance(reader, X25519PublicKey):
        raise ValueError("expected an X25519 public key in PEM")
    once = X25519PrivateKey.generate()
    head = VERSION + once.public_key().public_bytes_raw()
    nonce = os.urandom(_NONCE)
    cipher = _cipher(once.exchange(reader), head, reader.public_bytes_raw())
    return base64.b64encode(head + nonce + cipher.encrypt(nonce, content, head)).decode()


def open_with(private_pem: bytes, box: str) -> bytes:
    """The inverse of `seal_to`; raises NotOurBox."""
    key = load_pem_private_key(private_pem, None)
    if not isinstance(key, X25519PrivateKey):
        raise ValueError("expected an X25519 private key in PEM")
    try:
        raw = base64.b64decode(box, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotOurBox("not base64") from error
    if raw[:1] != VERSION or len(raw) < 1 + _KEY + _NONCE + _TAG:
        raise NotOurBox("not a box of this version")
    head, nonce, sealed = raw[: 1 + _KEY], raw[1 + _KEY : 1 + _KEY + _NONCE], raw[1 + _KEY + _NONCE :]
    try:
        secret = key.exchange(X25519PublicKey.from_public_bytes(head[1:]))
        return _cipher(secret, head, key.public_key().public_bytes_raw()).decrypt(nonce, sealed, head)
    except (InvalidTag, ValueError) as error:
        raise NotOurBox("altered, or sealed to another key") from error


def _cipher(secret: bytes, head: bytes, reader: bytes) -> AESGCM:
    """Both public keys go into the derivation, so that a box belongs to this pair of keys alone (RFC 5869, RFC 9180: 4.1)."""
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE + head + reader).derive(secret))
