"""Places as plain values: who holds which of a period and of a department's days, who waits, what another claim would need.

A period's `slots` count nominations: a group takes one, with up to `group_size` people in it. A department's day counts people, over all
programmes, groups and rotations. A waiting applicant is in the record of the period and in those of all months of their days, so that whatever
frees one of them finds the applicant. Not here: how the records are read and written in one transaction (store/occupancy.py).
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from services.training.rules.faults import NoPlace
from services.training.rules.records.applications import Application
from services.training.rules.records.places import DepartmentMonth, MonthWaiting, PeriodPlaces, PeriodWaiting
from services.training.rules.records.programmes import Period

A_DAY, A_TICK = timedelta(days=1), timedelta(milliseconds=1)
"""The smallest difference between two times that MongoDB stores."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an application claims: a slot of its period, days (ISO, both ends included) of departments."""

    application_id: str
    period_id: str
    slot: str
    days: tuple[tuple[str, str, str], ...]  # (department, first day, last day)


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An applicant on a waiting list: since when, with what claim, and the first day of the stay."""

    since: datetime
    claim: Claim
    first_day: str


def claim_of(application: Application) -> Claim:
    """Returns the claim of an application with its dates; a stay abroad takes no day of a department here."""
    rotations = application.get("rotations") or []
    days = tuple(
        (r["department"], r["first_day"], r["last_day"]) for r in rotations if application["direction"] == "in"
    )
    slot = application.get("group_id") or application["_id"]
    return Claim(application["_id"], application["period_id"], slot, days)


def month_ids(claim: Claim) -> list[str]:
    """Returns the ids of the records of departments' days that a claim needs: one for each department and month."""
    return sorted({f"{code}/{month}" for code, first, last in claim.days for month in _months(first, last)})


