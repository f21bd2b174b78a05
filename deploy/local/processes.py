"""One process of a service, as a container runs it and as `imc up` forks it. Blocks until SIGTERM."""

import gc
import logging
import os
from typing import Any

from deploy.local.warm import module_of
from shared.logs import configure
from shared.settings import Settings

YIELDS = (
    10  # nice value of event processes: under load whoever waits for an answer goes first, and events gather meanwhile
)


def run_web(settings: Settings, bind: str) -> None:
    """gunicorn with the service's web processes; each makes its app, and its clients, after the fork."""
    from deploy.local.web import serve

    app = module_of(settings.service, "app")
    _log("web", settings)
    serve(lambda: _kept(app.create_app(settings)), bind, settings.web_workers)


def run_worker(settings: Settings) -> int:
    """The event process; 1 where a part of it failed."""
    os.nice(YIELDS)
    worker = module_of(settings.service, "worker")
    _log("worker", settings)
    status: int = _kept(worker.create_worker(settings)).run()
    return status


def _kept(made: Any) -> Any:
    """What stands now stays to the end: no garbage collection looks through it, which took 80 ms while somebody waited."""
    gc.freeze()
    return made


def _log(process: str, settings: Settings) -> None:
    """Everything a process writes is a JSON line, also what Python's libraries warn of."""
    configure(f"{settings.service}-{process}", settings.log_level)
    logging.captureWarnings(True)
