"""Whether a passport is valid for the whole visit; the length of a stay, both ends counted. Dates are the hospital's (Asia/Tokyo)."""

from calendar import monthrange
from datetime import date
from typing import NamedTuple


class Fault(NamedTuple):
    """A reason against a visit: a code that pages have words for, and the dates and numbers that go into them."""

    code: str
    params: dict[str, date | int | str]


def stay_days(first: date, last: date) -> int:
    """Returns how many days a stay has, both ends counted; 0 where the last day comes before the first."""
    return max((last - first).days + 1, 0)


def months_after(day: date, months: int) -> date:
    """Returns the same day that many months later, or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def within_months(first: date, last: date, months: int) -> bool:
    """Whether a stay fits a permit of so many months from the day of landing. By the calendar, not in units of 30 days: the first day is not
    counted, and the last is the day of the same number, or the month's last one (Civil Code, art. 139 to 143)."""
    return last <= months_after(first, months)


def passport_faults(valid_until: date | None, first_day: date, last_day: date) -> list[Fault]:
    """Returns why a passport is not accepted: no date known, or it ends before the last day. Ending on the last day is enough."""
    if valid_until is None:
        return [Fault("passport_date_unknown", {"first_day": first_day})]
    if valid_until < last_day:
        return [Fault("passport_ends_before_visit", {"valid_until": valid_until, "last_day": last_day})]
    return []
