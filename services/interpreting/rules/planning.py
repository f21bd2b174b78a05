"""When interpreters are free: time on duty, between bookings and the travel around them. Works on the data passed in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.interpreting.rules.matching import Candidate
from services.interpreting.rules.periods import ONE_DAY, REMOTE, Claim, bounds_of, needs_buffer, shift_of

Span = tuple[datetime, datetime]
MOMENT = timedelta(microseconds=1)
LONGEST = 24 * 60
STEPS = (5, 10, 15, 20, 30, 60)
AHEAD, FARTHEST = timedelta(days=14), timedelta(days=92)


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


def minus(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Returns `spans` without the time of `others`."""
    left = merged(spans)
    for start, end in merged(others):
        parts = [((a, min(b, start)), (max(a, end), b)) for a, b in left]
        left = [(a, b) for pair in parts for a, b in pair if a < b]
    return left


def within(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Returns the parts of the spans inside the period."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and start < b]


def on_duty(who: Candidate, start: datetime, end: datetime, zone: ZoneInfo) -> list[Span]:
    """Returns the weekly hours that touch the period, uncut, without absences."""
    day, last = start.astimezone(zone).date() - ONE_DAY, end.astimezone(zone).date() + ONE_DAY
    shifts = []
    while day <= last:
        shifts += [shift_of(row, day, zone) for row in who.hours if row.day == day.weekday()]
        day += ONE_DAY
    return minus(shifts, [(absence.start, absence.end) for absence in who.absences])


def ways(claims: Sequence[Claim], buffer: timedelta) -> list[Span]:
    """Returns the time reserved for travel before and after bookings on site; none to a close one that leaves no time to be elsewhere."""
    claims = sorted(claims, key=lambda claim: (claim.start, claim.booking_id))
    found = []
    for place, claim in enumerate(claims):
        if _way(claim, claims[place - 1 : place] if place else (), buffer):
            found.append((claim.start - buffer, claim.start))
        if _way(claim, claims[place + 1 : place + 2], buffer):
            found.append((claim.end, claim.end + buffer))
    return minus(found, [(claim.start, claim.end) for claim in claims])


def _way(claim: Claim, beside: Sequence[Claim], buffer: timedelta) -> bool:
    """Returns whether there is travel on the side of the claim where the next booking, if any, is `beside`."""
    close = [other for other in beside if max(other.start - claim.end, claim.start - other.end) <= 2 * buffer]
    return needs_buffer(claim, close[0]) if close else claim.modality not in REMOTE


def free_starts(who: Candidate, wish: Claim, held: Sequence[Claim], day: date, zone: ZoneInfo) -> list[Span]:
    """Returns when on a local day a booking like `wish` could begin, as closed spans: the times without a reason in `why_not`.

    `wish` gives length, modality and place. A full day has none.
    """
    begin, end = day_of(day, zone)
    begins, ends = bounds_of(day, zone)
    of_the_day = [claim for claim in held if begins <= claim.start < ends]
    if not who.active or (who.daily_maximum is not None and len(of_the_day) >= who.daily_maximum):
        return []
    length = wish.end - wish.start
    duty = on_duty(who, begin, end + length, zone)
    starts = [(max(a, begin), min(b - length, end - MOMENT)) for a, b in duty]
    for claim in held:
        gap = who.buffer if needs_buffer(wish, claim) else timedelta(0)
        starts = _outside(starts, claim.start - gap - length, claim.end + gap)
    return [(first, last) for first, last in starts if first <= last]


def _outside(spans: Iterable[Span], after: datetime, before: datetime) -> list[Span]:
    """Returns closed spans without the part strictly between `after` and `before`."""
    parts = [((a, min(b, after)), (max(a, before), b)) for a, b in spans]
    return [(a, b) for pair in parts for a, b in pair if a <= b]


def count(starts: Iterable[Span], begin: datetime, step: timedelta, steps: int) -> list[int]:
    """Returns how many of the spans contain each of `begin`, `begin + step`, …"""
    change = [0] * (steps + 1)
    for first, last in starts:
        low = max(0, -((begin - first) // step))  # the first at or after `first`
        high = min(steps - 1, (last - begin) // step)
        if low <= high:
            change[low] += 1
            change[high + 1] -= 1
    counts, now = [], 0
    for step_change in change[:steps]:
        now += step_change
        counts.append(now)
    return counts
