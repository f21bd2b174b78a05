"""The centre's response times and the thresholds of a long wait, as constants with their source, and how a moment compares to them.

A response time is changed here only; no other module contains a number of hours.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.intake.rules.working_days import after, between

ANSWER_WITHIN = timedelta(hours=24)
"""Working time within which agencies are answered. Source: the centre's promise to them (services/intake/README.md)."""
ANSWER_SOON, ANSWER_NOW = timedelta(hours=8), timedelta(hours=2)
"""Remaining time from which an answer is marked `soon` and `now`. Source: a clerk's working day; the least time a department needs to reply."""

WAIT_LONG, WAIT_TOO_LONG = timedelta(minutes=30), timedelta(minutes=60)
"""Waiting times of a patient who is here. Source: the classes of waiting time in the ministry's Patients' Behaviour Survey (受療行動調査)."""
LATE, VERY_LATE = timedelta(minutes=10), timedelta(minutes=30)
"""Delays of a patient who has not come. Source: the desk calls after ten minutes; after thirty the department gives the slot to somebody else."""


class TimeStatus(NamedTuple):
    """A clock as people read it: `step` is a code with a text, `minutes` how many are left, have passed or are overdue."""

    step: str
    minutes: int


def due(since: datetime) -> datetime:
    """Returns the time by which an answer is promised to somebody who has waited since `since`."""
    return after(since, ANSWER_WITHIN)


def answer_status(by: datetime, now: datetime) -> TimeStatus:
    """Returns `fine`, `soon` or `now` with the working time left, or `over` with the working time since the deadline."""
    left = between(now, by)
    if now >= by:
        return TimeStatus("over", _minutes(-left))
    step = "now" if left <= ANSWER_NOW else "soon" if left <= ANSWER_SOON else "fine"
    return TimeStatus(step, _minutes(left))


def waiting_status(since: datetime, now: datetime) -> TimeStatus:
    """Returns how long a patient who is here has waited: `short`, `long`, `too_long`."""
    waited = max(now - since, timedelta())
    step = "too_long" if waited >= WAIT_TOO_LONG else "long" if waited >= WAIT_LONG else "short"
    return TimeStatus(step, _minutes(waited))


def delay_status(start: datetime, now: datetime) -> TimeStatus | None:
    """Returns how late a patient is who has not come: `late`, `very_late`; None before that."""
    late = now - start
    if late < LATE:
        return None
    return TimeStatus("very_late" if late >= VERY_LATE else "late", _minutes(late))


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
