"""Builds the worker process of accounts: it maintains the copies of organizations and keys and publishes the events the actions wrote."""

from services.accounts.dependencies import Dependencies
from services.accounts.handlers import HANDLERS
from services.accounts.store.indexes import INDEXES
from services.accounts.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.scheduling.timers import Timer
from shared.settings import Settings
from shared.worker import Worker


def create_worker(settings: Settings, clock: Clock = utc_now) -> Worker:
    """Returns the worker; its `run()` blocks until SIGTERM."""
    database = connect(settings.mongo_url, settings.database, "accounts-worker")
    deps = Dependencies(Store(database), clock, settings)
    timers = [Timer("forget-answers", every=3600.0, run=lambda deps, now: deps.store.forget_answers(now))]
    return Worker(settings, database, HANDLERS, deps, indexes=INDEXES, timers=timers, clock=clock)
