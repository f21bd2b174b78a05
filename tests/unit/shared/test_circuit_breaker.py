"""The circuit breaker of the database: as many as it answers in time, one probe while it is away, and back to all soon after."""

import threading
from collections.abc import Callable

import pymongo.errors
import pytest

from shared.errors import Conflict, NotFound, Unavailable
from shared.web.circuit_breaker import (
    FEWEST,
    HALVED_AT_MOST_EVERY,
    OPEN_SECONDS,
    PROBE_SECONDS,
    REQUEST_SECONDS,
    UPLOAD_SECONDS,
    CircuitBreaker,
)


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def pass_through(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with breaker:
            pass


def late(breaker: CircuitBreaker) -> None:
    """A request whose answer does not come in time, and is told as away."""
    with pytest.raises(pymongo.errors.NetworkTimeout), breaker:
        raise pymongo.errors.NetworkTimeout("late")
    breaker.record_timeout()


def elsewhere(run: Callable[[], None]) -> list[BaseException]:
    """What it raises on a thread of its own."""
    raised: list[BaseException] = []

    def caught() -> None:
        try:
            run()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=caught)
    thread.start()
    thread.join(10)
    return raised


@pytest.mark.parametrize("places", [1, 2, 3, 19])
def test_lets_in_as_many_as_it_has_places(places: int, time: Time) -> None:
    breaker = CircuitBreaker(places, time)
    for _ in range(places):
        breaker.__enter__()
    time.now += 1  # nobody moved for a while
    assert [type(error) for error in elsewhere(lambda: pass_through(breaker))] == [Unavailable]
    breaker.__exit__(None, None, None)
    assert elsewhere(lambda: pass_through(breaker)) == []


def test_fewer_after_each_finding_that_answers_come_late_but_never_none(time: Time) -> None:
    breaker = CircuitBreaker(19, time)
    limits = []
    for _ in range(6):
        late(breaker)
        limits.append(breaker.limit)
        time.now += OPEN_SECONDS
    assert limits == sorted(limits, reverse=True) and limits[0] == 9 and limits[-1] == FEWEST


def test_those_let_in_together_count_once(time: Time) -> None:
    breaker = CircuitBreaker(16, time)
    for _ in range(16):
        breaker.record_timeout()
    assert breaker.limit == 8
    time.now += HALVED_AT_MOST_EVERY
    breaker.record_timeout()
    assert breaker.limit == 4


def test_while_it_is_away_one_at_a_time_knocks_with_time_enough_and_the_others_are_refused_at_once(time: Time) -> None:
    breaker = CircuitBreaker(19, time)
    assert breaker.seconds_for() == REQUEST_SECONDS
    breaker.record_timeout()
    with pytest.raises(pymongo.errors.NetworkTimeout), breaker:
        assert breaker.seconds_for() == PROBE_SECONDS
        for _ in range(5):
            (error,) = elsewhere(lambda: pass_through(breaker))
            assert isinstance(error, Unavailable)
        raise pymongo.errors.NetworkTimeout("late")
    breaker.record_timeout()
    pass_through(breaker)  # the next one that knocks is answered
    assert breaker.seconds_for() == REQUEST_SECONDS
    with breaker:
        assert elsewhere(lambda: pass_through(breaker)) == []


@pytest.mark.parametrize("answer", [None, NotFound("x"), Conflict("x")])
def test_whatever_was_decided_upon_an_answer_ends_the_absence(answer: Exception | None, time: Time) -> None:
    breaker = CircuitBreaker(19, time)
    breaker.record_timeout()
    try:
        with breaker:
            if answer:
                raise answer
    except (NotFound, Conflict):
        pass
    with breaker:
        assert breaker.seconds_for() == REQUEST_SECONDS


def test_all_are_let_in_again_soon_after(time: Time) -> None:
    breaker = CircuitBreaker(19, time)
    for _ in range(6):
        late(breaker)
        time.now += OPEN_SECONDS
    pass_through(breaker, 4 * 19)
    assert breaker.limit == 19
    time.now += 1e6
    pass_through(breaker, 100)
    assert breaker.limit == 19


def test_a_full_gate_that_moves_is_waited_for() -> None:
    breaker = CircuitBreaker(1)
    breaker.__enter__()
    timer = threading.Timer(0.1, lambda: breaker.__exit__(None, None, None))
    timer.start()
    pass_through(breaker)
    timer.join()


@pytest.mark.parametrize("places", [1, 2, 3, 19])
def test_no_more_are_let_in_than_there_are_places(places: int, time: Time) -> None:
    breaker = CircuitBreaker(places, time)
    for _ in range(4):
        breaker.record_timeout()
        time.now += HALVED_AT_MOST_EVERY
        assert min(FEWEST, places) <= breaker.limit <= places


def test_what_stores_a_file_has_longer_but_not_while_the_database_is_away(time: Time) -> None:
    breaker = CircuitBreaker(3, time)
    assert (breaker.seconds_for(), breaker.seconds_for(stores_file=True)) == (REQUEST_SECONDS, UPLOAD_SECONDS)
    breaker.record_timeout()
    assert breaker.seconds_for() == breaker.seconds_for(stores_file=True) == PROBE_SECONDS
