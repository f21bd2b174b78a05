"""How much one recipient gets at once, by how this process has seen it answer: several attempts side by side, slow ones apart, a circuit
breaker. There is one queue per recipient, so that what one recipient does affects no other.

An attempt is *slow* after a second: it gives its place to the next and counts with the slow ones, so that an endpoint that lets one request
in a hundred time out still gets the others at its own pace. Slow ones beyond the places are allowed only to a recipient that answers: one
that never answered occupies its places and no more.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notify.rules.notifications import DELIVERED, FAILED, SENDING, Notification, Outcome

SLOW_SECONDS = 1.0
OPENS_AFTER = 5  # failures in a row
PAUSE, MAX_PAUSE, MAX_RETRY_AFTER = timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1)
MAX_BLOCKED = timedelta(minutes=2)
OWN_FAILURES = ("case_not_known_yet", "database_away", "fault", "secret_unreadable")
"""Reasons that say nothing of the other side."""
OVERLOADED = ("http_429", "http_503")
"""Answers whose Retry-After is about the server, not the one request (RFC 6585, 4; RFC 9110, 15.6.4)."""
ALIVE = frozenset(f"http_{status}" for status in range(400, 500)) - {"http_408", "http_425", "http_429"}
"""A server that refuses this one request is up."""


@dataclass
class RunningAttempt:
    """An attempt that has not ended; within a queue those with the same `ordering_key` run one after the other."""

    queue: str
    ordering_key: str
    thread: threading.Thread
    began: float = field(default_factory=time.monotonic)

    @property
    def is_slow(self) -> bool:
        return time.monotonic() - self.began > SLOW_SECONDS


@dataclass
class RecipientQueue:
    """What is known of one recipient; `open_until` while its breaker is open."""

    failures: int = 0
    unanswered: int = 0  # begun since the last good answer
    pause: timedelta = PAUSE
    open_until: datetime | None = None


class RecipientQueues:
    """All queues of one channel in one process: `concurrency` places in each, `max_slow` slow ones beside, a circuit breaker with
    `has_breaker`."""

    def __init__(self, threads: int, concurrency: int, max_slow: int, has_breaker: bool) -> None:
        self._threads, self._concurrency, self._max_slow, self._has_breaker = (
            threads,
            concurrency,
            max_slow,
            has_breaker,
        )
        self._lock = threading.Lock()
        self._queues: dict[str, RecipientQueue] = {}
        self._attempts: dict[str, RunningAttempt] = {}

    def running(self) -> list[RunningAttempt]:
        with self._lock:
            return list(self._attempts.values())

    def free_threads(self) -> int:
        """Returns how many threads may still be started."""
        with self._lock:
            return max(0, self._threads - len(self._attempts))

    def capacity(self, now: datetime) -> "Capacity":
        """Returns how much each recipient may get now, for one round of choosing."""
        with self._lock:
            failing = {name for name, queue in self._queues.items() if queue.failures}
            running: dict[str, list[RunningAttempt]] = {name: [] for name in self._queues}
            for attempt in self._attempts.values():
                running.setdefault(attempt.queue, []).append(attempt)
            left = {
                name: self._left(self._queues.get(name, RecipientQueue()), own, now) for name, own in running.items()
            }
            left_for_failing = max(0, self._threads // 2 - sum(len(running[name]) for name in failing))
            return Capacity(left, set(self._attempts), failing, left_for_failing, self._concurrency)

    def _left(self, queue: RecipientQueue, running: list[RunningAttempt], now: datetime) -> int:
        """Returns how many more attempts this queue may start beside those `running`."""
        if queue.open_until is not None:
            return int(not running and queue.open_until <= now)
        apart = min(self._max_slow, sum(attempt.is_slow for attempt in running))
        return self._concurrency - max(len(running) - apart, queue.unanswered)

    def with_open_breaker(self) -> list[str]:
        """Returns the queues whose breaker is open."""
        with self._lock:
            return [name for name, queue in self._queues.items() if queue.open_until is not None]

    def start(self, attempt: RunningAttempt) -> None:
        """Adds an attempt that starts now."""
        with self._lock:
            self._attempts[attempt.ordering_key] = attempt
            self._queues.setdefault(attempt.queue, RecipientQueue()).unanswered += 1

    def record_outcome(self, name: str, outcome: Outcome, now: datetime) -> None:
        """Records what an attempt's outcome says of its recipient."""
        with self._lock:
            queue = self._queues.setdefault(name, RecipientQueue())
            if outcome.result == DELIVERED or (outcome.result == FAILED and outcome.reason in ALIVE):
                self._queues[name] = RecipientQueue()
            elif outcome.result != FAILED or outcome.reason in OWN_FAILURES:
                queue.unanswered = max(0, queue.unanswered - 1)
            else:
                self._record_failure(queue, outcome, now)

    def _record_failure(self, queue: RecipientQueue, outcome: Outcome, now: datetime) -> None:
        queue.failures += 1
        if not self._has_breaker:
            queue.unanswered = max(0, queue.unanswered - 1)
            return
        was_probe = queue.open_until is not None and queue.open_until <= now
        if was_probe:
            queue.pause = min(2 * queue.pause, MAX_PAUSE)
        wait = timedelta(seconds=min(outcome.wait_seconds, MAX_RETRY_AFTER.total_seconds()))
        if outcome.reason in OVERLOADED and wait:
            queue.open_until = max(queue.open_until or now, now + wait)
        elif was_probe or (queue.open_until is None and queue.failures >= OPENS_AFTER):
            queue.open_until = now + queue.pause
        elif queue.open_until is None:
            queue.unanswered = max(0, queue.unanswered - 1)

    def end(self, name: str, ordering_key: str) -> None:
        """Removes an attempt that has ended, and its queue where nothing is known of it."""
        with self._lock:
            self._attempts.pop(ordering_key, None)
            is_unused = not any(attempt.queue == name for attempt in self._attempts.values())
            if self._queues.get(name) == RecipientQueue() and is_unused:
                del self._queues[name]


