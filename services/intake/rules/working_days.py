"""Working days in Japan, and durations counted on them alone. Japanese holidays follow their law (jpholiday computes them years ahead)."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import jpholiday

JAPAN = ZoneInfo("Asia/Tokyo")  # holidays are days in Japan, whatever zone the pages use
NEW_YEAR = ((12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3))
"""Further closed days; source: Act on Holidays of Administrative Organs (行政機関の休日に関する法律), art. 1, which public hospitals follow."""

_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether a day is no Saturday, Sunday, holiday or day around New Year."""
    return day.weekday() < 5 and (day.month, day.day) not in NEW_YEAR and not jpholiday.is_holiday(day)


def next_working_day(day: date) -> date:
    """Returns the first working day after this one."""
    day += _DAY
    while not is_working_day(day):
        day += _DAY
    return day


def after(start: datetime, length: timedelta) -> datetime:
    """Returns the time after which so much working time has passed since `start`: 24 hours from Friday noon end on Monday noon."""
    now = start.astimezone(JAPAN)
    left = length
    while True:
        midnight = _midnight_after(now)
        if is_working_day(now.date()):
            if left <= midnight - now:
                return (now + left).astimezone(start.tzinfo)
            left -= midnight - now
        now = midnight


def between(start: datetime, end: datetime) -> timedelta:
    """Returns the working time between two moments; negative where `end` comes first."""
    if end < start:
        return -between(end, start)
    now, last = start.astimezone(JAPAN), end.astimezone(JAPAN)
    passed = timedelta()
    while now < last:
        until = min(_midnight_after(now), last)
        if is_working_day(now.date()):
            passed += until - now
        now = until
    return passed


def _midnight_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + _DAY, time(), JAPAN)
