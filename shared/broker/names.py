"""All names that one system uses on the broker. Not here: declaring them (topology.py)."""

import re
from dataclasses import dataclass

from kombu import Exchange

_SHARED_BROKER = re.compile(r"imc-[0-9a-f]{8}\.")


@dataclass(frozen=True)
class Names:
    """The names that one system uses, each with the system's prefix."""

    prefix: str = ""

    @property
    def single_queue(self) -> bool:
        """Whether each service has one classic queue for everything it consumes: on a shared broker where `imc up` uses a prefix.

        A quorum queue has no benefit on a single node, and each takes file handles and memory from the broker's other users.
        """
        return _SHARED_BROKER.fullmatch(self.prefix) is not None

    @property
    def events(self) -> str:
        return f"{self.prefix}imc.events"

    @property
    def replay(self) -> str:
        return f"{self.prefix}imc.replay"

    @property
    def unrouted_exchange(self) -> str:
        return f"{self.prefix}imc.unrouted"

    @property
    def dead_exchange(self) -> str:
        return f"{self.prefix}imc.dead"

    def queue(self, service: str) -> str:
        return f"{self.prefix}imc.{service}"

    def dead(self, service: str) -> str:
        return f"{self.prefix}imc.{service}.dead"

    def unrouted(self, service: str) -> str:
        return f"{self.prefix}imc.{service}.unrouted"

    def queues(self, service: str) -> dict[str, str]:
        """The queues that one service's workers consume, by kind: `queue`, `dead`, `unrouted`."""
        own = {"queue": self.queue(service)}
        return own if self.single_queue else own | {"dead": self.dead(service), "unrouted": self.unrouted(service)}

    def read_by(self, service: str) -> list[str]:
        """The names of the queues that one service's workers consume."""
        return list(self.queues(service).values())


def broker_user(service: str) -> str:
    """The service's own user on the broker; RabbitMQ validates the `user_id` of its messages."""
    return f"imc_{service}"


def exchanges(names: Names) -> dict[str, Exchange]:
    """The four exchanges. Messages that `imc.events` cannot route go to the alternate exchange: `mandatory` would not report them."""
    return {
        "unrouted": Exchange(names.unrouted_exchange, "topic", durable=True),
        "dead": Exchange(names.dead_exchange, "direct", durable=True),
        "replay": Exchange(names.replay, "direct", durable=True),
        "events": Exchange(
            names.events, "topic", durable=True, arguments={"alternate-exchange": names.unrouted_exchange}
        ),
    }
