"""One-time codes: which step a code belongs to, and the claims of a token."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.rules import codes
from services.accounts.rules.sign_in import (
    MAX_ATTEMPTS,
    MAX_FROM_BUSY_SOURCE,
    MAX_PER_NAME,
    MAX_PER_SOURCE,
    AttemptCounts,
    AttemptKeys,
    token_claims,
)

NOW = datetime(2026, 11, 23, 9, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(("offset", "found"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_valid_from_one_step_before_to_one_after(offset: int, found: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=30 * offset))
    expected = codes.step_at(NOW) + offset if found else None
    assert codes.matching_step(SECRET, code, NOW) == expected


@pytest.mark.parametrize("code", ["", "abc", "0000000", "１２３４５６", "\u0000", "12345", "-12345"])
def test_anything_else_is_not_a_code(code: str) -> None:
    assert codes.matching_step(SECRET, code, NOW) is None


def test_spaces_inside_a_code_are_ignored() -> None:
    code = pyotp.TOTP(SECRET).at(NOW)
    assert codes.matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOW) == codes.step_at(NOW)


def test_rfc_6238_vector() -> None:
    moment = datetime.fromtimestamp(1111111109, UTC)
    assert codes.matching_step("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "081804", moment) == 37037036


LOTS = 10**6


@pytest.mark.parametrize(
    ("attempts", "locked"),
    [
        (AttemptCounts(MAX_ATTEMPTS, MAX_PER_NAME, MAX_PER_SOURCE, MAX_ATTEMPTS, known=False), False),
        (AttemptCounts(MAX_ATTEMPTS + 1, 1, 1, 0, known=False), True),
        (AttemptCounts(1, MAX_PER_NAME + 1, 1, 0, known=False), True),
        (AttemptCounts(1, 1, 1, MAX_ATTEMPTS + 1, known=False), True),
        (AttemptCounts(MAX_FROM_BUSY_SOURCE, 1, LOTS, 0, known=False), False),
        (AttemptCounts(MAX_FROM_BUSY_SOURCE + 1, 1, LOTS, 0, known=False), True),
        (AttemptCounts(MAX_ATTEMPTS, LOTS, LOTS, LOTS, known=True), False),
        (AttemptCounts(MAX_ATTEMPTS + 1, 1, 1, 0, known=True), True),
    ],
)
def test_which_attempts_are_locked(attempts: AttemptCounts, locked: bool) -> None:
    assert attempts.locked == locked


@given(st.integers(1, LOTS), st.integers(0, LOTS), st.integers(1, LOTS), st.integers(0, LOTS))
def test_attempts_of_others_lock_nobody_out_of_a_known_source(own: int, name: int, source: int, second: int) -> None:
    assert AttemptCounts(own, name, source, second, known=True).locked == (own > MAX_ATTEMPTS)


def test_attempts_are_counted_under_keyed_hashes() -> None:
    keys = AttemptKeys.of("y.tanaka", "192.0.2.7", b"k" * 32)
    assert keys.source == "source:192.0.2.7"
    assert not any("tanaka" in key for key in (keys.pair, keys.name, keys.second, keys.reauthentication))
    assert keys.name != AttemptKeys.of("y.tanaka", "192.0.2.7", b"l" * 32).name
    assert keys.pair != AttemptKeys.of("y.tanaka", "192.0.2.8", b"k" * 32).pair


def test_token_claims_have_milliseconds() -> None:
    account = {"_id": "a1", "roles": ["front_desk"], "organization_id": None}
    issued = NOW + timedelta(milliseconds=123)
    claims = token_claims(account, "s1", issued)
    assert claims["iat"] == issued.timestamp() and claims["exp"] - claims["iat"] == pytest.approx(900)
    assert claims["sub"] == "a1" and claims["roles"] == ["front_desk"] and "org" not in claims
    assert token_claims(account | {"organization_id": "o1"}, "s1", issued)["org"] == "o1"
