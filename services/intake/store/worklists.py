"""Cases that wait for something: triage's groups, what is owed an answer, visits of earlier days left open, dates wished for.

Every list is bounded, and read in an index's order: it costs the same at a million cases.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.intake.rules.records import Case
from services.intake.store.cases_by_visit import WITHOUT_LETTERS
from shared.outbox.records import with_shares

MOST_COUNTED = 1000
OWED = ({"unanswered": {"$type": "date"}}, {"cancellation.requested_at": {"$exists": True}})


class Worklists:
    """Reads `cases` alone."""

    def __init__(self, database: Database[Any]) -> None:
        self._cases: Collection[Case] = database["cases"]

    def oldest(self, status: str, most: int) -> list[Case]:
        """Cases of one status, those that came first first."""
        return list(self._cases.find({"status": status}, WITHOUT_LETTERS, sort=[("_id", 1)], limit=most))

    def oldest_of_each(self, status: str, most: int) -> list[Case]:
        """The same, and those of each organization that came first: no flood of one hides another's. In no order."""
        cases: Collection[Any] = self._cases
        found: list[Any] = with_shares(cases, {"status": status}, ("_id", 1), "organization_id", most, WITHOUT_LETTERS)
        return found

    def changed_since(self, statuses: Iterable[str], since: datetime, most: int) -> list[Case]:
        """Cases of these statuses that changed since, the latest first."""
        query = {"status": {"$in": list(statuses)}, "updated_at": {"$gte": since}}
        return list(self._cases.find(query, WITHOUT_LETTERS, sort=[("updated_at", -1), ("_id", -1)], limit=most))

    def owed(self, most: int) -> list[Case]:
        """Cases of any status in which somebody wrote, or wishes to cancel, and waits for words of ours; in no order."""
        found: dict[str, Case] = {}
        for query in OWED:
            found |= {case["_id"]: case for case in self._cases.find(query, WITHOUT_LETTERS, limit=most)}
        return list(found.values())[:most]

    def count(self, status: str) -> int:
        """How many there are of a status, MOST_COUNTED at the most."""
        return self._cases.count_documents({"status": status}, limit=MOST_COUNTED)

    def open_before(self, begin: datetime, end: datetime, most: int) -> list[Case]:
        """Cases with a visit that started in the period and is neither over nor called off; its visits alone."""
        visits = {"$elemMatch": {"status": {"$in": ["booked", "arrived"]}, "start": {"$gte": begin, "$lt": end}}}
        query = {"visits.id": {"$exists": True}, "visits": visits}
        shown = {"visits.id": 1, "visits.status": 1, "visits.start": 1}
        return list(self._cases.find(query, shown, limit=most))

    def wishing(self, days: Sequence[str], statuses: Iterable[str], most: int) -> list[Case]:
        """Cases of these statuses that wish for one of the days."""
        query = {"request.wished_dates": {"$in": list(days)}, "status": {"$in": list(statuses)}}
        return list(self._cases.find(query, WITHOUT_LETTERS, limit=most))
