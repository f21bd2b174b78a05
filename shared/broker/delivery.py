"""A message as the broker delivered it, the check of its publisher, and the reasons why settling it may have to wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.broker.names import broker_user

QueueKind = Literal["events", "dead", "unrouted"]


class Outage(Exception):
    """MongoDB is unavailable: the same batch is settled again later, and this does not count as an attempt."""


class Contended(Exception):
    """Another process is writing to the same subject: the same batch is settled again shortly."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivered message. `queue` is the kind of queue it was consumed from, `user_id` the broker user that RabbitMQ validated."""

    body: bytes
    content_type: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    routing_key: str = ""
    user_id: str | None = None
    queue: QueueKind = "events"


@dataclass(frozen=True, slots=True)
class PublisherCheck:
    """Checks that messages come from the service whose events they carry. Without `enabled` (one broker user for all) every message passes."""

    enabled: bool = False

    def is_foreign(self, user_id: str | None, service: str) -> bool:
        """Whether the user id that the broker validated is not the service's own."""
        return self.enabled and user_id != broker_user(service)


def foreign_reason(user_id: str | None) -> str:
    """The reason shown to operators where an event does not come from its publisher."""
    return f"not from its publisher: published by broker user {user_id!r}"
