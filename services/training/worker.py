"""The event process of training: the events it consumes, and the timers that end offers, fill places and delete old responses."""

from datetime import datetime

from services.training.actions import agreements, certificates, letters, links, places, scheduled_jobs
from services.training.dependencies import Dependencies
from services.training.handlers import HANDLERS
from services.training.store.indexes import INDEXES
from services.training.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.scheduling.timers import BackgroundLoop, Timer
from shared.settings import Settings
from shared.worker import Worker


def soon(deps: Dependencies, now: datetime) -> None:
    """Runs short jobs, one after the other under one lease: claiming a lease is a journaled write, even where there is nothing to do."""
    links.send_links(deps, now)
    agreements.recheck_changed(deps, now)
    certificates.issue_requested(deps, now)


TIMERS = (
    Timer(scheduled_jobs.TIMER, every=10.0, run=scheduled_jobs.run_due),
    Timer(places.TIMER, every=30.0, run=places.fill_places),
    Timer("soon", every=1.5, run=soon),
    Timer("delete-batches", every=3600.0, run=letters.delete_old_batches),
    Timer("delete-responses", every=3600.0, run=lambda deps, now: deps.store.delete_old_responses(now)),
)
LOOPS = (BackgroundLoop(letters.BATCH_LOOP, letters.run_batches),)


def create_worker(settings: Settings, clock: Clock = utc_now) -> Worker:
    """Builds the worker from its settings; `run()` blocks until SIGTERM."""
    database = connect(settings.mongo_url, settings.database, "training-worker")
    deps = Dependencies(Store(database, bytes.fromhex(settings.secret("master_key").decode())), clock, settings)
    return Worker(settings, database, HANDLERS, deps, indexes=INDEXES, timers=TIMERS, loops=LOOPS, clock=clock)
