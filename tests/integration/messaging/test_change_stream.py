"""The relay's change stream: what it brings, of which collections, and how it ends."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from shared.clock import utc_now
from shared.command_context import CommandContext
from shared.outbox import change_stream as module
from shared.outbox.change_stream import ChangeStream, StreamEnded
from shared.outbox.cleanup import EMPTIED
from shared.outbox.records import Records
from tests.bench import events

Document = dict[str, Any]
CONTEXT = CommandContext(utc_now(), "key:test", "request-1")


@pytest.fixture
def stream(database: "Database[Document]") -> Iterator[ChangeStream]:
    database.cases.insert_one({"_id": "before", "outbox": [], "last_sequence": 0, "version": 1})
    with database.client.start_session(causal_consistency=False) as session:
        opened = ChangeStream(database, ["cases", "bookings"], session)
        yield opened
        opened.close()


def _read(stream: ChangeStream, count: int) -> list[tuple[str, str, list[int]]]:
    found: list[tuple[str, str, list[int]]] = []
    while sum(len(sequences) for _, _, sequences in found) < count:
        found += [(s.collection, s.record_id, [e["sequence"] for e in s.entries]) for s in stream.read()]
    return found


def test_new_entries_come_in_order_from_every_collection_of_records(
    database: "Database[Document]", stream: ChangeStream
) -> None:
    cases, bookings = Records(database.cases), Records(database.bookings)
    first = cases.insert({"_id": "a"}, events.case_events("a", 1, 2), CONTEXT)
    bookings.insert({"_id": "b"}, events.case_events("b", 2), CONTEXT)
    database.patients.insert_one(next(iter(events.records(3, 1))))
    second = cases.save(first | {"status": "in_review"}, events.case_events("a", 1, 3), CONTEXT)
    cases.save(second, [], CONTEXT)
    database.cases.update_many({}, EMPTIED)
    cases.save(second | {"version": 3}, events.case_events("a", 1), CONTEXT)
    assert _read(stream, 7) == [
        ("cases", "a", [1, 2]),
        ("bookings", "b", [1]),
        ("cases", "a", [3, 4, 5]),
        ("cases", "a", [6]),
    ]
    assert stream.read() == []


def test_more_than_one_answer_holds_comes_in_several(
    database: "Database[Document]", stream: ChangeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CHANGES", 7)
    documents = list(events.records(1, 20))
    database.cases.insert_many(documents)
    answers = [stream.read() for _ in range(4)]
    assert max(map(len, answers)) <= 7
    assert [due.record_id for answer in answers for due in answer] == [document["_id"] for document in documents]


def test_a_database_that_is_dropped_ends_it(database: "Database[Document]", stream: ChangeStream) -> None:
    database.client.drop_database(database.name)
    with pytest.raises(StreamEnded):
        for _ in range(50):
            stream.read()


def test_closed_it_leaves_no_cursor_at_the_server(database: "Database[Document]", stream: ChangeStream) -> None:
    stream.read()
    stream.close()
    idle = [
        {"$currentOp": {"idleCursors": True, "allUsers": True, "localOps": True}},
        {"$match": {"type": "idleCursor", "cursor.cursorId": stream._cursor}},
    ]
    assert list(database.client.admin.aggregate(idle)) == []
