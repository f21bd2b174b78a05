"""A hearer with one write per event: the house's consumer without any service's rules. Runs as a process of its own.

Arguments: the most events per batch. Every effect notes how often it was done and when, so that order can be checked.
"""

import sys
import time
from typing import Any

from pymongo import UpdateOne

from shared.clock import utc_now
from shared.events import CATALOGUE
from shared.messaging import Heard, Unit, Worker, consumer
from shared.mongo import connect
from shared.settings import load


class Parts:
    """What the handler needs: the unit alone."""

    def __init__(self, unit: Unit | None = None) -> None:
        self.unit = unit

    def within(self, unit: Unit) -> "Parts":
        return Parts(unit)


def effect(heard: Heard[Any], parts: Parts) -> None:
    """The one write."""
    assert parts.unit
    fields = {"case_id": heard.subject, "sequence": heard.sequence, "at": time.monotonic_ns(), "stored": utc_now()}
    parts.unit.write("effects", UpdateOne({"_id": heard.id}, {"$set": fields, "$inc": {"times": 1}}, upsert=True))


def main() -> int:
    consumer.MOST_IN_BATCH = int(sys.argv[1])
    settings = load("notify")
    handlers = {each.struct: effect for each in CATALOGUE.values() if each.service == "intake"}
    database = connect(settings.mongo_url, settings.database, "bench-hearer")
    return Worker(settings, database, handlers, Parts(), indexes=[]).run()


if __name__ == "__main__":
    sys.exit(main())
