"""One process of the failpoint run: `refer` writes cases as a web would, `publish` is intake's worker, `consume` notify's."""

import logging
import sys
from multiprocessing.connection import Connection
from typing import Any

import pymongo
from pymongo import UpdateOne

from shared.broker import embedded
from shared.failpoints import arm
from shared.inbox import deferred_events, retries
from shared.scheduling.timers import Timer
from shared.worker import Worker
from tests.integration.messaging.conftest import HANDLERS, RECORDS, Dependencies, Pair, settings_for

FLAKY_EVERY = 7


def flaky(event: Any, deps: Dependencies) -> None:
    """Every seventh event fails until it was kept (seen outside the transaction), however large the batches are it is tried in."""
    if int(event.id[-4:], 16) % FLAKY_EVERY == 0 and not deps.database.deferred_events.count_documents(
        {"_id": event.id}
    ):
        raise ValueError("not this time")
    HANDLERS[type(event.data)](event, deps)


def tick(deps: Dependencies, now: Any) -> None:
    """A timer with one effect per run."""
    deps.database.ticks.bulk_write([UpdateOne({"_id": "ticks"}, {"$inc": {"n": 1}}, upsert=True)])


def _hurry() -> None:
    """In this process alone: what comes again comes soon."""
    deferred_events.RETRY_SECONDS = (0.3, 0.3, 0.3, 0.3)
    embedded.LeasingChannel.lease_seconds = 3.0
    retries.LEASE_SECONDS = 3


def main(role: str, config: dict[str, Any], failpoint: str, answers: Connection) -> None:
    """Sends the id of each case it has written; is killed at this failpoint, if any."""
    logging.disable()
    _hurry()
    arm(failpoint)
    client: pymongo.MongoClient = pymongo.MongoClient(config["mongo_url"], tz_aware=True, w="majority", journal=True)
    publisher, consumer = client[config["publisher"]], client[config["consumer"]]
    if role == "refer":
        pair = Pair(publisher, consumer, config["amqp_url"], config["prefix"], config["mongo_url"])
        for _ in range(config["cases"]):
            answers.send(pair.refer(events=3))
        return
    service, database = ("intake", publisher) if role == "publish" else ("notify", consumer)
    settings = settings_for(service, config["mongo_url"], config["amqp_url"], config["prefix"])
    handlers = dict.fromkeys(HANDLERS, flaky) if role == "consume" else {}
    timers = [Timer("tick", 0.2, tick)] if role == "consume" else []
    sys.exit(Worker(settings, database, handlers, Dependencies(database), indexes=RECORDS, timers=timers).run())
