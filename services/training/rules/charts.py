"""Days, weeks and months of the charts, people counted on each, geometry of bars in whole units. Plain values, no drawing."""

from collections.abc import Iterable
from datetime import date, timedelta

from services.training.rules.records.places import DayHolder

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


def month_after(first: date, months: int) -> date:
    """Returns the first day of the month that many months after (or before) that of `first`."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def weeks(first: date, last: date) -> list[tuple[date, date]]:
    """Returns Monday to Sunday for each week; the first and the last week are cut at the ends."""
    found, begin = [], first
    while begin <= last:
        end = min(begin + timedelta(days=6 - begin.weekday()), last)
        found.append((begin, end))
        begin = end + A_DAY
    return found


def people_by_day(holders: Iterable[DayHolder], first: date, last: date) -> list[int]:
    """Returns how many different people are there on each day; `holders` as the records of months store them."""
    there: list[set[str]] = [set() for _ in range((last - first).days + 1)]
    for one in holders:
        begin = max(date.fromisoformat(one["first"]), first)
        end = min(date.fromisoformat(one["last"]), last)
        for offset in range((begin - first).days, (end - first).days + 1):
            there[offset].add(one["application_id"])
    return [len(each) for each in there]


def load(people: int, limit: int | None) -> str:
    """Returns the load: `none`, `some`, `nearly` (one place left), `full`; `over` where the limit was set below the number of people there."""
    if people == 0:
        return "none"
    if limit is None or people < limit - 1:
        return "some"
    return "nearly" if people < limit else "full" if people == limit else "over"
