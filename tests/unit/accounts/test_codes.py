"""One-time codes: which step a code belongs to, and what a token says."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.rules import codes
from services.accounts.rules.sign_in import (
    MOST_GUESSED,
    MOST_PER_ACCOUNT,
    MOST_PER_SOURCE,
    MOST_WHERE_MANY_FAIL,
    Keys,
    Tries,
    claims,
)

NOW = datetime(2026, 11, 23, 9, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(("offset", "found"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_from_one_step_before_to_one_after(offset: int, found: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=30 * offset))
    expected = codes.step_at(NOW) + offset if found else None
    assert codes.matching_step(SECRET, code, NOW) == expected


@pytest.mark.parametrize("code", ["", "abc", "0000000", "１２３４５６", "\u0000", "12345", "-12345"])
def test_anything_else_is_no_code(code: str) -> None:
    assert codes.matching_step(SECRET, code, NOW) is None


def test_spaces_inside_a_code_are_no_fault() -> None:
    code = pyotp.TOTP(SECRET).at(NOW)
    assert codes.matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOW) == codes.step_at(NOW)


def test_rfc_6238_vector() -> None:
    moment = datetime.fromtimestamp(1111111109, UTC)
    assert codes.matching_step("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "081804", moment) == 37037036


LOTS = 10**6


@pytest.mark.parametrize(
    ("tries", "locked"),
    [
        (Tries(MOST_PER_ACCOUNT, MOST_GUESSED, MOST_PER_SOURCE, MOST_PER_ACCOUNT, known=False), False),
        (Tries(MOST_PER_ACCOUNT + 1, 1, 1, 0, known=False), True),
        (Tries(1, MOST_GUESSED + 1, 1, 0, known=False), True),
        (Tries(1, 1, 1, MOST_PER_ACCOUNT + 1, known=False), True),
        (Tries(MOST_WHERE_MANY_FAIL, 1, LOTS, 0, known=False), False),
        (Tries(MOST_WHERE_MANY_FAIL + 1, 1, LOTS, 0, known=False), True),
        (Tries(MOST_PER_ACCOUNT, LOTS, LOTS, LOTS, known=True), False),
        (Tries(MOST_PER_ACCOUNT + 1, 1, 1, 0, known=True), True),
    ],
)
def test_when_a_try_is_one_too_many(tries: Tries, locked: bool) -> None:
    assert tries.locked == locked


@given(st.integers(1, LOTS), st.integers(0, LOTS), st.integers(1, LOTS), st.integers(0, LOTS))
def test_nobody_is_locked_out_of_where_they_signed_in_by_what_others_do(
    own: int, name: int, source: int, second: int
) -> None:
    assert Tries(own, name, source, second, known=True).locked == (own > MOST_PER_ACCOUNT)


def test_tries_are_counted_under_keyed_hashes() -> None:
    keys = Keys.of("y.tanaka", "192.0.2.7", b"k" * 32)
    assert keys.source == "source:192.0.2.7"
    assert not any("tanaka" in key for key in (keys.pair, keys.name, keys.second, keys.again))
    assert keys.name != Keys.of("y.tanaka", "192.0.2.7", b"l" * 32).name
    assert keys.pair != Keys.of("y.tanaka", "192.0.2.8", b"k" * 32).pair


def test_a_token_tells_who_and_until_when_to_the_millisecond() -> None:
    account = {"_id": "a1", "roles": ["front_desk"], "organization_id": None}
    issued = NOW + timedelta(milliseconds=123)
    said = claims(account, "s1", issued)
    assert said["iat"] == issued.timestamp() and said["exp"] - said["iat"] == pytest.approx(900)
    assert said["sub"] == "a1" and said["roles"] == ["front_desk"] and "org" not in said
    assert claims(account | {"organization_id": "o1"}, "s1", issued)["org"] == "o1"
