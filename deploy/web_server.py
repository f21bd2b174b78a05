"""A gunicorn master for one WSGI app that its own web processes make after the fork. Settings: deploy/gunicorn.conf.py."""

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
    """A filter that lets every line pass, without what was sent: addresses and headers may hold what alone opens something."""
    told = record.msg if isinstance(record.msg, str) else ""
    if told.startswith(("Invalid request", "Error handling request")):
        record.msg, record.args = told.partition(" from ip=")[0].partition(" %s")[0], ()
    return True


class PlainLogger(Logger):
    """gunicorn's lines take the way of all others: through the root logger, as JSON."""

    def setup(self, cfg: Any) -> None:
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.addFilter(without_address)


@cache
def usual_config() -> Config:
    """gunicorn's settings as the file has them; read before the fork, since reading them dirties three MiB of memory.

    Kept and changed by the one Served of a process, so a second one in the same process would see the first one's.
    """
    config = Config()
    for name, value in runpy.run_path(str(CONFIGURATION)).items():
        if name in config.settings:
            config.set(name, value)
    return config


class Served(BaseApplication):
    """`make` is called once in each web process; nothing of the app exists in the master."""

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
    """Blocks until SIGTERM; requests that are under way are finished."""
    Served(make, bind, workers, **more).run()
