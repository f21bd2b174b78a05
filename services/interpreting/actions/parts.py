"""Everything an action needs, built once by app.py or worker.py and handed down."""

from dataclasses import dataclass, replace

from services.interpreting.store import Store
from shared.clock import Clock
from shared.messaging import Unit
from shared.settings import Settings


@dataclass(frozen=True)
class Parts:
    """`within(unit)`: the same over a consumer's transaction."""

    store: Store
    clock: Clock
    settings: Settings
    unit: Unit | None = None

    def within(self, unit: Unit) -> "Parts":
        return replace(self, store=self.store.within(unit), unit=unit)
