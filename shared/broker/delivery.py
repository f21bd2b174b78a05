"""A message as it came from the broker, the check of who published it, and why settling it may have to wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.broker.names import broker_user

QueueKind = Literal["events", "dead", "unrouted"]


class Outage(Exception):
    """MongoDB is away: the same batch is settled again later, and this counts as no attempt."""


class Contended(Exception):
    """Another process works on the same subject at this moment: the same batch is settled again in a moment."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`queue` is the kind of queue it was consumed from; `user_id` the broker user that RabbitMQ vouches for."""

    body: bytes
    content_type: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    routing_key: str = ""
    user_id: str | None = None
    queue: QueueKind = "events"


@dataclass(frozen=True, slots=True)
class PublisherCheck:
    """Whether messages come from the service whose events they carry. Without `enabled` (one broker user for all) it passes all."""

    enabled: bool = False

    def is_foreign(self, user_id: str | None, service: str) -> bool:
        """Whether the broker vouches for another user than the service's own."""
        return self.enabled and user_id != broker_user(service)


def foreign_reason(user_id: str | None) -> str:
    """What an operator reads where an event does not come from its publisher."""
    return f"not from its publisher: published by broker user {user_id!r}"
