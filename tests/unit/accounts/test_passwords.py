"""Which passwords are refused, and that a kept one tells nothing but whether it fits."""

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
def test_what_is_guessed_first_is_refused(password: str) -> None:
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
def test_what_is_one_s_own_is_taken(password: str) -> None:
    passwords.check_password(password, "y.tanaka")


def test_made_passwords_are_long_different_and_good_enough() -> None:
    made = [passwords.new_password() for _ in range(200)]
    assert len(set(made)) == 200
    for password in made:
        passwords.check_password(password, "y.tanaka")


def test_a_kept_password_fits_only_itself() -> None:
    kept = passwords.hashed("violet tram under snow")
    assert kept.startswith("$argon2id$")
    assert passwords.fits("violet tram under snow", kept)
    assert not passwords.fits("violet tram under snows", kept)
    assert not passwords.fits("anything", passwords.NOBODY)
    assert not passwords._HASHER.check_needs_rehash(passwords.NOBODY), "it must take as long as a real one"
    assert not passwords.fits("anything", "not a hash")
    assert passwords.hashed("violet tram under snow") != kept


def test_composed_and_decomposed_spellings_are_one_password() -> None:
    assert passwords.fits("žirafa žirafa žirafa", passwords.hashed("z\u030cirafa z\u030cirafa z\u030cirafa"))


@given(st.text(max_size=300))
def test_any_text_is_judged_without_a_fault(password: str) -> None:
    try:
        passwords.check_password(password, "y.tanaka")
    except InvalidInput as refused:
        assert len(refused.errors) == 1
