"""Who fits a booking, out of a large roster: entries by language and level from an index, their days by id, the rest by rule.

Two look-ups for the first twenty, whatever the number of bookings: a day's claims lie in one document of that day.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules import roster
from services.interpreting.rules.languages import served_by
from services.interpreting.rules.matching import Ask, Candidate, Fit, look_at, ranked, reason_counts
from services.interpreting.store.claims import Claims
from shared.mongo import Index

Document = dict[str, Any]
INDEXES = [
    Index("interpreters", [("search", 1), ("_id", 1)]),
    Index("interpreters", [("speaks", 1), ("_id", 1)]),
    Index("interpreters", [("active", 1), ("_id", 1)]),
]
BY_SEARCH = "search_1__id_1"
FIELDS = ("name", "gender", "languages", "modalities", "weekly_hours", "exceptions", "certifications", "active")
SEEN = dict.fromkeys((*FIELDS, "travel_buffer_minutes", "daily_maximum"), 1)
FEW, MANY = 24, 250


class Search:
    """Looks at interpreters for one booking. Over a transaction, what it saw is what a claim then guards."""

    def __init__(
        self, database: Database[Document], zone: ZoneInfo, claims: Claims, session: ClientSession | None
    ) -> None:
        self._roster, self._zone, self._claims, self._session = database.interpreters, zone, claims, session

    def fitting(self, ask: Ask, limit: int) -> list[Fit]:
        """The first `limit` who fit, by language from the patient's own on: those who know the case, then by wished gender and level; in order of rank."""
        found: dict[str, Fit] = {}
        for fit in self._promising(ask):
            if fit.fits:
                found.setdefault(fit.candidate.id, fit)
            if len(found) >= limit + len(ask.refused):
                break
        return ranked(found.values())

    def one(self, interpreter_id: str, ask: Ask) -> Fit | None:
        """One interpreter looked at, or None where there is none of this id."""
        return next(iter(self._looked_at(ask, {"_id": {"$eq": interpreter_id}}, 1)), None)

    def as_if(self, entry: Document, ask: Ask) -> Fit:
        """An entry as it would be, looked at."""
        return next(self._judged(ask, [entry]))

    def who_speaks(self, language: str, gender: str, modality: str, limit: int) -> list[Candidate]:
        """Everybody who could be asked at some time: by language (a key, and those near it), gender or `*`, and modality."""
        keys = [key for served in served_by(language) for key in roster.search_keys(served, gender)]
        query = {"search": {"$in": keys}, "modalities": {"$eq": modality}}
        return [roster.candidate_of(row) for row in self._find(query, 0, limit)]

    def called(self, text: str, ask: Ask, limit: int) -> list[Fit]:
        """Those in one of whose names this text stands, in any case."""
        pattern = {"$regex": re.escape(text), "$options": "i"}
        names = [{f"name.{script}": pattern} for script in ("latin", "written", "kana")]
        return list(self._looked_at(ask, {"$or": names}, limit))

    def speakers(self, ask: Ask, limit: int = 0) -> Iterator[Fit]:
        """Everybody on the roster who speaks the language or one near it, the best level first, fitting or not; each once."""
        seen: set[str] = set()
        for key in served_by(ask.language):
            for fit in self._looked_at(ask, {"search": {"$in": roster.search_keys(key, roster.ANY_GENDER)}}, limit):
                if fit.candidate.id not in seen:
                    seen.add(fit.candidate.id)
                    yield fit

    def others(self, ask: Ask, limit: int) -> Iterator[Fit]:
        """Interpreters who do not speak it: each with all that stands against them."""
        yield from self._looked_at(ask, {"active": True, "speaks": {"$nin": list(served_by(ask.language))}}, limit)

    def why_nobody(self, ask: Ask) -> dict[str, int]:
        """How many failed for which reason; who does not speak the language is only counted."""
        counts = reason_counts(self.speakers(ask), ask)
        query = {"active": True, "speaks": {"$nin": list(served_by(ask.language))}}
        if strangers := self._roster.count_documents(query, session=self._session):
            counts["language"] = strangers
        return counts

    def _promising(self, ask: Ask) -> Iterator[Fit]:
        """By index and plain fields only; the rules decide. Hours of the day before may reach past midnight."""
        start = ask.claim.start.astimezone(self._zone)
        absent = {"$elemMatch": {"start": {"$lt": ask.claim.end}, "end": {"$gt": ask.claim.start}}}
        plain = {"modalities": ask.claim.modality, "days_on": start.weekday(), "exceptions": {"$not": absent}}
        genders = [ask.gender_wish] if ask.gender_wish else []
        for key in served_by(ask.language):
            if ask.served_by:
                yield from self._looked_at(ask, {"_id": {"$in": list(ask.served_by)}, "speaks": key})
            for gender in (*genders, roster.ANY_GENDER):
                query = {"search": {"$in": roster.search_keys(key, gender)}, **plain}
                yield from self._looked_at(ask, query)

    def _looked_at(self, ask: Ask, query: Document, limit: int = 0) -> Iterator[Fit]:
        """In batches, a few first, then twice as many each time: the common case ends early."""
        seen, size = 0, min(FEW, limit or FEW)
        while True:
            rows = list(self._find(query, seen, size))
            yield from self._judged(ask, rows)
            seen += len(rows)
            if len(rows) < size or (limit and seen >= limit):
                return
            size = min(2 * size, MANY)
            size = min(size, limit - seen) if limit else size

    def _find(self, query: Document, skip: int, limit: int) -> Iterator[Document]:
        found = self._roster.find(query, SEEN, skip=skip, limit=limit, batch_size=limit + 1, session=self._session)
        return islice(found.hint(BY_SEARCH) if "search" in query else found, limit)

    def _judged(self, ask: Ask, rows: list[Document]) -> Iterator[Fit]:
        people = [roster.candidate_of(row) for row in rows]
        held = self._claims.held((who.id, ask.claim, who.buffer) for who in people) if people else {}
        for who in people:
            yield look_at(who, ask, held.get(who.id, ()), self._zone)
