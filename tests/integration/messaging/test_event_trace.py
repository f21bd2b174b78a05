"""The whole way on both brokers: record → outbox → broker → effect."""

import time

import pytest

from shared.outbox import relay
from shared.outbox.change_stream import ChangeStream
from tests.integration.messaging.conftest import Pair, wait_for


def test_every_event_has_one_effect_in_order(pair: Pair) -> None:
    pair.start("intake")
    pair.start("notify")
    cases = [pair.refer(events=5) for _ in range(20)]
    wait_for(lambda: pair.effects() == 100)
    for case_id in cases:
        assert pair.consumer.orders.find_one({"_id": case_id})["order"] == [1, 2, 3, 4, 5]
    wait_for(lambda: pair.publisher.cases.count_documents({"outbox.0": {"$exists": True}}) == 0)
    assert pair.publisher.event_log.count_documents({}) == 100
    positions = {position["_id"]: position["last_sequence"] for position in pair.consumer.inbox_positions.find()}
    assert positions == {f"intake/case/{case_id}": 5 for case_id in cases}


def test_two_workers_of_each_share_the_work(pair: Pair) -> None:
    for _ in range(2):
        pair.start("intake")
        pair.start("notify")
    cases = [pair.refer(events=3) for _ in range(40)]
    wait_for(lambda: pair.effects() == 120)
    orders = {row["_id"]: row["order"] for row in pair.consumer.orders.find()}
    assert orders == {case_id: [1, 2, 3] for case_id in cases}


def test_what_was_said_while_the_consumer_was_down_reaches_it(pair: Pair) -> None:
    pair.start("intake")
    for _ in range(10):
        pair.refer()
    wait_for(lambda: pair.publisher.event_log.count_documents({}) == 10)
    assert pair.effects() == 0
    pair.start("notify")
    wait_for(lambda: pair.effects() == 10)


@pytest.mark.parametrize("pair", ["rabbitmq"], indirect=True)
def test_what_the_stream_does_not_bring_is_found_however_much_it_brings(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SCAN_SECONDS", 0.1)
    monkeypatch.setattr(relay, "MAX_SCAN_DELAY", 0.5)
    monkeypatch.setattr(relay, "MAX_CHANGES", 0)  # each answer counts as a full one
    monkeypatch.setattr(ChangeStream, "read", lambda self: time.sleep(0.02) or [])
    pair.start("intake")
    for count in (2, 4, 6):
        pair.refer(events=2)
        wait_for(lambda count=count: pair.publisher.event_log.count_documents({}) == count)
