"""Credentials of a new person: a password and the secret of the second factor."""

from dataclasses import dataclass

from services.accounts.rules import codes, passwords
from services.accounts.rules.records import Account


class CreatedAccount(Account):
    """A new account with its credentials in clear: `password` is not the hash here."""

    id: str
    totp_secret: str


@dataclass(frozen=True)
class Credentials:
    """The credentials in clear: shown once, never stored in this form."""

    password: str
    totp_secret: str

    @classmethod
    def generate(cls, password: str | None = None) -> "Credentials":
        """Returns the given password, else a random one, with a new TOTP secret."""
        return cls(password or passwords.new_password(), codes.new_secret())

    def shown_with(self, account: Account) -> CreatedAccount:
        """Returns the account with the credentials in clear, for the one response that shows them."""
        return {**account, "id": account["_id"], "password": self.password, "totp_secret": self.totp_secret}
