"""Who is tried when: due notices claimed by lease, one at a time per recipient, so that a dead one never delays another's.

Recipients that failed last may hold half of the threads at most. Not here: what a try is (webhooks.py, mail.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.notify.actions.ending import end_try, leave_uncertain
from services.notify.actions.parts import Document, Parts
from services.notify.actions.sending.mail import send_mail
from services.notify.actions.sending.webhooks import send_webhook
from services.notify.rules.notices import EMAIL, FAILED, SENDING, WEBHOOK, Notice, Outcome, failed
from services.notify.store import DatabaseFault

log = logging.getLogger("imc.notify")
POLL_SECONDS = 0.2
STOP_SECONDS = 8.0
Send = Callable[[Parts, Notice], Outcome]


@dataclass(frozen=True)
class Way:
    """One channel out. `lease_seconds` is longer than any try; after it a try counts as lost with its process."""

    channel: str
    send: Send
    threads: int
    lease_seconds: float


WEBHOOKS = Way(WEBHOOK, send_webhook, threads=16, lease_seconds=30.0)
MAIL = Way(EMAIL, send_mail, threads=4, lease_seconds=90.0)


class Dispatcher:
    """One per channel and worker process; `run` is a loop of the worker."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._lock = threading.Lock()
        self._in_flight: dict[str, threading.Thread] = {}
        self._doubtful: set[str] = set()
        self._wake = threading.Event()

    def run(self, parts: Parts, stop: threading.Event) -> None:
        """Until `stop`; then nothing new is begun, and what is under way gets a few seconds to end."""
        while not stop.is_set():
            try:
                started = self.run_once(parts)
            except DatabaseFault as error:
                log.warning("%s waits: %s", self._way.channel, type(error).__name__)
                stop.wait(1.0)
                continue
            if not started:
                self._wake.wait(POLL_SECONDS)
                self._wake.clear()
        self.finish(STOP_SECONDS)

    def run_once(self, parts: Parts) -> int:
        """Starts what is due and finds a free thread; returns how many tries were started."""
        started = 0
        while chosen := self._choose(parts):
            certain = [notice for notice in chosen if not self._lost(parts, notice)]
            now = parts.clock()
            claimed = (
                parts.store.claim(certain, now, now + timedelta(seconds=self._way.lease_seconds)) if certain else []
            )
            for notice in claimed:
                self._start(parts, notice)
            started += len(claimed)
            if not claimed and len(certain) == len(chosen):
                break
        return started

    def finish(self, seconds: float) -> None:
        """Waits for the tries under way."""
        ends = time.monotonic() + seconds
        with self._lock:
            threads = list(self._in_flight.values())
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _choose(self, parts: Parts) -> list[Notice]:
        """One due notice per free lane, as many as there are free threads, of doubtful lanes up to half of all."""
        with self._lock:
            busy, doubtful = set(self._in_flight), set(self._doubtful)
        free, places = self._way.threads - len(busy), self._way.threads // 2 - len(busy & doubtful)
        if free <= 0:
            return []
        kept_out = busy if places > 0 else busy | doubtful
        due = parts.store.due(self._way.channel, parts.clock(), kept_out, 4 * free)
        first = list(_one_per_lane(due))
        certain = [notice for notice in first if notice["lane"] not in doubtful]
        tried_before = [notice for notice in first if notice["lane"] in doubtful]
        return (certain + tried_before[: max(0, places)])[:free]

    def _lost(self, parts: Parts, notice: Notice) -> bool:
        """An e-mail whose process died while sending may have arrived: for a person to settle. A webhook is just tried again."""
        if notice["status"] != SENDING or self._way.channel != EMAIL:
            return False
        leave_uncertain(parts, notice)
        return True

    def _start(self, parts: Parts, notice: Notice) -> None:
        lane = notice["lane"]
        thread = threading.Thread(target=self._try, args=(parts, notice), name=f"sending {lane}", daemon=True)
        with self._lock:
            self._in_flight[lane] = thread
        thread.start()

    def _try(self, parts: Parts, notice: Notice) -> None:
        lane = notice["lane"]
        try:
            outcome = self._sent(parts, notice)
            with self._lock:
                (self._doubtful.add if outcome.result == FAILED else self._doubtful.discard)(lane)
            end_try(parts, notice, outcome)
        except Exception:
            log.exception("a try of %s ended badly; its lease will run out", notice["_id"])
        finally:
            with self._lock:
                self._in_flight.pop(lane, None)
            self._wake.set()

    def _sent(self, parts: Parts, notice: Notice) -> Outcome:
        try:
            return self._way.send(parts, notice)
        except DatabaseFault:
            return failed("database_away")
        except Exception:
            log.exception("%s could not be tried", notice["_id"])
            return failed("fault")


def _one_per_lane(notices: Iterable[Document]) -> Iterable[Notice]:
    seen = set()
    for notice in notices:
        if notice["lane"] not in seen:
            seen.add(notice["lane"])
            yield notice
