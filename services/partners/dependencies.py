"""Dependencies of the actions of partners, and the service's secrets, read on first use."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from services.partners.store.store import Store
from shared.clock import Clock
from shared.hpke import seal_to
from shared.inbox.unit_of_work import UnitOfWork
from shared.settings import BadSetting, Settings
from shared.webhook_targets import Allowed, allowed


class Secrets:
    """The key that API keys are hashed with, and notify's public key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Stops the process at start if a secret or IMC_WEBHOOK_ALLOW is missing or malformed."""
        try:
            self.seal_to_notify("")
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/notify_public_key", "an X25519 public key in PEM") from error
        self.api_key_hmac  # noqa: B018 - read so that a bad value raises
        self.exempt  # noqa: B018 - read so that a bad value raises

    @cached_property
    def api_key_hmac(self) -> bytes:
        """The key of the hashes under which API keys are stored."""
        try:
            return bytes.fromhex(self._settings.secret("api_key_hmac").decode())
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/api_key_hmac", "64 hexadecimal characters") from error

    @cached_property
    def exempt(self) -> Allowed:
        """The webhook targets that IMC_WEBHOOK_ALLOW exempts."""
        try:
            return allowed(self._settings.webhook_allow)
        except ValueError as error:
            raise BadSetting("IMC_WEBHOOK_ALLOW", f"a comma list of host[:port] and CIDR; {error}") from error

    def seal_to_notify(self, secret: str) -> str:
        """Returns the secret encrypted (HPKE) so that only notify can read it: neither the broker nor this service can afterwards."""
        return seal_to(self._settings.secret("notify_public_key"), secret.encode())


@dataclass(frozen=True)
class Dependencies:
    """The dependencies of every action, built by app.py and worker.py."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None
    secrets: Secrets = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secrets", Secrets(self.settings))

    def within(self, unit: UnitOfWork) -> "Dependencies":
        """Returns the same dependencies inside a consumer's transaction."""
        return replace(self, store=self.store.within(unit), unit=unit)

    def day_of(self, now: datetime) -> date:
        """Returns the date at the hospital at this moment."""
        return now.astimezone(self.settings.time_zone).date()

    def today(self, now: datetime) -> str:
        """Returns the date in the form agreements store."""
        return self.day_of(now).isoformat()
