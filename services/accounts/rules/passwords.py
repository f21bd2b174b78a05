"""Passwords: Argon2id, at least 13 characters, not easily guessed. They do not expire and are never shown again.

A password is too common if too little is left after well-known words and runs are removed. The list is short, not one of leaked passwords.
"""

import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import InvalidInput
from shared.unicode_forms import normalized

MIN_LENGTH, MAX_LENGTH = 13, 256
MIN_OWN_CHARACTERS = 6  # different letters and digits that must be left after everything well-known is removed

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. Many may sign in at once on a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$skBLy+K2KNCSAmqAIctNEw$j4vGt8vJZxKxpq8iF548oEe5/is3nBRyEV0PuDOWcMo"
"""Hash of random bytes that were not stored. Verifying it if there is no account takes as long, because the parameters are the same."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without 0 o 1 i l, because it is read aloud and typed
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_LEET = str.maketrans("013457@$!", "oleastasi")
_WORDS = (  # noqa: SIM905 - words read as words
    "passwords password passwort passw motdepasse contrasena senha parola kennwort passphrase secret himitsu angou pasuwado "
    "letmein welcome login logon signin access changeme changethis default temporary temp test testing guest user root "
    "admin administrator superuser master system server computer internet network database "
    "iloveyou ilove loveyou lovely trustno hello sunshine princess dragon monkey shadow football baseball soccer basketball "
    "superman batman starwars pokemon naruto michael jordan jennifer charlie freedom whatever forever friend family mother "
    "summer winter spring autumn january february march april june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday today "
    "correct horse battery staple correcthorse "
    "hospital medical center centre clinic doctor nurse patient international university kokusai byouin byoin daigaku "
    "tokyo japan nihon nippon sakura arigatou konnichiwa company google facebook twitter microsoft windows apple"
).split()
_KNOWN = tuple(sorted(_WORDS, key=len, reverse=True))


def check_password(password: str, username: str, pointer: str = "#/password") -> None:
    """Raises InvalidInput with what is expected of a password. The username must not make up most of it."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput([(pointer, f"expected {MIN_LENGTH} to {MAX_LENGTH} characters")])
    if len(set(own_part(password, username))) < MIN_OWN_CHARACTERS:
        raise InvalidInput(
            [(pointer, "expected a password that is not guessed first: no common words, runs, repeats or names")]
        )


def own_part(password: str, username: str = "") -> str:
    """Returns the rest of a password without common words, keyboard runs, years, repeats and the person's own name."""
    left = normalized("NFKC", password).casefold()
    left = re.sub(r"(.{1,8}?)\1{2,}", r"\1", left)
    for run in _RUNS:
        for text in (run, run[::-1]):
            left = _without_run(left, text)
    left = re.sub(r"(19|20)\d\d", "", left).translate(_LEET)
    names = [part for part in re.split(r"[^a-z0-9]+", username) if len(part) >= 3]
    for word in (*names, *_KNOWN):
        left = left.replace(word, "")
    return re.sub(r"[\W_]", "", left)


def new_password() -> str:
    """Returns a random password of four groups of five: 99 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def hash_password(password: str) -> str:
    """Returns the stored form of a password: an Argon2id hash string with its parameters."""
    return _HASHER.hash(normalized("NFC", password))


def matches(password: str, stored: str) -> bool:
    """Whether this is the password. A wrong one takes as long to check."""
    try:
        return _HASHER.verify(stored, normalized("NFC", password))
    except (VerificationError, InvalidHashError):
        return False


def _without_run(text: str, run: str) -> str:
    """Returns the text without any stretch of `run` of four characters or more, the longest removed first."""
    for length in range(len(run), 3, -1):
        for start in range(len(run) - length + 1):
            text = text.replace(run[start : start + length], "")
    return text
