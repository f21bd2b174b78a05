"""Makes a one-shot job wait for its servers: a failure because of an unavailable server is retried, up to a deadline.

A fault that waiting does not fix (a wrong password, other arguments of a queue) is raised at once.
"""

import time
from collections.abc import Callable

import pymongo.errors
import urllib3.exceptions

from deploy.broker_users import ManagementAway
from deploy.mongo_users import NotPrimary
from shared.broker.connection import BROKER_ERRORS, LASTING_ERRORS

SECONDS, PAUSE_SECONDS = 300.0, 1.0
AWAY = (
    pymongo.errors.ConnectionFailure,
    pymongo.errors.ExecutionTimeout,
    NotPrimary,
    *BROKER_ERRORS,
    urllib3.exceptions.HTTPError,
    ManagementAway,
)
FOR_GOOD = (*LASTING_ERRORS, PermissionError)
Say = Callable[[str], None]


def until_done(
    job: Callable[[], object],
    say: Say,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Runs the idempotent job, from the start again whenever a server becomes unavailable; raises the last fault."""
    deadline, printed = clock() + seconds, ""
    while True:
        try:
            job()
            return
        except AWAY as error:
            if isinstance(error, FOR_GOOD) or clock() >= deadline:
                raise
            line = f"a server is away, waiting for it: {type(error).__name__}"
            if line != printed:
                say(line)
            printed = line
        wait(PAUSE_SECONDS)
