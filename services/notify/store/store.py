"""All of notify that knows MongoDB: notices, which endpoints said they are gone, copies of what others own; inboxes.py beside.

`causes` keeps for a day what agencies were told of, a batch of events in one document, so that an endpoint heard of too
late still gets what happened after it was there (`catch_ups`).
"""

import secrets
from collections.abc import Callable, Iterable
from collections.abc import Collection as Many
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from pymongo import InsertOne, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.notify.rules.notices import CHANNELS, SUPPRESSED, queued
from services.notify.rules.silence import OVERTAKEN, SUSPENDED
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

Document = dict[str, Any]
DatabaseFault = PyMongoError
T = TypeVar("T")


class Store:
    """`within(unit)` gives the same store inside a consumer's transaction; `answers` seals what commands answered."""

    def __init__(
        self,
        database: Database[Document],
        answers: SealingKey | None = None,
        session: ClientSession | None = None,
        unit: UnitOfWork | None = None,
    ) -> None:
        self.database, self._session, self._answers, self._unit = database, session, answers, unit

    def within(self, unit: UnitOfWork) -> "Store":
        return Store(self.database, self._answers, unit=unit)

    @property
    def session(self) -> ClientSession | None:
        """Asked of a unit only when something is read: most events only add notices, and need not wait for their marks."""
        return self._unit.session if self._unit else self._session

    @cached_property
    def notifications(self) -> Records:
        return self._records("notifications", answering=True)

    @cached_property
    def endpoint_stops(self) -> Records:
        return self._records("endpoint_stops")

    @cached_property
    def preferences(self) -> Records:
        return self._records("preferences", answering=True)

    @cached_property
    def inboxes(self) -> Inboxes:
        return Inboxes(self.notifications, self._records("inboxes", answering=True))

    def _records(self, name: str, answering: bool = False) -> Records:
        answers = self._answers
        sealed_by = (lambda _: answers) if answering and answers else None
        return Records(self.database[name], self.session, answers=sealed_by)

    def together(self, work: Callable[["Store"], T]) -> T:
        """Runs `work` on this store inside one transaction."""
        return in_transaction(
            self.database, lambda session: work(Store(self.database, self._answers, session)), attempts=10
        )

    # -- notices

    def find_notices(self, filters: Document, by: str, window: Window) -> list[Document]:
        """By case_id, event_id, recipient, channel, status; in the order of `by`: `at` (their causes) or `told_at`."""
        if filters.get("status", "delivered") != "delivered":
            filters = filters | {"attempts": {"$exists": True}}  # none of these is an inbox entry
        if by == "told_at":
            filters = {"channel": {"$in": CHANNELS}} | filters  # the index walks each in order and merges them
        sort = [(by, 1), ("_id", 1)]
        return self.notifications.find(onward(filters, sort, window), sort, window.rows)

    def add_missing(self, notices: Iterable[Document]) -> int:
        """Stores those that are not there yet; returns how many."""
        writes = [UpdateOne({"_id": notice["_id"]}, {"$setOnInsert": notice}, upsert=True) for notice in notices]
        if not writes:
            return 0
        return self.notifications.collection.bulk_write(writes, ordered=False, session=self.session).upserted_count

    def due(self, channel: str, now: datetime, full: Many[str], busy: Many[str], limit: int) -> list[Document]:
        """Notices to send, the oldest cause first, but none whose lane is full or whose order is busy."""
        query: Document = {"channel": channel, "due_at": {"$lte": now, **DUE}}
        if full:
            query["lane"] = {"$nin": list(full)}
        if busy:
            query["order"] = {"$nin": list(busy)}
        return self.notifications.find(query, [("due_at", 1), ("sequence", 1)], limit)

    def was_told_later(self, notice: Document, texts: Many[str]) -> bool:
        """Whether its reader has a later notice with one of these texts, of the same visit or booking."""
        same = {name: notice[name] for name in ("recipient", "channel", "part_id")}
        later = {"told_at": {"$gte": notice["told_at"]}, "sequence": {"$gt": notice["sequence"]}}
        query = same | later | {"text": {"$in": list(texts)}}
        return self.database.notifications.find_one(query, {"_id": 1}, session=self.session) is not None

    def pending(self, orders: Iterable[str]) -> dict[str, list[Document]]:
        """All that is still to go of these orders, as far as judging who comes first takes."""
        shown = dict.fromkeys(("order", "status", "attempts", "at", "sequence", "due_at"), 1)
        found: dict[str, list[Document]] = {}
        for row in self.notifications.collection.find({"order": {"$in": list(orders)}, "due_at": DUE}, shown):
            found.setdefault(row["order"], []).append(row)
        return found

    def instead(self, notices: list[Document], firsts: dict[str, str]) -> list[Document]:
        """Each of these, or the one that `firsts` names for its order."""
        other = [id_ for notice in notices if (id_ := firsts.get(notice["order"], notice["_id"])) != notice["_id"]]
        found = {row["_id"]: row for row in self.notifications.find({"_id": {"$in": other}})} if other else {}
        return [found.get(firsts.get(notice["order"], ""), notice) for notice in notices]

    def put_off(self, order: str, now: datetime, until: datetime) -> None:
        """What of this order is due waits until then: bookkeeping, not a version."""
        due = {"order": order, "due_at": {"$lte": now, **DUE}}
        self.notifications.collection.update_many(due, {"$set": {"due_at": until}})

    def over_time(self, channel: str, lanes: list[str], now: datetime, limit: int) -> list[Document]:
        """What is due in these lanes, and past the time within which it is tried at all."""
        due = {"channel": channel, "due_at": {"$lte": now, **DUE}, "lane": {"$in": lanes}, "give_up_at": {"$lte": now}}
        return self.notifications.find(due, [("due_at", 1), ("sequence", 1)], limit)

    def claim(self, notices: list[Document], now: datetime, until: datetime) -> list[Document]:
        """Leases these until then, as `sending`; returns those that nobody else has taken meanwhile.

        Bookkeeping, not a version: what comes of a try is saved over the version that was claimed.
        """
        token, ids = secrets.token_hex(8), [notice["_id"] for notice in notices]
        change = {"$set": {"status": "sending", "due_at": until, "lease": token}, "$inc": {"attempts": 1}}
        collection = self.notifications.collection
        taken = collection.update_many({"_id": {"$in": ids}, "due_at": {"$lte": now}}, change).modified_count
        if taken < len(ids):
            mine = {row["_id"] for row in collection.find({"_id": {"$in": ids}, "lease": token}, {"_id": 1})}
            notices = [notice for notice in notices if notice["_id"] in mine]
        changed = {"status": "sending", "due_at": until, "lease": token}
        return [notice | changed | {"attempts": notice["attempts"] + 1} for notice in notices]

    def keep_body(self, notice_id: str, body: str) -> str:
        """Keeps the body a webhook is first sent with, for every try; returns the one that is kept."""
        collection = self.notifications.collection
        collection.update_one({"_id": notice_id, "body": None}, {"$set": {"body": body}})
        kept = collection.find_one({"_id": notice_id}, {"body": 1}) or {}
        return str(kept["body"])

    def note_seen(self, notice_ids: list[str], actor: str, now: datetime) -> None:
        """Notes on inbox entries who read them first, and when; their version stays."""
        unseen = {"_id": {"$in": notice_ids}, "channel": "inbox", "read_at": {"$exists": False}}
        change = {"$set": {"read_at": now, "read_by": actor}}
        self.notifications.collection.update_many(unseen, change, session=self.session)

    def take_mail(self, limit: Limit, who: str, now: datetime) -> datetime | None:
        """Counts one e-mail to this recipient; until when none may leave, where it is one too many."""
        return take(self.database, limit, who, now)

    def forget_answers(self, now: datetime) -> None:
        """Answers to commands are kept for 24 hours; a person's own records are trimmed when they are saved."""
        forget_old(self.notifications.collection, now)

    # -- what a suspended organization is not told

    def kept_back(self, organization_id: str) -> list[Document]:
        """In the order of the causes, as far as judging them takes."""
        shown = (
            "recipient",
            "channel",
            "part_id",
            "told_status",
            "true_until",
            "case_id",
            "event_id",
            "sequence",
            "at",
        )
        found = self.notifications.collection.find(_kept_back(organization_id), dict.fromkeys(shown, 1))
        return list(found.sort([("at", 1), ("sequence", 1)]))

    def release(self, notices: Iterable[Document], now: datetime) -> None:
        """Queued as if they had just been drafted, due in the order of their causes; who is quicker with one of them, wins."""
        changes = [
            UpdateOne(
                {"_id": notice["_id"], "reason": SUSPENDED},
                {"$set": queued({"channel": notice["channel"]}, now), "$inc": {"version": 1}},
            )
            for notice in notices
        ]
        if changes:
            self.notifications.collection.bulk_write(changes)

    def settle_overtaken(self, ids: list[str]) -> None:
        change = {"$set": {"reason": OVERTAKEN}, "$inc": {"version": 1}}
        self.notifications.collection.update_many({"_id": {"$in": ids}, "reason": SUSPENDED}, change)

    # -- endpoints that said they are gone

    def stop_endpoint(self, stop: Document, events: list[Event], context: CommandContext) -> None:
        """Keeps that an endpoint is gone, with its event; raises StaleRecord or RecordExists where somebody was quicker."""
        known = self.endpoint_stops.get(stop["_id"])
        if known is None:
            self.endpoint_stops.insert(stop, events, context)
        else:
            self.endpoint_stops.save(known | stop, events, context)

    def stopped_at(self, endpoint_id: str) -> int:
        """Up to which word of its owner an endpoint is gone; 0 where it never was."""
        stop = self.endpoint_stops.get(endpoint_id)
        return int(stop["sequence"]) if stop else 0

    # -- copies of what others own

    def organization(self, organization_id: str) -> Document | None:
        """Name, status, contacts, and its webhook endpoints as `endpoint_<id>`."""
        return self.database["organizations"].find_one({"_id": organization_id}, session=self.session)

    def case_statuses(self, case_ids: Iterable[str]) -> dict[str, str | None]:
        """The present states of those of these cases that are known."""
        found = self.database["cases"].find({"_id": {"$in": list(set(case_ids))}}, {"status": 1})
        return {case["_id"]: case.get("status") for case in found}

    def case(self, case_id: str) -> Document | None:
        return self.database["cases"].find_one({"_id": case_id}, session=self.session)

    def interpreter(self, interpreter_id: str) -> Document | None:
        return self.database["interpreters"].find_one({"_id": interpreter_id})

    def interpreter_of(self, account_id: str) -> Document | None:
        """The interpreter who signs in with this account."""
        return self.database["interpreters"].find_one({"account_id": account_id})

    def account(self, account_id: str) -> Document | None:
        return self.database["accounts"].find_one({"_id": account_id})

    def accounts_with(self, role: str, departments: Many[str] = ()) -> list[str]:
        """Ids of the accounts with this role that can be written to; of those in one of these departments, where any are named."""
        query: Document = {"roles": role, "enabled": True, "email": {"$type": "string", "$ne": ""}}
        if departments:
            query["departments"] = {"$in": list(departments)}
        return [row["_id"] for row in self.database["accounts"].find(query, {"_id": 1}, sort=[("_id", 1)])]

    def department_names(self, codes: Iterable[str]) -> dict[str, dict[str, str]]:
        """Names by language, by code."""
        found = self.database["departments"].find({"_id": {"$in": list(codes)}}, {"names": 1})
        return {row["_id"]: row["names"] for row in found}

    # -- what agencies were told of lately

    def causes_since(self, organization_id: str, since: datetime) -> list[Document]:
        """The kept causes of one organization from then on."""
        batches = self.database["causes"].find({"organizations": organization_id, "latest": {"$gte": since}})
        return [
            cause
            for batch in batches
            for cause in batch["causes"]
            if cause["organization_id"] == organization_id and cause["time"] >= since
        ]

    def due_catch_ups(self, now: datetime) -> list[Document]:
        return list(self.database["catch_ups"].find({"due_at": {"$lte": now}}).limit(100))

    def end_catch_up(self, catch_up: Document, again_at: datetime | None) -> None:
        """Unless the organization changed once more meanwhile."""
        same = {"_id": catch_up["_id"], "due_at": catch_up["due_at"], "since": catch_up["since"]}
        if again_at:
            self.database["catch_ups"].update_one(same, {"$set": {"due_at": again_at, "last": True}})
        else:
            self.database["catch_ups"].delete_one(same)


def catch_up_write(organization_id: str, since: datetime, due_at: datetime) -> UpdateOne:
    """Notes that causes of this organization since then are to be looked through again."""
    change = {"$min": {"since": since}, "$set": {"due_at": due_at, "last": False}}
    return UpdateOne({"_id": organization_id}, change, upsert=True)


def overtaken_write(organization_id: str, part_id: str) -> UpdateMany:
    """What was kept back of this visit or booking is not to be told later."""
    change = {"$set": {"reason": OVERTAKEN}, "$inc": {"version": 1}}
    return UpdateMany(_kept_back(organization_id) | {"part_id": part_id}, change)


def _kept_back(organization_id: str) -> Document:
    return {"organization_id": organization_id, "reason": SUSPENDED, "status": SUPPRESSED}


def causes_write(batch: Document) -> InsertOne[Document]:
    """The write of a batch's causes; the document may still grow until the batch ends."""
    return InsertOne(batch)


def kept_until(latest: datetime) -> datetime:
    """How long causes are kept."""
    return latest + timedelta(days=1)
