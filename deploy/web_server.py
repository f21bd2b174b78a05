"""A gunicorn master for one WSGI app, which its web processes create after the fork. Settings: deploy/gunicorn.conf.py."""

import logging
import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

CONFIGURATION = Path(__file__).parent / "gunicorn.conf.py"


def without_address(record: logging.LogRecord) -> bool:
    """A logging filter that passes every line without the request's data: addresses and headers may contain credentials."""
    message = record.msg if isinstance(record.msg, str) else ""
    if message.startswith(("Invalid request", "Error handling request")):
        record.msg, record.args = message.partition(" from ip=")[0].partition(" %s")[0], ()
    return True


class PlainLogger(Logger):
    """gunicorn's logger, whose lines go through the root logger as JSON like all others."""

    def setup(self, cfg: Any) -> None:
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.addFilter(without_address)


@cache
def usual_config() -> Config:
    """gunicorn's settings from the file; read before the fork, since reading them dirties three MiB of memory.

    They are cached and changed by the single Served of a process: a second one in the same process would see the first one's changes.
    """
    config = Config()
    for name, value in runpy.run_path(str(CONFIGURATION)).items():
        if name in config.settings:
            config.set(name, value)
    return config


class Served(BaseApplication):
    """The gunicorn application. `make` is called once in each web process; the master has no app."""

    def __init__(self, make: Callable[[], Any], bind: str, workers: int, **more: Any) -> None:
        self._make, self._options = make, {"bind": bind, "workers": workers, "logger_class": PlainLogger, **more}
        super().__init__()

    def load_default_config(self) -> None:
        self.cfg = usual_config()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make()


def serve(make: Callable[[], Any], bind: str, workers: int, **more: Any) -> None:
    """Serves until SIGTERM; requests in progress are finished."""
    Served(make, bind, workers, **more).run()
