"""From messages to effects: each event once, in order per subject, a whole batch in one transaction with its marks.

Marks are guessed first (a subject's next event is nearly always the one after its mark) and written at the head of the
transaction: a wrong guess fails there, before any handler ran, and the batch is planned anew from the marks as they are.

The mark of a subject is `{_id, last, held: [{id, sequence}], missing: [sequence], kept}`, `kept` counting how often something
was added to `held`. Every write compares `last` and `kept` with what was planned, so that a second worker, a redelivery or a redrive changes nothing. Not here: the broker (consumer.py).
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pymongo.errors
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.clock import Clock
from shared.events import CATALOGUE, Event
from shared.failpoints import failpoint
from shared.messaging import held
from shared.messaging.envelope import Heard, Unreadable, decode, encode_heard, mark_id
from shared.messaging.figures import Figures
from shared.messaging.held import AGAIN_CONTENT_TYPE, AGAIN_HEADER, Delivery, gathered
from shared.messaging.names import broker_user
from shared.messaging.unit import AddedBefore, MarkMoved, PermanentFault, Unit, copies_of, write_marks
from shared.mongo import Document, in_transaction

log = logging.getLogger("imc.messaging")
Handler = Callable[[Heard[Any], Any], None]
OUTAGE = (
    pymongo.errors.ConnectionFailure,
    pymongo.errors.ExecutionTimeout,
    pymongo.errors.WriteConcernError,
    pymongo.errors.WaitQueueTimeoutError,
)
SETTLE_TRIES = 20
LOOKS_AFTER_A_MISS = 8
"""So many batches read their marks after a wrong guess: what comes again after a crash comes in several batches."""


class Outage(Exception):
    """MongoDB is away: no attempt of anything; take the same batch up again later."""


@dataclass
class _Subject:
    """What a batch does to one subject."""

    mark: str
    last: int
    known: bool
    guessed: bool
    held_ids: set[str]
    missing: set[int]
    planned: int = 0
    kept: int | None = None
    run: list[Heard[Event]] = field(default_factory=list)
    keep: list[Document] = field(default_factory=list)
    late: list[Heard[Event]] = field(default_factory=list)


class Hearing:
    """One per worker process. `take` returns when every delivery is settled in MongoDB and may be acknowledged."""

    def __init__(
        self,
        service: str,
        database: Database[Document],
        handlers: Mapping[type[Event], Handler],
        parts: Any,
        clock: Clock,
        figures: Figures | None = None,
        verify_users: bool = False,
    ) -> None:
        self.service, self.database, self.parts, self.clock = (service, database, parts, clock)
        self.handlers = {struct.TYPE: handler for struct, handler in handlers.items()}
        # a repeat is acknowledged: what it is told by must stay
        self._committed_marks = database.marks.with_options(read_concern=ReadConcern("majority"))
        self.figures = figures or Figures()
        self._verify_users = verify_users
        self._looks = 0
        self.on_held: Callable[[], None] = lambda: None
        self.on_again: Callable[[Sequence[Delivery]], Sequence[Delivery]] = lambda deliveries: ()
        self.gathering: Callable[[str], list[str]] = lambda service: []

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """Settles a batch: handled, kept or parked. Raises Outage where MongoDB is away."""
        try:
            events = self._readable(self._without_again(deliveries))
            if not events:
                return
            try:
                self._settle(events, kept_on_failure=False)
            except OUTAGE:
                raise
            except Exception:
                if len(events) > 1:
                    log.info("batch of %d falls back to one by one", len(events))
                self._one_by_one(events)
        except OUTAGE as error:
            raise Outage(str(error)) from error

    def _one_by_one(self, events: list[tuple[Heard[Event], Delivery]]) -> None:
        """One that is contended for does not keep the others waiting; then the batch is taken up once more."""
        contended = None
        for event in events:
            try:
                self._settle([event], kept_on_failure=True)
            except MarkMoved as moved:
                contended = moved
        if contended is not None:
            raise contended

    def _without_again(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Hands what belongs to a rebuild to that, and returns the rest with what could not be read there."""
        again: list[Delivery] = []
        rest: list[Delivery] = []
        for delivery in deliveries:
            belongs = delivery.content_type == AGAIN_CONTENT_TYPE or AGAIN_HEADER in delivery.headers
            (again if belongs else rest).append(delivery)
        return rest + list(self.on_again(again)) if again else deliveries

    def _readable(self, deliveries: Sequence[Delivery]) -> list[tuple[Heard[Event], Delivery]]:
        """Decodes; what is no event, or not its sayer's, is parked; what nobody is meant to hear is let go."""
        events: dict[str, tuple[Heard[Event], Delivery]] = {}
        parked: list[Document] = []
        for delivery in deliveries:
            try:
                heard = decode(delivery.body, delivery.content_type)
            except Unreadable as error:
                parked.append(held.kept(delivery, self.clock(), held.PARKED, str(error), cause="unreadable"))
                continue
            if self.foreign(delivery, heard.service):
                reason = foreign_reason(delivery.user_id)
                foreign = replace(delivery, origin="foreign")
                parked.append(held.kept(foreign, self.clock(), held.PARKED, reason, cause="foreign user"))
            elif delivery.origin == "unrouted":
                if CATALOGUE[heard.type].heard_by:
                    parked.append(self._unrouted(heard, delivery))
            elif heard.id in events:
                self.figures.add("repeats")
            else:
                events[heard.id] = (heard, delivery)
        if parked:
            self.figures.add("parked", len(parked))
            log.error("%d messages parked: %s", len(parked), sorted({document["cause"] for document in parked}))
            self._insert_missing(parked)
        return list(events.values())

    def foreign(self, delivery: Delivery, service: str) -> bool:
        """Whether the broker vouches for another user than the service's own."""
        return self._verify_users and delivery.user_id != broker_user(service)

    def _unrouted(self, heard: Heard[Event], delivery: Delivery) -> Document:
        return held.kept(
            delivery,
            self.clock(),
            held.PARKED,
            f"unrouted: no queue is bound for {heard.type}",
            id_=heard.id,
            type_=heard.type,
            cause="unrouted",
        )

    def _insert_missing(self, documents: list[Document]) -> None:
        """One that is just being said again, and came back, stays: saying it again takes out only what it leased."""
        back = {"$set": {"state": held.PARKED, "due": None, "leased_until": None}}
        writes = [
            write
            for document in documents
            for write in (
                UpdateOne({"_id": document["_id"], "state": held.WAITING}, back),
                UpdateOne({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True),
            )
        ]
        self.database.held.bulk_write(writes)

    def _settle(self, events: list[tuple[Heard[Event], Delivery]], kept_on_failure: bool) -> None:
        """Plans against the marks and writes; plans anew where a guess was wrong or another process was quicker."""
        attempts = 0
        for tries in range(SETTLE_TRIES):
            time.sleep(0.005 * max(tries - 1, 0))
            guess = tries == 0 and self._looks == 0
            plan = self._plan(events, guess)
            try:
                self._write(plan)
                self._looks = max(self._looks - 1, 0)
                return
            except MarkMoved:
                self._looks = LOOKS_AFTER_A_MISS if guess else self._looks
                continue
            except OUTAGE:
                raise
            except Exception as error:
                if not kept_on_failure:
                    raise
                if conflict(error):
                    continue
                attempts += 1
                log.warning("%s failed: %s: %s", events[0][0].type, type(error).__name__, events[0][0].id)
                if self._give_up(events[0], error, attempts):
                    return
        raise MarkMoved("others, or a transaction that a crash left open, write there just now")

    def _give_up(self, event: tuple[Heard[Event], Delivery], error: Exception, attempts: int) -> bool:
        """After a permanent fault, or the try at once, the event is kept; a subject that moved is planned again."""
        heard, delivery = event
        now = self.clock()
        permanent = isinstance(error, PermanentFault)
        self.figures.add("failed_attempts")
        if not permanent and attempts < 2:
            return False
        state, due = (held.PARKED, None) if permanent else (held.WAITING, held.next_retry(attempts, now))
        document = _keep(heard, delivery, now, state, _reason(error), attempts=attempts, due=due)
        # it may be heard or kept already: a first mark was only guessed when its handler ran
        plan = self._plan([event])
        if not plan or not (plan[0].run or plan[0].late):
            return False
        subject = plan[0]
        subject.run, subject.late, subject.keep, subject.last = [], [], [document], subject.planned
        if permanent:
            self.figures.add("parked")
        try:
            self._write([subject])
        except MarkMoved:
            return False
        return True

    def _plan(self, events: list[tuple[Heard[Event], Delivery]], guess: bool = False) -> list[_Subject]:
        """Reads the marks once, then sorts each event into: run, keep behind or after a gap, late, or heard already."""
        by_mark: dict[str, list[tuple[Heard[Event], Delivery]]] = {}
        for event in sorted(events, key=lambda pair: pair[0].sequence):
            by_mark.setdefault(event[0].mark, []).append(event)
        subjects = {id_: _guessed(id_, own) for id_, own in by_mark.items() if guess and _in_a_row(own)}
        looked_up = [id_ for id_ in by_mark if id_ not in subjects]
        if looked_up:
            found = self._committed_marks.find({"_id": {"$in": looked_up}})
            marks = {mark["_id"]: mark for mark in found}
            subjects |= {id_: _subject(id_, marks.get(id_)) for id_ in looked_up}
        for id_, own in by_mark.items():
            self._sort(subjects[id_], own)
        return [subject for subject in subjects.values() if subject.run or subject.keep or subject.late]

    def _sort(self, subject: _Subject, events: list[tuple[Heard[Event], Delivery]]) -> None:
        now = self.clock()
        for heard, delivery in events:
            if heard.id in subject.held_ids:
                self.figures.add("repeats")
            elif heard.sequence <= subject.last:
                if heard.sequence in subject.missing:
                    subject.late.append(heard)
                else:
                    self.figures.add("repeats")
            elif delivery.origin == "dead":
                self._keep_in(subject, heard, delivery, now, held.PARKED, "dead-lettered: given up by the broker")
            elif heard.sequence == subject.last + 1:
                subject.run.append(heard)
                subject.last += 1
            elif subject.held_ids:
                self._keep_in(
                    subject, heard, delivery, now, held.BEHIND, "behind: an earlier event of this subject waits"
                )
            else:
                self.figures.add("gaps")
                self._keep_in(subject, heard, delivery, now, held.GAP, f"gap: {subject.last + 1} not heard yet")

    def _keep_in(
        self, subject: _Subject, heard: Heard[Event], delivery: Delivery, now: datetime, state: str, reason: str
    ) -> None:
        due = now + timedelta(seconds=held.GAP_SECONDS[0]) if state == held.GAP else None
        subject.keep.append(_keep(heard, delivery, now, state, reason, due=due))
        subject.held_ids.add(heard.id)

    def _write(self, plan: list[_Subject]) -> None:
        """All effects and marks of the plan in one transaction; only marks, in one plain bulk."""
        if not plan:
            return
        heard = [event for subject in plan for event in (*subject.run, *subject.late)]
        if any(event.type in self.handlers for event in heard) or any(s.keep or s.held_ids for s in plan):
            try:
                in_transaction(self.database, lambda session: self._apply(plan, heard, session, first_time=True))
            except AddedBefore:
                in_transaction(self.database, lambda session: self._apply(plan, heard, session, first_time=False))
        else:
            write_marks(self.database, _marks(plan), None)
        failpoint("consumer.after_commit")
        self.figures.add("handled", len(heard))
        if heard:
            self.figures.age((self.clock() - heard[-1].time).total_seconds())
        if any(subject.keep for subject in plan):
            failpoint("held.after_keep")
        if any(subject.held_ids for subject in plan):
            self.on_held()

    def _apply(self, plan: list[_Subject], heard: list[Heard[Event]], session: ClientSession, first_time: bool) -> None:
        marks = _marks(plan)
        if not _all_new(plan):  # these compare; a mismatch is no fault that would end the transaction
            write_marks(self.database, marks, session)
            marks = []
        failpoint("consumer.before_handler")
        self.run_handlers(heard, session, first_time, marks)
        failpoint("consumer.after_effect")
        documents = [document for subject in plan for document in subject.keep]
        if documents:
            self.database.held.insert_many(documents, session=session)
        for subject in plan:
            if subject.held_ids:  # in the same transaction: a crash must not leave a follower behind for ever
                nudge(self.database, subject.mark, subject.last, self.clock(), session)
        failpoint("consumer.before_commit")

    def run_handlers(
        self,
        heard: Sequence[Heard[Event]],
        session: ClientSession,
        first_time: bool = False,
        marks: Sequence[InsertOne[Document] | UpdateOne] = (),
    ) -> None:
        """Calls the handlers in order within one unit and writes what they deferred, with these first marks."""
        unit = Unit(self.database, session, first_time=first_time, marks=marks)
        parts = self.parts.within(unit)
        for event in heard:
            handler = self.handlers.get(event.type)
            if handler is not None:
                handler(event, parts)
                for rebuild in self.gathering(event.service) if copies_of(handler) else ():
                    unit.write("again_events", gathered(rebuild, event, encode_heard(event), live=True))
        unit.flush()


def nudge(
    database: Database[Document], mark: str, last: int, now: datetime, session: ClientSession | None = None
) -> None:
    """Makes the follower of `last` due now; where the next one kept follows a hole, it waits as after a gap."""
    kept = {"mark": mark, "sequence": {"$gt": last}, "state": {"$ne": held.DISCARDED}}
    shown = {"state": 1, "sequence": 1, "cause": 1}
    following = database.held.find_one(kept, shown, sort=[("sequence", 1)], session=session)
    if following is None:
        return
    gap_parked = following["state"] == held.PARKED and following["cause"] == "gap"
    if following["state"] not in (held.BEHIND, held.GAP) and not gap_parked:
        return
    if following["sequence"] == last + 1:
        change = {"state": held.WAITING, "due": now, "attempts": 0}
    elif following["state"] == held.BEHIND:
        change = {"state": held.GAP, "due": now + timedelta(seconds=held.GAP_SECONDS[0])}
    else:
        return
    query = {"_id": following["_id"], "state": following["state"]}
    database.held.update_one(query, {"$set": change}, session=session)


def _in_a_row(events: list[tuple[Heard[Event], Delivery]]) -> bool:
    """Whether these events of one subject, sorted, follow on each other as they were said."""
    first = events[0][0].sequence
    return all(
        heard.sequence == first + place and delivery.origin == "event" for place, (heard, delivery) in enumerate(events)
    )


def _guessed(id_: str, events: list[tuple[Heard[Event], Delivery]]) -> _Subject:
    """As its mark should be before these: the one before them was heard last, and none waits."""
    last = events[0][0].sequence - 1
    return _Subject(id_, last, last > 0, True, set(), set(), last)


def _subject(id_: str, mark: Document | None) -> _Subject:
    if mark is None:
        return _Subject(id_, 0, False, False, set(), set(), 0)
    ids = {entry["id"] for entry in mark.get("held", ())}
    return _Subject(id_, mark["last"], True, False, ids, set(mark.get("missing", ())), mark["last"], mark.get("kept"))


def _keep(heard: Heard[Event], delivery: Delivery, now: datetime, state: str, reason: str, **more: Any) -> Document:
    return held.kept(
        replace(delivery, origin="event"),
        now,
        state,
        reason,
        id_=heard.id,
        mark=mark_id(CATALOGUE[heard.type], heard.subject),
        sequence=heard.sequence,
        type_=heard.type,
        **more,
    )


def _all_new(plan: list[_Subject]) -> bool:
    return all(subject.guessed and not subject.known for subject in plan)


def _marks(plan: list[_Subject]) -> list[InsertOne[Document] | UpdateOne]:
    """The plan's marks to be written. First ones are inserted: half the cost of an upsert, and one that is there is a duplicate key."""
    if _all_new(plan):
        return [InsertOne({"_id": subject.mark, "last": subject.last}) for subject in plan]
    return [_mark_write(subject) for subject in plan]


def _mark_write(subject: _Subject) -> UpdateOne:
    change: Document = {"$set": {"last": subject.last}}
    if subject.keep:
        entries = [{"id": document["_id"], "sequence": document["sequence"]} for document in subject.keep]
        change["$push"] = {"held": {"$each": entries}}
        change["$inc"] = {"kept": 1}
    if subject.late:
        change["$pull"] = {"missing": {"$in": [event.sequence for event in subject.late]}}
    as_planned: Document = {"_id": subject.mark, "last": subject.planned, "kept": subject.kept}
    if subject.guessed and subject.known:
        del as_planned["kept"]
        as_planned["held.0"] = {"$exists": False}
    elif subject.kept is None:
        as_planned["kept"] = {"$exists": False}
    return UpdateOne(as_planned, change, upsert=not subject.known)


def _reason(error: Exception) -> str:
    """What an operator reads: the kind of fault, and its text only where the house wrote it."""
    return f"{type(error).__name__}: {error}" if isinstance(error, PermanentFault) else type(error).__name__


def foreign_reason(user_id: str | None) -> str:
    """What an operator reads where an event is not its publisher's."""
    return f"not its sayer's: said by broker user {user_id!r}"


def conflict(error: Exception) -> bool:
    """Whether another transaction, perhaps one a crash left open, writes there just now: no attempt of the event."""
    return isinstance(error, pymongo.errors.PyMongoError) and error.has_error_label("TransientTransactionError")
