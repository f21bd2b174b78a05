"""Hours and claims as half-open periods [start, end) in UTC; weekly hours are wall-clock time of the hospital's zone.

On a day the clocks change, hours run from the first moment that shows `from` to the last that shows `to`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REMOTE = frozenset({"video", "phone"})
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A row of weekly hours: `day` 0 (Monday) to 6, minutes since midnight; `until` 1440 is the end of the day."""

    day: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Absence:
    """A period in which an interpreter is absent, whatever the weekly hours are."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What a booking occupies of an interpreter's day."""

    booking_id: str
    start: datetime
    end: datetime
    modality: str = "on_site"
    place: str | None = None


def overlap(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> bool:
    """Returns whether two half-open periods share a moment: one that ends when the other starts does not."""
    return start < other_end and other_start < end


def needs_buffer(one: Claim, other: Claim) -> bool:
    """Returns whether there is travel between two bookings: not if both are remote, nor at the same place."""
    if one.modality in REMOTE and other.modality in REMOTE:
        return False
    return not one.place or not other.place or one.place.strip().casefold() != other.place.strip().casefold()


def clash(claim: Claim, claims: Iterable[Claim], buffer: timedelta) -> str | None:
    """Returns `busy` where the claim overlaps another, `buffer` where only the time for travel is missing, else None."""
    found = None
    for other in claims:
        if other.booking_id == claim.booking_id:
            continue
        if overlap(claim.start, claim.end, other.start, other.end):
            return "busy"
        if needs_buffer(claim, other) and overlap(claim.start, claim.end, other.start - buffer, other.end + buffer):
            found = "buffer"
    return found


@lru_cache(maxsize=1024)
def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Returns a calendar day as a period: from its first moment to the next day's."""
    return _moments(day, 0, zone)[0], _moments(day + ONE_DAY, 0, zone)[0]


def touched_days(start: datetime, end: datetime, buffer: timedelta, zone: ZoneInfo) -> tuple[str, ...]:
    """Returns every local day that the period and the buffer around it touch: two claims that conflict have one in common."""
    last_moment = max(end + buffer - timedelta(microseconds=1), start - buffer)
    day = (start - buffer).astimezone(zone).date()
    last = last_moment.astimezone(zone).date()
    days = [day]
    while days[-1] < last:
        days.append(days[-1] + ONE_DAY)
    return tuple(day.isoformat() for day in days)


def on_shift(hours: Sequence[Hours], start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Returns whether the hours cover the whole period; rows that meet (also at midnight) count as one."""
    day, last = start.astimezone(zone).date() - ONE_DAY, end.astimezone(zone).date()
    shifts = []
    while day <= last:
        shifts += [shift_of(row, day, zone) for row in hours if row.day == day.weekday()]
        day += ONE_DAY
    covered = start  # many share the same hours, so a shift is calculated once per day
    for since, until in sorted(shifts):
        if since <= covered < until:
            covered = until
    return covered >= end


@lru_cache(maxsize=4096)
def shift_of(row: Hours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Returns a row's hours on one day."""
    since = _moments(day, row.since, zone)[0]
    return since, max(_moments(day, row.until, zone))


def _moments(day: date, minutes: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Returns both moments at which clocks show this time; the same one twice on any ordinary day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def is_absent(absences: Iterable[Absence], start: datetime, end: datetime) -> bool:
    """Returns whether an absence overlaps the period."""
    return any(overlap(start, end, absence.start, absence.end) for absence in absences)


def merge_hours(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """Returns the same hours in order, with rows of a day that meet or overlap merged."""
    rows: list[Hours] = []
    for row in sorted(hours, key=lambda row: (row.day, row.since, row.until)):
        if rows and rows[-1].day == row.day and row.since <= rows[-1].until:
            rows[-1] = Hours(row.day, rows[-1].since, max(row.until, rows[-1].until))
        else:
            rows.append(row)
    return tuple(rows)
