"""Credentials of a new person: a password and the secret of the second factor."""

from dataclasses import dataclass

from services.accounts.rules import codes, passwords


@dataclass(frozen=True)
class Credentials:
    """The credentials in clear: shown once, never stored in this form."""

    password: str
    totp_secret: str

    @classmethod
    def made(cls, password: str | None = None) -> "Credentials":
        """Returns the given password, else a random one, with a new TOTP secret."""
        return cls(password or passwords.new_password(), codes.new_secret())
