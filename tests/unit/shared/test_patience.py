"""A one-shot job waits for servers that are away, up to a deadline; what waiting does not mend is raised at once."""

from collections.abc import Callable

import amqp.exceptions
import pymongo.errors
import pytest
import urllib3.exceptions

from deploy.broker_users import ManagementAway, RefusedByBroker
from deploy.mongo_users import NotPrimary
from deploy.patience import until_done

AWAY = [
    pymongo.errors.AutoReconnect("connection closed"),
    pymongo.errors.ServerSelectionTimeoutError("nobody there"),
    pymongo.errors.NotPrimaryError("stepping down"),
    NotPrimary("mongo did not become primary"),
    ConnectionRefusedError(),
    amqp.exceptions.ConnectionForced("shutting down"),
    urllib3.exceptions.ProtocolError("closed"),
    ManagementAway("PUT users/x: 503"),
]
LASTING = [
    pymongo.errors.OperationFailure("not authorized", 13),
    amqp.exceptions.AccessRefused("login"),
    amqp.exceptions.PreconditionFailed("x-queue-type"),
    RefusedByBroker("PUT users/x: 400"),
    KeyError("a bug"),
]


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def failing(error: Exception, times: int) -> tuple[Callable[[], None], list[int]]:
    tries = [0]

    def job() -> None:
        tries[0] += 1
        if tries[0] <= times:
            raise error

    return job, tries


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_runs_again_from_its_start_until_the_server_is_back(error: Exception) -> None:
    time, said = Time(), list[str]()
    job, tries = failing(error, 5)
    until_done(job, said.append, clock=lambda: time.now, wait=time.wait)
    assert tries == [6]
    assert said == [f"a server is away, waiting for it: {type(error).__name__}"]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_ends_with_the_fault_at_its_deadline(error: Exception) -> None:
    time = Time()
    job, tries = failing(error, 10_000)
    with pytest.raises(type(error)):
        until_done(job, lambda _: None, seconds=30.0, clock=lambda: time.now, wait=time.wait)
    assert 30 <= tries[0] <= 32


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_what_waiting_does_not_mend_is_raised_at_once(error: Exception) -> None:
    job, tries = failing(error, 10_000)
    with pytest.raises(type(error)):
        until_done(job, lambda _: None, wait=lambda _: pytest.fail("waited"))
    assert tries == [1]
