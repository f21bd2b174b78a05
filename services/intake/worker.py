"""The event process of intake: what it hears goes to handlers.py, what it says leaves through the relay."""

from services.intake.actions.searching import make_missing_terms
from services.intake.dependencies import Dependencies
from services.intake.handlers import HANDLERS
from services.intake.store.indexes import INDEXES
from services.intake.store.store import Store
from shared.clock import Clock, utc_now
from shared.mongo import connect
from shared.scheduling.timers import Timer
from shared.settings import Settings
from shared.worker import Worker


def create_worker(settings: Settings, clock: Clock = utc_now) -> Worker:
    """Wired top to bottom; `run()` blocks until SIGTERM."""
    database = connect(settings.mongo_url, settings.database, "intake-worker")
    deps = Dependencies(Store(database, bytes.fromhex(settings.secret("master_key").decode())), clock, settings)
    timers = [
        Timer("forget-answers", every=3600.0, run=lambda deps, now: deps.store.forget_answers(now)),
        Timer("make-missing-terms", every=60.0, run=make_missing_terms),
    ]
    return Worker(settings, database, HANDLERS, deps, indexes=INDEXES, timers=timers, clock=clock)
