"""Places as figures to be drawn: departments' days against their limits, periods with what is taken and who waits. Nothing is changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.training.actions import programmes
from services.training.dependencies import Dependencies
from services.training.rules import charts
from shared.errors import NotFound

Document = dict[str, Any]
MONTHS = 3


@dataclass(frozen=True)
class Department:
    """A department over some months: `days` people on each, `weeks` the most on any day of each; `limit` None: none is set.

    `version` is that of the record of its limit, None where nobody ever set one.
    """

    code: str
    limit: int | None
    version: int | None
    days: list[int]
    weeks: list[int]

    @property
    def most(self) -> int:
        return max(self.days, default=0)


@dataclass(frozen=True)
class PeriodPlaces:
    """A period of a programme with its places."""

    programme: Document
    period: Document
    slots: int
    taken: int
    people: int
    waiting: int

    @property
    def free(self) -> int:
        return max(self.slots - self.taken, 0)


@dataclass(frozen=True)
class Places:
    """All of it from the first day of a month to the last of another; `weeks` are (first, last day) as cut by these ends."""

    first: date
    last: date
    weeks: list[tuple[date, date]]
    departments: list[Department]
    periods: list[PeriodPlaces]

    @property
    def months(self) -> list[date]:
        """First days of the months."""
        return [charts.month_after(self.first, number) for number in range(MONTHS)]


def places(deps: Dependencies, month: date, own: Collection[str] | None = None) -> Places:
    """Three months from this one on; of the departments `own` alone, where they are given."""
    first = month.replace(day=1)
    last = charts.month_after(first, MONTHS) - timedelta(days=1)
    weeks = charts.weeks(first, last)
    departments = [one for one in _departments(deps, first, last, weeks) if own is None or one.code in own]
    periods = [one for one in _periods(deps, first, last) if own is None or one.programme["department"] in own]
    return Places(first, last, weeks, departments, periods)


def _departments(deps: Dependencies, first: date, last: date, weeks: list[tuple[date, date]]) -> list[Department]:
    """Those with somebody in these months or with a limit, and every listed one that programmes name."""
    months = deps.store.guards.months_between(first.isoformat()[:7], last.isoformat()[:7])
    limits = {row["_id"]: row for row in deps.store.department_places.find({})}
    held: dict[str, list[Document]] = {}
    for month in months:
        held.setdefault(month["department"], []).extend(month["held"])
    named = {one["department"] for one in deps.store.programmes_between(first.isoformat(), last.isoformat()) if one["department"]}  # fmt: skip
    codes = sorted(
        {code for code, rows in held.items() if rows} | {code for code, row in limits.items() if row["per_day"]} | named
    )
    told = []
    for code in codes:
        days = charts.people_by_day(held.get(code, []), first, last)
        most = [max(days[(a - first).days : (b - first).days + 1]) for a, b in weeks]
        known = limits.get(code) or {"per_day": None, "version": None}
        told.append(Department(code, known["per_day"], known["version"], days, most))
    return told


def _periods(deps: Dependencies, first: date, last: date) -> list[PeriodPlaces]:
    told: list[PeriodPlaces] = []
    for programme in deps.store.programmes_between(first.isoformat(), last.isoformat()):
        standings = programmes.period_standings(deps, programme)
        told += [
            PeriodPlaces(programme, period, **standings[period["id"]])
            for period in programme["periods"]
            if period["from"] <= last.isoformat() and period["until"] >= first.isoformat() and period["id"] in standings
        ]
    return sorted(told, key=lambda one: (one.period["from"], str(one.programme["reference"])))


def limit_of(deps: Dependencies, department: str) -> int | None:
    """A department's limit, where one is set."""
    return deps.store.guards.limits().get(department)


def limit_now(deps: Dependencies, department: str) -> tuple[int, str, datetime]:
    """Version of the record of a limit, who set it last and when."""
    record, line = deps.store.department_places.get(department), deps.store.last_line(department)
    if record is None or line is None:
        raise NotFound()
    return record["version"], line["actor"], line["time"]


def other_periods(deps: Dependencies, application: Document) -> list[PeriodPlaces]:
    """Periods of the application's programme that have a place or are its own, those to come."""
    programme = programmes.find_programme(deps, application["programme_id"])
    standings = programmes.period_standings(deps, programme)
    return [
        PeriodPlaces(programme, period, **standings[period["id"]])
        for period in programme["periods"]
        if period["id"] in standings
    ]
