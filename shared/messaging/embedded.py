"""The embedded broker: kombu's MongoDB transport made to lease. A message is deleted when it is acknowledged, not when taken.

For machines without RabbitMQ. All promises hold; throughput is not promised.
"""

from datetime import UTC, datetime, timedelta
from queue import Empty
from typing import Any

from bson import ObjectId
from kombu.transport import mongodb
from kombu.utils.json import dumps, loads
from pymongo import WriteConcern

from shared.messaging.names import Names, exchanges

DURABLE = WriteConcern(w="majority", j=True)


class Unbound(RuntimeError):
    """Nobody would get this message."""


class LeasingChannel(mongodb.Channel):
    """Takes by setting `taken_until`, deletes on acknowledgement; what a killed process held comes back after the lease."""

    lease_seconds = 30.0
    do_restore = False
    from_transport_options = (*mongodb.Channel.from_transport_options, "lease_seconds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taken: dict[str, ObjectId] = {}

    def know_exchanges(self, names: Names) -> None:
        """kombu's virtual channels keep exchange types in the process: each process must be told."""
        for exchange in exchanges(names).values():
            exchange(self).declare()

    def _lookup(self, exchange: str, routing_key: str, default: Any = None) -> Any:
        """Raises Unbound where kombu would drop the message: it has no alternate exchange."""
        found = super()._lookup(exchange, routing_key, default)
        if not found:
            raise Unbound(f"{routing_key}: no queue is bound for it, `imc setup` declares them")
        return found

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        document = {
            "queue": queue,
            "payload": dumps(message),
            "priority": self._get_message_priority(message, reverse=True),
        }
        self.messages.with_options(write_concern=DURABLE).insert_one(document)

    def _get(self, queue: str) -> Any:
        now = datetime.now(UTC)
        taken = self.messages.find_one_and_update(
            {"queue": queue, "$or": [{"taken_until": None}, {"taken_until": {"$lt": now}}]},
            {"$set": {"taken_until": now + timedelta(seconds=self.lease_seconds)}},
            sort=[("priority", 1), ("_id", 1)],
        )
        if taken is None:
            raise Empty
        payload = loads(taken["payload"])
        self._taken[payload["properties"]["delivery_tag"]] = taken["_id"]
        return payload

    def ack_many(self, tags: list[str]) -> None:
        """Deletes what has been settled, in one write."""
        ids = [self._taken.pop(tag) for tag in tags if tag in self._taken]
        for tag in tags:
            self.qos.ack(tag)
        self.messages.with_options(write_concern=DURABLE).delete_many({"_id": {"$in": ids}})

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        self.ack_many([delivery_tag])

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Gives the message back at once, or deletes it."""
        if not requeue:
            self.ack_many([delivery_tag])
            return
        self.qos.ack(delivery_tag)
        self._give_back([delivery_tag])

    def close(self) -> None:
        """Gives back at once what was taken and not acknowledged."""
        if not self.closed:
            self._give_back(list(self._taken))
        super().close()

    def _give_back(self, tags: list[str]) -> None:
        ids = [self._taken.pop(tag) for tag in tags if tag in self._taken]
        if ids:
            self.messages.update_many({"_id": {"$in": ids}}, {"$set": {"taken_until": None}})


class LeasingTransport(mongodb.Transport):
    """The transport `kombu.Connection` is given for a mongodb:// url."""

    Channel = LeasingChannel
    polling_interval = 0.05
