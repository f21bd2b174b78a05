"""Programmes and applications as records, and the transactions that span an application and the places it claims."""

import copy
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.training.rules import states
from services.training.rules.people import match_key
from services.training.rules.records.applications import Application, StayFields
from services.training.rules.records.groups import Batch, Group, SafetyCheck
from services.training.rules.records.places import DepartmentLimit
from services.training.rules.records.programmes import Programme
from services.training.rules.records.read_copies import EventEntry
from services.training.store.groups import Groups
from services.training.store.links import LinkStore
from services.training.store.occupancy import OccupancyStore
from services.training.store.read_copies import ReadCopies
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import WITHOUT_BOOKKEEPING, Records, events_of
from shared.paging import Window, onward
from shared.reference_numbers import Numbers
from shared.sealing import DataKey, Keyring, service_key
from shared.stored_files import Files
from shared.window_limits import Limit, take

Document = dict[str, Any]
T = TypeVar("T")
CONFLICT_TRIES = 120
"""Some four seconds: all who claim days of one department, whatever their programme, write one record."""
MAX_EVENTS = 500
MAX_OVERLAPS = 2000
STAY_FIELDS = (
    "reference",
    "status",
    "programme_id",
    "direction",
    "department",
    "rotations",
    "applicant_id",
    "group_id",
    "first_day",
    "last_day",
    "match_keys",
    "reviews",
)
NEWEST = [("_id", -1)]
OPEN_STATES = [state for state in states.STATES if state not in states.OVER]


