"""Either server away, paused or cut off, for publisher and consumer: nothing lost, nothing twice, all of it taken up again by itself."""

import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from shared.broker import connection
from shared.broker.names import Names
from shared.broker.publisher import AmqpPublisher, Message, NotConfirmed
from tests.faults.proxy import Proxy
from tests.integration.messaging.conftest import Pair, pair, wait_for  # noqa: F401 - the fixture
from tests.integration.messaging.events import delivery

PARTS = ("broker", "mongo")


def _proxy(url: str) -> Proxy:
    parts = urlsplit(url)
    return Proxy(parts.hostname or "127.0.0.1", parts.port or 5672)


@pytest.fixture
def proxies(pair: Pair) -> Iterator[dict[str, Proxy]]:  # noqa: F811
    """The pair reaches both servers through proxies."""
    made = {"broker": _proxy(pair.amqp_url), "mongo": _proxy(pair.mongo_url)}
    pair.amqp_url = made["broker"].url(pair.amqp_url)
    pair.mongo_url = made["mongo"].url(pair.mongo_url)
    yield made
    for proxy in made.values():
        proxy.heal()
    pair.stop()
    for proxy in made.values():
        proxy.close()


@pytest.mark.parametrize("pair", ["rabbitmq"], indirect=True)
@pytest.mark.parametrize("server", PARTS)
@pytest.mark.parametrize("fault", ["cut", "pause"])
def test_an_outage_in_the_middle_of_work_loses_and_doubles_nothing(
    pair: Pair,  # noqa: F811
    proxies: dict[str, Proxy],
    server: str,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 4)
    pair.start("intake")
    pair.start("notify")
    cases = [pair.refer(events=2) for _ in range(30)]
    wait_for(lambda: pair.effects() > 5)
    getattr(proxies[server], fault)()
    cases += [pair.refer(events=2) for _ in range(30)]
    time.sleep(6)
    proxies[server].heal()
    wait_for(lambda: pair.effects() == 120, seconds=60)
    orders = {row["_id"]: row["order"] for row in pair.consumer.orders.find()}
    assert orders == {case_id: [1, 2] for case_id in cases}
    assert pair.consumer.deferred_events.count_documents({}) == 0, "an outage is no attempt"
    wait_for(lambda: pair.publisher.cases.count_documents({"outbox.0": {"$exists": True}}) == 0)


def test_a_publisher_that_timed_out_throws_its_connection_away(rabbitmq_url: str) -> None:
    proxy = _proxy(rabbitmq_url)
    publisher = AmqpPublisher(proxy.url(rabbitmq_url), confirm_seconds=0.5)
    body = delivery("a", 1).body
    message = Message("", "no-such-queue-is-fine", body, "one")
    publisher.publish([message])
    first = publisher._connection
    proxy.pause()
    with pytest.raises(NotConfirmed):
        publisher.publish([replace(message, id="two")])
    assert publisher._connection is None
    proxy.heal()
    publisher.publish([replace(message, id="three")])
    assert publisher._connection is not first
    publisher.close()
    proxy.close()


def test_a_refused_message_is_not_counted_by_the_confirm_of_another(rabbitmq_url: str, broker_prefix: str) -> None:
    import kombu

    name = f"{Names(broker_prefix).queue('full')}"
    with kombu.Connection(rabbitmq_url) as connection:
        channel = connection.channel()
        limits = {"x-max-length": 1, "x-overflow": "reject-publish"}
        channel.queue_declare(queue=name, durable=True, auto_delete=False, arguments=limits)
        publisher = AmqpPublisher(rabbitmq_url)
        messages = [Message("", name, b"{}", str(n)) for n in range(5)]
        with pytest.raises(NotConfirmed, match="refused"):
            publisher.publish(messages)
        assert publisher._connection is None
        publisher.publish([Message("", "nowhere", b"{}", "x")])
        publisher.close()
        channel.queue_delete(name)