@dataclass
class Capacity:
    """What one round of choosing may still start; it counts down while it is used."""

    left: dict[str, int]
    busy_keys: set[str]
    failing: set[str]
    left_for_failing: int
    concurrency: int

    def full_queues(self) -> list[str]:
        """Returns the queues that get nothing now."""
        full = {name for name, left in self.left.items() if left <= 0}
        return sorted(full | (self.failing if self.left_for_failing <= 0 else set()))

    def take(self, queue: str, ordering_key: str) -> bool:
        """Whether one more attempt may start; then it is counted."""
        left = self.left.get(queue, self.concurrency)
        if left <= 0 or ordering_key in self.busy_keys or (queue in self.failing and self.left_for_failing <= 0):
            return False
        self.left[queue] = left - 1
        self.busy_keys.add(ordering_key)
        self.left_for_failing -= queue in self.failing
        return True


def first_due(pending: Mapping[str, Iterable[Notification]], now: datetime) -> dict[str, str]:
    """Returns by ordering key the id of the first notification that is due.

    One whose process died, or that was tried before, may be due after the next one.
    """
    due = {key: [each for each in rows if _due_at(each) <= now] for key, rows in pending.items()}
    return {key: min(rows, key=_position)["_id"] for key, rows in due.items() if rows}


def _due_at(notification: Notification) -> datetime:
    """Returns when a pending notification is due: it always has a time."""
    due = notification["due_at"]
    assert due is not None
    return due


def _position(notification: Notification) -> tuple[datetime, int]:
    return notification["at"], notification["sequence"]


def blocked_until(
    notification: Notification, others: Iterable[Notification], now: datetime, blocking_attempts: int
) -> datetime | None:
    """Returns when to look again at a notification that has to wait for another of its ordering key; None where it may be sent.

    It waits where another process is sending one of the same key, or where an earlier one failed no more than `blocking_attempts` times
    and its next attempt comes within two minutes: it would overtake it. Where that is later it is sent: late news is worse than news out
    of order.
    """
    until: list[datetime] = []
    for other in others:
        due, is_earlier = _due_at(other), _position(other) < _position(notification)
        if other["_id"] == notification["_id"] or due <= now:
            continue
        if other["status"] == SENDING:
            until.append(min(due, now + timedelta(seconds=1)))
        elif is_earlier and other["status"] == FAILED:
            if other["attempts"] <= blocking_attempts and due - now <= MAX_BLOCKED:
                until.append(due)
    return max(until, default=None)
