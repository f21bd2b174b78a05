"""The embedded broker: kombu's MongoDB transport with leases. A message is deleted when it is acknowledged, not when consumed.

For machines without RabbitMQ. It gives the same delivery guarantees, but no guarantee of throughput.
"""

from datetime import UTC, datetime, timedelta
from queue import Empty
from typing import Any

from bson import ObjectId
from kombu.transport import mongodb
from kombu.utils.json import dumps, loads
from pymongo import WriteConcern

from shared.broker.names import Names, exchanges

DURABLE = WriteConcern(w="majority", j=True)


class Unbound(RuntimeError):
    """No queue is bound for this message's routing key."""


class LeasingChannel(mongodb.Channel):
    """Consumes by setting `leased_until`, deletes on acknowledgement; messages leased by a killed process are delivered again afterwards."""

    lease_seconds = 30.0
    do_restore = False
    from_transport_options = (*mongodb.Channel.from_transport_options, "lease_seconds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leased: dict[str, ObjectId] = {}

    def declare_exchanges(self, names: Names) -> None:
        """Declares the exchanges in this process: kombu's virtual channels store exchange types per process."""
        for exchange in exchanges(names).values():
            exchange(self).declare()

    def basic_publish(self, message: Any, exchange: str, routing_key: str, **kwargs: Any) -> Any:
        """Raises Unbound where kombu, which has no alternate exchange, would drop the message."""
        if not self.typeof(exchange).lookup(self.get_table(exchange), exchange, routing_key, None):
            raise Unbound(f"{routing_key}: no queue is bound for it, `imc setup` declares them")
        return super().basic_publish(message, exchange, routing_key, **kwargs)

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        document = {
            "queue": queue,
            "payload": dumps(message),
            "priority": 0,
        }  # kombu's index has `priority` before `_id`
        self.messages.with_options(write_concern=DURABLE).insert_one(document)

    def _get(self, queue: str) -> Any:
        now = datetime.now(UTC)
        leased = self.messages.find_one_and_update(
            {"queue": queue, "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}]},
            {"$set": {"leased_until": now + timedelta(seconds=self.lease_seconds)}},
            sort=[("priority", 1), ("_id", 1)],
        )
        if leased is None:
            raise Empty
        payload = loads(leased["payload"])
        self._leased[payload["properties"]["delivery_tag"]] = leased["_id"]
        return payload

    def ack_many(self, tags: list[str]) -> None:
        """Deletes all settled messages in one write."""
        ids = [self._leased.pop(tag) for tag in tags if tag in self._leased]
        for tag in tags:
            self.qos.ack(tag)
        self.messages.with_options(write_concern=DURABLE).delete_many({"_id": {"$in": ids}})

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        self.ack_many([delivery_tag])

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Releases the message at once, or deletes it."""
        if not requeue:
            self.ack_many([delivery_tag])
            return
        self.qos.ack(delivery_tag)
        self._release([delivery_tag])

    def close(self) -> None:
        """Releases at once the messages that were leased and not acknowledged."""
        if not self.closed:
            self._release(list(self._leased))
        super().close()

    def _release(self, tags: list[str]) -> None:
        ids = [self._leased.pop(tag) for tag in tags if tag in self._leased]
        if ids:
            self.messages.update_many({"_id": {"$in": ids}}, {"$set": {"leased_until": None}})


class LeasingTransport(mongodb.Transport):
    """The transport that `kombu.Connection` uses for a mongodb:// url."""

    Channel = LeasingChannel
    polling_interval = 0.05
