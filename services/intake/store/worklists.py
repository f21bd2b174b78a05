"""Worklists of cases: the groups of triage, cases that are owed an answer, open visits of earlier days, requested dates.

Every list is bounded, and read in an index's order: it costs the same at a million cases.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.intake.rules.records import Case
from services.intake.store.cases_by_visit import WITHOUT_MESSAGES
from shared.outbox.records import with_shares

MAX_COUNTED = 1000
OWED = ({"unanswered": {"$type": "date"}}, {"cancellation.requested_at": {"$exists": True}})


class Worklists:
    """Reads `cases` only."""

    def __init__(self, database: Database[Any]) -> None:
        self._cases: Collection[Case] = database["cases"]

    def oldest(self, status: str, most: int) -> list[Case]:
        """Returns cases of one status, the oldest first."""
        return list(self._cases.find({"status": status}, WITHOUT_MESSAGES, sort=[("_id", 1)], limit=most))

    def oldest_of_each(self, status: str, most: int) -> list[Case]:
        """Returns the same and the oldest of each organization, in no order, so that many cases of one agency do not hide another's."""
        cases: Collection[Any] = self._cases
        found: list[Any] = with_shares(cases, {"status": status}, ("_id", 1), "organization_id", most, WITHOUT_MESSAGES)
        return found

    def changed_since(self, statuses: Iterable[str], since: datetime, most: int) -> list[Case]:
        """Returns cases of these statuses that changed since, the latest first."""
        query = {"status": {"$in": list(statuses)}, "updated_at": {"$gte": since}}
        return list(self._cases.find(query, WITHOUT_MESSAGES, sort=[("updated_at", -1), ("_id", -1)], limit=most))

    def owed(self, most: int) -> list[Case]:
        """Returns cases of any status whose agency waits for a reply or for a decision on a cancellation, in no order."""
        found: dict[str, Case] = {}
        for query in OWED:
            found |= {case["_id"]: case for case in self._cases.find(query, WITHOUT_MESSAGES, limit=most)}
        return list(found.values())[:most]

    def count(self, status: str) -> int:
        """Returns the number of cases of a status, MAX_COUNTED at most."""
        return self._cases.count_documents({"status": status}, limit=MAX_COUNTED)

    def open_before(self, begin: datetime, end: datetime, most: int) -> list[Case]:
        """Returns cases, with their visits only, that have an open visit starting in the period."""
        visits = {"$elemMatch": {"status": {"$in": ["booked", "arrived"]}, "start": {"$gte": begin, "$lt": end}}}
        query = {"visits.id": {"$exists": True}, "visits": visits}
        fields = {"visits.id": 1, "visits.status": 1, "visits.start": 1}
        return list(self._cases.find(query, fields, limit=most))

    def requesting_dates(self, days: Sequence[str], statuses: Iterable[str], most: int) -> list[Case]:
        """Returns cases of these statuses that request one of the days."""
        query = {"request.wished_dates": {"$in": list(days)}, "status": {"$in": list(statuses)}}
        return list(self._cases.find(query, WITHOUT_MESSAGES, limit=most))
