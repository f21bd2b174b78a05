"""A circuit breaker for the one service that a mail needs while it is sent: training, which alone knows applicants' addresses."""

import threading
from datetime import datetime, timedelta


class TrainingCircuitBreaker:
    """While training does not respond, one mail in five seconds asks it and the others wait, so that no other mail is delayed."""

    PAUSE = timedelta(seconds=5)

    def __init__(self) -> None:
        self._until: datetime | None = None
        self._lock = threading.Lock()

    def is_open(self, now: datetime) -> bool:
        """Whether to wait without asking; the caller that gets False once the pause is over is the probe for all."""
        with self._lock:
            if self._until is None or now < self._until:
                return self._until is not None
            self._until = now + self.PAUSE
            return False

    def record_failure(self, now: datetime, wait: timedelta = timedelta(0)) -> bool:
        """Records a failure; returns whether the breaker was closed. `wait` is how long training asked for."""
        was_closed, self._until = self._until is None, now + max(self.PAUSE, wait)
        return was_closed

    def record_success(self) -> bool:
        """Records a success; returns whether the breaker was open."""
        was_open, self._until = self._until is not None, None
        return was_open
