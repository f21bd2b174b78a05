"""Who is tried when: due notices claimed by lease, to each recipient as much as its lane takes (lanes.py), so that a dead one never
delays another's. Webhooks go side by side, those of one case one after the other.

Recipients that failed last may hold half of the threads at most. Not here: what a try is (webhooks.py, mail.py).
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.notify.actions.ending import end_try, leave_uncertain
from services.notify.actions.sending.lanes import Lanes, Try, first_due, waits_for
from services.notify.actions.sending.mail import send_mail
from services.notify.actions.sending.webhooks import send_webhook
from services.notify.dependencies import Dependencies
from services.notify.rules.notices import DEAD, EMAIL, SENDING, WEBHOOK, Notice, Outcome, failed
from services.notify.store.store import DatabaseFault

log = logging.getLogger("imc.notify")
POLL_SECONDS = 0.2
STOP_SECONDS = 8.0
MOST_GIVEN_UP = 50  # in one round
MOST_LOOKED_AT = 64  # in one look: as many as fit are begun, then it looks again
GATHER_SECONDS = 0.01  # after a try ended: what ends with it is made good in the same round
Send = Callable[[Dependencies, Notice], Outcome]


@dataclass(frozen=True)
class Way:
    """One channel out. `lease_seconds` is longer than any try; after it a try counts as lost with its process.

    `at_once` is how many one recipient gets side by side, `slow` how many more may hang there, `breaks` whether failures in a
    row are its own (mail all goes to one server). An earlier one of the same order that failed holds those behind it for
    `held` tries.
    """

    channel: str
    send: Send
    threads: int
    lease_seconds: float
    at_once: int = 1
    slow: int = 0
    held: int = 0
    breaks: bool = False


WEBHOOKS = Way(WEBHOOK, send_webhook, threads=96, lease_seconds=30.0, at_once=16, slow=32, held=3, breaks=True)
MAIL = Way(EMAIL, send_mail, threads=4, lease_seconds=90.0)


class Dispatcher:
    """One per channel and worker process; `run` is a loop of the worker."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self.lanes = Lanes(way.threads, way.at_once, way.slow, way.breaks)
        self._wake = threading.Event()

    def run(self, deps: Dependencies, stop: threading.Event) -> None:
        """Until `stop`; then nothing new is begun, and what is under way gets a few seconds to end."""
        while not stop.is_set():
            try:
                started = self.run_once(deps)
            except DatabaseFault as error:
                log.warning("%s waits: %s", self._way.channel, type(error).__name__)
                stop.wait(1.0)
                continue
            if not started and self._wake.wait(POLL_SECONDS):
                time.sleep(GATHER_SECONDS)
                self._wake.clear()
        self.finish(STOP_SECONDS)

    def run_once(self, deps: Dependencies) -> int:
        """Starts what is due and finds a free thread; returns how many tries were started, or given up."""
        started = self._give_up(deps)
        while chosen := self._choose(deps):
            certain = [notice for notice in chosen if not self._lost(deps, notice)]
            free_to_go = self._in_order(deps, certain)
            claimed = self._claimed(deps, free_to_go)
            for notice in claimed:
                self._start(deps, notice)
            started += len(claimed)
            if not claimed and len(free_to_go) == len(chosen):
                break
        return started

    def finish(self, seconds: float) -> None:
        """Waits for the tries under way."""
        ends = time.monotonic() + seconds
        for one in self.lanes.under_way():
            one.thread.join(max(0.0, ends - time.monotonic()))

    def _choose(self, deps: Dependencies) -> list[Notice]:
        """Due notices as far as there are free threads and room in their lanes, one of each order; of doubtful lanes last."""
        free, room = self.lanes.free(), self.lanes.room(deps.clock())
        if not free:
            return []
        due = deps.store.due(self._way.channel, deps.clock(), room.full(), room.busy, min(4 * free, MOST_LOOKED_AT))
        due.sort(key=lambda notice: notice["lane"] in room.doubtful)
        return [notice for notice in due if room.takes(notice["lane"], notice["order"])][:free]

    def _claimed(self, deps: Dependencies, notices: list[Notice]) -> list[Notice]:
        if not notices:
            return []
        now = deps.clock()
        return deps.store.claim(notices, now, now + timedelta(seconds=self._way.lease_seconds))

    def _in_order(self, deps: Dependencies, notices: list[Notice]) -> list[Notice]:
        """The first due one of each order, unless something stands before it: then it waits, and so does what is behind it."""
        if not self._way.held or not notices:
            return notices
        now, pending = deps.clock(), deps.store.pending(notice["order"] for notice in notices)
        may_go = []
        for notice in deps.store.instead(notices, first_due(pending, now)):
            until = waits_for(notice, pending.get(notice["order"], ()), now, self._way.held)
            if until is None:
                may_go.append(notice)
            else:
                deps.store.put_off(notice["order"], now, until)
        return may_go

    def _give_up(self, deps: Dependencies) -> int:
        """What waited untried for a recipient that is down ends when its time is over, like what was tried."""
        down = self.lanes.open()
        over = deps.store.over_time(self._way.channel, down, deps.clock(), MOST_GIVEN_UP) if down else []
        claimed = self._claimed(deps, over)
        for notice in claimed:
            end_try(deps, notice, Outcome(DEAD, "endpoint_down"))
        return len(claimed)

    def _lost(self, deps: Dependencies, notice: Notice) -> bool:
        """An e-mail whose process died while sending may have arrived: for a person to settle. A webhook is just tried again."""
        if notice["status"] != SENDING or self._way.channel != EMAIL:
            return False
        leave_uncertain(deps, notice)
        return True

    def _start(self, deps: Dependencies, notice: Notice) -> None:
        lane = notice["lane"]
        thread = threading.Thread(target=self._try, args=(deps, notice), name=f"sending {lane}", daemon=True)
        self.lanes.begin(Try(lane, notice["order"], thread))
        thread.start()

    def _try(self, deps: Dependencies, notice: Notice) -> None:
        try:
            outcome = self._sent(deps, notice)
            self.lanes.heard(notice["lane"], outcome, deps.clock())
            end_try(deps, notice, outcome)
        except Exception:
            log.exception("a try of %s ended badly; its lease will run out", notice["_id"])
        finally:
            self.lanes.end(notice["lane"], notice["order"])
            self._wake.set()

    def _sent(self, deps: Dependencies, notice: Notice) -> Outcome:
        try:
            return self._way.send(deps, notice)
        except DatabaseFault:
            return failed("database_away")
        except Exception:
            log.exception("%s could not be tried", notice["_id"])
            return failed("fault")
