"""Days at the hospital: where one begins and ends, which ones come next."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.intake.rules.working_days import next_working_day

ONE = timedelta(days=1)


def today(now: datetime, zone: ZoneInfo) -> date:
    """The day it is at the hospital."""
    return now.astimezone(zone).date()


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight, half-open."""
    return datetime.combine(day, time(), zone), datetime.combine(day + ONE, time(), zone)


def until_next_working_day(day: date) -> list[date]:
    """The days to come up to and with the next working day: on Friday the weekend and Monday."""
    last = next_working_day(day)
    return [day + ONE * n for n in range(1, (last - day).days + 1)]
