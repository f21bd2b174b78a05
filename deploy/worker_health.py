"""Health check of a worker's container: exit 0 where its heartbeat is fresh and it hears and says, else 1 with a line why.

Only this container's own heartbeat counts: beside it may run as many workers of the same service as one likes.
"""

import socket
import sys
from datetime import timedelta

import pymongo
from pymongo.errors import PyMongoError

from shared.clock import utc_now
from shared.mongo import connect
from shared.settings import Settings, load

FRESH = timedelta(seconds=15)


def fault(settings: Settings, host: str) -> str | None:
    """What is wrong with the worker on this host, or None."""
    database = connect(settings.mongo_url, settings.database, f"{settings.service}-health", pool=1)
    query = {"_id": {"$gte": f"worker:{host}:", "$lt": f"worker:{host};"}, "at": {"$gt": utc_now() - FRESH}}
    with pymongo.timeout(5), database.client:
        beat = database["meta"].find_one(query, sort=[("at", -1)])
    if beat is None:
        return "no fresh heartbeat"
    missing = [what for what in ("hearing", "saying") if not beat[what]]
    return f"not {' and not '.join(missing)}" if missing else None


def main(service: str) -> int:
    """Prints what is wrong; 0 where nothing is."""
    try:
        wrong = fault(load(service), socket.gethostname())
    except PyMongoError as error:
        wrong = f"MongoDB is away ({type(error).__name__})"
    if wrong:
        print(f"{service} worker: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
