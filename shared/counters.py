"""Counters of one worker process: plain numbers, written into its heartbeat and summed by the reader."""

import threading


class Counters:
    """Counts since start, and the age in seconds of the event handled last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, float] = {}

    def add(self, name: str, number: float = 1) -> None:
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + number

    def age(self, seconds: float) -> None:
        """Records how old the last handled event was when its effect was written."""
        with self._lock:
            self._counts["event_age_seconds"] = round(max(seconds, 0.0), 4)

    def read(self) -> dict[str, float]:
        with self._lock:
            return dict(self._counts)
