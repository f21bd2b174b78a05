"""Which passwords are rejected, and that the stored form only verifies the password."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.rules import passwords
from shared.errors import InvalidInput


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "twelve-chars",
        "x" * 257,
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "1234567890123",
        "passwordpassword",
        "Password12345!",
        "P@ssw0rdP@ssw0rd",
        "Password!23$%^&*",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "zyxwvutsrqponmlk",
        "iloveyou-2026-!!",
        "Hospital2026Hospital",
        "InternationalMedicalCenter",
        "correct horse battery staple",
        "y.tanaka-y.tanaka-1",
        "welcome to tokyo",
        "\uff30\uff21\uff33\uff33\uff37\uff2f\uff32\uff24\uff11\uff12\uff13\uff14\uff15",  # full-width PASSWORD12345
    ],
)
def test_a_common_password_is_rejected(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        passwords.check_password(password, "y.tanaka")
    assert refused.value.errors[0][0] == "#/password"
    assert password not in refused.value.errors[0][1]


@pytest.mark.parametrize(
    "password",
    [
        "Kx7#mQ2$vL9@zT",
        "violet tram under snow",
        "梅雨明けの縁側で西瓜を食べた",
        "nnbt-7wqk-hm3z",
        "ze pruhovaná žirafa",
    ],
)
def test_an_uncommon_password_is_accepted(password: str) -> None:
    passwords.check_password(password, "y.tanaka")


def test_generated_passwords_are_different_and_accepted() -> None:
    made = [passwords.new_password() for _ in range(200)]
    assert len(set(made)) == 200
    for password in made:
        passwords.check_password(password, "y.tanaka")


def test_a_stored_password_matches_only_itself() -> None:
    stored = passwords.hash_password("violet tram under snow")
    assert stored.startswith("$argon2id$")
    assert passwords.matches("violet tram under snow", stored)
    assert not passwords.matches("violet tram under snows", stored)
    assert not passwords.matches("anything", passwords.DUMMY_HASH)
    assert not passwords._HASHER.check_needs_rehash(passwords.DUMMY_HASH), "it must take as long as a real one"
    assert not passwords.matches("anything", "not a hash")
    assert passwords.hash_password("violet tram under snow") != stored


def test_composed_and_decomposed_spellings_are_one_password() -> None:
    assert passwords.matches("žirafa žirafa žirafa", passwords.hash_password("z\u030cirafa z\u030cirafa z\u030cirafa"))


@given(st.text(max_size=300))
def test_any_text_is_checked_without_an_error(password: str) -> None:
    try:
        passwords.check_password(password, "y.tanaka")
    except InvalidInput as refused:
        assert len(refused.errors) == 1
