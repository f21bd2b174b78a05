"""Builds the worker process of partners: it consumes events and runs the timers for agreements' dates and rotated webhook secrets."""

from datetime import datetime

from services.partners.actions.agreement_calendar import follow_calendar
from services.partners.actions.webhooks import retire_secrets
from services.partners.dependencies import Dependencies
from services.partners.handlers import HANDLERS
from services.partners.store.indexes import INDEXES
from services.partners.store.store import Store
from shared.clock import Clock, utc_now
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.mongo import connect
from shared.scheduling.timers import Timer
from shared.settings import Settings
from shared.worker import Worker


def create_worker(settings: Settings, clock: Clock = utc_now) -> Worker:
    """Returns the worker; its `run()` blocks until SIGTERM."""
    database = connect(settings.mongo_url, settings.database, "partners-worker")
    deps = Dependencies(Store(database), clock, settings)
    timers = [
        Timer("agreements", every=60.0, run=follow_calendar),
        Timer("retire-secrets", every=60.0, run=end_overlaps),
        Timer("forget-answers", every=3600.0, run=lambda deps, now: deps.store.forget_answers(now)),
    ]
    return Worker(settings, database, HANDLERS, deps, indexes=INDEXES, timers=timers, clock=clock)


def end_overlaps(deps: Dependencies, now: datetime) -> None:
    """Retires replaced webhook secrets. Each run is a cause of its own."""
    retire_secrets(deps, now, CommandContext(now, "timer:retire-secrets", new_id()))
