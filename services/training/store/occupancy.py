"""Who holds places: `places` has one document for each period, `department_months` one for each department and month,
`department_limits` one for each department. A transaction that claims or releases writes every record that it read for its claim,
together with the application: of two that compete for the last place one fails and looks again (I6).
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pymongo import ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.training.rules.places import Claim, Occupancy, WaitingEntry, month_ids
from services.training.rules.records.places import DepartmentLimit, DepartmentMonth, PeriodPlaces

R = TypeVar("R", bound=Mapping[str, Any])


class OccupancyStore:
    """Reads anywhere; writes only within the transaction that read."""

    def __init__(self, database: Database[Any], session: ClientSession | None) -> None:
        self._places: Collection[PeriodPlaces] = database.places
        self._months: Collection[DepartmentMonth] = database.department_months
        self._limits: Collection[DepartmentLimit] = database.department_limits
        self._session = session

    def load(self, claims: Iterable[Claim]) -> Occupancy:
        """Loads the records these claims need, with three look-ups for all."""
        claims = list(claims)
        periods = self._found(self._places, {claim.period_id for claim in claims})
        months = self._found(self._months, {id_ for claim in claims for id_ in month_ids(claim)})
        codes = {code for claim in claims for code, _, _ in claim.days}
        found = self._found(self._limits, codes)
        limits = {code: row["per_day"] for code, row in found.items() if row["per_day"] is not None}
        return Occupancy(periods, months, limits, unlimited=codes - set(limits))

    def load_more(self, occupancy: Occupancy, claims: Iterable[Claim]) -> None:
        """Adds the records that more claims need."""
        more = self.load(claims)
        occupancy.unlimited |= more.unlimited
        for name in ("periods", "months", "limits"):
            known = getattr(occupancy, name)
            known |= {id_: row for id_, row in getattr(more, name).items() if id_ not in known}

    def waiting_list(self, occupancy: Occupancy) -> list[WaitingEntry]:
        """Returns who waits for a day or a slot of these records and has a slot, longest first, with the records of their claims loaded."""
        occupancy.periods |= self._found(self._places, occupancy.other_periods())
        line = occupancy.waiting_list()
        if line:
            self.load_more(occupancy, [one.claim for one in line])
        return line

    def save(self, occupancy: Occupancy) -> None:
        """Writes what changed; a department's limit is touched too, so that lowering it and claiming exclude each other."""
        assert self._session is not None, "a claim is part of its application's transaction"
        periods = [one for id_, one in sorted(occupancy.periods.items()) if id_ in occupancy.changed]
        if periods:
            self._places.bulk_write(_replacements(periods), session=self._session)
        months = [one for id_, one in sorted(occupancy.months.items()) if id_ in occupancy.changed]
        if months:
            self._months.bulk_write(_replacements(months), session=self._session)
        touched = {occupancy.months[id_]["department"] for id_ in occupancy.changed & set(occupancy.months)}
        counted = [
            UpdateOne({"_id": code}, {"$inc": {"claims": 1}}) for code in sorted(touched & set(occupancy.limits))
        ]
        if counted:
            self._limits.bulk_write(counted, session=self._session)

    def save_periods(self, made: Iterable[PeriodPlaces]) -> None:
        """Writes new and changed periods' records, within the programme's transaction."""
        if writes := _replacements(made):
            self._places.bulk_write(writes, session=self._session)

    def periods(self, ids: Iterable[str]) -> dict[str, PeriodPlaces]:
        return self._found(self._places, ids)

    def delete_periods(self, ids: Iterable[str]) -> None:
        self._places.delete_many({"_id": {"$in": list(ids)}}, session=self._session)

    def periods_with_waiting(self) -> list[str]:
        """Returns the ids of periods with a waiting list."""
        return [
            row["_id"] for row in self._places.find({"waiting.0": {"$exists": True}}, {"_id": 1}, session=self._session)
        ]

    def months_with_waiting(self, department: str) -> dict[str, DepartmentMonth]:
        """Returns a department's months with a waiting list."""
        query = {"department": department, "waiting.0": {"$exists": True}}
        return {row["_id"]: row for row in self._months.find(query, session=self._session)}

    def months_between(self, first_month: str, last_month: str) -> list[DepartmentMonth]:
        """Returns every department's months from the first to the last (as 2026-12)."""
        query = {"month": {"$gte": first_month, "$lte": last_month}}
        return list(self._months.find(query, sort=[("_id", 1)], session=self._session))

    def limits(self) -> dict[str, int]:
        """Returns how many people each department takes on a day, where a limit is set."""
        found = self._limits.find({"per_day": {"$ne": None}}, {"per_day": 1}, session=self._session)
        return {row["_id"]: row["per_day"] for row in found if row["per_day"] is not None}

    def _found(self, collection: Collection[R], ids: Iterable[str]) -> dict[str, R]:
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        return {row["_id"]: row for row in collection.find({"_id": {"$in": wanted}}, session=self._session)}


def _replacements(records: Iterable[R]) -> list[ReplaceOne[R]]:
    return [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in records]
