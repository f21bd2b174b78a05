"""nameko: `event_dispatcher` in Flask, an `event_handler` service under `nameko run` (eventlet)."""

from collections.abc import Callable
from typing import Any

from nameko.events import EventHandler
from nameko.extensions import DependencyProvider
from nameko.standalone.events import event_dispatcher

from tests.bench.peers import work

SOURCE = f"{work.PREFIX}intake"


def publisher() -> Callable[[dict[str, Any]], None]:
    """Publishes with confirms, from nameko's pool of producers."""
    dispatch = event_dispatcher({"AMQP_URI": work.AMQP_URL})
    return lambda event: dispatch(SOURCE, "referral_received", event)


class Handler(EventHandler):
    """The usual handler on the queue kind of this run."""

    def setup(self) -> None:
        super().setup()
        self.queue.queue_arguments = work.QUEUE_ARGUMENTS


class Reactions(DependencyProvider):
    """The collection, made when the container starts."""

    def setup(self) -> None:
        self.collection = work.collection("reactions")

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self.collection


class Notify:
    """The hearing service."""

    name = f"{work.PREFIX}notify"
    reactions = Reactions()

    @Handler.decorator(SOURCE, "referral_received")
    def on_referral_received(self, event: dict[str, Any]) -> None:
        self.reactions.insert_one(work.reaction_to(event))
