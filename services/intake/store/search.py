"""Candidates of a search, by ranges of terms through the index, the rarest clause first. Nothing is decrypted here.

Clauses are counted up to a bound, exact ones (a date, a number) first, until one is rare enough to lead.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.intake.rules.records import FoundRecord
from services.intake.rules.search_match import Clause, is_exact
from shared.mongo import Document

MAX_EXAMINED, RARE = 2000, 400
"""The records of the rarest clause that are checked against the others; a longer query reaches the rest."""

RESULT_FIELDS = {
    "reference": 1,
    "status": 1,
    "channel": 1,
    "organization_id": 1,
    "patient_id": 1,
    "merged_into": 1,
    "created_at": 1,
    "registered_at": 1,
    "sealed.identity": 1,
    "sealed.contact": 1,
}


class Search:
    """Searches cases and patients; `kind` is `case` or `patient`."""

    def __init__(self, database: Database[Any]) -> None:
        self._records: dict[str, Collection[FoundRecord]] = {"case": database["cases"], "patient": database["patients"]}

    def candidates(self, kind: str, clauses: Sequence[Clause], most: int) -> tuple[list[FoundRecord], bool]:
        """Returns up to `most` records that match every clause, and whether these are all."""
        if not clauses or not all(clauses):
            return [], True
        records, filters, reached = self._records[kind], [_any_of(clause) for clause in clauses], True
        if len(filters) > 1:
            leading, reached = self._rarest(kind, clauses, filters)
            filters.insert(0, filters.pop(leading))
        steps: list[Document] = [{"$match": filters[0]}, {"$limit": MAX_EXAMINED}]
        steps += [{"$match": {"$and": filters[1:]}}] if filters[1:] else []
        found: list[Any] = list(records.aggregate([*steps, {"$limit": most + 1}, {"$project": RESULT_FIELDS}]))
        return found[:most], reached and len(found) <= most

    def _rarest(self, kind: str, clauses: Sequence[Clause], filters: Sequence[Document]) -> tuple[int, bool]:
        """Returns the clause to start with, and whether all its matches will be examined; the first that is rare enough is taken."""
        count, sizes = self._records[kind].count_documents, dict[int, int]()
        for place in sorted(range(len(clauses)), key=lambda place: not is_exact(clauses[place])):
            sizes[place] = count(filters[place], limit=RARE)
            if sizes[place] < RARE:
                return place, True
        leading = min(sizes, key=lambda place: sizes[place])
        return leading, count(filters[leading], limit=MAX_EXAMINED) < MAX_EXAMINED

    def cases_with(self, most: int = 20, **given: str) -> list[FoundRecord]:
        """Returns cases by `reference` or `agency_reference`, the newest first."""
        return list(self._records["case"].find(given, RESULT_FIELDS, sort=[("_id", -1)], limit=most))

    def cases_of(self, patient_ids: Iterable[str], most: int = 200) -> list[FoundRecord]:
        """Returns the newest cases of these patients."""
        wanted = {"patient_id": {"$in": list(patient_ids)}}
        return list(self._records["case"].find(wanted, RESULT_FIELDS, sort=[("_id", -1)], limit=most))

    def after_merges(self, patient_ids: Iterable[str], session: ClientSession | None = None) -> dict[str, str]:
        """Returns for each merged patient the patient at the end of its chain of merges."""
        known: dict[str, str] = {}
        waiting = set(patient_ids)
        while waiting:
            wanted = {"_id": {"$in": list(waiting)}}
            rows = self._records["patient"].find(wanted, {"merged_into": 1}, session=session)
            step = {row["_id"]: into for row in rows if (into := row.get("merged_into"))}
            known |= step
            waiting = set(step.values()) - known.keys()
        return {one: _last(known, one) for one in known}

    def without_terms(self, kind: str, most: int) -> list[FoundRecord]:
        """Returns records that have no terms yet; they are null in the index."""
        fields = {"version": 1, "sealed.identity": 1, "sealed.contact": 1}
        return list(self._records[kind].find({"search": None}, fields, limit=most))

    def put_terms(self, kind: str, made: Iterable[tuple[FoundRecord, list[int]]]) -> int:
        """Stores terms where there are still none, since a record changed meanwhile has its own. The version does not change."""
        updates = [
            UpdateOne({"_id": record["_id"], "version": record["version"], "search": None}, {"$set": {"search": terms}})
            for record, terms in made
        ]
        return self._records[kind].bulk_write(updates, ordered=False).modified_count if updates else 0


def _last(known: dict[str, str], one: str) -> str:
    while one in known:
        one = known[one]
    return one


def _any_of(clause: Clause) -> Document:
    points = [first for first, last in clause if first == last]
    ways: list[Document] = [
        {"search": {"$elemMatch": {"$gte": first, "$lte": last}}} for first, last in clause if first < last
    ]
    if points:
        ways.append({"search": {"$in": points}})
    return ways[0] if len(ways) == 1 else {"$or": ways}
