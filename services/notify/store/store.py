"""Notify's collections: notifications, stopped endpoints, read copies of other services' records. Inboxes are in inboxes.py.

`causes` stores for a day the events that concern agencies, a batch of them in one document, so that an endpoint whose event arrives late
still gets what happened after it was registered (`catch_ups`).
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as Many
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from pymongo import InsertOne, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.notify.rules.causes import CatchUp, CauseBatch, StoredCause
from services.notify.rules.copies import Account, Case, Interpreter, Organization
from services.notify.rules.notifications import (
    CHANNELS,
    QUEUED,
    SENDING,
    SUPPRESSED,
    Channel,
    Notification,
    retry_deadline,
)
from services.notify.rules.preferences import Preferences
from services.notify.rules.suspension import OVERTAKEN, SUSPENDED
from services.notify.rules.webhooks import EndpointStop
from services.notify.store.inboxes import Inboxes
from services.notify.store.indexes import DUE
from shared.command_context import CommandContext
from shared.events import Event
from shared.idempotency import SealingKey, forget_old
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import in_transaction
from shared.outbox.records import Records
from shared.paging import Window, onward
from shared.window_limits import Limit, take

Filter = dict[str, Any]
DatabaseFault = PyMongoError
T = TypeVar("T")


class Store:
    """`within(unit)` returns the same store inside a consumer's transaction; `answers` encrypts the stored answers to commands."""

    def __init__(
        self,
        database: Database[Any],
        answers: SealingKey | None = None,
        session: ClientSession | None = None,
        unit: UnitOfWork | None = None,
    ) -> None:
        self.database, self._session, self._answers, self._unit = database, session, answers, unit

    def within(self, unit: UnitOfWork) -> "Store":
        return Store(self.database, self._answers, unit=unit)

    @property
    def session(self) -> ClientSession | None:
        """Taken from a unit of work only when something is read: most events only add notifications."""
        return self._unit.session if self._unit else self._session

    @cached_property
    def notifications(self) -> Records[Notification]:
        return self._records("notifications", answering=True)

    @cached_property
    def endpoint_stops(self) -> Records[EndpointStop]:
        return self._records("endpoint_stops")

    @cached_property
    def preferences(self) -> Records[Preferences]:
        return self._records("preferences", answering=True)

    @cached_property
    def inboxes(self) -> Inboxes:
        return Inboxes(self.notifications, self._records("inboxes", answering=True))

    def _records(self, name: str, answering: bool = False) -> Records[Any]:
        answers = self._answers
        sealed_by = (lambda _: answers) if answering and answers else None
        return Records(self.database[name], self.session, answers=sealed_by)

    def together(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` on this store inside one transaction."""
        return in_transaction(
            self.database, lambda session: work(Store(self.database, self._answers, session)), attempts=10
        )

    # -- notifications

    def find_notifications(self, filters: Mapping[str, str], sort_field: str, window: Window) -> list[Notification]:
        """Filtered by case_id, event_id, recipient, channel, status; sorted by `at` (of their causes) or `created_at`."""
        query: Filter = dict(filters)
        if filters.get("status", "delivered") != "delivered":
            query["attempts"] = {"$exists": True}  # none of these is an inbox entry
        if sort_field == "created_at":
            query = {"channel": {"$in": CHANNELS}} | query  # the index walks each in order and merges them
        sort = [(sort_field, 1), ("_id", 1)]
        return self.notifications.find(onward(query, sort, window), sort, window.rows)

    def add_missing(self, notifications: Iterable[Mapping[str, Any]]) -> int:
        """Stores those that do not exist yet; returns how many."""
        writes = [UpdateOne({"_id": each["_id"]}, {"$setOnInsert": each}, upsert=True) for each in notifications]
        if not writes:
            return 0
        return self.notifications.collection.bulk_write(writes, ordered=False, session=self.session).upserted_count

    def due(
        self, channel: Channel, now: datetime, full_queues: Many[str], busy_keys: Many[str], limit: int
    ) -> list[Notification]:
        """Returns notifications to send, the oldest cause first; none whose recipient queue is full or whose ordering key is busy."""
        query: Filter = {"channel": channel, "due_at": {"$lte": now, **DUE}}
        if full_queues:
            query["recipient_queue"] = {"$nin": list(full_queues)}
        if busy_keys:
            query["ordering_key"] = {"$nin": list(busy_keys)}
        return self.notifications.find(query, [("due_at", 1), ("sequence", 1)], limit)

    def has_later(self, notification: Notification, texts: Many[str]) -> bool:
        """Whether its recipient has a later notification with one of these texts, of the same visit or booking."""
        query: Filter = {
            "recipient": notification["recipient"],
            "channel": notification["channel"],
            "visit_or_booking_id": notification["visit_or_booking_id"],
            "created_at": {"$gte": notification["created_at"]},
            "sequence": {"$gt": notification["sequence"]},
            "text": {"$in": list(texts)},
        }
        return self.database.notifications.find_one(query, {"_id": 1}, session=self.session) is not None

    def pending(self, ordering_keys: Iterable[str]) -> dict[str, list[Notification]]:
        """Returns all that is still to be sent of these ordering keys, with the fields that decide which comes first."""
        fields = dict.fromkeys(("ordering_key", "status", "attempts", "at", "sequence", "due_at"), 1)
        pending: dict[str, list[Notification]] = {}
        query = {"ordering_key": {"$in": list(ordering_keys)}, "due_at": DUE}
        for row in self.notifications.collection.find(query, fields):
            pending.setdefault(row["ordering_key"], []).append(row)
        return pending

    def replaced_by_first(self, notifications: list[Notification], firsts: Mapping[str, str]) -> list[Notification]:
        """Returns each of these, or the one that `firsts` names for its ordering key."""
        ids = [firsts.get(each["ordering_key"], each["_id"]) for each in notifications]
        other = [id_ for id_, each in zip(ids, notifications, strict=True) if id_ != each["_id"]]
        found = {row["_id"]: row for row in self.notifications.find({"_id": {"$in": other}})} if other else {}
        return [found.get(firsts.get(each["ordering_key"], ""), each) for each in notifications]

    def postpone(self, ordering_key: str, now: datetime, until: datetime) -> None:
        """Postpones what is due of this ordering key; versions stay."""
        due = {"ordering_key": ordering_key, "due_at": {"$lte": now, **DUE}}
        self.notifications.collection.update_many(due, {"$set": {"due_at": until}})

    def expired(self, channel: Channel, queues: list[str], now: datetime, limit: int) -> list[Notification]:
        """Returns what is due in these recipient queues, and past its retry period."""
        query: Filter = {
            "channel": channel,
            "due_at": {"$lte": now, **DUE},
            "recipient_queue": {"$in": queues},
            "retry_until": {"$lte": now},
        }
        return self.notifications.find(query, [("due_at", 1), ("sequence", 1)], limit)

    def claim(self, notifications: list[Notification], now: datetime, until: datetime) -> list[Notification]:
        """Leases these until then, as `sending`; returns those that no other process has claimed meanwhile.

        Versions stay: the outcome of an attempt is saved over the version that was claimed.
        """
        token, ids = secrets.token_hex(8), [each["_id"] for each in notifications]
        change = {"$set": {"status": SENDING, "due_at": until, "lease": token}, "$inc": {"attempts": 1}}
        collection = self.notifications.collection
        claimed = collection.update_many({"_id": {"$in": ids}, "due_at": {"$lte": now}}, change).modified_count
        if claimed < len(ids):
            mine = {row["_id"] for row in collection.find({"_id": {"$in": ids}, "lease": token}, {"_id": 1})}
            notifications = [each for each in notifications if each["_id"] in mine]
        return [
            each | {"status": SENDING, "due_at": until, "lease": token, "attempts": each["attempts"] + 1}
            for each in notifications
        ]

    def store_body(self, notification_id: str, body: str) -> str:
        """Stores the body a webhook is first sent with, for every attempt; returns the stored one."""
        collection = self.notifications.collection
        collection.update_one({"_id": notification_id, "body": None}, {"$set": {"body": body}})
        stored = collection.find_one({"_id": notification_id}, {"body": 1})
        return str(stored["body"] if stored else None)

    def record_first_reading(self, notification_ids: list[str], actor: str, now: datetime) -> None:
        """Records on inbox entries who read them first, and when; versions stay."""
        unseen = {"_id": {"$in": notification_ids}, "channel": "inbox", "first_read_at": {"$exists": False}}
        change = {"$set": {"first_read_at": now, "first_read_by": actor}}
        self.notifications.collection.update_many(unseen, change, session=self.session)

    def count_mail(self, limit: Limit, recipient: str, now: datetime) -> datetime | None:
        """Counts one e-mail to this recipient; returns until when none may be sent, where it is one too many."""
        return take(self.database, limit, recipient, now)

    def forget_answers(self, now: datetime) -> None:
        """Deletes answers to commands after 24 hours; a person's own records are trimmed when they are saved."""
        forget_old(self.notifications.collection, now)

    # -- what was suppressed while an organization is suspended

    def suppressed_by_suspension(self, organization_id: str) -> list[Notification]:
        """Returns them in the order of their causes, with the fields that decide whether they are still valid."""
        fields = (
            "recipient",
            "channel",
            "visit_or_booking_id",
            "reported_status",
            "valid_until",
            "case_id",
            "event_id",
            "sequence",
            "at",
        )
        query = _suppressed_by_suspension(organization_id)
        found = self.notifications.collection.find(query, dict.fromkeys(fields, 1))
        return list(found.sort([("at", 1), ("sequence", 1)]))

    def queue_suppressed(self, notifications: Iterable[Notification], now: datetime) -> None:
        """Queues them as if they had just been drafted, due in the order of their causes; one changed by another process stays."""
        changes = []
        for each in notifications:
            ends = retry_deadline(each["channel"], now)
            queued = {"status": QUEUED, "reason": None, "due_at": now, "attempts": 0, "retry_until": ends}
            suppressed = {"_id": each["_id"], "reason": SUSPENDED}
            changes.append(
                UpdateOne(suppressed, {"$set": {"channel": each["channel"]} | queued, "$inc": {"version": 1}})
            )
        if changes:
            self.notifications.collection.bulk_write(changes)

    def mark_overtaken(self, ids: list[str]) -> None:
        change = {"$set": {"reason": OVERTAKEN}, "$inc": {"version": 1}}
        self.notifications.collection.update_many({"_id": {"$in": ids}, "reason": SUSPENDED}, change)

    # -- endpoints that answered that they are gone

    def stop_endpoint(self, stop: EndpointStop, events: list[Event], context: CommandContext) -> None:
        """Stores that an endpoint is gone, with its event; raises StaleRecord or RecordExists where another process was first."""
        stored = self.endpoint_stops.get(stop["_id"])
        if stored is None:
            self.endpoint_stops.insert(stop, events, context)
        else:
            self.endpoint_stops.save(stored | stop, events, context)

    def stopped_at(self, endpoint_id: str) -> int:
        """Returns up to which sequence of its organization's events an endpoint is gone; 0 where it never was."""
        stop = self.endpoint_stops.get(endpoint_id)
        return stop["sequence"] if stop else 0

    # -- read copies

    def organization(self, organization_id: str) -> Organization | None:
        """Returns an organization with its endpoints; rules/copies.py has their fields."""
        return self.database["organizations"].find_one({"_id": organization_id}, session=self.session)

    def case_statuses(self, case_ids: Iterable[str]) -> dict[str, str | None]:
        """Returns the present states of those of these cases that are known."""
        found = self.database["cases"].find({"_id": {"$in": list(set(case_ids))}}, {"status": 1})
        return {case["_id"]: case.get("status") for case in found}

    def case(self, case_id: str) -> Case | None:
        return self.database["cases"].find_one({"_id": case_id}, session=self.session)

    def interpreter(self, interpreter_id: str) -> Interpreter | None:
        return self.database["interpreters"].find_one({"_id": interpreter_id})

    def interpreter_of(self, account_id: str) -> Interpreter | None:
        """Returns the interpreter who signs in with this account."""
        return self.database["interpreters"].find_one({"account_id": account_id})

    def account(self, account_id: str) -> Account | None:
        return self.database["accounts"].find_one({"_id": account_id})

    def accounts_with(self, role: str, departments: Many[str] = ()) -> list[str]:
        """Returns the ids of the enabled accounts with this role and an e-mail address; of one of these departments, where any are given."""
        query: Filter = {"roles": role, "enabled": True, "email": {"$type": "string", "$ne": ""}}
        if departments:
            query["departments"] = {"$in": list(departments)}
        return [row["_id"] for row in self.database["accounts"].find(query, {"_id": 1}, sort=[("_id", 1)])]

    def department_names(self, codes: Iterable[str]) -> dict[str, dict[str, str]]:
        """Returns names by language, by code."""
        found = self.database["departments"].find({"_id": {"$in": list(codes)}}, {"names": 1})
        return {row["_id"]: row["names"] for row in found}

    # -- recent causes of agencies' notifications

    def causes_since(self, organization_id: str, since: datetime) -> list[StoredCause]:
        """Returns the stored causes of one organization from then on."""
        query = {"organizations": organization_id, "latest": {"$gte": since}}
        batches: Iterable[CauseBatch] = self.database["causes"].find(query)
        return [
            cause
            for batch in batches
            for cause in batch["causes"]
            if cause["organization_id"] == organization_id and cause["time"] >= since
        ]

    def due_catch_ups(self, now: datetime) -> list[CatchUp]:
        return list(self.database["catch_ups"].find({"due_at": {"$lte": now}}).limit(100))

    def end_catch_up(self, catch_up: CatchUp, next_at: datetime | None) -> None:
        """Deletes it, or schedules its last time; unless the organization changed once more meanwhile."""
        same = {"_id": catch_up["_id"], "due_at": catch_up["due_at"], "since": catch_up["since"]}
        if next_at:
            self.database["catch_ups"].update_one(same, {"$set": {"due_at": next_at, "last": True}})
        else:
            self.database["catch_ups"].delete_one(same)


def catch_up_write(organization_id: str, since: datetime, due_at: datetime) -> UpdateOne:
    """Schedules looking through the causes of this organization since then again."""
    change = {"$min": {"since": since}, "$set": {"due_at": due_at, "last": False}}
    return UpdateOne({"_id": organization_id}, change, upsert=True)


def overtaken_write(organization_id: str, visit_or_booking_id: str) -> UpdateMany:
    """Marks what was suppressed of this visit or booking as overtaken, so that it is never sent."""
    change = {"$set": {"reason": OVERTAKEN}, "$inc": {"version": 1}}
    query = _suppressed_by_suspension(organization_id) | {"visit_or_booking_id": visit_or_booking_id}
    return UpdateMany(query, change)


def _suppressed_by_suspension(organization_id: str) -> Filter:
    return {"organization_id": organization_id, "reason": SUSPENDED, "status": SUPPRESSED}


def causes_write(batch: CauseBatch) -> InsertOne[CauseBatch]:
    """Returns the write of a batch's causes; the document may still grow until the batch ends."""
    return InsertOne(batch)


def causes_expire_at(latest: datetime) -> datetime:
    """Returns until when causes are stored."""
    return latest + timedelta(days=1)
