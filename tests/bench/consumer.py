"""A consumer with one write per event: our consumer without any service's rules. Runs as a process of its own.

Arguments: the most events per batch. Every effect notes how often it was done and when, so that order can be checked.
"""

import sys
import time
from typing import Any

from pymongo import UpdateOne

from shared.broker import consumer
from shared.broker.envelope import ReceivedEvent
from shared.clock import utc_now
from shared.events import CATALOGUE
from shared.inbox.unit_of_work import UnitOfWork
from shared.mongo import connect
from shared.settings import load
from shared.worker import Worker


class Dependencies:
    """What the handler needs: the unit alone."""

    def __init__(self, unit: UnitOfWork | None = None) -> None:
        self.unit = unit

    def within(self, unit: UnitOfWork) -> "Dependencies":
        return Dependencies(unit)


def effect(heard: ReceivedEvent[Any], deps: Dependencies) -> None:
    """The one write."""
    assert deps.unit
    fields = {"case_id": heard.subject, "sequence": heard.sequence, "at": time.monotonic_ns(), "stored": utc_now()}
    deps.unit.write("effects", UpdateOne({"_id": heard.id}, {"$set": fields, "$inc": {"times": 1}}, upsert=True))


def main() -> int:
    consumer.MAX_BATCH = int(sys.argv[1])
    settings = load("notify")
    handlers = {each.struct: effect for each in CATALOGUE.values() if each.service == "intake"}
    database = connect(settings.mongo_url, settings.database, "bench-consumer")
    return Worker(settings, database, handlers, Dependencies(), indexes=[]).run()


if __name__ == "__main__":
    sys.exit(main())
