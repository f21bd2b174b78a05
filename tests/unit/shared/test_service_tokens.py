"""What one service signs to ask another: good for one address and a minute, and for nothing else."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.service_tokens import LIFETIME_SECONDS, private_key, public_key, sign, signed_by
from shared.web.access import rights

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key()
PLACE = "/training/api/v1/applications/1/contact"


def test_it_counts_at_its_address_for_a_minute() -> None:
    token = sign(KEY, "notify", PLACE, NOW)
    assert signed_by(token, PUBLIC, "notify", PLACE, NOW)
    assert signed_by(token, PUBLIC, "notify", PLACE, NOW - timedelta(seconds=4)), "clocks of two machines differ"
    assert not signed_by(token, PUBLIC, "notify", PLACE, NOW - timedelta(seconds=30))
    assert not signed_by(token, PUBLIC, "notify", PLACE, NOW + timedelta(seconds=LIFETIME_SECONDS + 6))
    assert not signed_by(token, PUBLIC, "notify", PLACE.replace("1/contact", "2/contact"), NOW)
    assert not signed_by(token, PUBLIC, "intake", PLACE, NOW)
    assert not signed_by(token, Ed25519PrivateKey.generate().public_key(), "notify", PLACE, NOW)


@pytest.mark.parametrize(
    "claims",
    [{"exp": 9e12}, {"exp": 0}, {"iat": "soon"}, {"aud": None}, {"iss": "imc-accounts"}],
)
def test_a_token_of_another_form_counts_nowhere(claims: dict[str, object]) -> None:
    issued = int(NOW.timestamp())
    good = {"iss": "imc-notify", "aud": PLACE, "iat": issued, "exp": issued + 60}
    assert signed_by(jwt.encode(good, KEY, "EdDSA"), PUBLIC, "notify", PLACE, NOW)
    bad = {name: value for name, value in (good | claims).items() if value is not None}
    try:
        token = jwt.encode(bad, KEY, "EdDSA")
    except TypeError:
        return
    assert not signed_by(token, PUBLIC, "notify", PLACE, NOW)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é" * 10, "x" * 5000])
def test_what_is_no_token_is_none(token: str) -> None:
    assert not signed_by(token, PUBLIC, "notify", PLACE, NOW)


def test_unsigned_or_signed_otherwise_is_none() -> None:
    issued = int(NOW.timestamp())
    claims = {"iss": "imc-notify", "aud": PLACE, "iat": issued, "exp": issued + 60}
    public = PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)
    for token in (jwt.encode(claims, None, "none"), jwt.encode(claims, public, "HS256")):
        assert not signed_by(token, PUBLIC, "notify", PLACE, NOW)


def test_only_keys_of_its_kind_are_taken() -> None:
    other = X25519PrivateKey.generate()
    with pytest.raises(ValueError, match="Ed25519 private"):
        private_key(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="Ed25519 public"):
        public_key(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_a_route_for_a_service_is_for_nobody_else() -> None:
    with pytest.raises(ValueError, match="admits no other callers"):
        rights("training", service="notify")
    with pytest.raises(ValueError, match="admits no other callers"):
        rights(agency="referrals:read", service="notify")
    with pytest.raises(ValueError, match="expected roles"):
        rights()
