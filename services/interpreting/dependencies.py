"""What every action needs, built once by app.py or worker.py and passed down; the service's own secrets, read at first use."""

import hmac
from dataclasses import dataclass, field, replace
from functools import cached_property

from services.interpreting.store.store import Store
from shared.clock import Clock
from shared.hpke import seal_to
from shared.inbox.unit_of_work import UnitOfWork
from shared.settings import BadSetting, Settings


class Secrets:
    """Keys derived from `master_key`, each for one use, and notify's public key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Stops the process at start where a secret is missing or malformed."""
        try:
            self.seal_to_notify("")
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/notify_public_key", "an X25519 public key in PEM") from error
        self.links  # noqa: B018 - read for its refusal

    @cached_property
    def links(self) -> bytes:
        """The key that signs links to offers."""
        return self._key(b"imc interpreting offer links")

    @cached_property
    def calendars(self) -> bytes:
        """The key under which calendar links are stored hashed."""
        return self._key(b"imc interpreting calendar links")

    def _key(self, use: bytes) -> bytes:
        try:
            master = bytes.fromhex(self._settings.secret("master_key").decode())
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/master_key", "64 hexadecimal characters") from error
        return hmac.digest(master, use, "sha256")

    def seal_to_notify(self, text: str) -> str:
        """Encrypts a text so that only notify can read it: not the broker, and not this service afterwards."""
        return seal_to(self._settings.secret("notify_public_key"), text.encode())


@dataclass(frozen=True)
class Dependencies:
    """`within(unit)` returns the same over a consumer's transaction."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None
    secrets: Secrets = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secrets", Secrets(self.settings))

    def within(self, unit: UnitOfWork) -> "Dependencies":
        return replace(self, store=self.store.within(unit), unit=unit)
