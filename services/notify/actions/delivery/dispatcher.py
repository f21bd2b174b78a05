"""Which notification is sent when: due ones are claimed by lease, to each recipient as many as its queue takes (recipient_queues.py), so
that a dead recipient never delays another. Webhooks are sent side by side, those of one case one after the other.

Recipients that failed last occupy half of the threads at most. Not here: what an attempt is (webhooks.py, mail.py).
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.notify.actions.delivery.mail import send_mail
from services.notify.actions.delivery.recipient_queues import (
    RecipientQueues,
    RunningAttempt,
    blocked_until,
    first_due,
)
from services.notify.actions.delivery.webhooks import send_webhook
from services.notify.actions.outcomes import mark_uncertain, record_outcome
from services.notify.dependencies import Dependencies
from services.notify.rules import notifications
from services.notify.rules.notifications import DEAD, EMAIL, SENDING, WEBHOOK, Notification, Outcome, failure
from services.notify.store.store import DatabaseFault

log = logging.getLogger("imc.notify")
POLL_SECONDS = 0.2
STOP_SECONDS = 8.0
MAX_EXPIRED = 50  # in one round
MAX_CANDIDATES = 64  # in one query: as many as fit are started, then it queries again
COLLECT_SECONDS = 0.01  # after an attempt ended: those that end with it are replaced in the same round
Send = Callable[[Dependencies, Notification], Outcome]


@dataclass(frozen=True)
class Channel:
    """One channel of delivery. `lease_seconds` is longer than any attempt; after it an attempt counts as lost with its process.

    `concurrency` is how many attempts one recipient gets side by side, `max_slow` how many more may hang there, `has_breaker` whether
    failures in a row are its own (mail all goes to one server). An earlier notification of the same ordering key that failed blocks those
    behind it for `blocking_attempts` attempts.
    """

    name: notifications.Channel
    send: Send
    threads: int
    lease_seconds: float
    concurrency: int = 1
    max_slow: int = 0
    blocking_attempts: int = 0
    has_breaker: bool = False


WEBHOOKS = Channel(
    WEBHOOK,
    send_webhook,
    threads=96,
    lease_seconds=30.0,
    concurrency=16,
    max_slow=32,
    blocking_attempts=3,
    has_breaker=True,
)
MAIL = Channel(EMAIL, send_mail, threads=4, lease_seconds=90.0)


class Dispatcher:
    """One per channel and worker process; `run` is a loop of the worker."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.queues = RecipientQueues(channel.threads, channel.concurrency, channel.max_slow, channel.has_breaker)
        self._wake = threading.Event()

    def run(self, deps: Dependencies, stop: threading.Event) -> None:
        """Runs until `stop`; then it starts nothing new, and running attempts get a few seconds to end."""
        while not stop.is_set():
            try:
                started = self.run_once(deps)
            except DatabaseFault as error:
                log.warning("%s waits: %s", self._channel.name, type(error).__name__)
                stop.wait(1.0)
                continue
            if not started and self._wake.wait(POLL_SECONDS):
                time.sleep(COLLECT_SECONDS)
                self._wake.clear()
        self.finish(STOP_SECONDS)

    def run_once(self, deps: Dependencies) -> int:
        """Starts what is due and finds a free thread; returns how many attempts were started, or notifications ended as expired."""
        started = self._end_expired(deps)
        while chosen := self._choose(deps):
            certain = [each for each in chosen if not self._is_uncertain(deps, each)]
            unblocked = self._unblocked(deps, certain)
            claimed = self._claim(deps, unblocked)
            for notification in claimed:
                self._start(deps, notification)
            started += len(claimed)
            if not claimed and len(unblocked) == len(chosen):
                break
        return started

    def finish(self, seconds: float) -> None:
        """Waits for the running attempts."""
        ends = time.monotonic() + seconds
        for attempt in self.queues.running():
            attempt.thread.join(max(0.0, ends - time.monotonic()))

    def _choose(self, deps: Dependencies) -> list[Notification]:
        """Returns due notifications, as many as there are free threads and places in their queues, one of each ordering key; those of
        failing recipients last."""
        free, capacity = self.queues.free_threads(), self.queues.capacity(deps.clock())
        if not free:
            return []
        full, limit = capacity.full_queues(), min(4 * free, MAX_CANDIDATES)
        due = deps.store.due(self._channel.name, deps.clock(), full, capacity.busy_keys, limit)
        due.sort(key=lambda each: each["recipient_queue"] in capacity.failing)
        return [each for each in due if capacity.take(each["recipient_queue"], each["ordering_key"])][:free]

    def _claim(self, deps: Dependencies, chosen: list[Notification]) -> list[Notification]:
        if not chosen:
            return []
        now = deps.clock()
        return deps.store.claim(chosen, now, now + timedelta(seconds=self._channel.lease_seconds))

    def _unblocked(self, deps: Dependencies, chosen: list[Notification]) -> list[Notification]:
        """Returns the first due one of each ordering key, and postpones it and those behind it where an earlier one blocks it."""
        if not self._channel.blocking_attempts or not chosen:
            return chosen
        now, pending = deps.clock(), deps.store.pending(each["ordering_key"] for each in chosen)
        unblocked = []
        for each in deps.store.replaced_by_first(chosen, first_due(pending, now)):
            key = each["ordering_key"]
            until = blocked_until(each, pending.get(key, ()), now, self._channel.blocking_attempts)
            if until is None:
                unblocked.append(each)
            else:
                deps.store.postpone(key, now, until)
        return unblocked

    def _end_expired(self, deps: Dependencies) -> int:
        """Ends what waited without an attempt for a recipient that is down, once its time is over, like what was tried."""
        down = self.queues.with_open_breaker()
        expired = deps.store.expired(self._channel.name, down, deps.clock(), MAX_EXPIRED) if down else []
        claimed = self._claim(deps, expired)
        for notification in claimed:
            record_outcome(deps, notification, Outcome(DEAD, "endpoint_down"))
        return len(claimed)

    def _is_uncertain(self, deps: Dependencies, notification: Notification) -> bool:
        """Marks and leaves out an e-mail whose process died while sending: it may have arrived. A webhook is just tried again."""
        if notification["status"] != SENDING or self._channel.name != EMAIL:
            return False
        mark_uncertain(deps, notification)
        return True

    def _start(self, deps: Dependencies, notification: Notification) -> None:
        queue = notification["recipient_queue"]
        thread = threading.Thread(target=self._attempt, args=(deps, notification), name=f"sending {queue}", daemon=True)
        self.queues.start(RunningAttempt(queue, notification["ordering_key"], thread))
        thread.start()

    def _attempt(self, deps: Dependencies, notification: Notification) -> None:
        queue = notification["recipient_queue"]
        try:
            outcome = self._send(deps, notification)
            self.queues.record_outcome(queue, outcome, deps.clock())
            record_outcome(deps, notification, outcome)
        except Exception:
            log.exception("an attempt of %s failed unexpectedly; its lease will expire", notification["_id"])
        finally:
            self.queues.end(queue, notification["ordering_key"])
            self._wake.set()

    def _send(self, deps: Dependencies, notification: Notification) -> Outcome:
        try:
            return self._channel.send(deps, notification)
        except DatabaseFault:
            return failure("database_away")
        except Exception:
            log.exception("%s could not be sent", notification["_id"])
            return failure("fault")
