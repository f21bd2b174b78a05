"""The preloaded parent: imports all modules of the services once; their processes are forked from it and share its memory."""

import gc
import importlib
import threading

from deploy.service_processes import CannotImport, module_of
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
    "deploy.keep_alive_worker",
    "gunicorn.glogging",
    "deploy.web_server",
    "deploy.local.gateway",
    "deploy.local.gateway_server",
    "deploy.setup",
    "shared.worker",
    "shared.broker.embedded",
)


def import_all() -> None:
    """Imports everything once and freezes the objects, so that later garbage collections do not touch them and they stay shared.

    During the imports the collector is off: they make almost no garbage, and looking for it takes a sixth of the time. No process is
    forked before the end: modules imported after a fork are not shared.
    """
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    for service in SERVICES:
        for name in ("app", "worker"):
            module_of(service, name)
    importlib.import_module("deploy.web_server").usual_config()
    if threading.active_count() > 1:
        raise CannotImport(f"a thread was started at import: {threading.enumerate()}")
    gc.freeze()
    gc.enable()
