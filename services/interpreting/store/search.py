"""Searches a large roster for interpreters who fit a booking: entries by language and level from an index, their days by id, the rest by rule.

Two queries find the first twenty, whatever the number of bookings: a day's claims are in one document of that day.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules import matching, roster
from services.interpreting.rules.languages import matching_languages
from services.interpreting.rules.matching import Candidate, Fit, Requirements
from services.interpreting.rules.records import Interpreter
from services.interpreting.store.claims import Claims
from shared.mongo import Document, Index

INDEXES = [
    Index("interpreters", [("search_keys", 1), ("_id", 1)]),
    Index("interpreters", [("language_keys", 1), ("_id", 1)]),
    Index("interpreters", [("active", 1), ("_id", 1)]),
]
BY_SEARCH_KEY = "search_keys_1__id_1"
FIELDS = ("name", "gender", "languages", "modalities", "weekly_hours", "exceptions", "certifications", "active")
PROJECTION = dict.fromkeys((*FIELDS, "travel_buffer_minutes", "daily_maximum"), 1)
FIRST_BATCH, MAX_BATCH = 24, 250


class Search:
    """Evaluates interpreters for one booking. In a transaction, a claim that follows fails where what was read has changed."""

    def __init__(
        self, database: Database[Document], zone: ZoneInfo, claims: Claims, session: ClientSession | None
    ) -> None:
        self._roster, self._zone, self._claims, self._session = database.interpreters, zone, claims, session

    def fitting(self, required: Requirements, limit: int) -> list[Fit]:
        """Returns the first `limit` who fit, in order of rank.

        The search goes by language, the patient's own first: those who know the case, then by preferred gender and level.
        """
        found: dict[str, Fit] = {}
        for fit in self._likely(required):
            if fit.fits:
                found.setdefault(fit.candidate.id, fit)
            if len(found) >= limit + len(required.excluded):
                break
        return matching.rank(found.values())

    def one(self, interpreter_id: str, required: Requirements) -> Fit | None:
        """Returns the fit of one interpreter, or None where the roster has none with this id."""
        return next(iter(self._fits(required, {"_id": {"$eq": interpreter_id}}, 1)), None)

    def entry_fit(self, entry: Interpreter, required: Requirements) -> Fit:
        """Returns the fit of an entry as given, which need not be stored."""
        return next(self._evaluate(required, [entry]))

    def candidates_for(self, language: str, gender: str, modality: str, limit: int) -> list[Candidate]:
        """Returns active interpreters by language (a key, and those related), gender or `*`, and modality, at whatever time."""
        keys = [key for spoken in matching_languages(language) for key in roster.search_keys(spoken, gender)]
        query = {"search_keys": {"$in": keys}, "modalities": {"$eq": modality}}
        return [roster.candidate_of(row) for row in self._find(query, 0, limit)]

    def by_name(self, text: str, required: Requirements, limit: int) -> list[Fit]:
        """Returns the fit of interpreters whose name contains this text, in any script; case does not matter."""
        pattern = {"$regex": re.escape(text), "$options": "i"}
        names = [{f"name.{script}": pattern} for script in ("latin", "written", "kana")]
        return list(self._fits(required, {"$or": names}, limit))

    def speakers(self, required: Requirements, limit: int = 0) -> Iterator[Fit]:
        """Yields everybody who speaks the language or a related one, the best level first, fitting or not; each once."""
        seen: set[str] = set()
        for key in matching_languages(required.language):
            query = {"search_keys": {"$in": roster.search_keys(key, roster.ANY_GENDER)}}
            for fit in self._fits(required, query, limit):
                if fit.candidate.id not in seen:
                    seen.add(fit.candidate.id)
                    yield fit

    def non_speakers(self, required: Requirements, limit: int) -> Iterator[Fit]:
        """Yields interpreters who speak no matching language, each with all reasons against them."""
        yield from self._fits(required, _non_speakers(required), limit)

    def reason_counts(self, required: Requirements) -> dict[str, int]:
        """Returns how many interpreters failed for which reason; those who do not speak the language are only counted."""
        counts = matching.reason_counts(self.speakers(required), required)
        if others := self._roster.count_documents(_non_speakers(required), session=self._session):
            counts["language"] = others
        return counts

    def _likely(self, required: Requirements) -> Iterator[Fit]:
        """Selects by index and plain fields only; the rules decide. Hours of the day before may reach past midnight."""
        start = required.claim.start.astimezone(self._zone)
        absent = {"$elemMatch": {"start": {"$lt": required.claim.end}, "end": {"$gt": required.claim.start}}}
        plain = {
            "modalities": required.claim.modality,
            "working_days": start.weekday(),
            "exceptions": {"$not": absent},
        }
        genders = [required.gender_wish] if required.gender_wish else []
        for key in matching_languages(required.language):
            if required.case_interpreters:
                known = {"_id": {"$in": list(required.case_interpreters)}, "language_keys": key}
                yield from self._fits(required, known)
            for gender in (*genders, roster.ANY_GENDER):
                yield from self._fits(required, {"search_keys": {"$in": roster.search_keys(key, gender)}, **plain})

    def _fits(self, required: Requirements, query: Document, limit: int = 0) -> Iterator[Fit]:
        """Reads in batches, a small one first, then twice as many each time: the common case ends early."""
        seen, size = 0, min(FIRST_BATCH, limit or FIRST_BATCH)
        while True:
            rows = list(self._find(query, seen, size))
            yield from self._evaluate(required, rows)
            seen += len(rows)
            if len(rows) < size or (limit and seen >= limit):
                return
            size = min(2 * size, MAX_BATCH)
            size = min(size, limit - seen) if limit else size

    def _find(self, query: Document, skip: int, limit: int) -> Iterator[Interpreter]:
        found = self._roster.find(
            query, PROJECTION, skip=skip, limit=limit, batch_size=limit + 1, session=self._session
        )
        rows = islice(found.hint(BY_SEARCH_KEY) if "search_keys" in query else found, limit)
        return cast("Iterator[Interpreter]", rows)

    def _evaluate(self, required: Requirements, rows: list[Interpreter]) -> Iterator[Fit]:
        people = [roster.candidate_of(row) for row in rows]
        claims = self._claims.near((who.id, required.claim, who.buffer) for who in people) if people else {}
        for who in people:
            yield matching.evaluate(who, required, claims.get(who.id, ()), self._zone)


def _non_speakers(required: Requirements) -> Document:
    return {"active": True, "language_keys": {"$nin": list(matching_languages(required.language))}}
