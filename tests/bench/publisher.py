"""A relay without any service: the worker of intake with no handlers, over the collection `cases`. Runs as a process of its own."""

import sys

from shared.mongo import connect
from shared.outbox.records import outbox_index
from shared.settings import load
from shared.worker import Worker
from tests.bench.consumer import Dependencies


def main() -> int:
    settings = load("intake")
    database = connect(settings.mongo_url, settings.database, "bench-publisher")
    return Worker(settings, database, {}, Dependencies(), indexes=[outbox_index("cases")]).run()


if __name__ == "__main__":
    sys.exit(main())
