"""What is sealed to a public key opens with its private key alone."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.hpke import OpenError, open_with, seal_to


def _pair() -> tuple[bytes, bytes]:
    key = X25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


PRIVATE, PUBLIC = _pair()


@given(st.binary(max_size=500))
def test_what_was_sealed_is_what_is_opened(content: bytes) -> None:
    sealed = seal_to(PUBLIC, content)
    assert open_with(PRIVATE, sealed) == content
    assert seal_to(PUBLIC, content) != sealed


def test_another_reader_opens_nothing() -> None:
    with pytest.raises(OpenError):
        open_with(_pair()[0], seal_to(PUBLIC, b"whsec_x"))


@pytest.mark.parametrize("place", [0, 5, 40, 50, -1])
def test_an_altered_ciphertext_is_refused(place: int) -> None:
    import base64

    raw = bytearray(base64.b64decode(seal_to(PUBLIC, b"whsec_x")))
    raw[place] ^= 1
    with pytest.raises(OpenError):
        open_with(PRIVATE, base64.b64encode(raw).decode())


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "é"])
def test_anything_else_does_not_open(sealed: str) -> None:
    with pytest.raises(OpenError):
        open_with(PRIVATE, sealed)


def test_only_keys_of_the_right_kind_are_taken() -> None:
    with pytest.raises(ValueError):
        seal_to(b"-----BEGIN PUBLIC KEY-----", b"x")
