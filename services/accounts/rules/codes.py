"""One-time codes (TOTP, RFC 6238: six digits, 30 s). A code is accepted once, from one step before to one step after now."""

import hmac
from datetime import datetime

import pyotp

from shared.digits import closed_up

ISSUER = "International Medical Center"  # as authenticator apps show it
STEP_SECONDS = 30
NEVER_USED = -1  # the last used step of a person who never signed in
DUMMY_SECRET = pyotp.random_base32()  # compared with if there is no account, so that the response takes as long


def new_secret() -> str:
    """Returns 160 random bits in base32, the form authenticator apps accept."""
    return pyotp.random_base32(32)


def step_at(now: datetime) -> int:
    """Returns the number of the 30-second step that contains a moment."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Returns the step of this code, or None. Width of digits and separators do not matter.

    Every step is compared, so that the response time reveals nothing.
    """
    totp, current = pyotp.TOTP(secret), step_at(now)
    typed = closed_up(code).encode()
    found = None
    for step in (current - 1, current + 1, current):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            found = step
    return found
