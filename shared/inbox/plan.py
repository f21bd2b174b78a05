"""Plans what a batch of events does to each of its subjects: a pure function of positions and events, without I/O.

Events of one subject have a sequence without gaps. The plan puts each event into one of five classes: handle now, handle late
(it was missing), defer behind an earlier one, defer after a gap, or ignore as a repeat.
Not here: decoding messages (inbox.py), reading positions and writing effects (apply.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.broker.delivery import Delivery
from shared.broker.envelope import ReceivedEvent
from shared.events import Event
from shared.inbox import deferred_events
from shared.mongo import Document

Incoming = tuple[ReceivedEvent[Event], Delivery]


@dataclass(frozen=True, slots=True)
class Position:
    """How far this consumer is in one subject. `missing` are earlier sequences that never arrived and are still accepted.

    `deferrals` counts how often events were deferred; None: never. `stored`: whether the database holds the position.
    An `assumed` position was not read: it is the right one if the batch continues where the last one ended.
    """

    subject_key: str
    last_sequence: int = 0
    stored: bool = False
    assumed: bool = False
    deferred_ids: frozenset[str] = frozenset()
    missing: frozenset[int] = frozenset()
    deferrals: int | None = None


@dataclass
class SubjectPlan:
    """What the batch does to one subject. `last_sequence` is its new position, `deferred_ids` the events deferred afterwards."""

    position: Position
    last_sequence: int
    deferred_ids: set[str]
    in_order: list[ReceivedEvent[Event]] = field(default_factory=list)
    late: list[ReceivedEvent[Event]] = field(default_factory=list)
    to_defer: list[Document] = field(default_factory=list)

    @property
    def changes_something(self) -> bool:
        """False where the batch only repeats events that this consumer has."""
        return bool(self.in_order or self.late or self.to_defer)


@dataclass
class BatchPlan:
    """The subjects that change, and how many events were repeats or came after a gap."""

    subjects: list[SubjectPlan]
    repeats: int = 0
    gaps: int = 0

    @property
    def to_handle(self) -> list[ReceivedEvent[Event]]:
        """All events whose handlers run, grouped by subject."""
        return [event for subject in self.subjects for event in (*subject.in_order, *subject.late)]

    @property
    def to_defer(self) -> list[Document]:
        """The documents of all events that are deferred."""
        return [document for subject in self.subjects for document in subject.to_defer]

    @property
    def only_first_positions(self) -> bool:
        """Whether every subject is assumed to be new: then the positions can be inserted without a comparison."""
        return all(subject.position.assumed and not subject.position.stored for subject in self.subjects)


def by_subject(batch: Iterable[Incoming]) -> dict[str, list[Incoming]]:
    """Subject key → its events by sequence."""
    grouped: dict[str, list[Incoming]] = {}
    for incoming in sorted(batch, key=lambda pair: pair[0].sequence):
        grouped.setdefault(incoming[0].subject_key, []).append(incoming)
    return grouped


def assumed_positions(grouped: Mapping[str, Sequence[Incoming]]) -> dict[str, Position]:
    """The positions just before these events, for subjects whose events are consecutive: nearly always right, and not read."""
    return {
        key: Position(key, events[0][0].sequence - 1, stored=events[0][0].sequence > 1, assumed=True)
        for key, events in grouped.items()
        if _are_consecutive(events)
    }


def plan_batch(
    grouped: Mapping[str, Sequence[Incoming]], positions: Mapping[str, Position], now: datetime
) -> BatchPlan:
    """Plans the batch against these positions; a subject without one is new."""
    plan = BatchPlan([])
    for key, events in grouped.items():
        position = positions.get(key) or Position(key)
        subject = SubjectPlan(position, position.last_sequence, set(position.deferred_ids))
        for event, delivery in events:
            _place(plan, subject, event, delivery, now)
        if subject.changes_something:
            plan.subjects.append(subject)
    return plan


def defer_only(subject: SubjectPlan, document: Document) -> BatchPlan:
    """The plan that defers this one event and handles nothing."""
    position = subject.position
    deferred_ids = {*position.deferred_ids, document["_id"]}
    return BatchPlan([SubjectPlan(position, position.last_sequence, deferred_ids, to_defer=[document])])


def deferred_document(
    event: ReceivedEvent[Event],
    delivery: Delivery,
    now: datetime,
    state: str,
    reason: str,
    *,
    attempts: int = 0,
    due: datetime | None = None,
) -> Document:
    """The document of a readable event while it is deferred."""
    return deferred_events.document(
        delivery,
        now,
        state,
        reason,
        kind="event",
        id_=event.id,
        subject_key=event.subject_key,
        sequence=event.sequence,
        type_=event.type,
        attempts=attempts,
        due=due,
    )


def _place(
    plan: BatchPlan, subject: SubjectPlan, event: ReceivedEvent[Event], delivery: Delivery, now: datetime
) -> None:
    if event.id in subject.deferred_ids:
        plan.repeats += 1
    elif event.sequence <= subject.last_sequence:
        if event.sequence in subject.position.missing:
            subject.late.append(event)
        else:
            plan.repeats += 1
    elif delivery.queue == "dead":
        reason = "dead-lettered: rejected by the broker"
        _defer(subject, deferred_document(event, delivery, now, deferred_events.DEAD_LETTERED, reason))
    elif event.sequence == subject.last_sequence + 1:
        subject.in_order.append(event)
        subject.last_sequence += 1
    elif subject.deferred_ids:
        reason = "behind: an earlier event of this subject waits"
        _defer(subject, deferred_document(event, delivery, now, deferred_events.BEHIND, reason))
    else:
        plan.gaps += 1
        reason = f"gap: {subject.last_sequence + 1} has not arrived yet"
        due = now + timedelta(seconds=deferred_events.GAP_SECONDS[0])
        _defer(subject, deferred_document(event, delivery, now, deferred_events.GAP, reason, due=due))


def _defer(subject: SubjectPlan, document: Document) -> None:
    subject.to_defer.append(document)
    subject.deferred_ids.add(document["_id"])


def _are_consecutive(events: Sequence[Incoming]) -> bool:
    first = events[0][0].sequence
    return all(
        event.sequence == first + place and delivery.queue == "events" for place, (event, delivery) in enumerate(events)
    )