def days(first: str, last: str) -> Iterator[date]:
    """Yields every day from the first to the last."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day
        day += A_DAY


@dataclass
class Occupancy:
    """The records of places that some claims need, with the changes made to them. `changed` names those to be written.

    `unlimited`: departments known to have no limit for a day.
    """

    periods: dict[str, PeriodPlaces]
    months: dict[str, DepartmentMonth]
    limits: dict[str, int]
    unlimited: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    def occupy(self, claim: Claim) -> bool:
        """Claims where there is room for all of it; otherwise changes nothing. Returns whether it claimed."""
        if self.holds(claim):
            return True
        if self.obstacle(claim) is not None:
            return False
        period = self._period(claim)
        period["holders"].append({"application_id": claim.application_id, "slot": claim.slot})
        self.changed.add(claim.period_id)
        for code, first, last in claim.days:
            for month in _months(first, last):
                self._occupy_days(f"{code}/{month}", claim.application_id, first, last)
        self.dequeue(claim)
        return True

    def holds(self, claim: Claim) -> bool:
        return any(one["application_id"] == claim.application_id for one in self._period(claim)["holders"])

    def obstacle(self, claim: Claim) -> str | None:
        """Returns why there is no room: `period`, `group`, or `department` and day; None where there is."""
        return _slot_obstacle(self._period(claim), claim.slot) or next(self._full_days(claim), None)

    def touch(self, id_: str) -> None:
        """Changes a record that is an obstacle to an application that stays on the waiting list.

        Of two transactions that each free half of what somebody waits for, neither sees what the other frees. Both write the half that the other
        frees: one of them conflicts, and runs again.
        """
        if id_ not in self.changed:
            if id_ in self.periods:
                self.periods[id_]["touched"] = self.periods[id_].get("touched", 0) + 1
            else:
                self.months[id_]["touched"] = self.months[id_].get("touched", 0) + 1
            self.changed.add(id_)

    def touch_obstacle(self, claim: Claim) -> None:
        """Changes the record of the claim's obstacle; nothing where there is none."""
        code, _, day = (self.obstacle(claim) or "").partition(" ")
        if code:
            self.touch(f"{code}/{day[:7]}" if day else claim.period_id)

    def release(self, claim: Claim) -> None:
        """Frees a claim, wherever it was held."""
        period = self._period(claim)
        remaining = [one for one in period["holders"] if one["application_id"] != claim.application_id]
        if len(remaining) < len(period["holders"]):
            period["holders"] = remaining
            self.changed.add(claim.period_id)
        for id_, month in self.months.items():
            still_there = [one for one in month["holders"] if one["application_id"] != claim.application_id]
            if len(still_there) < len(month["holders"]):
                month["holders"] = still_there
                self.changed.add(id_)

    def enqueue(self, claim: Claim, first_day: str, now: datetime) -> int:
        """Returns the position on the waiting list of the period, from 1; a new claim is added at its end."""
        waiting = self._period(claim)["waiting"]
        for place, one in enumerate(waiting, 1):
            if one["application_id"] == claim.application_id:
                return place
        self._add_entry(claim, first_day, self._after_all_others(claim, now))
        return len(waiting)

    def requeue(self, before: Claim, after: Claim, first_day: str, now: datetime) -> None:
        """Waits for other days. A claim that needs nothing it did not need before keeps its position; any other waits from now on."""
        stood = next(
            (one for one in self._period(before)["waiting"] if one["application_id"] == before.application_id), None
        )
        self.dequeue(before)
        if stood is None or before.period_id != after.period_id or not _dates(after) <= _dates(before):
            self.enqueue(after, first_day, now)
            return
        self._add_entry(after, first_day, stood["since"])

    def _add_entry(self, claim: Claim, first_day: str, since: datetime) -> None:
        period, who = self._period(claim), claim.application_id
        days_ = [list(one) for one in claim.days]
        entry: PeriodWaiting = {"application_id": who, "slot": claim.slot, "since": since, "first_day": first_day, "days": days_}  # fmt: skip
        insort(period["waiting"], entry, key=_since)
        self.changed.add(claim.period_id)
        for id_ in month_ids(claim):
            waiting: MonthWaiting = {"application_id": who, "period_id": claim.period_id, "since": since}
            insort(self._month(id_)["waiting"], waiting, key=_since)
            self.changed.add(id_)

    def _after_all_others(self, claim: Claim, now: datetime) -> datetime:
        """Returns now, or a tick after the last who waits for some of the same, where a clock is behind: they came first."""
        last = [waiting[-1]["since"] for waiting in [self._period(claim)["waiting"]] if waiting]
        last += [waiting[-1]["since"] for id_ in month_ids(claim) if (waiting := self._month(id_)["waiting"])]
        others = [since + A_TICK for since in last]
        return max([now.replace(microsecond=now.microsecond // 1000 * 1000), *others])

    def dequeue(self, claim: Claim) -> None:
        """Takes the claim off every waiting list."""
        period = self._period(claim)
        remaining = [one for one in period["waiting"] if one["application_id"] != claim.application_id]
        if len(remaining) < len(period["waiting"]):
            period["waiting"] = remaining
            self.changed.add(period["_id"])
        for month in self.months.values():
            others = [one for one in month["waiting"] if one["application_id"] != claim.application_id]
            if len(others) < len(month["waiting"]):
                month["waiting"] = others
                self.changed.add(month["_id"])

    def other_periods(self) -> set[str]:
        """Returns other periods where somebody waits for days of these months. Days without a limit make nobody wait."""
        counted = [month for month in self.months.values() if month["department"] not in self.unlimited]
        return {one["period_id"] for month in counted for one in month["waiting"]} - set(self.periods)

    def waiting_list(self) -> list[WaitingEntry]:
        """Returns who waits in these periods and has a slot there now, over all programmes, longest first."""
        found = [_waiting(one, id_) for id_, period in self.periods.items() for one in _waiting_with_slot(period)]
        return sorted(found, key=lambda one: (one.since, one.claim.application_id))

    def _period(self, claim: Claim) -> PeriodPlaces:
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
                holders = self.months.get(f"{code}/{month}", {"holders": ()})["holders"]
                others = [one for one in holders if one["application_id"] != claim.application_id]
                if len({one["application_id"] for one in others}) < limit:
                    continue  # all of them on one day would leave room
                for day in within:
                    if len({one["application_id"] for one in others if one["first"] <= day <= one["last"]}) >= limit:
                        yield f"{code} {day}"

    def _occupy_days(self, id_: str, application_id: str, first: str, last: str) -> None:
        self._month(id_)["holders"].append({"application_id": application_id, "first": first, "last": last})
        self.changed.add(id_)

    def _month(self, id_: str) -> DepartmentMonth:
        code, _, month = id_.partition("/")
        return self.months.setdefault(
            id_, {"_id": id_, "department": code, "month": month, "holders": [], "waiting": []}
        )


def _waiting(entry: PeriodWaiting, period_id: str) -> WaitingEntry:
    days_ = tuple((code, first, last) for code, first, last in entry["days"])
    return WaitingEntry(
        entry["since"], Claim(entry["application_id"], period_id, entry["slot"], days_), entry["first_day"]
    )


def _since(entry: PeriodWaiting | MonthWaiting) -> datetime:
    return entry["since"]


def _waiting_with_slot(period: PeriodPlaces) -> list[PeriodWaiting]:
    """Returns who waits for a period and would have a slot in it now."""
    if not period["waiting"]:
        return []
    mates = Counter(one["slot"] for one in period["holders"])
    free = len(mates) < period["slots"]
    size = period["group_size"]
    if not free and all(many >= size for many in mates.values()):
        return []
    return [one for one in period["waiting"] if (mates[one["slot"]] < size if one["slot"] in mates else free)]


def _dates(claim: Claim) -> set[tuple[str, date]]:
    """Returns every day of every department that a claim needs."""
    return {(code, day) for code, first, last in claim.days for day in days(first, last)}


def _slot_obstacle(period: PeriodPlaces, slot: str) -> str | None:
    """Returns why a period has no room for one more in this slot: `group`, which is full, or `period`; None where it has."""
    mates = sum(1 for one in period["holders"] if one["slot"] == slot)
    if mates:
        return "group" if mates >= period["group_size"] else None
    return "period" if len({one["slot"] for one in period["holders"]}) >= period["slots"] else None


@lru_cache(maxsize=2048)
def _months(first: str, last: str) -> tuple[str, ...]:
    """Returns every month (as 2026-12) that has one of these days."""
    if first > last:
        return ()
    begins, ends = (int(day[:4]) * 12 + int(day[5:7]) - 1 for day in (first, last))
    return tuple(f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begins, ends + 1))


def new_period_record(period: Period, programme_id: str) -> PeriodPlaces:
    """Returns the record of a period without holders."""
    return {
        "_id": period["id"],
        "programme_id": programme_id,
        "slots": period["slots"],
        "group_size": period["group_size"],
        "holders": [],
        "waiting": [],
    }
