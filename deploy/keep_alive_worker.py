"""gunicorn's gthread worker, with threads that wait a moment for the next request on the connection that they have just answered.

The thread that owns the poller wakes up twice for a request on a keep-alive connection: when it arrives, to pass it to a thread, and
when it is answered, to watch the connection again. Each time the interpreter's lock changes hands. A client that sends its next request
soon, as a gateway does, is answered by the waiting thread.
"""

import select
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

WAIT_MS, LOOK_EVERY_MS = 100, 10


class CountingPool(ThreadPoolExecutor):
    """A thread pool that knows whether calls wait for a thread."""

    def __init__(self, max_workers: int) -> None:
        super().__init__(max_workers)
        self._waiting = 0
        self._counting = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._count(1)
        return super().submit(self._start, fn, *args, **kwargs)

    def has_waiting(self) -> bool:
        """Whether a call was submitted that no thread has started."""
        return self._waiting > 0

    def _start(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self._count(-1)
        return fn(*args, **kwargs)

    def _count(self, change: int) -> None:
        with self._counting:
            self._waiting += change


class KeepAliveWorker(ThreadWorker):
    """A worker half of whose threads may wait on their connections, as long as no other connection waits for a thread."""

    tpool: CountingPool

    def get_thread_pool(self) -> CountingPool:
        return CountingPool(self.cfg.threads)

    def init_process(self) -> None:
        self._may_wait = threading.Semaphore(self.cfg.threads // 2)
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Handles requests of a connection; returns gthread's result for the last one: whether the connection is kept alive, or deferred."""
        result = super().handle(conn)
        while result is True and self.alive and self._has_next(conn):
            result = super().handle(conn)
        return result

    def _has_next(self, conn: Any) -> bool:
        """Whether the next request, or the connection's end, arrives within a moment."""
        pool = self.tpool
        if pool.has_waiting() or not self._may_wait.acquire(blocking=False):
            return False
        try:
            if conn.parser.unreader.buf.getvalue():
                return True  # read together with the last one
            arrival = select.poll()
            arrival.register(conn.sock, select.POLLIN)
            for _ in range(WAIT_MS // LOOK_EVERY_MS):
                if arrival.poll(LOOK_EVERY_MS):
                    return True
                if pool.has_waiting():
                    break
            return False
        except (OSError, ValueError):
            return False
        finally:
            self._may_wait.release()
