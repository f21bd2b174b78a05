"""The event process of interpreting: the events it consumes, and the timers that retry searches, expire offers and delete old responses."""

from services.interpreting.actions.offer_commands import EXPIRY_TIMER, expire_offers
from services.interpreting.actions.retries import TIMER as RETRY_TIMER
from services.interpreting.actions.retries import retry_searches
from services.interpreting.dependencies import Dependencies
from services.interpreting.handlers import HANDLERS
from services.interpreting.store.indexes import INDEXES
from services.interpreting.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.scheduling.timers import Timer
from shared.sealing import service_key
from shared.settings import Settings
from shared.worker import Worker

TIMERS = (
    Timer(RETRY_TIMER, every=2.0, run=retry_searches),
    Timer(EXPIRY_TIMER, every=1.0, run=expire_offers),
    Timer("delete-old-responses", every=3600.0, run=lambda deps, now: deps.store.delete_old_responses(now)),
)


def create_worker(settings: Settings, clock: Clock = utc_now) -> Worker:
    """Builds the worker from its settings; `run()` blocks until SIGTERM."""
    database = connect(settings.mongo_url, settings.database, "interpreting-worker")
    key = service_key(bytes.fromhex(settings.secret("master_key").decode()))
    deps = Dependencies(Store(database, settings.time_zone, key), clock, settings)
    return Worker(settings, database, HANDLERS, deps, indexes=INDEXES, timers=TIMERS, clock=clock)
