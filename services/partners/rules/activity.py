"""Counts the trainees exchanged with an organization, incoming and outgoing, by agreement and year, with the balance. Plain values.

A stay counts once it has begun, in the year of its first day. Its days are those attended, known when it is over.
"""

from collections.abc import Iterable
from typing import Literal, TypedDict

from services.partners.rules.records import Stay

STARTED = ("active", "completed", "terminated")
UPCOMING = ("accepted", "confirmed", "deferred")
FIRST_FISCAL_MONTH = "04"
"""First month of Japan's fiscal year, April through March. The year is named after the one it begins in."""
_SIDES: tuple[Literal["in", "out"], ...] = ("in", "out")


class Side(TypedDict):
    """People and days of one direction; `to_come` are people with a place who have not begun."""

    people: int
    days: int
    to_come: int


class Balance(TypedDict):
    """Outgoing minus incoming: positive if the hospital sent more."""

    people: int
    days: int


Counts = TypedDict("Counts", {"in": Side, "out": Side, "balance": Balance})


class Row(Counts):
    """Counts of one year under one agreement (None: without an agreement)."""

    year: int
    agreement_id: str | None


class Activity(TypedDict):
    """All rows of one organization and their sum."""

    organization_id: str
    by: str
    items: list[Row]
    total: Counts


def year_of(day: str, by: str) -> int:
    """Returns the `calendar` or `fiscal` year of a day (ISO)."""
    year, month = int(day[:4]), day[5:7]
    return year - 1 if by == "fiscal" and month < FIRST_FISCAL_MONTH else year


def count_by_year(stays: Iterable[Stay], by: str) -> list[Row]:
    """Returns one row for each year and agreement, the latest year first."""
    sides: dict[tuple[int, str | None], dict[str, Side]] = {}
    for stay in stays:
        first_day = stay.get("first_day")
        if stay.get("direction") not in _SIDES or not first_day:
            continue
        key = year_of(first_day, by), stay.get("agreement_id")
        _add(sides.setdefault(key, {side: _no_people() for side in _SIDES})[stay["direction"]], stay)
    counted = {key: both for key, both in sides.items() if any(both["in"].values()) or any(both["out"].values())}
    return [
        {"year": key[0], "agreement_id": key[1], **_counts(counted[key]["in"], counted[key]["out"])}
        for key in sorted(counted, key=lambda key: (-key[0], key[1] or ""))
    ]


def total(rows: Iterable[Counts]) -> Counts:
    """Returns the sum of all rows."""
    sums = {side: _no_people() for side in _SIDES}
    for row in rows:
        for side in _SIDES:
            for name in ("people", "days", "to_come"):
                sums[side][name] += row[side][name]
    return _counts(sums["in"], sums["out"])


def _counts(incoming: Side, outgoing: Side) -> Counts:
    balance: Balance = {
        "people": outgoing["people"] - incoming["people"],
        "days": outgoing["days"] - incoming["days"],
    }
    return {"in": incoming, "out": outgoing, "balance": balance}


def _no_people() -> Side:
    return {"people": 0, "days": 0, "to_come": 0}


def _add(side: Side, stay: Stay) -> None:
    if stay["status"] in STARTED:
        side["people"] += 1
        side["days"] += stay.get("days") or 0
    elif stay["status"] in UPCOMING:
        side["to_come"] += 1
