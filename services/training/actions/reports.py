"""Reports of training: stays counted by year and by country, partner, department or kind, with names in the reader's language; as CSV."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.training.actions import standing
from services.training.dependencies import Dependencies
from services.training.rules import counting

Document = dict[str, Any]
Named = Callable[[str, str], str]


@dataclass(frozen=True)
class Report:
    """One year: `tables` by what is counted by, rows with their `key`; `years` there is anything of, the latest first."""

    year: int
    by: str
    first: date
    last: date
    tables: dict[str, list[Document]]
    total: Document
    years: list[int]
    partners: dict[str, str]


def report(deps: Dependencies, year: int | None, by: str, now: datetime) -> Report:
    """A year's figures; the present year where none is named."""
    today = standing.today_of(deps, now).isoformat()
    present = counting.year_of(today, by)
    wanted = year or present
    first, last = counting.days_of(wanted, by)
    stays = deps.store.begun_between(counting.BEGUN, first, last)
    earliest = deps.store.first_stay(counting.BEGUN)
    oldest = min(counting.year_of(earliest, by) if earliest else present, wanted, present)
    named = deps.store.copies.organizations(one["organization_id"] for one in stays if one.get("organization_id"))
    return Report(
        wanted,
        by,
        date.fromisoformat(first),
        date.fromisoformat(last),
        {one: counting.counted(stays, one) for one in counting.BY},
        counting.total(stays),
        list(range(max(present, wanted), oldest - 1, -1)),
        {id_: row["name"] for id_, row in named.items()},
    )
