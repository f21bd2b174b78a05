"""The states of one notification from queued to its end, and when it is tried again. Not here: who is notified (audience.py)."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.errors import IllegalMove, NotFound

Notice = dict[str, Any]

INBOX, EMAIL, WEBHOOK = CHANNELS = ("inbox", "email", "webhook")
QUEUED, SCHEDULED, SENDING, DELIVERED, FAILED, DEAD, UNCERTAIN, SUPPRESSED = STATUSES = (
    "queued",
    "scheduled",
    "sending",
    "delivered",
    "failed",
    "dead",
    "uncertain",
    "suppressed",
)

MOVES: dict[str, tuple[str, ...]] = {
    QUEUED: (SENDING, SUPPRESSED),
    SCHEDULED: (SENDING, SUPPRESSED),
    SENDING: (DELIVERED, FAILED, DEAD, UNCERTAIN, SUPPRESSED, SCHEDULED),
    FAILED: (SENDING, SUPPRESSED),
    UNCERTAIN: (DELIVERED, QUEUED),
    DEAD: (QUEUED,),
    SUPPRESSED: (QUEUED,),
    DELIVERED: (),
}

_MINUTE, _HOUR = 60.0, 3600.0
DELAYS = {
    # Standard Webhooks asks for 5 s to 24 h over about three days; denser at the start, where most outages end.
    WEBHOOK: (5.0, 15.0, _MINUTE, *(n * _MINUTE for n in (5, 15, 30)), *(n * _HOUR for n in (1, 2, 4, 8, 12, 20, 24))),
    # A day (RFC 5321 4.5.4.1 lets a client give up after a few; the mail server behind us has its own queue).
    EMAIL: (30.0, *(n * _MINUTE for n in (2, 5, 15, 30)), *(n * _HOUR for n in (1, 2, 4, 8, 8))),
}
JITTER = 0.1
GIVEN_UP_AFTER = {channel: timedelta(seconds=sum(delays) * (1 + JITTER)) for channel, delays in DELAYS.items()}
"""Counted from when it may first be sent. It ends sooner where all attempts were made; the other side's Retry-After does not extend it."""
MOST_TRIES_KEPT = 20
_LONGEST = max(GIVEN_UP_AFTER.values()).total_seconds()


COMMANDS: dict[str, list[str]] = {DEAD: ["retry"], SUPPRESSED: ["retry"], UNCERTAIN: ["settle"]}


class NoSuchNotice(NotFound):
    """No notice with this id, or none of yours."""


class MoveNotAllowed(IllegalMove):
    """The notice is not in a state that this command starts from; `allowed` names the commands that do."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(f"The notice is {notice['status']}.", commands(notice))


def commands(notice: Notice) -> list[str]:
    """Returns what a person may do about it; an inbox entry is delivered when it is written."""
    return [] if notice["channel"] == INBOX else COMMANDS.get(notice["status"], [])


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended: `result` is the state it leads to; `failed` turns into `dead` once all attempts are used.

    `scheduled` was no attempt: it is to be made at `until`. `link_number` is the issue of an applicant's link that the mail carried.
    """

    result: str
    reason: str | None = None
    wait_seconds: float = 0.0
    endpoint_gone: bool = False
    until: datetime | None = None
    link_number: int | None = None


TAKEN = Outcome(DELIVERED)


def failed(reason: str, wait_seconds: float = 0.0) -> Outcome:
    """Returns an outcome that is tried again; `wait_seconds` is the least pause the other side asked for."""
    return Outcome(FAILED, reason, wait_seconds)


def next_delay(channel: str, attempts: int, chance: random.Random) -> float | None:
    """Returns the seconds until the next attempt after `attempts` of them, a tenth more or less; None when it is time to give up."""
    delays = DELAYS[channel]
    if attempts > len(delays):
        return None
    return delays[attempts - 1] * chance.uniform(1 - JITTER, 1 + JITTER)


def after(notice: Notice, outcome: Outcome, now: datetime, chance: random.Random) -> Notice:
    """Returns the notification after an attempt."""
    status, due = outcome.result, None
    if status == SCHEDULED:
        waits = {"status": SCHEDULED, "reason": outcome.reason, "due_at": outcome.until or now}
        return notice | waits | {"attempts": notice["attempts"] - 1}
    ends = notice.get("give_up_at") or now + GIVEN_UP_AFTER[notice["channel"]]
    if status == FAILED:
        due = _due_again(notice, outcome, now, ends, chance)
        status = FAILED if due else DEAD
    entry = {"at": now, "result": status} | ({"reason": outcome.reason} if outcome.reason else {})
    tries = [*notice.get("tries", ()), entry][-MOST_TRIES_KEPT:]
    kept = {"status": status, "reason": outcome.reason, "due_at": due, "ended_at": now, "tries": tries}
    carried = {} if outcome.link_number is None else {"link_number": outcome.link_number}
    return notice | kept | carried | {"give_up_at": ends}


def _due_again(
    notice: Notice, outcome: Outcome, now: datetime, ends: datetime, chance: random.Random
) -> datetime | None:
    """Returns the next time: not before the other side asked for, once after that, within the lifetime of a notification; None when given
    up."""
    delay = next_delay(notice["channel"], notice["attempts"], chance)
    if now >= ends or (delay is None and not outcome.wait_seconds):
        return None
    return min(ends, now + timedelta(seconds=max(delay or 0.0, min(outcome.wait_seconds, _LONGEST))))


def sent_again(notice: Notice, now: datetime) -> Notice:
    """Returns it queued again with all its attempts left, under the same id; raises MoveNotAllowed."""
    if "retry" not in commands(notice):
        raise MoveNotAllowed(notice)
    return queued(notice, now)


def settled(notice: Notice, delivered: bool, now: datetime) -> Notice:
    """Returns an uncertain e-mail after a person found out: it arrived, or it is to be sent again. Raises MoveNotAllowed."""
    if "settle" not in commands(notice):
        raise MoveNotAllowed(notice)
    if not delivered:
        return queued(notice, now)
    return notice | {"status": DELIVERED, "reason": None, "due_at": None, "ended_at": now}


def queued(notice: Notice, now: datetime) -> Notice:
    """Returns it at its first state, with its whole lifetime left."""
    return notice | {"status": QUEUED, "reason": None, "due_at": now, "attempts": 0, **given_up(notice["channel"], now)}


def given_up(channel: str, now: datetime) -> Notice:
    """Returns when a notification that may be sent from now on is given up at the latest. For a webhook this is known at once, since one to
    an endpoint that is down may wait untried; for an e-mail it counts from the first attempt (quiet hours before it do not count)."""
    return {"give_up_at": now + GIVEN_UP_AFTER[WEBHOOK] if channel == WEBHOOK else None}
