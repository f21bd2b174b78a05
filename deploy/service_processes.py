"""Runs one process of a service, in a container or forked by `imc up`. Blocks until SIGTERM."""

import gc
import importlib
import logging
import os
from types import ModuleType
from typing import Any

from shared.logs import configure
from shared.settings import Settings

YIELDS = 10  # nice value of event processes: under load web requests have priority, and events accumulate meanwhile


class CannotImport(SystemExit):
    """A service's module is missing or broken; the message is one line."""


def module_of(service: str, name: str) -> ModuleType:
    """`services.<service>.<name>`; raises CannotImport."""
    full = f"services.{service}.{name}"
    try:
        return importlib.import_module(full)
    except Exception as error:
        raise CannotImport(f"{full} cannot be imported: {type(error).__name__}: {error}") from error


def run_web(settings: Settings, bind: str) -> None:
    """Runs gunicorn with the service's web processes; each creates its app and its clients after the fork."""
    from deploy.web_server import serve

    app = module_of(settings.service, "app")
    _log("web", settings)
    serve(lambda: _freeze_objects(app.create_app(settings)), bind, settings.web_workers)


def run_worker(settings: Settings) -> int:
    """Runs the event process; returns 1 where a part of it failed."""
    os.nice(YIELDS)
    worker = module_of(settings.service, "worker")
    _log("worker", settings)
    status: int = _freeze_objects(worker.create_worker(settings)).run()
    return status


def _freeze_objects(made: Any) -> Any:
    """Freezes all objects that exist now: later garbage collections skip them, which took 80 ms during requests."""
    gc.freeze()
    return made


def _log(process: str, settings: Settings) -> None:
    """Sends all output of a process through JSON lines, including warnings of Python's libraries."""
    configure(f"{settings.service}-{process}", settings.log_level)
    logging.captureWarnings(True)
