"""How much one recipient gets at once, as this process has seen it answer: several tries side by side, slow ones apart, a circuit
breaker. One lane per recipient, so that what one does moves no other.

A try that lasts is *slow* after a second: it gives its place to the next and counts with the slow ones, so that an endpoint that
lets one in a hundred time out still gets the others at its own pace. How many may be under way beyond its places has to be earned
by answering: who never answered holds its places and no more.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notify.rules.notices import DELIVERED, FAILED, SENDING, Notice, Outcome

SLOW_SECONDS = 1.0
OPENS_AFTER = 5  # failures in a row
PAUSE, LONGEST_PAUSE, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1)
SOON = timedelta(minutes=2)
OURS = ("case_not_heard_yet", "database_away", "fault", "secret_unreadable")
"""Reasons that say nothing of the other side."""
RESTING = ("http_429", "http_503")
"""Answers whose Retry-After is about the server, not the one request (RFC 6585, 4; RFC 9110, 15.6.4)."""
ALIVE = frozenset(f"http_{status}" for status in range(400, 500)) - {"http_408", "http_425", "http_429"}
"""What refuses this one request answers well enough."""


@dataclass
class Try:
    """One under way; `order` is what goes one after the other within a lane."""

    lane: str
    order: str
    thread: threading.Thread
    began: float = field(default_factory=time.monotonic)

    @property
    def slow(self) -> bool:
        return time.monotonic() - self.began > SLOW_SECONDS


@dataclass
class Lane:
    """What is known of one recipient; `open_until` while its breaker is open."""

    failures: int = 0
    unanswered: int = 0  # begun since the last good answer
    pause: timedelta = PAUSE
    open_until: datetime | None = None


class Lanes:
    """All of one channel in one process; `at_once` places for each, `slow` ones beside, a breaker where it `breaks`."""

    def __init__(self, threads: int, at_once: int, slow: int, breaks: bool) -> None:
        self._threads, self._at_once, self._slow, self._breaks = threads, at_once, slow, breaks
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane] = {}
        self._tries: dict[str, Try] = {}

    def under_way(self) -> list[Try]:
        with self._lock:
            return list(self._tries.values())

    def free(self) -> int:
        """Threads that may still be begun."""
        with self._lock:
            return max(0, self._threads - len(self._tries))

    def room(self, now: datetime) -> "Room":
        """Who gets how much just now: what a round of choosing goes by."""
        with self._lock:
            doubtful = {name for name, lane in self._lanes.items() if lane.failures}
            under: dict[str, list[Try]] = {name: [] for name in self._lanes}
            for one in self._tries.values():
                under.setdefault(one.lane, []).append(one)
            left = {name: self._left(self._lanes.get(name, Lane()), own, now) for name, own in under.items()}
            places = max(0, self._threads // 2 - sum(len(under[name]) for name in doubtful))
            return Room(left, set(self._tries), doubtful, places, self._at_once)

    def _left(self, lane: Lane, own: list[Try], now: datetime) -> int:
        """How many more this lane may begin beside its `own` under way."""
        if lane.open_until is not None:
            return int(not own and lane.open_until <= now)
        apart = min(self._slow, sum(one.slow for one in own))
        return self._at_once - max(len(own) - apart, lane.unanswered)

    def open(self) -> list[str]:
        """Lanes whose breaker is open."""
        with self._lock:
            return [name for name, lane in self._lanes.items() if lane.open_until is not None]

    def begin(self, one: Try) -> None:
        with self._lock:
            self._tries[one.order] = one
            self._lanes.setdefault(one.lane, Lane()).unanswered += 1

    def heard(self, name: str, outcome: Outcome, now: datetime) -> None:
        """What a try's end says of its recipient."""
        with self._lock:
            lane = self._lanes.setdefault(name, Lane())
            if outcome.result == DELIVERED or (outcome.result == FAILED and outcome.reason in ALIVE):
                self._lanes[name] = Lane()
            elif outcome.result != FAILED or outcome.reason in OURS:
                lane.unanswered = max(0, lane.unanswered - 1)
            else:
                self._failed(lane, outcome, now)

    def _failed(self, lane: Lane, outcome: Outcome, now: datetime) -> None:
        lane.failures += 1
        if not self._breaks:
            lane.unanswered = max(0, lane.unanswered - 1)
            return
        probed = lane.open_until is not None and lane.open_until <= now
        if probed:
            lane.pause = min(2 * lane.pause, LONGEST_PAUSE)
        wait = timedelta(seconds=min(outcome.wait_seconds, LONGEST_REST.total_seconds()))
        if outcome.reason in RESTING and wait:
            lane.open_until = max(lane.open_until or now, now + wait)
        elif probed or (lane.open_until is None and lane.failures >= OPENS_AFTER):
            lane.open_until = now + lane.pause
        elif lane.open_until is None:
            lane.unanswered = max(0, lane.unanswered - 1)

    def end(self, name: str, order: str) -> None:
        with self._lock:
            self._tries.pop(order, None)
            if self._lanes.get(name) == Lane() and not any(one.lane == name for one in self._tries.values()):
                del self._lanes[name]  # nothing to remember


@dataclass
class Room:
    """What one round of choosing may still begin; it counts down while it is used."""

    left: dict[str, int]
    busy: set[str]
    doubtful: set[str]
    places: int
    at_once: int

    def full(self) -> list[str]:
        """Lanes that get nothing now."""
        kept_out = {name for name, left in self.left.items() if left <= 0}
        return sorted(kept_out | (self.doubtful if self.places <= 0 else set()))

    def takes(self, lane: str, order: str) -> bool:
        """Whether one more may begin; then it is counted."""
        left = self.left.get(lane, self.at_once)
        if left <= 0 or order in self.busy or (lane in self.doubtful and self.places <= 0):
            return False
        self.left[lane] = left - 1
        self.busy.add(order)
        self.places -= lane in self.doubtful
        return True


def first_due(pending: Mapping[str, Iterable[Notice]], now: datetime) -> dict[str, str]:
    """By order, the id of the first that is due: one whose process died, or that was tried before, may be due after the next."""
    due = {order: [row for row in rows if row["due_at"] <= now] for order, rows in pending.items()}
    return {order: min(rows, key=_place)["_id"] for order, rows in due.items() if rows}


def _place(row: Notice) -> tuple[datetime, int]:
    return row["at"], row["sequence"]


def waits_for(notice: Notice, others: Iterable[Notice], now: datetime, held: int) -> datetime | None:
    """When to look again at a notice whose order is not its own yet; None where it may go.

    Another process is sending one of the same order; or an earlier one failed no more than `held` times, and its next try
    comes within two minutes: what is behind it would overtake it. Later than that they pass: no news is worse than news out of order.
    """
    until: list[datetime] = []
    for other in others:
        due, earlier = other["due_at"], _place(other) < _place(notice)
        if other["_id"] == notice["_id"] or due <= now:
            continue
        if other["status"] == SENDING:
            until.append(min(due, now + timedelta(seconds=1)))
        elif earlier and other["status"] == FAILED and other["attempts"] <= held and due - now <= SOON:
            until.append(due)
    return max(until, default=None)
