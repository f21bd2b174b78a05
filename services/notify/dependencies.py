"""What every action of notify needs, and what the events of one unit of work share."""

import random
from dataclasses import dataclass, field, replace

from services.notify.rules.causes import CauseBatch
from services.notify.rules.circuit_breaker import TrainingCircuitBreaker
from services.notify.rules.drafts import DraftContext
from services.notify.rules.texts import Texts
from services.notify.settings import DeliveryConfig
from services.notify.store.organization_cache import OrganizationCache
from services.notify.store.store import Store
from shared.clock import Clock
from shared.inbox.unit_of_work import UnitOfWork
from shared.settings import Settings


@dataclass
class Batch:
    """What the events of one unit of work share: one record of causes, one reading of the clock, the organizations that changed."""

    changed_organizations: set[str] = field(default_factory=set)
    causes: CauseBatch | None = None
    draft_context: DraftContext | None = None


@dataclass(frozen=True)
class Dependencies:
    """Built by app.py and worker.py, passed to every action."""

    store: Store
    clock: Clock
    settings: Settings
    texts: Texts
    delivery_config: DeliveryConfig
    rng: random.Random = field(default_factory=random.Random)  # noqa: S311 - jitter
    unit: UnitOfWork | None = None
    batch: Batch = field(default_factory=Batch)
    organization_cache: OrganizationCache = field(default_factory=OrganizationCache)
    training_breaker: TrainingCircuitBreaker = field(default_factory=TrainingCircuitBreaker)

    def within(self, unit: UnitOfWork) -> "Dependencies":
        """Returns the same inside a consumer's transaction, with a batch of its own."""
        return replace(self, store=self.store.within(unit), unit=unit, batch=Batch())

    @property
    def unit_of_work(self) -> UnitOfWork:
        if self.unit is None:
            raise TypeError("notifications are drafted by the worker, inside a unit of work")
        return self.unit

    @property
    def rebuilding(self) -> bool:
        """Whether a replay is rebuilding read copies: nobody is notified again."""
        return self.unit_of_work.rebuilding

    def draft_context(self) -> DraftContext:
        """Returns what drafting needs, read once per batch."""
        if self.batch.draft_context is None:
            has_mail = self.delivery_config.mail_server is not None
            self.batch.draft_context = DraftContext(
                self.settings.public_url, has_mail, self.clock(), self.store.accounts_with
            )
        return self.batch.draft_context
