"""Places as plain values: who holds which of a period and of a department's days, who waits, what one more would need.

A period's `slots` count nominations: a group takes one, with up to `group_size` people in it. A department's day counts people,
over all programmes, groups and rotations. Not here: how the guards are read and written in one transaction (store/guards.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from services.training.rules.faults import NoPlace

Document = dict[str, Any]
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an application takes: a slot of its period, days (ISO, both ends included) of departments."""

    application_id: str
    period_id: str
    slot: str
    days: tuple[tuple[str, str, str], ...]  # (department, first day, last day)


def claim_of(application: Mapping[str, Any]) -> Claim:
    """The claim of an application with its dates; who goes abroad takes no day of a department here."""
    rotations = application.get("rotations") or []
    days = tuple(
        (r["department"], r["first_day"], r["last_day"]) for r in rotations if application["direction"] == "in"
    )
    slot = application.get("group_id") or application["_id"]
    return Claim(application["_id"], application["period_id"], slot, days)


def month_ids(claim: Claim) -> list[str]:
    """The guards of departments' days that a claim touches: one for each department and month."""
    return sorted({f"{code}/{day.isoformat()[:7]}" for code, first, last in claim.days for day in days(first, last)})


def days(first: str, last: str) -> Iterator[date]:
    """Every day from the first to the last."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day
        day += A_DAY


@dataclass
class Guards:
    """The guards that some claims touch, as they are becoming. `changed` names those to be written."""

    periods: dict[str, Document]
    months: dict[str, Document]
    limits: dict[str, int]
    changed: set[str] = field(default_factory=set)

    def take(self, claim: Claim) -> bool:
        """Claims where there is room for all of it; otherwise nothing changes."""
        if self.holds(claim):
            return True
        if self.in_the_way(claim) is not None:
            return False
        period = self._period(claim)
        period["held"].append({"application_id": claim.application_id, "slot": claim.slot})
        self.changed.add(claim.period_id)
        for code, first, last in claim.days:
            for month in _months(first, last):
                self._hold_days(f"{code}/{month}", code, claim.application_id, first, last)
        self.leave_queue(claim)
        return True

    def holds(self, claim: Claim) -> bool:
        return any(one["application_id"] == claim.application_id for one in self._period(claim)["held"])

    def in_the_way(self, claim: Claim) -> str | None:
        """Why there is no room: `period`, `group`, or `department` and day; None where there is."""
        period = self._period(claim)
        return _no_slot(period, claim.slot) or next(self._full_days(claim), None)

    def let_go(self, claim: Claim) -> None:
        """Frees a claim, wherever it was held."""
        period = self._period(claim)
        kept = [one for one in period["held"] if one["application_id"] != claim.application_id]
        if len(kept) < len(period["held"]):
            period["held"] = kept
            self.changed.add(claim.period_id)
        for id_, month in self.months.items():
            kept = [one for one in month["held"] if one["application_id"] != claim.application_id]
            if len(kept) < len(month["held"]):
                month["held"] = kept
                self.changed.add(id_)

    def queue(self, claim: Claim) -> int:
        """The place on the waiting list, from 1; the end of it for who is not there yet."""
        period = self._period(claim)
        if all(one["application_id"] != claim.application_id for one in period["waiting"]):
            period["tickets"] += 1
            entry = {"application_id": claim.application_id, "slot": claim.slot, "ticket": period["tickets"]}
            period["waiting"].append(entry)
            self.changed.add(claim.period_id)
        return next(n for n, one in enumerate(period["waiting"], 1) if one["application_id"] == claim.application_id)

    def leave_queue(self, claim: Claim) -> None:
        period = self._period(claim)
        kept = [one for one in period["waiting"] if one["application_id"] != claim.application_id]
        if len(kept) < len(period["waiting"]):
            period["waiting"] = kept
            self.changed.add(claim.period_id)

    def next_in_line(self, period_id: str) -> Iterator[str]:
        """Who waits for this period and has a slot there now, the first come first; asked anew after each that was taken."""
        period = self.periods[period_id]
        for one in list(period["waiting"]):
            if _no_slot(period, one["slot"]) is None:
                yield one["application_id"]

    def _period(self, claim: Claim) -> Document:
        try:
            return self.periods[claim.period_id]
        except KeyError:
            raise NoPlace("the programme has no such period any more") from None

    def _full_days(self, claim: Claim) -> Iterator[str]:
        for code, first, last in claim.days:
            limit = self.limits.get(code)
            if limit is None:
                continue
            for month, within in groupby((day.isoformat() for day in days(first, last)), key=lambda day: day[:7]):
                held = self.months.get(f"{code}/{month}", {"held": ()})["held"]
                others = [one for one in held if one["application_id"] != claim.application_id]
                if len({one["application_id"] for one in others}) < limit:
                    continue  # all of them on one day would leave room
                for day in within:
                    if len({one["application_id"] for one in others if one["first"] <= day <= one["last"]}) >= limit:
                        yield f"{code} {day}"

    def _hold_days(self, id_: str, code: str, application_id: str, first: str, last: str) -> None:
        month = self.months.setdefault(id_, {"_id": id_, "department": code, "month": id_[-7:], "held": []})
        month["held"].append({"application_id": application_id, "first": first, "last": last})
        self.changed.add(id_)


def _no_slot(period: Document, slot: str) -> str | None:
    """Why a period has no room for one more in this slot: `group`, which is full, or `period`; None where it has."""
    mates = sum(1 for one in period["held"] if one["slot"] == slot)
    if mates:
        return "group" if mates >= period["group_size"] else None
    return "period" if len({one["slot"] for one in period["held"]}) >= period["slots"] else None


def _months(first: str, last: str) -> Iterable[str]:
    return sorted({day.isoformat()[:7] for day in days(first, last)})


def new_period(period: Mapping[str, Any], programme_id: str) -> Document:
    """The guard of a period nobody holds anything of."""
    return {
        "_id": period["id"],
        "programme_id": programme_id,
        "slots": period["slots"],
        "group_size": period["group_size"],
        "held": [],
        "waiting": [],
        "tickets": 0,
    }
