"""Handles deferred events when they are due: a retry, the next of its subject, after a closed gap, or redriven.

One event at a time, under a lease; its effect, its position and its deletion are one transaction, as for a new event.
"""

import logging
from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from shared.broker.delivery import foreign_reason
from shared.broker.envelope import ReceivedEvent, Unreadable, decode
from shared.broker.publisher import Message, NotConfirmed, Publisher
from shared.events import Event
from shared.failpoints import failpoint
from shared.inbox import deferred_events as deferred
from shared.inbox.apply import to_position
from shared.inbox.inbox import OUTAGE, Inbox, is_write_conflict, reason_of
from shared.inbox.plan import Position
from shared.inbox.unit_of_work import PermanentFault, PositionMoved
from shared.mongo import Document, in_transaction

log = logging.getLogger("imc.inbox")
LEASE_SECONDS = 20


class Retries:
    """Handles the due events of `deferred_events` in a worker. Unrouted events are published to `exchange` again."""

    def __init__(self, inbox: Inbox, publisher: Publisher, exchange: str) -> None:
        self._inbox, self._publisher, self._exchange = inbox, publisher, exchange
        self._events = inbox.database.deferred_events

    def run_due(self, limit: int = 500) -> int:
        """Handles the events that are due now; returns how many were attempted."""
        self._publisher.keep_alive()
        for count in range(limit):
            document = self._claim()
            if document is None:
                return count
            self._retry(document)
        return limit

    def _claim(self) -> Document | None:
        now = self._inbox.clock()
        free = {"$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}]}
        return self._events.find_one_and_update(
            {"state": {"$in": [deferred.WAITING, deferred.GAP]}, "due": {"$lte": now}, **free},
            {"$set": {"leased_until": now + timedelta(seconds=LEASE_SECONDS)}},
            sort=[("due", 1), ("sequence", 1)],
            return_document=ReturnDocument.AFTER,
        )

    def _retry(self, document: Document) -> None:
        try:
            if document["kind"] == "unrouted":
                self._publish_again(document)
            else:
                self._handle(document)
        except OUTAGE:
            raise
        except PositionMoved:
            self._postpone(document, seconds=0.2)
        except Exception as error:
            if is_write_conflict(error):
                self._postpone(document, seconds=0.5)
            else:
                self._failed(document, error)

    def _publish_again(self, document: Document) -> None:
        body = bytes(document["body"])
        self._publisher.publish([Message(self._exchange, document["type"], body, document["_id"])])
        self._events.delete_one({"_id": document["_id"], "leased_until": document["leased_until"]})

    def _handle(self, document: Document) -> None:
        try:
            event = decode(bytes(document["body"]), document["content_type"])
        except Unreadable as error:
            raise PermanentFault(str(error)) from error
        user_id = document.get("user_id")
        if self._inbox.publisher_check.is_foreign(user_id, event.service):
            self._dead_letter(document, foreign_reason(user_id), "foreign user", kind="foreign")
            return
        position = self._position(event)
        expected = position.last_sequence + 1
        if event.sequence > expected + deferred.MAX_MISSING:
            reason = f"gap: {event.sequence - expected} events of this subject never arrived, more than can be missing"
            self._dead_letter(document, reason, "gap")
            return
        if event.sequence > expected and (not document.get("forced") or self._earlier_deferred(event, position)):
            self._not_yet(document, event, position)
            return
        in_transaction(self._inbox.database, lambda session: self._apply(document, event, position, session))
        failpoint("deferred.after_commit")
        self._inbox.counters.add("handled")

    def _position(self, event: ReceivedEvent[Event]) -> Position:
        """The position as last written, not as of the majority: the event became due in the write that moved it."""
        row = self._inbox.database.inbox_positions.find_one({"_id": event.subject_key})
        return to_position(row) if row else Position(event.subject_key)

    def _apply(
        self, document: Document, event: ReceivedEvent[Event], position: Position, session: ClientSession
    ) -> None:
        """Runs the handler, unless the event was handled meanwhile, moves the position and deletes the document."""
        database, last_sequence = self._inbox.database, position.last_sequence
        claimed = {"_id": document["_id"], "state": document["state"]}
        if not database.deferred_events.delete_one(claimed, session=session).deleted_count:
            raise PositionMoved("claimed by another worker")
        late = event.sequence <= last_sequence
        if late and not document.get("restored") and event.sequence not in position.missing:
            self._inbox.counters.add("repeats")
        else:
            self._inbox.applier.run_handlers([event], session)
        skipped = [] if late else deferred.skipped_sequences(last_sequence, event.sequence)
        change: Document = {"$pull": {"deferred": {"id": event.id}, "missing": event.sequence}}
        if not late:
            change["$set"] = {"last_sequence": event.sequence}
        if skipped:
            change["$pull"].pop("missing")
            change["$push"] = {"missing": {"$each": skipped}}
        as_read = {"_id": event.subject_key, "last_sequence": last_sequence}
        if not database.inbox_positions.update_one(as_read, change, session=session).matched_count:
            raise PositionMoved("a subject")
        now_at = max(last_sequence, event.sequence)
        deferred.release_next(database, event.subject_key, now_at, self._inbox.clock(), session)
        failpoint("deferred.before_commit")

    def _earlier_deferred(self, event: ReceivedEvent[Event], position: Position) -> bool:
        """Whether an earlier event of the subject is deferred and not discarded."""
        between = {"$lt": event.sequence, "$gt": position.last_sequence}
        earlier = {"subject_key": event.subject_key, "sequence": between, "state": {"$ne": deferred.DISCARDED}}
        return self._events.find_one(earlier) is not None

    def _not_yet(self, document: Document, event: ReceivedEvent[Event], position: Position) -> None:
        """Defers the event again. After a gap it waits a limited time, then is dead-lettered; behind a deferred event it waits for that one."""
        now, gaps_waited = self._inbox.clock(), document["attempts"] + 1
        if self._earlier_deferred(event, position):
            change: Document = {"state": deferred.BEHIND, "due": None}
        elif gaps_waited < len(deferred.GAP_SECONDS):
            due = now + timedelta(seconds=deferred.GAP_SECONDS[gaps_waited])
            change = {"state": deferred.GAP, "due": due, "attempts": gaps_waited}
        else:
            reason = f"gap: {position.last_sequence + 1} of this subject never arrived"
            self._dead_letter(document, reason, "gap")
            return
        self._events.update_one({"_id": document["_id"]}, {"$set": change | {"leased_until": None}})

    def _failed(self, document: Document, error: Exception) -> None:
        if isinstance(error, NotConfirmed):
            self._postpone(document, seconds=5.0)
            return
        self._inbox.counters.add("failed_attempts")
        attempts, now = document["attempts"] + 1, self._inbox.clock()
        due = None if isinstance(error, PermanentFault) else deferred.next_retry(attempts, now)
        reason = reason_of(error)
        if due is None:
            self._dead_letter(document, reason, reason.partition(":")[0], attempts=attempts)
            return
        change = {"state": deferred.WAITING, "due": due, "attempts": attempts, "reason": reason, "leased_until": None}
        self._update(document, change, "failed", reason)

    def _dead_letter(self, document: Document, reason: str, cause: str, **more: Any) -> None:
        """Dead-letters a deferred event; `more` are further fields to set in the same write."""
        log.error("dead-lettered %s %s: %s", document["type"], document["_id"], cause)
        self._inbox.counters.add("dead_lettered")
        change: Document = {
            "state": deferred.DEAD_LETTERED,
            "due": None,
            "reason": reason,
            "cause": cause,
            "leased_until": None,
            "forced": False,
            **more,
        }
        self._update(document, change, deferred.DEAD_LETTERED, reason)

    def _update(self, document: Document, change: Document, what: str, reason: str) -> None:
        line = deferred.history_line(self._inbox.clock(), what, reason=reason)
        self._events.update_one({"_id": document["_id"]}, {"$set": change, "$push": {"history": line}})

    def _postpone(self, document: Document, seconds: float) -> None:
        due = self._inbox.clock() + timedelta(seconds=seconds)
        self._events.update_one({"_id": document["_id"]}, {"$set": {"due": due, "leased_until": None}})
