"""The one warm parent: imports once all that services need, then their processes are forked from it and share the memory."""

import gc
import importlib
import threading
from types import ModuleType

from shared.settings import SERVICES

LIBRARIES = (
    "flask",
    "flask_smorest",
    "marshmallow",
    "kombu",
    "kombu.transport.pyamqp",
    "amqp",
    "pymongo",
    "gunicorn.arbiter",
    "deploy.local.keep_alive_worker",
    "gunicorn.glogging",
    "deploy.local.web",
    "deploy.local.gateway",
    "deploy.local.gateway_server",
    "deploy.setup",
    "shared.messaging",
    "shared.messaging.embedded",
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


def import_all() -> None:
    """Everything, once; what is alive then is kept out of every later garbage collection, so that it stays shared.

    Meanwhile nothing is collected: next to nothing of what imports make is garbage, and looking for it takes a sixth of
    the time. Nobody is forked before the end either: whatever is imported after a fork makes the two share less.
    """
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    for service in SERVICES:
        for name in ("app", "worker"):
            module_of(service, name)
    importlib.import_module("deploy.local.web").usual_config()
    if threading.active_count() > 1:
        raise CannotImport(f"a thread was started at import: {threading.enumerate()}")
    gc.freeze()
    gc.enable()
