"""Days in the hospital's time zone: their bounds, and the days that follow."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.intake.rules.working_days import next_working_day

ONE = timedelta(days=1)


def today(now: datetime, zone: ZoneInfo) -> date:
    """Returns the current date at the hospital."""
    return now.astimezone(zone).date()


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Returns the midnights at which a day begins and ends, as a half-open period."""
    return datetime.combine(day, time(), zone), datetime.combine(day + ONE, time(), zone)


def until_next_working_day(day: date) -> list[date]:
    """Returns the following days up to and including the next working day: on a Friday the weekend and Monday."""
    last = next_working_day(day)
    return [day + ONE * n for n in range(1, (last - day).days + 1)]
