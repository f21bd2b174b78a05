"""Celery: a task sent from Flask, a worker with the prefork or the threads pool; acknowledged after the work."""

from collections.abc import Callable
from functools import cache
from typing import Any

from celery import Celery
from pymongo.collection import Collection

from tests.bench.peers import work

app = Celery("peer", broker=work.AMQP_URL)
app.conf.update(
    task_default_queue=work.QUEUE,
    task_default_exchange=work.QUEUE,
    task_default_routing_key=work.QUEUE,
    task_default_queue_type="quorum" if work.QUORUM else "classic",
    task_ignore_result=True,
    task_acks_late=True,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    worker_enable_remote_control=False,
    event_queue_durable=False,
    worker_hijack_root_logger=False,
)


@cache
def reactions() -> Collection[work.Document]:
    """One client per process, made after the fork."""
    return work.collection("reactions")


@app.task(name="referral_received")
def referral_received(event: dict[str, Any]) -> None:
    """The reaction."""
    reactions().insert_one(work.reaction_to(event))


def publisher() -> Callable[[dict[str, Any]], None]:
    """Publishes by `delay`, from Celery's pool of producers."""

    def publish(event: dict[str, Any]) -> None:
        referral_received.delay(event)

    return publish
