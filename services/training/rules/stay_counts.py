"""Counts trainees: incoming and outgoing, by country, partner, department or kind, people and days, by fiscal or calendar year. Plain values.

A stay counts once it began (active, completed, terminated), in the year of its first day, with the days attended so far.
"""

from collections.abc import Iterable
from typing import Any

from services.training.rules import states
from services.training.rules.records.applications import Application

Row = dict[str, Any]
BEGUN = (states.ACTIVE, states.COMPLETED, states.TERMINATED)
BY = ("country", "partner", "department", "kind")
YEARS = ("fiscal", "calendar")
FIELDS = ("in_people", "in_days", "out_people", "out_days", "balance_people", "balance_days")
APRIL = 4


def year_of(day: str, by: str) -> int:
    """Returns the year of a day (ISO); a fiscal year runs from April through March and is named after the year it begins in."""
    year, month = int(day[:4]), int(day[5:7])
    return year - 1 if by == "fiscal" and month < APRIL else year


def days_of(year: int, by: str) -> tuple[str, str]:
    """Returns the first and last day of a year."""
    return (f"{year}-04-01", f"{year + 1}-03-31") if by == "fiscal" else (f"{year}-01-01", f"{year}-12-31")


def attended(stay: Application) -> int:
    """Returns the number of days attended; a half day counts as a day."""
    return sum(1 for one in stay.get("attendance") or () if one["attended"] != "absent")


def country_of(stay: Application) -> str | None:
    """Returns the country where an incoming trainee lives, or an outgoing one goes."""
    if stay["direction"] == "out":
        return stay.get("host_country")
    return stay.get("residence") or stay.get("nationality")


def counts_by(stays: Iterable[Application], by: str) -> list[Row]:
    """Returns a row for each country, partner (id), department (code) or kind, with `key` None where none is known; most people first."""
    rows: dict[str | None, Row] = {}
    for stay in stays:
        if stay["direction"] not in ("in", "out"):
            continue
        for key, days in _keys_and_days(stay, by):
            row = rows.setdefault(key, {"key": key, **dict.fromkeys(FIELDS, 0)})
            row[f"{stay['direction']}_people"] += 1
            row[f"{stay['direction']}_days"] += days
    balanced = [_with_balance(row) for row in rows.values()]
    return sorted(balanced, key=lambda row: (-row["in_people"] - row["out_people"], str(row["key"] or "~")))


def total(stays: Iterable[Application]) -> Row:
    """Returns the row of all stays: somebody in two departments is one person."""
    found = counts_by([{**stay, "kind": "all"} for stay in stays], "kind")
    return found[0] if found else {"key": "all", **dict.fromkeys(FIELDS, 0)}


def _keys_and_days(stay: Application, by: str) -> list[tuple[str | None, int]]:
    """Returns the rows a stay belongs to, with the days for each: more than one only by department."""
    if by != "department":
        of = {"country": country_of(stay), "partner": stay.get("organization_id"), "kind": stay["kind"]}
        return [(of[by], attended(stay))]
    codes: list[str | None] = list(dict.fromkeys(one["department"] for one in stay.get("rotations") or ()))
    codes = codes or [stay.get("department")]
    if len(codes) == 1:
        return [(codes[0], attended(stay))]
    days = [one.get("department") for one in stay.get("attendance") or () if one["attended"] != "absent"]
    return [(code, days.count(code)) for code in codes]


def _with_balance(row: Row) -> Row:
    sent = {f"balance_{name}": row[f"out_{name}"] - row[f"in_{name}"] for name in ("people", "days")}
    return row | sent
