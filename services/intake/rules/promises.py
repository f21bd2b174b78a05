"""What the centre promises and what counts as a long wait, as settings with their source, and how a moment stands to them.

Whoever changes a promise changes it here; nothing else knows a number of hours.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.intake.rules.working_days import after, between

ANSWER_WITHIN = timedelta(hours=24)
"""To whoever refers, asks or wishes to cancel, on working days. Source: the centre's own word to agencies (services/intake/README.md)."""
ANSWER_SOON, ANSWER_NOW = timedelta(hours=8), timedelta(hours=2)
"""So much left is shown as soon, as now. Source: a clerk's working day, and what a question to a department takes at the least."""

WAIT_LONG, WAIT_TOO_LONG = timedelta(minutes=30), timedelta(minutes=60)
"""Of a patient who is here. Source: the bands in which the ministry's Patients' Behaviour Survey (受療行動調査) asks for waiting times."""
LATE, VERY_LATE = timedelta(minutes=10), timedelta(minutes=30)
"""Of a patient who is not. Source: the desk rings after ten minutes; after thirty the department gives the place away."""


class Standing(NamedTuple):
    """A clock as people read it: `step` is a word of pages, `minutes` how many are left, gone or over."""

    step: str
    minutes: int


def due(since: datetime) -> datetime:
    """Until when an answer is promised to whoever waits since then."""
    return after(since, ANSWER_WITHIN)


def answer_stands(by: datetime, now: datetime) -> Standing:
    """`fine`, `soon`, `now` with the working time left, or `over` with the working time since."""
    left = between(now, by)
    if now >= by:
        return Standing("over", _minutes(-left))
    step = "now" if left <= ANSWER_NOW else "soon" if left <= ANSWER_SOON else "fine"
    return Standing(step, _minutes(left))


def wait_stands(since: datetime, now: datetime) -> Standing:
    """How long somebody who is here has waited: `short`, `long`, `too_long`."""
    waited = max(now - since, timedelta())
    step = "too_long" if waited >= WAIT_TOO_LONG else "long" if waited >= WAIT_LONG else "short"
    return Standing(step, _minutes(waited))


def late_stands(start: datetime, now: datetime) -> Standing | None:
    """How late somebody is who has not come: `late`, `very_late`; None before that."""
    late = now - start
    if late < LATE:
        return None
    return Standing("very_late" if late >= VERY_LATE else "late", _minutes(late))


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
