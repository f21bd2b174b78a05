"""What every action of partners needs, and the service's own secrets, read once when first used."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from services.partners.store.store import Store
from shared.clock import Clock
from shared.hpke import seal_to
from shared.inbox.unit_of_work import UnitOfWork
from shared.settings import BadSetting, Settings
from shared.webhook_targets import Allowed, allowed

Document = dict[str, Any]


class Secrets:
    """The secret API keys are hashed under, and notify's public key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Stops the process at start where a secret or IMC_WEBHOOK_ALLOW is missing or malformed."""
        try:
            self.seal_to_notify("")
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/notify_public_key", "an X25519 public key in PEM") from error
        self.api_key_hmac  # noqa: B018 - read for its refusal
        self.exempt  # noqa: B018 - read for its refusal

    @cached_property
    def api_key_hmac(self) -> bytes:
        try:
            return bytes.fromhex(self._settings.secret("api_key_hmac").decode())
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/api_key_hmac", "64 hexadecimal characters") from error

    @cached_property
    def exempt(self) -> Allowed:
        """What IMC_WEBHOOK_ALLOW names."""
        try:
            return allowed(self._settings.webhook_allow)
        except ValueError as error:
            raise BadSetting("IMC_WEBHOOK_ALLOW", f"a comma list of host[:port] and CIDR; {error}") from error

    def seal_to_notify(self, secret: str) -> str:
        """Readable by notify alone: not by the broker, not by this service afterwards."""
        return seal_to(self._settings.secret("notify_public_key"), secret.encode())


@dataclass(frozen=True)
class Dependencies:
    """Built by app.py and worker.py, handed to every action."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None
    secrets: Secrets = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secrets", Secrets(self.settings))

    def within(self, unit: UnitOfWork) -> "Dependencies":
        """The same parts inside a consumer's transaction."""
        return replace(self, store=self.store.within(unit), unit=unit)

    def day_of(self, now: datetime) -> date:
        """The day it is then at the hospital."""
        return now.astimezone(self.settings.time_zone).date()

    def today(self, now: datetime) -> str:
        """The same as agreements keep their days."""
        return self.day_of(now).isoformat()
