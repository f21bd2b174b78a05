"""Layout of a day's visits: the column of each where several overlap, and which visits conflict. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.intake.rules.records import Case, Visit

QUARTER = timedelta(minutes=15)
OPENS, CLOSES = 8, 18
"""Hours a day always shows. Earlier and later visits extend them."""
OPEN = ("booked", "arrived")


class Span(NamedTuple):
    """A period, half-open."""

    start: datetime
    end: datetime

    def meets(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


def lanes(spans: Sequence[Span]) -> list[int]:
    """Returns for each span, in order of start, the first free column from 1 on; 0 for a span that overlaps no other."""
    free: list[datetime] = []
    found: list[int] = []
    for span in spans:
        lane = next((place for place, until in enumerate(free) if until <= span.start), len(free))
        free[lane : lane + 1] = [span.end]
        found.append(lane + 1)
    return [lane if _meets_another(place, spans) else 0 for place, lane in enumerate(found)]


def _meets_another(place: int, spans: Sequence[Span]) -> bool:
    return any(place != other and spans[place].meets(span) for other, span in enumerate(spans))


def hours(spans: Iterable[Span], midnight: datetime) -> tuple[int, int]:
    """Returns the first and last hour that are shown for a day."""
    first, last = OPENS, CLOSES
    for span in spans:
        first = min(first, int((span.start - midnight).total_seconds() // 3600))
        last = max(last, -int((midnight - span.end).total_seconds() // 3600))
    return max(0, first), min(24, last)


def place(span: Span, midnight: datetime, first: int, last: int) -> tuple[int, int]:
    """Returns where a span begins, in quarters of an hour from hour `first`, and how many it takes; at least one."""
    opens = midnight + timedelta(hours=first)
    begin = max(0, int((span.start - opens) // QUARTER))
    end = min((last - first) * 4, -int((opens - span.end) // QUARTER))
    return begin, max(1, end - begin)


def conflicts(case_visits: Sequence[tuple[Case, Visit]], usual: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Returns conflicts by visit id: `patient` has another visit at that time, `place` is taken. Only open visits count.

    `usual`: the department's general place, which many visits may share at a time.
    """
    waiting = [
        (case, visit, Span(visit["start"], visit["end"])) for case, visit in case_visits if visit["status"] in OPEN
    ]
    found: dict[str, set[str]] = {}
    for at, (case, visit, span) in enumerate(waiting):
        for other_case, other, period in waiting[at + 1 :]:
            if period.start >= span.end:
                break
            for why in _both(case, visit, other_case, other, usual) if span.meets(period) else ():
                found.setdefault(visit["id"], set()).add(why)
                found.setdefault(other["id"], set()).add(why)
    return {id_: tuple(sorted(why)) for id_, why in found.items()}


def _both(case: Case, visit: Visit, other_case: Case, other: Visit, usual: Mapping[str, str]) -> list[str]:
    who, other_who = (each.get("patient_id") or each["_id"] for each in (case, other_case))
    room = _room(visit, usual)
    same_place = room is not None and room == _room(other, usual)
    return [*(["patient"] if who == other_who else []), *(["place"] if same_place and who != other_who else [])]


def _room(visit: Visit, usual: Mapping[str, str]) -> str | None:
    """Returns the place a visit occupies; None for an online visit, whatever the interpreter's modality."""
    named = visit.get("place") or None
    return None if visit["kind"] == "online" or named == usual.get(visit["department"]) else named
