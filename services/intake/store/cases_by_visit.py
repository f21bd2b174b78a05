"""Cases by the time of their visits, for the board, the calendar and tomorrow's list. Uses the index on visits' starts."""

from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from services.intake.rules.records import Case
from services.intake.rules.tables import VISIT_STATES
from shared.outbox.records import WITHOUT_BOOKKEEPING

MAX_CASES = 2000
WITHOUT_MESSAGES = WITHOUT_BOOKKEEPING | {"messages": 0, "documents": 0, "search": 0}


class CasesByVisit:
    """Reads `cases` only."""

    def __init__(self, database: Database[Any]) -> None:
        self._cases: Collection[Case] = database["cases"]

    def between(self, begin: datetime, end: datetime, most: int = MAX_CASES) -> list[Case]:
        """Returns up to `most` cases with a visit that starts in the half-open period, without messages and documents, in no order.

        All visits of such a case are included; callers filter by time. `$exists` leads to the index of cases that have visits;
        with every state named, the index by state and start serves this question and that for visits left open alike.
        """
        starts = {"$elemMatch": {"status": {"$in": list(VISIT_STATES)}, "start": {"$gte": begin, "$lt": end}}}
        return list(self._cases.find({"visits.id": {"$exists": True}, "visits": starts}, WITHOUT_MESSAGES, limit=most))

    def of_patient(self, patient_id: str, most: int = 50) -> list[Case]:
        """Returns the newest cases of a patient, with their visits."""
        return list(self._cases.find({"patient_id": patient_id}, WITHOUT_MESSAGES, sort=[("_id", -1)], limit=most))
