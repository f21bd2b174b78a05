"""One process of a service, as a container runs it and as `imc up` forks it. Blocks until SIGTERM."""

import gc
import importlib
import logging
import os
from types import ModuleType
from typing import Any

from shared.logs import configure
from shared.settings import Settings

YIELDS = (
    10  # nice value of event processes: under load whoever waits for an answer goes first, and events gather meanwhile
)


class CannotImport(SystemExit):
    """A service's module is missing or broken; said in one line."""


def module_of(service: str, name: str) -> ModuleType:
    """`services.<service>.<name>`; raises CannotImport."""
    full = f"services.{service}.{name}"
    try:
        return importlib.import_module(full)
    except Exception as error:
        raise CannotImport(f"{full} cannot be imported: {type(error).__name__}: {error}") from error


def run_web(settings: Settings, bind: str) -> None:
    """gunicorn with the service's web processes; each makes its app, and its clients, after the fork."""
    from deploy.web_server import serve

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
