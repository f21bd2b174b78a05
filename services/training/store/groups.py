"""Records beside programmes and applications: groups, batches of their letters, safety checks; and queries for reports.

Mixed into Store (store.py), whose session they share.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.training.rules.records.applications import Application
from services.training.rules.records.groups import Batch, Group, SafetyCheck
from services.training.rules.records.programmes import Programme
from services.training.rules.records.read_copies import EventEntry
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import requests_index
from shared.mongo import Index
from shared.outbox.records import WITHOUT_BOOKKEEPING, Records, outbox_index
from shared.paging import Window, onward
from shared.reference_numbers import Numbers
from shared.sealing import DataKey, Keyring
from shared.stored_files import Files

Document = dict[str, Any]

NEWEST = [("_id", -1)]
MAX_ROWS = 1000
COUNT_FIELDS = ("direction", "status", "kind", "first_day", "last_day", "department", "rotations", "organization_id", "residence", "nationality", "host_country", "attendance")  # fmt: skip
INDEXES = [
    *(index(name) for name in ("groups", "batches", "safety_checks") for index in (outbox_index, requests_index)),
    Index("batches", [("group_id", 1), ("_id", -1)]),
    Index("batches", [("pending", 1), ("_id", 1)], partial={"pending": True}),
    Index("batches", [("completed_at", 1)], partial={"completed_at": {"$type": "date"}}),
]


class Groups:
    """`groups`, `batches` and `safety_checks` are records like the others."""

    database: Database[Any]
    session: ClientSession | None
    applications: Records[Application]
    groups: Records[Group]
    batches: Records[Batch]
    safety_checks: Records[SafetyCheck]
    group_numbers: Numbers
    keyring: Keyring
    files: Files

    def groups_page(self, window: Window) -> list[Group]:
        return self.groups.find(onward({}, NEWEST, window), NEWEST, window.rows)

    def group_members(self, group_id: str) -> list[Application]:
        """Returns the applications of a group in the order they were created."""
        return self.applications.find({"group_id": {"$eq": group_id}}, [("_id", 1)], MAX_ROWS)

    def group_counts(self, ids: Sequence[str], placed: Sequence[str]) -> dict[str, dict[str, int]]:
        """Returns, by group, the number of people and how many of them are in one of these states."""
        stages: list[Document] = [
            {"$match": {"group_id": {"$in": list(ids)}}},
            {
                "$group": {
                    "_id": "$group_id",
                    "people": {"$sum": 1},
                    "placed": {"$sum": {"$cond": [{"$in": ["$status", list(placed)]}, 1, 0]}},
                }
            },
        ]
        found = self.database.applications.aggregate(stages, session=self.session)
        return {row["_id"]: {"people": row["people"], "placed": row["placed"]} for row in found}

    # batches

    def add_batch(
        self, batch: Batch, key: DataKey, wrapped: Document, events: Sequence[Event], context: CommandContext
    ) -> Batch:
        """Stores a new batch with the key that encrypts its file."""
        return self.batches.insert(batch, events, context, beside=[(self.keyring.collection, wrapped)])

    def batches_of_group(self, group_id: str, limit: int = 20) -> list[Batch]:
        return self.batches.find({"group_id": {"$eq": group_id}}, NEWEST, limit)

    def claim_batch(self, now: datetime, until: datetime) -> Batch | None:
        """Leases and returns the oldest pending batch that nobody is making."""
        query = {"pending": True, "leased_until": {"$lte": now}}
        return self.database.batches.find_one_and_update(
            query,
            {"$set": {"leased_until": until}},
            WITHOUT_BOOKKEEPING,
            sort=[("_id", 1)],
            return_document=ReturnDocument.AFTER,
        )

    def update_batch_progress(self, batch_id: str, done: int, until: datetime) -> None:
        """Records how many are done, and extends the lease."""
        self.database.batches.update_one({"_id": batch_id}, {"$set": {"done": done, "leased_until": until}})

    def batches_completed_before(self, moment: datetime, limit: int = 100) -> list[Batch]:
        return self.batches.find({"completed_at": {"$lte": moment}, "file": {"$type": "string"}}, limit=limit)

    def delete_batch_content(self, batch: Batch) -> None:
        """Deletes its file and its key; the record remains."""
        if batch["file"]:
            self.files.drop(batch["file"])
        self.keyring.collection.delete_one({"_id": batch["_id"]})
        self.database.batches.update_one({"_id": batch["_id"]}, {"$set": {"file": None}})

    def last_limit_event(self, department: str) -> EventEntry | None:
        """Returns the last event of a department's limit, from its outbox or the event log."""
        waiting = self.database.department_limits.find_one({"_id": department}, {"outbox": 1}) or {}
        query = {"subject": department, "kind": "department_places"}
        logged = self.database.event_log.find(query, sort=[("sequence", -1)], limit=1)
        lines = [*logged, *waiting.get("outbox", ())]
        return max(lines, key=lambda line: int(line["sequence"]), default=None)

    # who is where, and counting

    def stays_of_people_there(self, statuses: Iterable[str], today: str) -> list[Application]:
        """Returns applications in these states whose first day has come."""
        query = {"status": {"$in": list(statuses)}, "first_day": {"$lte": today}}
        return self.applications.find(query, [("last_day", 1), ("_id", 1)], MAX_ROWS)

    def recent_safety_checks(self, limit: int = 10) -> list[SafetyCheck]:
        return self.safety_checks.find({}, NEWEST, limit)

    def stays_begun_between(self, statuses: Iterable[str], first: str, last: str) -> list[Application]:
        """Returns stays that began on one of these days, with the fields that are counted."""
        query = {"status": {"$in": list(statuses)}, "first_day": {"$gte": first, "$lte": last}}
        return list(self.database.applications.find(query, dict.fromkeys(COUNT_FIELDS, 1), session=self.session))

    def first_stay_day(self, statuses: Iterable[str]) -> str | None:
        """Returns the first day of the earliest stay."""
        query = {"status": {"$in": list(statuses)}, "first_day": {"$type": "string"}}
        found = self.database.applications.find_one(query, {"first_day": 1}, sort=[("first_day", 1)])
        return str(found["first_day"]) if found else None

    def programmes_between(self, first: str, last: str) -> list[Programme]:
        """Returns programmes with a period that shares one of these days, by reference."""
        overlap = {"periods": {"$elemMatch": {"from": {"$lte": last}, "until": {"$gte": first}}}}
        return list(self.database.programmes.find(overlap, WITHOUT_BOOKKEEPING, sort=[("reference", 1)], limit=500))
