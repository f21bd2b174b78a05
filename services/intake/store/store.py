"""Stores cases, patients, their keys and read copies in MongoDB.

Not here: what is encrypted (rules/people.py), events (rules/cases.py).
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.intake.rules.filters import Filter
from services.intake.rules.records import Case, FirstCase, Patient, PublishedEvent, TimelineLine, VisitInterpreter
from services.intake.rules.search_terms import NOTHING
from services.intake.rules.tables import CASE_STATES
from services.intake.store.cases_by_visit import CasesByVisit
from services.intake.store.links import Links
from services.intake.store.read_copies import Copies
from services.intake.store.search import Search
from services.intake.store.worklists import Worklists
from shared.blind_index import blind_index
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import Document, in_transaction
from shared.outbox.records import WITHOUT_BOOKKEEPING, RecordExists, Records, events_of, with_shares
from shared.paging import Window, onward
from shared.reference_numbers import Numbers
from shared.sealing import DataKey, Keyring
from shared.stored_files import Files

MAX_LINES = 1000
IN_A_LIST = WITHOUT_BOOKKEEPING | {"messages": 0, "documents": 0, "search": 0}

ServerFault = PyMongoError


@dataclass(frozen=True)
class NewPatient:
    """A new patient to store with a case: the record, its wrapped key and its events."""

    record: Patient
    key: Document
    events: Sequence[Event]


class Store:
    """Built after the fork. `within(unit)` returns the same store inside a consumer's transaction."""

    def __init__(self, database: Database[Document], master_key: bytes) -> None:
        collections: Database[Any] = database
        self._database, self._cases = database, collections["cases"]
        self._visit_interpreters: Collection[VisitInterpreter] = collections["visit_interpreters"]
        self.keyring = Keyring(database["keys"], master_key)
        self.cases: Records[Case] = Records(collections["cases"], answers=self.keyring.open)
        self.patients: Records[Patient] = Records(collections["patients"], answers=self.keyring.open)
        self.terms = blind_index(master_key)
        self.search = Search(database)
        self.links = Links(database, self.cases, self.patients, self.search)
        self.numbers = Numbers(database["counters"], "R")
        self.files = Files(database)
        self.copies = Copies(database)
        self.cases_by_visit = CasesByVisit(database)
        self.worklists = Worklists(database)
        self.session: ClientSession | None = None

    def within(self, unit: UnitOfWork) -> "Store":
        bound = copy.copy(self)
        bound.session = unit.session
        bound.cases, bound.patients = self.cases.within(unit.session), self.patients.within(unit.session)
        return bound

    # cases

    def add_case(
        self, case: Case, key: DataKey, wrapped: Document, events: Sequence[Event], context: CommandContext
    ) -> Case:
        """Stores a new case with its key in one grouped insert.

        A first use of an agency_reference costs no look-up: a unique index tells a repeat, which is stored too, with its
        own id in `repeat` and the first case in `same_reference_as`.
        """
        try:
            return self.cases.insert(case, events, context, beside=[(self.keyring.collection, wrapped)], key=key)
        except RecordExists as error:
            if "agency_reference" not in error.key:
                raise
        repeated = case | {"repeat": case["_id"], "same_reference_as": self._first_with(case)}
        return self.cases.insert(repeated, events, context, key=key)

    def _first_with(self, case: Case) -> FirstCase | None:
        same = {"agency_reference": case["agency_reference"], "organization_id": case["organization_id"], "repeat": ""}
        first = self._cases.find_one(same, {"reference": 1})
        return {"id": first["_id"], "reference": first["reference"]} if first else None

    def case_id_of(self, reference: str) -> str | None:
        """Returns the id of the case with this reference, or None."""
        found = self.cases.collection.find_one({"reference": reference}, {"_id": 1})
        return str(found["_id"]) if found else None

    def add_with_patient(
        self,
        case: Case,
        key: DataKey,
        wrapped: Document,
        patient: NewPatient | None,
        events: Sequence[Event],
        context: CommandContext,
    ) -> Case:
        """Stores a new case with its new or linked patient in one transaction."""

        def work(session: ClientSession) -> Case:
            self._add_patient(patient, case["_id"], context, session)
            if patient is None:
                self.links.link(str(case["patient_id"]), session)
            beside = [(self.keyring.collection, wrapped)]
            return self.cases.within(session).insert(case, events, context, beside=beside, key=key)

        return in_transaction(self._database, work)

    def save(
        self,
        case: Case,
        events: Sequence[Event],
        context: CommandContext,
        patient: NewPatient | None = None,
        links: bool = False,
    ) -> Case:
        """Saves a case; with a new patient, or where it `links` one, both in one transaction. Raises StaleRecord."""
        if patient is None and not links:
            return self.cases.save(case, events, context)

        def work(session: ClientSession) -> Case:
            self._add_patient(patient, case["_id"], context, session)
            if patient is None:
                self.links.link(str(case["patient_id"]), session)
            return self.cases.within(session).save(case, events, context)

        return in_transaction(self._database, work)

    def take_back_registration(self, case: Case, events: Sequence[Event], context: CommandContext) -> Case:
        """Saves a case registered by mistake. A patient registered with it and used by nothing else is removed from searches, and so is the case."""

        def work(session: ClientSession) -> Case:
            patient_id = case.get("patient_id")
            unlisted = patient_id is not None and self.links.unlist(patient_id, case["_id"], context, session)
            return self.cases.within(session).save(case | {"search": NOTHING} if unlisted else case, events, context)

        return in_transaction(self._database, work)

    def _add_patient(
        self, patient: NewPatient | None, case_id: str, context: CommandContext, session: ClientSession
    ) -> None:
        if patient is not None:
            beside = [(self.keyring.collection, patient.key)]
            self.patients.within(session).insert(
                patient.record.copy(), patient.events, context.aside(), correlation_id=case_id, beside=beside
            )

    def case_of_visit(self, visit_id: str) -> Case | None:
        return self.cases.collection.find_one({"visits.id": visit_id}, WITHOUT_BOOKKEEPING, session=self.session)

    def page(self, wanted: Filter, window: Window) -> list[Case]:
        """Returns a page of cases: the newest first, or in order of change with `updated_since`."""
        query = _query(wanted, window)
        sort = sort_of(wanted)
        found = self.cases.collection.find(onward(query, sort, window), IN_A_LIST, sort=sort, limit=window.rows)
        return list(found)

    def forget_answers(self, now: datetime) -> int:
        """Deletes stored answers to requests older than 24 hours."""
        return sum(forget_old(records.collection, now) for records in (self.cases, self.patients))

    # read copies and events

    def department_listed(self, code: str) -> bool:
        return self._database["departments"].find_one({"_id": code, "listed": True}, {"_id": 1}) is not None

    def interpreters_of(self, visit_ids: Iterable[str]) -> dict[str, VisitInterpreter]:
        """Returns the bookings of these visits' interpreters, by visit id."""
        wanted = list(visit_ids)
        if not wanted:
            return {}
        return {row["_id"]: row for row in self._visit_interpreters.find({"_id": {"$in": wanted}})}

    def own_lines(self, case_id: str) -> list[PublishedEvent]:
        """Returns the events that intake published about the case."""
        found: list[Any] = events_of(self._database, "cases", "case", case_id, MAX_LINES)
        return found

    def other_services_lines(self, case_id: str) -> list[TimelineLine]:
        """Returns the timeline lines of other services, in order of time."""
        found: list[Any] = with_shares(
            self._database["timeline_lines"], {"case_id": case_id}, ("time", -1), "type", MAX_LINES
        )
        return sorted(found, key=lambda line: (line["time"], line["_id"]))


def sort_of(wanted: Filter) -> list[tuple[str, int]]:
    """Returns the sort order of a list; it depends on the filter and ends in a unique field."""
    return [(wanted.changed, 1), ("_id", 1)] if wanted.updated_since else [("_id", -1)]


def _query(wanted: Filter, window: Window) -> Document:
    """Always bounded by an index's first fields: with every status named, the server merges their ranges in order."""
    query: Document = {}
    if wanted.organization_id:
        query["organization_id"] = wanted.organization_id
    if wanted.agency_reference:
        query["agency_reference"] = wanted.agency_reference
    if wanted.reference:
        query["reference"] = wanted.reference
    if wanted.status:
        query["status"] = wanted.status
    elif (wanted.organization_id or wanted.updated_since) and not (wanted.agency_reference or wanted.reference):
        query["status"] = {"$in": list(CASE_STATES)}
    if wanted.updated_since:
        query[wanted.changed] = {"$gte": window.after[0] if window.after else wanted.updated_since}
    return query
