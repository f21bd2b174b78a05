"""Reports: stays counted by year and by country, partner, department or kind; places of departments and periods for charts. Reads only."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.training.actions import application_records, places, programmes
from services.training.dependencies import Dependencies
from services.training.rules import charts, stay_counts
from services.training.rules.records.applications import Application
from services.training.rules.records.places import DayHolder
from services.training.rules.records.programmes import Period, Programme

Named = Callable[[str, str], str]


@dataclass(frozen=True)
class YearlyReport:
    """One year: `tables` by criterion, rows with their `key`; `years` with any data, the latest first."""

    year: int
    by: str
    first: date
    last: date
    tables: dict[str, list[stay_counts.Row]]
    total: stay_counts.Row
    years: list[int]
    partners: dict[str, str]


def yearly_report(deps: Dependencies, year: int | None, by: str, now: datetime) -> YearlyReport:
    """Returns the counts of a year, by default the present one."""
    today = application_records.today_of(deps, now).isoformat()
    present = stay_counts.year_of(today, by)
    wanted = year or present
    first, last = stay_counts.days_of(wanted, by)
    stays = deps.store.stays_begun_between(stay_counts.BEGUN, first, last)
    earliest = deps.store.first_stay_day(stay_counts.BEGUN)
    oldest = min(stay_counts.year_of(earliest, by) if earliest else present, wanted, present)
    named = deps.store.copies.organizations(partner for one in stays if (partner := one.get("organization_id")))
    return YearlyReport(
        wanted,
        by,
        date.fromisoformat(first),
        date.fromisoformat(last),
        {one: stay_counts.counts_by(stays, one) for one in stay_counts.BY},
        stay_counts.total(stays),
        list(range(max(present, wanted), oldest - 1, -1)),
        {id_: row["name"] for id_, row in named.items()},
    )


MONTHS = 3


@dataclass(frozen=True)
class DepartmentPlaces:
    """A department over some months: `days` people on each day, `weeks` the highest number on any day of each; `limit` None: none is set.

    `version` is that of the record of its limit, None where none was ever set.
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
class PeriodReport:
    """A period of a programme with its places."""

    programme: Programme
    period: Period
    slots: int
    taken: int
    people: int
    waiting: int

    @property
    def free(self) -> int:
        return max(self.slots - self.taken, 0)


@dataclass(frozen=True)
class PlacesReport:
    """From the first day of a month to the last of another; `weeks` as (first, last day), cut at both ends."""

    first: date
    last: date
    weeks: list[tuple[date, date]]
    departments: list[DepartmentPlaces]
    periods: list[PeriodReport]

    @property
    def months(self) -> list[date]:
        """The first days of the months."""
        return [charts.month_after(self.first, number) for number in range(MONTHS)]


def places_report(deps: Dependencies, month: date, own: Collection[str] | None = None) -> PlacesReport:
    """Returns three months from this one on; only of the departments `own` where given."""
    first = month.replace(day=1)
    last = charts.month_after(first, MONTHS) - timedelta(days=1)
    weeks = charts.weeks(first, last)
    departments = [one for one in _department_places(deps, first, last, weeks) if own is None or one.code in own]
    periods = [one for one in _period_places(deps, first, last) if own is None or one.programme["department"] in own]
    return PlacesReport(first, last, weeks, departments, periods)


def _department_places(
    deps: Dependencies, first: date, last: date, weeks: list[tuple[date, date]]
) -> list[DepartmentPlaces]:
    """Returns those with people in these months or with a limit, and every one that a programme names."""
    months = deps.store.occupancy.months_between(first.isoformat()[:7], last.isoformat()[:7])
    limits = {row["_id"]: row for row in deps.store.department_limits.find({})}
    holders: dict[str, list[DayHolder]] = {}
    for month in months:
        holders.setdefault(month["department"], []).extend(month["holders"])
    named = {one["department"] for one in deps.store.programmes_between(first.isoformat(), last.isoformat()) if one["department"]}  # fmt: skip
    codes = sorted(
        {code for code, rows in holders.items() if rows}
        | {code for code, row in limits.items() if row["per_day"]}
        | named
    )
    rows = []
    for code in codes:
        days = charts.people_by_day(holders.get(code, []), first, last)
        most = [max(days[(a - first).days : (b - first).days + 1]) for a, b in weeks]
        known = limits.get(code) or {"per_day": None, "version": None}
        rows.append(DepartmentPlaces(code, known["per_day"], known["version"], days, most))
    return rows


def _period_places(deps: Dependencies, first: date, last: date) -> list[PeriodReport]:
    rows: list[PeriodReport] = []
    for programme in deps.store.programmes_between(first.isoformat(), last.isoformat()):
        counts = places.period_counts(deps, programme)
        rows += [
            PeriodReport(programme, period, **counts[period["id"]])
            for period in programme["periods"]
            if period["from"] <= last.isoformat() and period["until"] >= first.isoformat() and period["id"] in counts
        ]
    return sorted(rows, key=lambda one: (one.period["from"], str(one.programme["reference"])))


def other_periods(deps: Dependencies, application: Application) -> list[PeriodReport]:
    """Returns the periods of the application's programme with their places."""
    programme = programmes.find_programme(deps, application["programme_id"])
    counts = places.period_counts(deps, programme)
    return [
        PeriodReport(programme, period, **counts[period["id"]])
        for period in programme["periods"]
        if period["id"] in counts
    ]
