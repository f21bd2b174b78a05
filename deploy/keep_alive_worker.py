"""gunicorn's gthread, whose thread stays for a moment with the connection that it has just answered.

The thread that owns the poller is woken twice for a request on a kept connection: when it comes, to hand it to a thread, and when it
is answered, to watch the connection again. Each time the interpreter's lock changes hands. Whoever asks again soon, as a gateway's
connections do, is answered by the thread that waits there for him.
"""

import select
import threading
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

STAYS_MS, LOOKS_EVERY_MS = 100, 10


class KeepAliveWorker(ThreadWorker):
    """Half of the threads may stay, as long as no other connection waits for one."""

    def init_process(self) -> None:
        self._staying = threading.Semaphore(self.cfg.threads // 2)
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """What gthread's own gives for the last request: whether the connection is kept, or put off."""
        kept = super().handle(conn)
        while kept is True and self.alive and self._asks_again(conn):
            kept = super().handle(conn)
        return kept

    def _asks_again(self, conn: Any) -> bool:
        """Whether the next request, or the connection's end, comes within a moment."""
        others = self.tpool._work_queue.qsize
        if others() or not self._staying.acquire(blocking=False):
            return False
        try:
            if conn.parser.unreader.buf.getvalue():
                return True  # read along with the last one
            waiting = select.poll()
            waiting.register(conn.sock, select.POLLIN)
            for _ in range(STAYS_MS // LOOKS_EVERY_MS):
                if waiting.poll(LOOKS_EVERY_MS):
                    return True
                if others():
                    break
            return False
        except (OSError, ValueError):
            return False
        finally:
            self._staying.release()
