"""A gunicorn master for one WSGI app that its own web processes make after the fork. Settings: deploy/gunicorn.conf.py."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

CONFIGURATION = Path(__file__).parent.parent / "gunicorn.conf.py"


class PlainLogger(Logger):
    """gunicorn's lines take the way of all others: through the root logger, as JSON."""

    def setup(self, cfg: Any) -> None:
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Served(BaseApplication):
    """`make` is called once in each web process; nothing of the app exists in the master."""

    def __init__(self, make: Callable[[], Any], bind: str, workers: int, **more: Any) -> None:
        self._make, self._options = make, {"bind": bind, "workers": workers, "logger_class": PlainLogger, **more}
        super().__init__()

    def load_config(self) -> None:
        given = runpy.run_path(str(CONFIGURATION))
        for name, value in {**given, **self._options}.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make()


def serve(make: Callable[[], Any], bind: str, workers: int, **more: Any) -> None:
    """Blocks until SIGTERM; requests that are under way are finished."""
    Served(make, bind, workers, **more).run()
