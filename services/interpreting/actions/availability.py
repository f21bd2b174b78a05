"""Availability: a day by interpreter, and the next times at which at least one is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import availability, bookings, languages, roster
from services.interpreting.rules.availability import FreeSlot, InterpreterDay, Period, Span
from services.interpreting.rules.matching import Candidate
from services.interpreting.rules.periods import ONE_DAY, Claim
from services.interpreting.rules.records import Booking, Interpreter
from services.interpreting.store.store import roster_filter
from shared.errors import InvalidInput
from shared.paging import Window

MAX_SPEAKERS = 1000


def list_days(
    deps: Dependencies, day: date, language: str | None, modality: str | None, window: Window
) -> list[InterpreterDay]:
    """Returns one day of every active interpreter, in order of registration."""
    key = None if language is None else languages.key_or_unknown(language)
    entries = deps.store.list_interpreters(roster_filter(True, key, modality), window)
    begin, end = availability.day_of(day, deps.store.zone)
    assigned: dict[str, list[Booking]] = {entry["_id"]: [] for entry in entries}
    for booking in deps.store.assigned_between(list(assigned), begin - ONE_DAY, end + ONE_DAY):
        if booking["interpreter_id"]:
            assigned[booking["interpreter_id"]].append(booking)
    return [_day_of(deps, entry, assigned[entry["_id"]], begin, end) for entry in entries]


def _day_of(
    deps: Dependencies, entry: Interpreter, assigned: list[Booking], begin: datetime, end: datetime
) -> InterpreterDay:
    who = roster.candidate_of(entry)
    claims = [bookings.claim_of(booking) for booking in assigned]
    duty = availability.on_duty(who, begin, end, deps.store.zone)
    ways = availability.travel_times(claims, who.buffer)
    free = availability.subtract(duty, [*((claim.start, claim.end) for claim in claims), *ways])
    absences = [(one.start, one.end) for one in who.absences]
    return {
        "_id": entry["_id"],
        "name": who.name,
        "languages": [row["tag"] for row in entry["languages"]],
        "modalities": entry["modalities"],
        "travel_buffer_minutes": entry["travel_buffer_minutes"],
        "bookings": [booking for booking in assigned if booking["start"] < end and begin < booking["end"]],
        "absences": _periods(availability.clip(absences, begin, end)),
        "on_duty": _periods(availability.clip(duty, begin, end)),
        "ways": _periods(availability.clip(ways, begin, end)),
        "free": _periods(availability.clip(free, begin, end)),
    }


def _periods(spans: Sequence[Span]) -> list[Period]:
    return [{"start": start, "end": end} for start, end in spans]


@dataclass(frozen=True)
class SlotSearch:
    """What a free time is searched for: `every` is the step of the starts, from local midnight on; the whole slot lies between
    `opens` and `closes`, local times of one day such as 08:30."""

    language: str
    since: datetime
    until: datetime | None = None
    length: timedelta = timedelta(hours=1)
    modality: str = "on_site"
    place: str | None = None
    gender: str | None = None
    every: timedelta = timedelta(minutes=30)
    opens: str | None = None
    closes: str | None = None


def find_free_slots(deps: Dependencies, search: SlotSearch, limit: int) -> list[FreeSlot]:
    """Returns the next times at which at least one interpreter fits, and how many do, by the rules of matching."""
    until = search.until or search.since + availability.DEFAULT_RANGE
    if not search.since < until <= search.since + availability.MAX_RANGE:
        days = availability.MAX_RANGE.days
        raise InvalidInput([("#/to", f"expected a time after `from`, {days} days later at most")])
    language, gender = languages.key_or_unknown(search.language), search.gender or roster.ANY_GENDER
    people = deps.store.search.candidates_for(language, gender, search.modality, MAX_SPEAKERS)
    found: list[FreeSlot] = []
    day = search.since.astimezone(deps.store.zone).date()
    while people and len(found) < limit and availability.day_of(day, deps.store.zone)[0] < until:
        slots = [slot for slot in _slots_of(deps, people, search, day) if _is_open(search, slot, day, deps.store.zone)]
        found += [slot for slot in slots if search.since <= slot["start"] and slot["end"] <= until]
        day += ONE_DAY
    return found[:limit]


def _is_open(search: SlotSearch, slot: FreeSlot, day: date, zone: ZoneInfo) -> bool:
    start, end = slot["start"].astimezone(zone), slot["end"].astimezone(zone)
    ends = f"{end:%H:%M}" if end.date() == day else "24:00" if end == availability.day_of(day, zone)[1] else "later"
    return (not search.opens or search.opens <= f"{start:%H:%M}") and (not search.closes or ends <= search.closes)


def _slots_of(deps: Dependencies, people: Sequence[Candidate], search: SlotSearch, day: date) -> list[FreeSlot]:
    zone = deps.store.zone
    begin, end = availability.day_of(day, zone)
    wanted = Claim("", begin, begin + search.length, search.modality, search.place)
    whole = Claim("", begin, end + search.length)
    claims = deps.store.claims.near((who.id, whole, who.buffer) for who in people)
    starts = [
        span for who in people for span in availability.free_starts(who, wanted, claims.get(who.id, ()), day, zone)
    ]
    steps = -((begin - end) // search.every)
    counts = availability.count_free(starts, begin, search.every, steps)
    return [
        {"start": begin + place * search.every, "end": begin + place * search.every + search.length, "free": free}
        for place, free in enumerate(counts)
        if free
    ]
