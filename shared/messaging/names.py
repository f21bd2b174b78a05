"""Every name one system uses on the broker. Not here: declaring them (topology.py)."""

from dataclasses import dataclass

from kombu import Exchange


@dataclass(frozen=True)
class Names:
    """The names one system uses, all behind its prefix."""

    prefix: str = ""

    @property
    def events(self) -> str:
        return f"{self.prefix}imc.events"

    @property
    def again(self) -> str:
        return f"{self.prefix}imc.again"

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

    def read_by(self, service: str) -> list[str]:
        """The queues one service's workers read."""
        return [self.queue(service), self.dead(service), self.unrouted(service)]


def broker_user(service: str) -> str:
    """The service's own user on the broker; RabbitMQ vouches for it as a message's `user_id`."""
    return f"imc_{service}"


def exchanges(names: Names) -> dict[str, Exchange]:
    """The four exchanges. What `imc.events` can route nowhere goes to the alternate one: `mandatory` would not tell."""
    return {
        "unrouted": Exchange(names.unrouted_exchange, "topic", durable=True),
        "dead": Exchange(names.dead_exchange, "direct", durable=True),
        "again": Exchange(names.again, "direct", durable=True),
        "events": Exchange(
            names.events, "topic", durable=True, arguments={"alternate-exchange": names.unrouted_exchange}
        ),
    }
