"""What an organization and we did together, counted: trainees in and out by agreement and year, and the balance of it. Plain values.

A stay counts once it began, in the year of its first day; its days are those attended, known once it is over.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Document = dict[str, Any]
COUNTED = ("active", "completed", "terminated")
TO_COME = ("accepted", "confirmed", "deferred")
FISCAL_BEGINS = "04"
"""Japan's fiscal year: from April through March, named after the year it begins in."""


def year_of(day: str, by: str) -> int:
    """The year of a day (ISO): `calendar`, or `fiscal`."""
    year, month = int(day[:4]), day[5:7]
    return year - 1 if by == "fiscal" and month < FISCAL_BEGINS else year


def counted(stays: Iterable[Mapping[str, Any]], by: str) -> list[Document]:
    """One row for each year and agreement (None: under none), the latest year first."""
    rows: dict[tuple[int, str | None], Document] = {}
    for stay in stays:
        if stay.get("direction") not in ("in", "out") or not stay.get("first_day"):
            continue
        key = year_of(stay["first_day"], by), stay.get("agreement_id")
        row = rows.setdefault(key, {"year": key[0], "agreement_id": key[1], "in": _none(), "out": _none()})
        _add(row[stay["direction"]], stay)
    rows = {key: row for key, row in rows.items() if any(row["in"].values()) or any(row["out"].values())}
    return [with_balance(rows[key]) for key in sorted(rows, key=lambda key: (-key[0], key[1] or ""))]


def with_balance(row: Document) -> Document:
    """Who went less who came: above nothing we sent more."""
    return row | {"balance": {name: row["out"][name] - row["in"][name] for name in ("people", "days")}}


def total(rows: Iterable[Document]) -> Document:
    """All of them together."""
    summed: Document = {"in": _none(), "out": _none()}
    for row in rows:
        for side in ("in", "out"):
            for name, number in row[side].items():
                summed[side][name] += number
    return with_balance(summed)


def _none() -> Document:
    return {"people": 0, "days": 0, "to_come": 0}


def _add(side: Document, stay: Mapping[str, Any]) -> None:
    if stay["status"] in COUNTED:
        side["people"] += 1
        side["days"] += stay.get("days") or 0
    elif stay["status"] in TO_COME:
        side["to_come"] += 1
