"""What every action needs, built once by app.py or worker.py and passed down; the service's own secrets, read at first use."""

import hmac
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from services.training.store.store import Store
from shared.batcher import Batcher
from shared.clock import Clock
from shared.inbox.unit_of_work import UnitOfWork
from shared.settings import BadSetting, Settings

LINGER = 0.002  # a transaction takes some ten times as long


class Secrets:
    """Keys derived from `master_key`, each for one use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Stops the process at start where a secret is missing or malformed."""
        self.links  # noqa: B018 - read for its refusal

    @cached_property
    def links(self) -> bytes:
        """The key that signs applicants' links."""
        return self._key(b"imc training application links")

    def browsers(self, kind: str) -> bytes:
        """The key that signs what a browser proves of an application it opened; one for each kind of cookie."""
        return hmac.digest(self.links, kind.encode(), "sha256")

    @cached_property
    def persons(self) -> bytes:
        """The key of the hashes that recognize one person in one period, and a mail's address."""
        return self._key(b"imc training persons")

    @cached_property
    def certificates(self) -> bytes:
        """The key under which certificates' codes are stored hashed."""
        return self._key(b"imc training certificates")

    def _key(self, use: bytes) -> bytes:
        try:
            master = bytes.fromhex(self._settings.secret("master_key").decode())
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/master_key", "64 hexadecimal characters") from error
        return hmac.digest(master, use, "sha256")


@dataclass(frozen=True)
class Dependencies:
    """`within(unit)` returns the same over a consumer's transaction. `acceptances` batches what this process accepts at once."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None
    secrets: Secrets = field(init=False)
    acceptances: Batcher[Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secrets", Secrets(self.settings))
        object.__setattr__(self, "acceptances", Batcher(lambda jobs: jobs[0].what.decide(jobs), LINGER))

    def within(self, unit: UnitOfWork) -> "Dependencies":
        return replace(self, store=self.store.within(unit), unit=unit)
