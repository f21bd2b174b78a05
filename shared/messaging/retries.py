"""Takes up kept events when they are due: a retry, a follower whose turn has come, a gap that closed, a redriven one.

One event at a time, under a lease; its effect, its mark and its leaving are one transaction, as for a fresh one.
"""

import logging
from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from shared.failpoints import failpoint
from shared.messaging import held
from shared.messaging.broker import Message, NotConfirmed, Publisher
from shared.messaging.envelope import Heard, Unreadable, decode
from shared.messaging.hearing import OUTAGE, Hearing, conflict, foreign_reason, nudge
from shared.messaging.unit import MarkMoved, PermanentFault
from shared.mongo import Document, in_transaction

log = logging.getLogger("imc.messaging")
LEASE_SECONDS = 20


class Retries:
    """The part of a worker that empties `held` of what is due."""

    def __init__(self, hearing: Hearing, publisher: Publisher, exchange: str) -> None:
        self._hearing, self._publisher, self._exchange = hearing, publisher, exchange
        self._held = hearing.database.held

    def run_due(self, most: int = 500) -> int:
        """Handles what is due now; returns how many were taken."""
        self._publisher.keep_alive()
        for count in range(most):
            document = self._claim()
            if document is None:
                return count
            self._take(document)
        return most

    def _claim(self) -> Document | None:
        now = self._hearing.clock()
        free = {"$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}]}
        return self._held.find_one_and_update(
            {"state": {"$in": [held.WAITING, held.GAP]}, "due": {"$lte": now}, **free},
            {"$set": {"leased_until": now + timedelta(seconds=LEASE_SECONDS)}},
            sort=[("due", 1), ("sequence", 1)],
            return_document=ReturnDocument.AFTER,
        )

    def _take(self, document: Document) -> None:
        try:
            if document["origin"] == "unrouted":
                self._say_again(document)
            else:
                self._handle(document)
        except OUTAGE:
            raise
        except MarkMoved:
            self._later(document, seconds=0.2)
        except Exception as error:
            if conflict(error):
                self._later(document, seconds=0.5)
            else:
                self._failed(document, error)

    def _say_again(self, document: Document) -> None:
        body = bytes(document["body"])
        self._publisher.publish([Message(self._exchange, document["type"], body, document["_id"])])
        self._held.delete_one({"_id": document["_id"], "leased_until": document["leased_until"]})

    def _handle(self, document: Document) -> None:
        try:
            heard = decode(bytes(document["body"]), document["content_type"])
        except Unreadable as error:
            raise PermanentFault(str(error)) from error
        if self._hearing.foreign(held.delivery_of(document), heard.service):
            reason = foreign_reason(document.get("user_id"))
            self._park(document, reason, "foreign user", origin="foreign")
            return
        mark = self._mark(heard)
        if heard.sequence > mark["last"] + 1 + held.MOST_MISSING:
            reason = f"gap: {heard.sequence - mark['last'] - 1} events of this subject were never heard, more than can be missing"
            self._park(document, reason, "gap")
            return
        if heard.sequence > mark["last"] + 1 and (not document.get("forced") or self._earlier_kept(heard, mark)):
            self._not_yet(document, heard, mark)
            return
        in_transaction(self._hearing.database, lambda session: self._apply(document, heard, mark, session))
        failpoint("held.after_commit")
        self._hearing.figures.add("handled")

    def _mark(self, heard: Heard[Any]) -> Document:
        return self._hearing.database.marks.find_one({"_id": heard.mark}) or {"_id": heard.mark, "last": 0}

    def _apply(self, document: Document, heard: Heard[Any], mark: Document, session: ClientSession) -> None:
        """The effect, unless the event was heard meanwhile; the mark; the leaving."""
        database = self._hearing.database
        if not database.held.delete_one(
            {"_id": document["_id"], "state": document["state"]}, session=session
        ).deleted_count:
            raise MarkMoved("taken by another worker")
        late = heard.sequence <= mark["last"]
        if late and not document.get("restored") and heard.sequence not in mark.get("missing", ()):
            self._hearing.figures.add("repeats")
        else:
            self._hearing.run_handlers([heard], session)
        skipped = [] if late else held.skipped(mark["last"], heard.sequence)
        change: Document = {"$pull": {"held": {"id": heard.id}, "missing": heard.sequence}}
        if not late:
            change["$set"] = {"last": heard.sequence}
        if skipped:
            change["$pull"].pop("missing")
            change["$push"] = {"missing": {"$each": skipped}}
        moved = database.marks.update_one({"_id": heard.mark, "last": mark["last"]}, change, session=session)
        if not moved.matched_count:
            raise MarkMoved("a subject")
        nudge(database, heard.mark, max(mark["last"], heard.sequence), self._hearing.clock(), session)
        failpoint("held.before_commit")

    def _earlier_kept(self, heard: Heard[Any], mark: Document) -> bool:
        """Whether an event of the subject that comes before this one is kept and not given up."""
        before = {"mark": heard.mark, "sequence": {"$lt": heard.sequence, "$gt": mark["last"]}}
        return self._held.find_one({**before, "state": {"$ne": held.DISCARDED}}) is not None

    def _not_yet(self, document: Document, heard: Heard[Any], mark: Document) -> None:
        """A gap is waited for a little, then parked; behind a kept event it waits as long as that one."""
        now = self._hearing.clock()
        if self._earlier_kept(heard, mark):
            change: Document = {"state": held.BEHIND, "due": None}
        elif document["attempts"] + 1 < len(held.GAP_SECONDS):
            due = now + timedelta(seconds=held.GAP_SECONDS[document["attempts"] + 1])
            change = {"state": held.GAP, "due": due, "attempts": document["attempts"] + 1}
        else:
            reason = f"gap: {mark['last'] + 1} of this subject was never heard"
            self._park(document, reason, "gap")
            return
        self._held.update_one({"_id": document["_id"]}, {"$set": change | {"leased_until": None}})

    def _failed(self, document: Document, error: Exception) -> None:
        if isinstance(error, NotConfirmed):
            self._later(document, seconds=5.0)
            return
        self._hearing.figures.add("failed_attempts")
        attempts, now = document["attempts"] + 1, self._hearing.clock()
        due = None if isinstance(error, PermanentFault) else held.next_retry(attempts, now)
        reason = f"{type(error).__name__}: {error}" if isinstance(error, PermanentFault) else type(error).__name__
        if due is None:
            self._park(document, reason, reason.partition(":")[0], attempts=attempts)
            return
        change = {"state": held.WAITING, "due": due, "attempts": attempts, "reason": reason, "leased_until": None}
        self._held.update_one(
            {"_id": document["_id"]}, {"$set": change, "$push": {"history": held.line(now, "failed", reason=reason)}}
        )

    def _park(self, document: Document, reason: str, cause: str, **more: Any) -> None:
        """`more` are fields that change with it, in the same write."""
        now = self._hearing.clock()
        log.error("parked %s %s: %s", document["type"], document["_id"], cause)
        self._hearing.figures.add("parked")
        change: Document = {
            "state": held.PARKED,
            "due": None,
            "reason": reason,
            "cause": cause,
            "leased_until": None,
            "forced": False,
            **more,
        }
        self._held.update_one(
            {"_id": document["_id"]}, {"$set": change, "$push": {"history": held.line(now, held.PARKED, reason=reason)}}
        )

    def _later(self, document: Document, seconds: float) -> None:
        due = self._hearing.clock() + timedelta(seconds=seconds)
        self._held.update_one({"_id": document["_id"]}, {"$set": {"due": due, "leased_until": None}})
