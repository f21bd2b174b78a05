"""What a new person is told once: a password and the secret of the second factor."""

from dataclasses import dataclass

from services.accounts.rules import codes, passwords


@dataclass(frozen=True)
class Credentials:
    """In clear: shown once, never stored like this."""

    password: str
    totp_secret: str

    @classmethod
    def made(cls, password: str | None = None) -> "Credentials":
        """A chosen password, else one by chance, and a new secret."""
        return cls(password or passwords.new_password(), codes.new_secret())
