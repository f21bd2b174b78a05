"""Counts the trainees exchanged with an organization, incoming and outgoing, by agreement and year, with the balance. Plain values.

A stay counts once it has begun, in the year of its first day. Its days are those attended, known when it is over.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Document = dict[str, Any]
COUNTED = ("active", "completed", "terminated")
TO_COME = ("accepted", "confirmed", "deferred")
FISCAL_BEGINS = "04"
"""First month of Japan's fiscal year, April through March. The year is named after the one it begins in."""


def year_of(day: str, by: str) -> int:
    """Returns the `calendar` or `fiscal` year of a day (ISO)."""
    year, month = int(day[:4]), day[5:7]
    return year - 1 if by == "fiscal" and month < FISCAL_BEGINS else year


def counted(stays: Iterable[Mapping[str, Any]], by: str) -> list[Document]:
    """Returns one row for each year and agreement (None: without an agreement), the latest year first."""
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
    """Adds the balance, outgoing minus incoming: positive if the hospital sent more."""
    return row | {"balance": {name: row["out"][name] - row["in"][name] for name in ("people", "days")}}


def total(rows: Iterable[Document]) -> Document:
    """Returns the sum of all rows."""
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
