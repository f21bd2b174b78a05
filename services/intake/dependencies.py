"""Dependencies of intake's actions, built by app.py and worker.py. There are no globals and no clients made elsewhere."""

from dataclasses import dataclass, replace

from services.intake.store.store import Store
from shared.clock import Clock
from shared.inbox.unit_of_work import UnitOfWork
from shared.settings import Settings


@dataclass(frozen=True)
class Dependencies:
    """The dependencies of one process; `unit` is set while events are handled."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None

    def within(self, unit: UnitOfWork) -> "Dependencies":
        return replace(self, store=self.store.within(unit), unit=unit)
