"""Visits of one patient at the same time, in whichever of their cases: a hint for the desk, never a refusal. Periods are half-open."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Case = Mapping[str, Any]
Visit = Mapping[str, Any]
AWAITED = ("booked", "arrived")
"""Only who is still to be seen can be wanted in two places."""


class Overlap(NamedTuple):
    """Another visit of the same patient, and the case it lies in."""

    case: Case
    visit: Visit


def overlaps(visit: Visit, cases: Iterable[Case]) -> list[Overlap]:
    """Visits of these cases, all of one patient, that share time with this one, the earliest first."""
    if visit["status"] not in AWAITED:
        return []
    found = [
        Overlap(case, other)
        for case in cases
        for other in case["visits"]
        if other["id"] != visit["id"] and other["status"] in AWAITED
        if other["start"] < visit["end"] and visit["start"] < other["end"]
    ]
    return sorted(found, key=lambda one: (one.visit["start"], one.visit["id"]))
