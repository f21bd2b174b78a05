"""The coming days: booked visits, and undecided referrals that request one of these days, grouped by what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.actions.board import Row, rows_of_days
from services.intake.actions.triage import Referral, referrals_by_id
from services.intake.dependencies import Dependencies
from services.intake.rules import triage
from services.intake.rules.days import today, until_next_working_day
from services.intake.rules.tables import UNDECIDED

MAX_WISHING = 200
MISSING = ("interpreter", "answer", "information")


@dataclass(frozen=True)
class Lacking:
    """Visits and undecided referrals that lack the same thing."""

    visits: Sequence[Row]
    referrals: Sequence[Referral]

    @property
    def count(self) -> int:
        return len(self.visits) + len(self.referrals)


@dataclass(frozen=True)
class Coming:
    """`ready` lack nothing; `not_ready` is grouped by what is missing, so a visit that lacks two things appears twice."""

    days: Sequence[date]
    not_ready: Mapping[str, Lacking]
    ready: Sequence[Row]
    visits: int


def coming(deps: Dependencies, now: datetime) -> Coming:
    """Returns the days up to the next working day: on Friday the weekend and Monday."""
    days = until_next_working_day(today(now, deps.settings.time_zone))
    booked = [row for row in rows_of_days(deps, days, now) if row.visit["status"] == "booked"]
    wishing = deps.store.worklists.requesting_dates([day.isoformat() for day in days], UNDECIDED, MAX_WISHING)
    by_id = referrals_by_id(deps, wishing, now)
    referrals = [by_id[case["_id"]] for case in triage.in_order(wishing)]
    theirs = [each for each in referrals if each.case["status"] == "awaiting_information"]
    ours = [each for each in referrals if each.case["status"] != "awaiting_information"]
    undecided = {"answer": ours, "information": theirs}
    return Coming(
        days,
        {name: Lacking([row for row in booked if name in row.missing], undecided.get(name, [])) for name in MISSING},
        [row for row in booked if not row.missing],
        len(booked),
    )
