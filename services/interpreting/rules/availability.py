"""When interpreters are free: time on duty, between bookings and the travel around them. Works on the data passed in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from services.interpreting.rules.matching import Candidate
from services.interpreting.rules.periods import ONE_DAY, REMOTE, Claim, bounds_of, needs_buffer, shift_of
from services.interpreting.rules.records import Booking

Span = tuple[datetime, datetime]
MOMENT = timedelta(microseconds=1)
MAX_MINUTES = 24 * 60
STEPS = (5, 10, 15, 20, 30, 60)
DEFAULT_RANGE, MAX_RANGE = timedelta(days=14), timedelta(days=92)


class Period(TypedDict):
    """From `start` up to, but not including, `end`."""

    start: datetime
    end: datetime


class FreeSlot(Period):
    """A time at which at least one interpreter fits; `free` is their number."""

    free: int


class InterpreterDay(TypedDict):
    """One interpreter's day. `ways`: travel time around bookings; `free`: on duty, neither booked nor travelling."""

    _id: str
    name: str
    languages: list[str]
    modalities: list[str]
    travel_buffer_minutes: int
    on_duty: list[Period]
    absences: list[Period]
    bookings: list[Booking]
    ways: list[Period]
    free: list[Period]


def day_of(day: date, zone: ZoneInfo) -> Span:
    """Returns a local day as a period."""
    begin, end = (datetime.combine(day + ONE_DAY * n, time(), zone).astimezone(UTC) for n in (0, 1))
    return begin, end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Returns the same time in order, with spans that meet merged."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif start < end:
            found.append((start, end))
    return found


def subtract(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Returns `spans` without the time of `others`."""
    left = merged(spans)
    for start, end in merged(others):
        parts = [((a, min(b, start)), (max(a, end), b)) for a, b in left]
        left = [(a, b) for pair in parts for a, b in pair if a < b]
    return left


def clip(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Returns the parts of the spans inside the period."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and start < b]


def on_duty(who: Candidate, start: datetime, end: datetime, zone: ZoneInfo) -> list[Span]:
    """Returns the weekly hours that touch the period, uncut, without absences."""
    day, last = start.astimezone(zone).date() - ONE_DAY, end.astimezone(zone).date() + ONE_DAY
    shifts = []
    while day <= last:
        shifts += [shift_of(row, day, zone) for row in who.hours if row.day == day.weekday()]
        day += ONE_DAY
    return subtract(shifts, [(absence.start, absence.end) for absence in who.absences])


def travel_times(claims: Sequence[Claim], buffer: timedelta) -> list[Span]:
    """Returns the time reserved for travel before and after bookings on site; none between close bookings that need no buffer."""
    claims = sorted(claims, key=lambda claim: (claim.start, claim.booking_id))
    found = []
    for place, claim in enumerate(claims):
        if _has_travel(claim, claims[place - 1 : place] if place else (), buffer):
            found.append((claim.start - buffer, claim.start))
        if _has_travel(claim, claims[place + 1 : place + 2], buffer):
            found.append((claim.end, claim.end + buffer))
    return subtract(found, [(claim.start, claim.end) for claim in claims])


def _has_travel(claim: Claim, beside: Sequence[Claim], buffer: timedelta) -> bool:
    """Returns whether there is travel on the side of the claim where the next booking, if any, is `beside`."""
    close = [other for other in beside if max(other.start - claim.end, claim.start - other.end) <= 2 * buffer]
    return needs_buffer(claim, close[0]) if close else claim.modality not in REMOTE


def free_starts(who: Candidate, wanted: Claim, claims: Sequence[Claim], day: date, zone: ZoneInfo) -> list[Span]:
    """Returns when on a local day a booking like `wanted` could begin, as closed spans: the times without a reason in `why_not`.

    `wanted` gives length, modality and place. A full day has none.
    """
    begin, end = day_of(day, zone)
    begins, ends = bounds_of(day, zone)
    that_day = [claim for claim in claims if begins <= claim.start < ends]
    if not who.active or (who.daily_maximum is not None and len(that_day) >= who.daily_maximum):
        return []
    length = wanted.end - wanted.start
    duty = on_duty(who, begin, end + length, zone)
    starts = [(max(a, begin), min(b - length, end - MOMENT)) for a, b in duty]
    for claim in claims:
        gap = who.buffer if needs_buffer(wanted, claim) else timedelta(0)
        starts = _without(starts, claim.start - gap - length, claim.end + gap)
    return [(first, last) for first, last in starts if first <= last]


def _without(spans: Iterable[Span], after: datetime, before: datetime) -> list[Span]:
    """Returns closed spans without the part strictly between `after` and `before`."""
    parts = [((a, min(b, after)), (max(a, before), b)) for a, b in spans]
    return [(a, b) for pair in parts for a, b in pair if a <= b]


def count_free(starts: Iterable[Span], begin: datetime, step: timedelta, steps: int) -> list[int]:
    """Returns how many of the spans contain each of `begin`, `begin + step`, …"""
    deltas = [0] * (steps + 1)
    for first, last in starts:
        low = max(0, -((begin - first) // step))  # the first at or after `first`
        high = min(steps - 1, (last - begin) // step)
        if low <= high:
            deltas[low] += 1
            deltas[high + 1] -= 1
    counts, free = [], 0
    for delta in deltas[:steps]:
        free += delta
        counts.append(free)
    return counts
