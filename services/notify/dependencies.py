"""What every action of notify needs; what the events of one batch share; for a second, organizations; and for all mails, whether training,
the only service that knows applicants' addresses, failed to respond just now."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.notify.rules.drafting import Drafting
from services.notify.rules.texts import Texts
from services.notify.settings import MailServer, mail_server
from services.notify.store.store import Store
from shared.clock import Clock
from shared.hpke import open_with
from shared.inbox.unit_of_work import UnitOfWork
from shared.service_tokens import private_key
from shared.settings import BadSetting, Settings
from shared.webhook_targets import Allowed, allowed

Document = dict[str, Any]


class TrainingCircuitBreaker:
    """A circuit breaker for training: while it does not respond, one mail in five seconds asks it and the others wait, so that no other
    mail is delayed."""

    PAUSE = timedelta(seconds=5)

    def __init__(self) -> None:
        self._until: datetime | None = None
        self._lock = threading.Lock()

    def lasts(self, now: datetime) -> bool:
        """Whether to wait without asking; the caller that gets False once the time is over probes for all."""
        with self._lock:
            if self._until is None or now < self._until:
                return self._until is not None
            self._until = now + self.PAUSE
            return False

    def noted(self, now: datetime, wait: timedelta = timedelta(0)) -> bool:
        """Records a failure; returns whether the breaker was closed. `wait` is how long training asked for."""
        news, self._until = self._until is None, now + max(self.PAUSE, wait)
        return news

    def over(self) -> bool:
        """Records a success; returns whether the breaker was open."""
        news, self._until = self._until is not None, None
        return news


class DeliveryConfig:
    """Settings of delivery: the mail server, the keys that decrypt endpoints' secrets and sign requests for addresses, targets that are
    exempt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.breaker = TrainingCircuitBreaker()

    def check(self) -> None:
        """Stops the process at start where a secret or setting is missing or malformed."""
        self.mail  # noqa: B018 - read for its refusal
        self.exempt  # noqa: B018 - read for its refusal
        self._private  # noqa: B018 - read for its refusal
        self.token_key  # noqa: B018 - read for its refusal

    @cached_property
    def mail(self) -> MailServer | None:
        return mail_server(self._settings)

    @cached_property
    def exempt(self) -> Allowed:
        try:
            return allowed(self._settings.webhook_allow)
        except ValueError as error:
            raise BadSetting("IMC_WEBHOOK_ALLOW", f"a comma list of host[:port] and CIDR; {error}") from error

    def open(self, sealed: str) -> str:
        """Returns an endpoint's secret decrypted; raises OpenError."""
        return open_with(self._private, sealed).decode()

    @cached_property
    def token_key(self) -> Ed25519PrivateKey:
        """The key that signs notify's requests to other services."""
        try:
            return private_key(self._settings.secret("notify_token_key"))
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/notify_token_key", "an Ed25519 private key in PEM") from error

    @cached_property
    def _private(self) -> bytes:
        pem = self._settings.secret("notify_private_key")
        try:
            key = load_pem_private_key(pem, None)
        except ValueError:
            key = None
        if not isinstance(key, X25519PrivateKey):
            raise BadSetting("IMC_SECRET_DIR/notify_private_key", "an X25519 private key in PEM")
        return pem


class OrganizationCache:
    """Organizations looked up within the last second, so that a lone event need not wait for a look-up.

    `catch_up` (telling.py) corrects what changes meanwhile: its second pass comes after every transaction that could still have drafted
    from an older copy.
    """

    KEPT, MOST = timedelta(seconds=1), 1000

    def __init__(self) -> None:
        self._found: dict[str, tuple[datetime, Document | None]] = {}

    def find(self, id_: str, now: datetime, look_up: Callable[[str], Document | None]) -> Document | None:
        """Returns an organization, cached or looked up; `now` is when the calling transaction began."""
        known = self._found.get(id_)
        if known is not None and timedelta(0) <= now - known[0] < self.KEPT:
            return known[1]
        found = look_up(id_)
        if len(self._found) >= self.MOST:
            self._found.clear()
        self._found[id_] = (now, found)
        return found

    def forget(self, id_: str) -> None:
        """Removes an organization that this process is changing."""
        self._found.pop(id_, None)


@dataclass
class Batch:
    """What the events of one unit of work share: one document of causes, one reading of the clock, the organizations that changed."""

    changed: set[str] = field(default_factory=set)
    causes: Document | None = None
    drafting: Drafting | None = None


@dataclass(frozen=True)
class Dependencies:
    """Built by app.py and worker.py, passed to every action."""

    store: Store
    clock: Clock
    settings: Settings
    texts: Texts
    delivery_config: DeliveryConfig
    chance: random.Random = field(default_factory=random.Random)  # noqa: S311 - jitter
    unit: UnitOfWork | None = None
    batch: Batch = field(default_factory=Batch)
    organization_cache: OrganizationCache = field(default_factory=OrganizationCache)

    def within(self, unit: UnitOfWork) -> "Dependencies":
        """Returns the same inside a consumer's transaction, with a batch of its own."""
        return replace(self, store=self.store.within(unit), unit=unit, batch=Batch())

    @property
    def writes(self) -> UnitOfWork:
        if self.unit is None:
            raise TypeError("notices are drafted by the worker, inside a unit")
        return self.unit

    @property
    def building_anew(self) -> bool:
        """Whether read copies are rebuilt by a replay: nobody is notified again."""
        return self.writes.rebuilding

    def drafting(self) -> Drafting:
        """Returns what drafting needs, read once per batch."""
        if self.batch.drafting is None:
            mail = self.delivery_config.mail is not None
            self.batch.drafting = Drafting(self.settings.public_url, mail, self.clock(), self.store.accounts_with)
        return self.batch.drafting
