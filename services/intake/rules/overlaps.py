"""Visits of one patient at the same time, in any of the patient's cases: a hint for the front desk, never an error. Periods are half-open."""

from collections.abc import Iterable
from typing import NamedTuple

from services.intake.rules.records import Case, Visit

AWAITED = ("booked", "arrived")
"""Only these visits can overlap: the patient is still to be seen."""


class Overlap(NamedTuple):
    """Another visit of the same patient, and its case."""

    case: Case
    visit: Visit


def overlaps(visit: Visit, cases: Iterable[Case]) -> list[Overlap]:
    """Returns the visits in these cases of one patient that overlap with this visit, the earliest first."""
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
