"""The pool of a web process's threads knows when a connection waits for one."""

import threading

from deploy.keep_alive_worker import CountingPool


def test_a_call_waits_until_a_thread_starts_it() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(answer: int) -> int:
        begun.set()
        assert go_on.wait(10)
        return answer

    with CountingPool(1) as pool:
        first = pool.submit(hold, 1)
        assert begun.wait(10)
        assert not pool.has_waiting()
        second = pool.submit(hold, answer=2)
        assert pool.has_waiting()
        go_on.set()
        assert (first.result(10), second.result(10)) == (1, 2)
        assert not pool.has_waiting()


def test_a_call_that_fails_no_longer_waits() -> None:
    with CountingPool(1) as pool:
        failed = pool.submit(lambda: 1 / 0)
        assert isinstance(failed.exception(10), ZeroDivisionError)
        assert not pool.has_waiting()
