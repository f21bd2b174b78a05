"""Looking ahead: a day by interpreter, and the next times at which somebody is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, languages, planning, roster
from services.interpreting.rules.matching import Candidate
from services.interpreting.rules.periods import ONE_DAY, Claim
from services.interpreting.rules.planning import Span
from services.interpreting.store.store import roster_filter
from shared.errors import InvalidInput
from shared.paging import Window

Document = dict[str, Any]
MOST_SPEAKERS = 1000


def day_plan(
    deps: Dependencies, day: date, language: str | None, modality: str | None, window: Window
) -> list[Document]:
    """One day of everybody on the roster, in order of entry."""
    key = None if language is None else languages.key_or_unknown(language)
    entries = deps.store.roster_page(roster_filter(True, key, modality), window)
    begin, end = planning.day_of(day, deps.store.zone)
    held: dict[str, list[Document]] = {entry["_id"]: [] for entry in entries}
    for booking in deps.store.held_between(list(held), begin - ONE_DAY, end + ONE_DAY):
        held[booking["interpreter_id"]].append(booking)
    return [_day_of(deps, entry, held[entry["_id"]], begin, end) for entry in entries]


def _day_of(deps: Dependencies, entry: Document, held: list[Document], begin: datetime, end: datetime) -> Document:
    who = roster.candidate_of(entry)
    claims = [bookings.claim_of(booking) for booking in held]
    duty = planning.on_duty(who, begin, end, deps.store.zone)
    ways = planning.ways(claims, who.buffer)
    free = planning.minus(duty, [*((claim.start, claim.end) for claim in claims), *ways])
    return {
        "_id": entry["_id"],
        "name": who.name,
        "languages": [row["tag"] for row in entry["languages"]],
        "modalities": entry["modalities"],
        "travel_buffer_minutes": entry["travel_buffer_minutes"],
        "bookings": [booking for booking in held if booking["start"] < end and begin < booking["end"]],
        "absences": _rows(planning.within([(one.start, one.end) for one in who.absences], begin, end)),
        "on_duty": _rows(planning.within(duty, begin, end)),
        "ways": _rows(planning.within(ways, begin, end)),
        "free": _rows(planning.within(free, begin, end)),
    }


def _rows(spans: Sequence[Span]) -> list[Document]:
    return [{"start": start, "end": end} for start, end in spans]


@dataclass(frozen=True)
class SlotWish:
    """What a free time is looked for: `every` is the step of the starts, from local midnight on; `opens` and `closes` are
    local times of one day, as 08:30, that all of it lies between."""

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


def slot_wish(asked: Document) -> SlotWish:
    """From what the API's and the pages' query holds: `minutes` and `every` as numbers, the rest as named."""
    return SlotWish(
        language=asked["language"],
        since=asked["since"],
        until=asked.get("until"),
        length=timedelta(minutes=asked["minutes"]),
        modality=asked["modality"],
        place=asked.get("place"),
        gender=asked.get("gender"),
        every=timedelta(minutes=asked["every"]),
        opens=asked.get("opens"),
        closes=asked.get("closes"),
    )


def free_slots(deps: Dependencies, wish: SlotWish, limit: int) -> list[Document]:
    """The next times at which at least one interpreter fits, and how many do; a time is decided as matching decides."""
    until = wish.until or wish.since + planning.AHEAD
    if not wish.since < until <= wish.since + planning.FARTHEST:
        raise InvalidInput([("#/to", f"expected a time after `from`, {planning.FARTHEST.days} days later at most")])
    language = languages.key_or_unknown(wish.language)
    people = deps.store.search.who_speaks(language, wish.gender or roster.ANY_GENDER, wish.modality, MOST_SPEAKERS)
    found: list[Document] = []
    day = wish.since.astimezone(deps.store.zone).date()
    while people and len(found) < limit and planning.day_of(day, deps.store.zone)[0] < until:
        rows = [row for row in _slots_of(deps, people, wish, day) if _is_open(wish, row, day, deps.store.zone)]
        found += [row for row in rows if wish.since <= row["start"] and row["end"] <= until]
        day += ONE_DAY
    return found[:limit]


def _is_open(wish: SlotWish, row: Document, day: date, zone: ZoneInfo) -> bool:
    start, end = (row[name].astimezone(zone) for name in ("start", "end"))
    ends = f"{end:%H:%M}" if end.date() == day else "24:00" if end == planning.day_of(day, zone)[1] else "later"
    return (not wish.opens or wish.opens <= f"{start:%H:%M}") and (not wish.closes or ends <= wish.closes)


def _slots_of(deps: Dependencies, people: Sequence[Candidate], wish: SlotWish, day: date) -> list[Document]:
    begin, end = planning.day_of(day, deps.store.zone)
    claim = Claim("", begin, begin + wish.length, wish.modality, wish.place)
    whole = Claim("", begin, end + wish.length)
    held = deps.store.claims.held((who.id, whole, who.buffer) for who in people)
    starts = [
        span for who in people for span in planning.free_starts(who, claim, held.get(who.id, ()), day, deps.store.zone)
    ]
    steps = -((begin - end) // wish.every)
    counts = planning.count(starts, begin, wish.every, steps)
    return [
        {"start": begin + place * wish.every, "end": begin + place * wish.every + wish.length, "free": free}
        for place, free in enumerate(counts)
        if free
    ]
