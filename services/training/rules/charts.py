"""Days, weeks and months as they are drawn, people counted on each; geometry of bars in whole units. Plain values, no drawing."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


def month_after(first: date, months: int) -> date:
    """The first day of the month so many after (or before) the one of `first`."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def weeks(first: date, last: date) -> list[tuple[date, date]]:
    """Monday to Sunday, the first and the last week cut at the ends."""
    found, begin = [], first
    while begin <= last:
        end = min(begin + timedelta(days=6 - begin.weekday()), last)
        found.append((begin, end))
        begin = end + A_DAY
    return found


def people_by_day(held: Iterable[Mapping[str, Any]], first: date, last: date) -> list[int]:
    """How many different people are there on each day; `held` as the guards of months keep them."""
    there: list[set[str]] = [set() for _ in range((last - first).days + 1)]
    for one in held:
        begin = max(date.fromisoformat(one["first"]), first)
        end = min(date.fromisoformat(one["last"]), last)
        for offset in range((begin - first).days, (end - first).days + 1):
            there[offset].add(one["application_id"])
    return [len(each) for each in there]


def load(people: int, limit: int | None) -> str:
    """How full: `none`, `some`, `nearly` (one place left), `full`; `over` where the limit was lowered below who is there."""
    if people == 0:
        return "none"
    if limit is None or people < limit - 1:
        return "some"
    return "nearly" if people < limit else "full" if people == limit else "over"
