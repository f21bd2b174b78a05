"""The plan of a batch, by properties: no database, no broker, no clock but the one passed in."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.broker.delivery import Delivery
from shared.broker.envelope import decode
from shared.inbox import deferred_events
from shared.inbox.plan import (
    BatchPlan,
    Incoming,
    Position,
    SubjectPlan,
    assumed_positions,
    by_subject,
    defer_only,
    deferred_document,
    plan_batch,
)
from tests.integration.messaging.events import EPOCH, delivery

SUBJECT_KEY = "intake/case/a"


def incoming(sequence: int, subject: str = "a", queue: str = "events") -> Incoming:
    """Event number `sequence` as it comes out of a queue."""
    received: Delivery = delivery(subject, sequence)
    return decode(received.body, received.content_type), replace(received, queue=queue)


def plan(batch: Sequence[Incoming], *positions: Position) -> BatchPlan:
    return plan_batch(by_subject(batch), {position.subject_key: position for position in positions}, EPOCH)


@st.composite
def stored_positions(draw: st.DrawFn) -> Position:
    """Any position that a subject can have: some of what comes next deferred, some of what came before missing."""
    last = draw(st.integers(0, 12))
    deferred = draw(st.sets(st.integers(last + 1, last + 8), max_size=4))
    missing = draw(st.sets(st.integers(1, last), max_size=4)) if last else set()
    return Position(
        SUBJECT_KEY,
        last,
        stored=last > 0 or bool(deferred),
        deferred_ids=frozenset(incoming(sequence)[0].id for sequence in deferred),
        missing=frozenset(missing),
        deferrals=len(deferred) or None,
    )


BATCHES = st.lists(
    st.tuples(st.integers(1, 20), st.sampled_from(["events", "events", "dead"])), min_size=1, max_size=12
)


def of_one(found: BatchPlan, position: Position) -> SubjectPlan:
    """The plan of the only subject; an empty one where nothing changes."""
    return found.subjects[0] if found.subjects else SubjectPlan(position, position.last_sequence, set())


@given(position=stored_positions(), drawn=BATCHES)
def test_each_event_is_handled_deferred_or_a_repeat_and_only_once(position: Position, drawn: list) -> None:
    batch = [incoming(sequence, queue=queue) for sequence, queue in dict(drawn).items()]
    found = plan(batch, position)
    subject = of_one(found, position)
    placed = [event.id for event in (*subject.in_order, *subject.late)] + [row["_id"] for row in subject.to_defer]
    assert len(placed) == len(set(placed)) and len(placed) + found.repeats == len(batch)
    assert position.deferred_ids.isdisjoint(placed), "what is deferred already is a repeat"


@given(position=stored_positions(), drawn=BATCHES)
def test_what_is_handled_continues_the_position_without_holes(position: Position, drawn: list) -> None:
    subject = of_one(plan([incoming(*one[:1], queue=one[1]) for one in dict(drawn).items()], position), position)
    expected = range(position.last_sequence + 1, subject.last_sequence + 1)
    assert [event.sequence for event in subject.in_order] == list(expected)
    assert {event.sequence for event in subject.late} <= position.missing
    assert all(row["sequence"] > position.last_sequence for row in subject.to_defer)
    waits = {row["sequence"] for row in subject.to_defer if row["state"] != deferred_events.DEAD_LETTERED}
    assert subject.last_sequence + 1 not in waits, "the next one never waits"


@given(position=stored_positions(), drawn=BATCHES, data=st.data())
def test_the_order_of_a_batch_changes_nothing(position: Position, drawn: list, data: st.DataObject) -> None:
    batch = [incoming(sequence, queue=queue) for sequence, queue in dict(drawn).items()]
    one, other = plan(batch, position), plan(data.draw(st.permutations(batch)), position)
    assert one == other


@given(first=st.integers(1, 50), count=st.integers(1, 10), others=st.lists(st.integers(1, 5), max_size=4))
def test_an_assumed_position_is_the_one_that_a_batch_continues(first: int, count: int, others: list[int]) -> None:
    batch = [incoming(sequence) for sequence in range(first, first + count)]
    batch += [incoming(1, subject=f"other-{number}") for number in set(others)]
    assumed = assumed_positions(by_subject(batch))
    assert all(position.assumed for position in assumed.values()) and len(assumed) == 1 + len(set(others))
    found = plan(batch, *assumed.values())
    assert len(found.to_handle) == len(batch) and not found.to_defer
    assert found.only_first_positions is (first == 1)


def test_nothing_is_assumed_of_events_with_a_hole_between_them_or_from_the_dead_letter_queue() -> None:
    with_hole = [incoming(1), incoming(3), incoming(1, subject="b", queue="dead"), incoming(4, subject="c")]
    assert list(assumed_positions(by_subject(with_hole))) == ["intake/case/c"]


@given(length=st.integers(1, 12), data=st.data())
def test_any_order_in_any_batches_ends_with_the_log_in_order(length: int, data: st.DataObject) -> None:
    """The loop of plan and release, without a database: what is deferred is planned again when its turn has come."""
    log = [incoming(sequence) for sequence in range(1, length + 1)]
    arriving = data.draw(st.permutations(log + data.draw(st.lists(st.sampled_from(log), max_size=6))))
    position, handled, waiting = Position(SUBJECT_KEY), [], {}
    while arriving or waiting:
        size = data.draw(st.integers(1, 4))
        released = [waiting.pop(position.last_sequence + 1)] if position.last_sequence + 1 in waiting else []
        ids = {event.id for event, _ in released}
        batch, arriving = released + list(arriving[:size]), arriving[size:]
        position = replace(position, deferred_ids=position.deferred_ids - ids)
        subject = of_one(plan(_without_doubles(batch), position), position)
        handled += [event.sequence for event in (*subject.in_order, *subject.late)]
        waiting |= {row["sequence"]: log[row["sequence"] - 1] for row in subject.to_defer}
        position = replace(
            position, last_sequence=subject.last_sequence, stored=True, deferred_ids=frozenset(subject.deferred_ids)
        )
        assert batch or waiting, "what waits is released in the end"
    assert handled == list(range(1, length + 1))


def _without_doubles(batch: Sequence[Incoming]) -> list[Incoming]:
    """As the inbox decodes a batch: each event once."""
    return list({event.id: (event, one) for event, one in batch}.values())


def test_an_event_that_failed_is_deferred_alone() -> None:
    event, received = incoming(2)
    document = deferred_document(event, received, EPOCH, deferred_events.WAITING, "ValueError", attempts=2, due=EPOCH)
    position = Position(SUBJECT_KEY, 1, stored=True)
    found = defer_only(SubjectPlan(position, 2, set(), in_order=[event]), document)
    (subject,) = found.subjects
    assert (subject.last_sequence, subject.in_order, subject.to_defer) == (1, [], [document])
    assert subject.deferred_ids == {event.id} and document["kind"] == "event" and document["cause"] == "ValueError"