class Store(Groups):
    """Created after the fork. `within(unit)` returns the same over a consumer's transaction."""

    def __init__(self, database: Database[Any], master_key: bytes) -> None:
        self.database = database
        key = service_key(master_key)
        self.keyring = Keyring(database["keys"], master_key)
        self.programmes: Records[Programme] = Records(database["programmes"], answers=lambda _: key)
        self.applications: Records[Application] = Records(database["applications"], answers=self.keyring.open)
        self.department_limits: Records[DepartmentLimit] = Records(database["department_limits"], answers=lambda _: key)
        self.groups: Records[Group] = Records(database["groups"], answers=lambda _: key)
        self.batches: Records[Batch] = Records(database["batches"], answers=lambda _: key)
        self.safety_checks: Records[SafetyCheck] = Records(database["safety_checks"], answers=lambda _: key)
        self.occupancy = OccupancyStore(database, None)
        self.files = Files(database)
        self.copies = ReadCopies(database)
        self.links = LinkStore(database)
        self.numbers = Numbers(database["counters"], "T")
        self.programme_numbers = Numbers(database["counters"], "P")
        self.group_numbers = Numbers(database["counters"], "G")
        self.session: ClientSession | None = None

    def within(self, unit: UnitOfWork) -> "Store":
        return self._over(unit.session)

    def _over(self, session: ClientSession | None) -> "Store":
        bound = copy.copy(self)
        bound.session = session
        bound.programmes, bound.applications = self.programmes.within(session), self.applications.within(session)
        bound.department_limits = self.department_limits.within(session)
        bound.groups, bound.safety_checks = self.groups.within(session), self.safety_checks.within(session)
        bound.occupancy, bound.copies = OccupancyStore(self.database, session), ReadCopies(self.database, session)
        return bound

    def transaction(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` with a store over one transaction, and again after a write conflict; joins a transaction that is open already."""
        if self.session is not None:
            return work(self)
        return in_transaction(self.database, lambda session: work(self._over(session)), CONFLICT_TRIES)

    # applications

    def add_application(
        self,
        application: Application,
        key: DataKey,
        wrapped: Document,
        events: Sequence[Event],
        context: CommandContext,
    ) -> Application:
        """Stores a new application with its key."""
        beside = [(self.keyring.collection, wrapped)]
        return self.applications.insert(application, events, context, beside=beside, key=key)

    def applications_by_id(self, ids: Iterable[str]) -> dict[str, Application]:
        """Returns many by id, with one look-up."""
        return {one["_id"]: one for one in self.applications.find({"_id": {"$in": list(ids)}})}

    def applications_without_content(self, ids: Iterable[str]) -> dict[str, Application]:
        """Returns the same without encrypted blocks and documents: a decision needs none of them, and a save leaves them as they are."""
        fields = WITHOUT_BOOKKEEPING | {"sealed": 0, "documents": 0}
        query = {"_id": {"$in": list(ids)}}
        return {one["_id"]: one for one in self.database.applications.find(query, fields, session=self.session)}

    def applications_page(self, query: Document, window: Window) -> list[Application]:
        """Returns a page, the newest first; `query` comes from `application_filter`."""
        return self.applications.find(onward(query, NEWEST, window), NEWEST, window.rows)

    def board_applications(
        self, equal: dict[str, str], limit: int, own: Collection[str] | None = None
    ) -> list[Application]:
        """Returns those submitted and not over, or decided but not announced; only of the departments `own` where given."""
        live = [state for state in OPEN_STATES if state != states.DRAFT]
        unannounced = {"status": states.REJECTED, "decision.announced_at": None}
        query: Document = {name: {"$eq": value} for name, value in equal.items()}
        query["$or"] = [{"status": {"$in": live}}, unannounced]
        if own is not None:
            query = {"$and": [query, self._of_departments(query, own)]}
        return self.applications.find(query, NEWEST, limit)

    def _of_departments(self, among: Document, own: Collection[str]) -> Document:
        """Returns the condition of rules/departments.py: one of them is among an application's, or the application has none and they are not empty."""
        away = {"direction": "out", "applicant_id": {"$type": "string"}}
        homes = self.copies.departments_of(self.database.applications.distinct("applicant_id", {"$and": [among, away]}))
        codes, at_home = sorted(own), [id_ for id_, home in homes.items() if set(home) & set(own)]
        nobodys: Document = {"department": None, "rotations.0": {"$exists": False}}
        nobodys |= {"$nor": [{"direction": "out", "applicant_id": {"$in": sorted(homes)}}]}
        return {
            "$or": [
                {"department": {"$in": codes}},
                {"rotations.department": {"$in": codes}},
                {"direction": "out", "applicant_id": {"$in": at_home}},
                *([nobodys] if codes else []),
            ]
        }

    def applications_under_review(self, limit: int) -> list[Application]:
        """Returns those that wait for a reviewer's answer or for the decision."""
        return self.applications.find({"status": states.UNDER_REVIEW}, NEWEST, limit)

    def count_applications(self, equal: dict[str, str]) -> int:
        return self.database.applications.count_documents({name: {"$eq": value} for name, value in equal.items()})

    def applications_by_mail(self, hashed: str) -> list[Application]:
        """Returns the applications of this address (a keyed hash), the newest first; also those that are over, for a letter or certificate.

        Submitted ones are always among them, however many drafts anyone created with this address.
        """
        query: Document = {"match_keys": {"$eq": match_key("mail", hashed)}}
        handed_in = self.applications.find(query | {"status": {"$ne": states.DRAFT}}, NEWEST, 20)
        return handed_in + self.applications.find(query | {"status": states.DRAFT}, NEWEST, 5)

    def application_by_certificate(self, hashed: str) -> Application | None:
        """Returns the application whose certificate has this code (a keyed hash)."""
        return next(iter(self.applications.find({"certificate.code": {"$eq": hashed}}, limit=1)), None)

    def overlapping_stays(self, keys: Sequence[str], first_day: str, last_day: str) -> list[StayFields]:
        """Returns applications with one of these match keys whose stay may share one of these days: the fields that show this, and who may read
        them."""
        query: Document = {
            "match_keys": {"$in": list(keys)},
            "status": {"$nin": list(states.NEVER_THERE)},
            "first_day": {"$lte": last_day},
            "last_day": {"$gte": first_day},
            "$or": [{"status": {"$ne": states.DRAFT}}, {"group_id": {"$type": "string"}}],
        }
        fields = dict.fromkeys(STAY_FIELDS, 1)
        return list(
            self.database.applications.find(query, fields, sort=NEWEST, limit=MAX_OVERLAPS, session=self.session)
        )

    def due_applications(self, now: datetime, limit: int = 200) -> list[Application]:
        """Returns those whose `due` has passed, the earliest first."""
        return self.applications.find({"due": {"$lte": now}}, [("due", 1)], limit)

    def applications_with_agreement(self, agreement_id: str) -> list[Application]:
        return self.applications.find({"agreement_id": {"$eq": agreement_id}, "status": {"$in": OPEN_STATES}})

    def applications_to_host(self, organization_id: str) -> list[Application]:
        """Returns those whose host is this organization and who are not back yet."""
        return self.applications.find(
            {"organization_id": {"$eq": organization_id}, "direction": "out", "status": {"$in": OPEN_STATES}}
        )

    def certificates_requested(self, limit: int = 20) -> list[Application]:
        """Returns completed ones whose certificate is still to be issued, the oldest request first."""
        query = {"certificate.requested_at": {"$type": "date"}}
        return self.applications.find(query, [("certificate.requested_at", 1)], limit)

    def events_of_application(self, application_id: str) -> list[EventEntry]:
        """Returns its events in order: the event log, and what is still in its outbox."""
        return cast(
            "list[EventEntry]", events_of(self.database, "applications", "application", application_id, MAX_EVENTS)
        )

    def events_of_programme(self, programme_id: str) -> list[EventEntry]:
        """Returns the same of a programme."""
        return cast("list[EventEntry]", events_of(self.database, "programmes", "programme", programme_id, MAX_EVENTS))

    # what may happen so often and no more

    def count_attempt(self, limit: Limit, who: str, now: datetime) -> datetime | None:
        """Counts one attempt; returns the time until which no more are allowed where it is one too many."""
        return take(self.database, limit, who, now)

    # programmes

    def programmes_page(self, query: Document, window: Window) -> list[Programme]:
        return self.programmes.find(onward(query, NEWEST, window), NEWEST, window.rows)

    def programmes_by_id(self, ids: Iterable[str]) -> dict[str, Programme]:
        wanted = sorted(set(ids))
        return {one["_id"]: one for one in self.programmes.find({"_id": {"$in": wanted}})} if wanted else {}

    def published_programmes(self, kinds: Iterable[str]) -> list[Programme]:
        """Returns programmes open to applications, the newest first."""
        query = {"status": states.PUBLISHED, "kind": {"$in": list(kinds)}}
        return list(self.database.programmes.find(query, WITHOUT_BOOKKEEPING, sort=NEWEST, limit=500))

    def delete_old_responses(self, now: datetime) -> None:
        """Deletes stored responses to commands after 24 hours."""
        records_kept = (
            self.programmes,
            self.applications,
            self.department_limits,
            self.groups,
            self.batches,
            self.safety_checks,
        )
        for records in records_kept:
            forget_old(records.collection, now)


def application_filter(equal: dict[str, str], statuses: Sequence[str] = ()) -> Document:
    """Returns a query of applications: fields that equal, one of some states."""
    query: Document = {name: {"$eq": value} for name, value in equal.items()}
    if statuses:
        query["status"] = {"$in": list(statuses)}
    return query
